// What the gateway answers to what comes over the WebSocket, sense or nonsense.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MAX_FRAME_BYTES } from '@parley/contracts';
import { Refusal } from '@parley/messaging';
import type { ScriptedChat } from './testing/scripted-chat.js';
import { id, SocketStage } from './testing/socket-stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

describe('the WebSocket answers', () => {
  let on: SocketStage;
  let chat: ScriptedChat;
  let room: string;

  beforeAll(async () => {
    on = await SocketStage.set();
    ({ chat } = on);
  });
  afterAll(() => on.clear());
  beforeEach(() => {
    on.begin();
    ({ room } = on);
  });
  afterEach(() => on.end());

  it('each command once, in order', async () => {
    const client = await on.greeted();
    for (let n = 0; n < 200; n += 1)
      client.send({ id: String(n), op: 'say', d: { room, id: id(n), text: `m${String(n)}` } });
    expect(await client.reply('199')).toMatchObject({ ok: true, d: { repeated: false, message: { text: 'm199' } } });
    expect(client.replies.slice(1).map(({ re }) => re)).toEqual(Array.from({ length: 200 }, (_, n) => String(n)));
  });

  it.each([
    ['what is no JSON', '{"id":', null, 'invalid-json'],
    ['nothing', '', null, 'invalid-json'],
    ['binary', Buffer.from([1, 2, 3]), null, 'invalid-frame'],
    ['no object', '7', null, 'invalid-frame'],
    ['no id', { op: 'say', d: {} }, null, 'invalid-frame'],
    ['an id that is a number', { id: 7, op: 'say', d: {} }, null, 'invalid-frame'],
    ['an operation that there is not', { id: 'x', op: 'constructor', d: {} }, 'x', 'invalid-frame'],
    ['a field too many', { id: 'x', op: 'join', d: { room: 'a', as: 'Al' } }, 'x', 'unknown-field'],
    ['a wrong type', { id: 'x', op: 'join', d: { room: 7 } }, 'x', 'invalid-field'],
    ['no data', { id: 'x', op: 'join' }, 'x', 'invalid-field'],
    ['a blank text', { id: 'x', op: 'say', d: { room: 'a', id: id(1), text: ' ' } }, 'x', 'text-blank'],
    ['a second hello', { id: 'x', op: 'hello', d: { ticket: 'pt_x' } }, 'x', 'hello-required'],
    ['what the chat refuses', { id: 'x', op: 'join', d: { room: 'nowhere' } }, 'x', 'unknown-room'],
  ])('%s with the problem, and goes on', async (_, frame, re, code) => {
    const client = await on.greeted();
    client.send(frame);
    expect(await client.reply(re)).toMatchObject({ re, ok: false, err: { code } });
    client.send({ id: 'next', op: 'say', d: { room, id: id(1), text: 'hello' } });
    expect(await client.reply('next')).toMatchObject({ ok: true });
  });

  it.each([
    ['clocks', { ok: true, d: { phase: 'stopped', exchanges: 7 } }],
    ['clocks.start', { ok: true, d: { phase: 'running' } }],
    ['clocks.stop', { ok: true, d: { phase: 'stopped' } }],
  ])('%s of a room', async (op, expected) => {
    const client = await on.greeted();
    client.send({ id: 'x', op, d: { room } });
    expect(await client.reply('x')).toMatchObject(expected);
  });

  it('why a message stands where it stands', async () => {
    const client = await on.greeted();
    client.send({ id: 'x', op: 'why', d: { room, offset: 3 } });
    expect(await client.reply('x')).toMatchObject({ ok: false, err: { code: 'unknown-message' } });
  });

  it('who says too much that it is so, and how to go on', async () => {
    chat.onSay = () => {
      throw new Refusal('too-many-messages', 'Jo does too much at once');
    };
    const client = await on.greeted();
    client.send({ id: 'x', op: 'say', d: { room, id: id(1), text: 'hello' } });
    const err = { code: 'too-many-messages', status: 429, remedy: expect.stringContaining('Wait for a second') };
    expect(await client.reply('x')).toMatchObject({ ok: false, err });
  });

  it('what went wrong within the chat without telling what', async () => {
    chat.onSay = () => {
      throw new Error('the secret is 1234');
    };
    const client = await on.greeted();
    client.send({ id: 'x', op: 'say', d: { room, id: id(1), text: 'hello' } });
    const reply = await client.reply('x');
    expect(reply).toMatchObject({ ok: false, err: { code: 'internal' } });
    expect(JSON.stringify(reply)).not.toContain('1234');
  });

  it('no frame that is too large: the connection is closed', async () => {
    const client = await on.greeted();
    client.send('x'.repeat(MAX_FRAME_BYTES + 1));
    expect(await client.closed).toBe(1009);
  });
});
