// What a person is told of what was typed, where no server is needed for it.
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { ChatConnection, HttpClient } from '@parley/client';
import { openLine } from '@parley/client/node';
import type { DirectMessage } from '@parley/contracts';
import { nobodysAddress } from '../testing/addresses.js';
import { Console } from './console.js';
import { Conversation, type ConversationParts } from './conversation.js';
import { Reporter } from './reporter.js';

/** What is printed of a conversation over a connection. */
function conversing(
  server: string,
  connection: ConversationParts['connection'],
): { conversation: Conversation; printed: () => string[] } {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const reporter = new Reporter(new Console({ input, output }), { isJson: false, isColoured: false }, () => undefined);
  const conversation = new Conversation({
    ...{ connection, reporter },
    http: new HttpClient({ server }),
    servers: [server],
  });
  const printed = (): string[] =>
    String(output.read() ?? '')
      .trimEnd()
      .split('\n');
  return { conversation, printed };
}

describe('a conversation', () => {
  it('says which lines have no answer when it ends without a connection', async () => {
    const server = await nobodysAddress();
    const connection = new ChatConnection({
      ...{ servers: [server], http: new HttpClient({ server }), open: openLine, hear: () => undefined },
    });
    const { conversation, printed } = conversing(server, connection);
    connection.start();
    const lines = ['Al: are you there?', '/sit participant-1'].map((line) => conversation.take(line));
    connection.stop();
    expect(await Promise.all(lines)).toEqual(['refused', 'refused']);
    expect(printed()).toEqual([
      '* it is not known whether this was done: Al: are you there?',
      '* it is not known whether this was done: /sit participant-1',
    ]);
  });

  it('shows a message once to who is among those to whom it goes', async () => {
    const jo = { name: 'Jo', kind: 'account' } as const;
    const al = { ...jo, name: 'Al' };
    const stamp = { at: '2026-01-31T12:00:00.000Z', lamport: 17, vector: {}, gapMs: null };
    const sent = (to: DirectMessage['to']): DirectMessage => ({
      ...{ id: '123e4567-e89b-42d3-a456-426614174000', from: jo, to, text: 'psst', ...stamp },
    });
    const answers = [sent([al]), sent([jo, al])];
    const command = (): Promise<unknown> => Promise.resolve({ message: answers.shift(), missing: ['Al'] });
    const connection = {
      command: command as ChatConnection['command'],
      progress: { rooms: {}, inbox: null },
      stop: () => undefined,
    };
    const { conversation, printed } = conversing('http://127.0.0.1:7070', connection);
    const waits = '* not received yet by Al: it waits there';
    await conversation.take('Al: psst');
    expect(printed()).toEqual(['[17] Jo:(-)->Al-psst', waits]);
    await conversation.take('@Jo,Al psst');
    expect(printed()).toEqual([waits]);
    conversation.hear({ type: 'direct', position: { epoch: 1, offset: 1 }, message: sent([jo, al]) });
    expect(printed()).toEqual(['[17] Jo:(-)->Jo,Al-psst']);
  });
});
