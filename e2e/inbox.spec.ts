// Messages to chosen people through every process: each of them gets each message once, on every device and at whichever gateway, or
// finds it in the inbox; while a chat replica is killed, and after everything was killed with full inboxes.
import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { inbox, sentMessage, type PlacedMessage, type SentMessage } from '@parley/contracts';
import { ask, ChatUser } from './testing/chat-user.js';
import { Device } from './testing/device.js';
import { System } from './testing/system.js';
import { Terminal } from './testing/terminal.js';

const STORY_MS = 180_000;
const PASSWORD = 'correct horse';
const FULL = 1_000;

/** What every codec of earlier systems broke on. */
const texts = [
  'a, b; c: d | e )- [f] {g} "h" \'i\' `j` \\k $l %m &n <o>',
  'A:(0:12)-Hello',
  '{"ev":"direct","position":{"epoch":1,"offset":1}}',
  '👩‍👩‍👧‍👦 🏴‍☠️ é e\u0301',
  'שלום, مرحبا: \u202eabc\u202c',
  'one\n\ttwo\n',
  'x'.repeat(8_192),
];

async function post(user: ChatUser, to: string[], text: string, more: object = {}): Promise<SentMessage> {
  const id = randomUUID();
  for (;;) {
    const { status, body } = await user.request('PUT', `/direct-messages/${id}`, { to, text, ...more });
    if (status === 200 || status === 201) return sentMessage.parse(body);
    // The same UUID until it is acknowledged: whoever was killed may leave it open whether it was sent.
    expect({ status, body }).toMatchObject({ status: 503 });
  }
}

/** All that waits for somebody, page by page. */
async function check(user: ChatUser): Promise<PlacedMessage[]> {
  const all: PlacedMessage[] = [];
  for (;;) {
    const after = all.at(-1)?.position.offset ?? 0;
    const { count, waiting } = inbox.parse((await user.request('GET', `/inbox?after=${String(after)}`)).body);
    if (waiting.length === 0) {
      expect(all).toHaveLength(count);
      return all;
    }
    all.push(...waiting);
  }
}

const textsOf = (all: readonly PlacedMessage[]): string[] => all.map(({ message }) => message.text);

describe('messages to chosen people', () => {
  const options = { participants: 1, chatReplicas: 2, gateways: 2, restart: true };
  let system: System;
  let folder: string;
  let gateways: string[];
  let devices: Device[] = [];
  const accounts = new Map<string, ChatUser>();

  const start = async (): Promise<void> => {
    system = await System.start({ ...options, folder });
    const [, other = ''] = await system.launcher.said(/^Another gateway: +(http:\S+)/);
    gateways = [system.http.address, other];
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-e2e-'));
    await start();
    for (const name of ['Jo', 'Al', 'Bo', 'Cy']) {
      await ask(gateways[0]!, ['POST', '/accounts'], { body: { name, password: PASSWORD } });
      accounts.set(name, await ChatUser.signIn(gateways[0]!, name, PASSWORD));
    }
  }, STORY_MS);
  afterAll(() => system.stop(), STORY_MS);
  afterEach(() => {
    for (const device of devices) device.close();
    devices = [];
  });

  /** Somebody at the first gateway or at another. */
  const at = (name: string, gateway = 0): ChatUser => accounts.get(name)!.at(gateways[gateway]!);
  const connected = async (user: ChatUser): Promise<Device> => {
    const device = await Device.connect(user);
    devices.push(device);
    return device;
  };

  /** What the terminal shows somebody of so many messages that wait, before it leaves. */
  const shownByTerminal = async (name: string, count: number): Promise<string[]> => {
    const file = join(folder, 'password');
    await writeFile(file, PASSWORD);
    const sign = ['--name', name, '--password-file', file];
    const terminal = Terminal.piped('chat', '--server', gateways[0]!, ...sign, '--json');
    const shown = (): string[] =>
      (terminal.output.match(/^.*\n/gm) ?? []).filter((line) => line.startsWith('{"type":"direct"'));
    for (let from = 0; shown().length < count; from = terminal.output.length) await terminal.until(/\n/, from);
    terminal.end();
    expect((await terminal.exited).code).toBe(0);
    return shown().map((line) => (JSON.parse(line) as { message: { text: string } }).message.text);
  };

  it(
    'arrive once and unchanged on each device, at whichever gateway, and wait for who is not there',
    async () => {
      const [jo, bo] = [at('Jo'), at('Bo', 1)];
      const sender = await connected(jo);
      const ofAl = [await connected(at('Al')), await connected(at('Al', 1)), await connected(at('Al', 1))];
      const stranger = await connected(at('Cy', 1));
      for (const [n, text] of texts.entries()) {
        if (n % 2 === 0) await post(jo, ['Al', 'Bo'], text);
        else
          expect(await sender.command('send', { id: randomUUID(), to: ['al', 'bo'], text })).toMatchObject({
            ok: true,
          });
      }
      await post(jo, ['Al', 'Bo', 'Cy'], 'over');
      for (const device of [...ofAl, stranger]) await device.hears('over');
      for (const device of ofAl) expect(device.texts).toEqual([...texts, 'over']);
      expect([stranger.texts, sender.texts]).toEqual([['over'], []]);

      const waiting = await check(bo);
      expect(waiting).toEqual(ofAl[0]!.told);
      for (const { message } of waiting) {
        expect(message).toMatchObject({ from: { name: 'Jo', kind: 'account' }, at: expect.any(String) });
        expect(message.to.slice(0, 2)).toEqual(['Al', 'Bo'].map((name) => ({ name, kind: 'account' })));
      }
      const late = await connected(bo);
      expect(late.told).toEqual(waiting);
      await late.acknowledge();
      const later = await connected(at('Bo'));
      expect([later.told, await check(bo)]).toEqual([[], []]);
      for (const device of [ofAl[0]!, stranger]) await device.acknowledge();
    },
    STORY_MS,
  );

  it(
    'go as `sync` to nobody when somebody is absent, and name whose receipt does not come',
    async () => {
      const jo = at('Jo');
      const al = await connected(at('Al', 1));
      const id = randomUUID();
      const told = await jo.request('PUT', `/direct-messages/${id}`, {
        to: ['Al', 'Bo', 'Cy'],
        text: 'sync',
        mode: 'sync',
      });
      expect(told).toMatchObject({
        status: 409,
        body: { code: 'recipient-absent', detail: expect.stringMatching(/: Bo, Cy$/) },
      });
      expect([al.told, await check(at('Bo'))]).toEqual([[], []]);

      await connected(at('Bo'));
      const sent = post(jo, ['Al', 'Bo'], 'both are there', { mode: 'sync' });
      await al.hears('both are there');
      await al.acknowledge();
      expect(await sent).toMatchObject({ missing: ['Bo'] });
      expect(textsOf(await check(at('Bo')))).toEqual(['both are there']);

      const received = post(jo, ['Al'], 'one is there', { mode: 'sync' });
      await al.hears('one is there');
      await al.acknowledge();
      expect(await received).toMatchObject({ missing: [] });
      const bo = await connected(at('Bo', 1));
      await bo.acknowledge();
    },
    STORY_MS,
  );

  it(
    'wait, once and in one order for all, whatever is killed while they are sent and afterwards',
    async () => {
      const guests = await Promise.all(
        Array.from({ length: 20 }, (_, n) => ChatUser.signIn(gateways[n % 2]!, `guest-${String(n)}`)),
      );
      const sent: SentMessage[] = [];
      const fill = Promise.all(
        guests.map(async (guest, from) => {
          for (let n = 0; n < FULL / guests.length; n += 1)
            sent.push(await post(guest, ['Al', 'Bo'], `${String(from)}: ${String(n)}`));
        }),
      );
      await system.eventually('some are sent', async () => sent.length > 100 || undefined);
      await system.kill('chat-1');
      await fill;
      const full = await at('Jo').request('PUT', `/direct-messages/${randomUUID()}`, {
        to: ['Cy', 'Al', 'Bo'],
        text: 'more',
      });
      expect(full).toMatchObject({
        status: 409,
        body: { code: 'inbox-full', detail: expect.stringMatching(/Al, Bo$/) },
      });

      await system.killAll();
      await start();
      const [al, bo] = [await check(at('Al')), await check(at('Bo', 1))];
      expect(al).toEqual(bo);
      expect(new Map(al.map(({ message }) => [message.id, message]))).toEqual(
        new Map(sent.map(({ message }) => [message.id, message])),
      );
      expect([al.length, await check(at('Cy'))]).toEqual([FULL, []]);
      const device = await connected(at('Al', 1));
      expect(device.told).toEqual(al);
      await device.acknowledge();
      expect((await connected(at('Al'))).told).toEqual([]);
      expect(textsOf(await check(at('Bo')))).toEqual(textsOf(bo));
      expect(await shownByTerminal('Bo', bo.length)).toEqual(textsOf(bo));
      expect(await check(at('Bo', 1))).toEqual([]);
      await post(at('Jo'), ['Al'], 'next');
      await device.hears('next');
    },
    STORY_MS,
  );
});
