// A room agrees, with every process: three users hold the participants' seats, propose, vote and acknowledge over WebSocket, and
// the room is told what came of it with its line, once, also when whoever could tell it is killed.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RoomHistory, ShownRoomEvent, Timeouts, Transaction } from '@parley/contracts';
import { z } from 'zod';
import { ask, ChatUser } from './testing/chat-user.js';
import { givenSystem } from './testing/given-system.js';
import { ChatSocket } from './testing/socket.js';

const STORY_MS = 120_000;
const PASSWORD = 'correct horse';
const names = ['Jo', 'Al', 'Bo'] as const;
const seats = ['participant-1', 'participant-2', 'participant-3'] as const;

/** For those who wait for nobody. */
const HASTY: Timeouts = { voteRequestMs: 60_000, voteMs: 1_000, acknowledgementMs: 500, decisionMs: 300 };

describe('a room', () => {
  const given = givenSystem({ chatReplicas: 2, restart: true });
  let users: ChatUser[];
  let sockets: ChatSocket[];

  beforeAll(async () => {
    const { address } = given.system.http;
    users = await Promise.all(
      names.map(async (name) => {
        await ask(address, ['POST', '/accounts'], { body: { name, password: PASSWORD } });
        return ChatUser.signIn(address, name, PASSWORD);
      }),
    );
    const [jo] = users as [ChatUser];
    await jo.request('POST', '/rooms', { room: 'kitchen' });
    await jo.request('POST', '/rooms', { room: 'pantry', agreement: { votes: 'automatic' } });
    sockets = users.map((user) => new ChatSocket(user));
    for (const [index, socket] of sockets.entries()) {
      await socket.command('join', { room: 'kitchen' });
      await socket.command('join', { room: 'pantry' });
      await socket.command('sit', { participant: seats[index]! });
    }
  }, STORY_MS);
  afterAll(() => sockets.forEach((socket) => socket.close()));

  const propose = async (text: string): Promise<string> => {
    const told = await sockets[0]!.command('propose', { room: 'kitchen', id: randomUUID(), text });
    return z.object({ transaction: z.string() }).parse(told).transaction;
  };
  /** Resolves when each of the three is asked about the transaction, and nobody for a seat that is somebody else's. */
  const asked = async (ev: 'vote.requested' | 'ack.requested', transaction: string): Promise<void> => {
    for (const [index, socket] of sockets.entries()) {
      const push = await socket.pushed((told) => told.ev === ev && told.transaction === transaction);
      expect(push).toMatchObject({ participant: seats[index], room: 'kitchen', proposer: 'Jo' });
    }
  };
  const vote = (index: number, transaction: string, what: 'commit' | 'abort'): Promise<unknown> =>
    sockets[index]!.command('vote', { transaction, participant: seats[index]!, vote: what });
  const acknowledge = (index: number, transaction: string): Promise<unknown> =>
    sockets[index]!.command('acknowledge', { transaction, participant: seats[index]! });

  type Of<Type extends ShownRoomEvent['type']> = Extract<ShownRoomEvent, { type: Type }>;
  const isDecided =
    (transaction: string) =>
    (event: ShownRoomEvent): event is Of<'decided'> =>
      event.type === 'decided' && event.transaction === transaction;
  /** What each of the three was told of the transaction: the same, in the same order. */
  const toldOf = (transaction: string): ShownRoomEvent[] => {
    const [first, ...others] = sockets.map(({ told }) =>
      told.filter((event) => 'transaction' in event && event.transaction === transaction),
    );
    for (const other of others) expect(other).toEqual(first);
    return first!;
  };
  const everybodyTold = async (transaction: string): Promise<void> => {
    for (const socket of sockets) await socket.happened(isDecided(transaction));
  };

  /** The lines of which the room was told this, as its record has it. */
  const linesTold = async (room: string, type: 'proposed' | 'decided'): Promise<number[]> => {
    const history = (await users[2]!.request('GET', `/rooms/${room}/messages`)).body as RoomHistory;
    return history.items.flatMap((event) => (event.type === type ? [event.line] : []));
  };

  it(
    'is told that all voted commit and acknowledged, and the string stands in every ledger, at the line that it names',
    async () => {
      const transaction = await propose('buy tea, 茶; : | )- [ "שלום" 🎉');
      expect(transaction).toBe('room_kitchen-1');
      await asked('vote.requested', transaction);
      for (const index of [0, 1, 2]) {
        expect(await vote(index, transaction, 'commit')).toMatchObject({ state: 'waiting' });
        await sockets[0]!.happened((event) => event.type === 'voted' && event.by === names[index]);
      }
      await asked('ack.requested', transaction);
      for (const index of [0, 1]) await acknowledge(index, transaction);
      await everybodyTold(transaction);
      expect(toldOf(transaction)).toMatchObject([
        {
          type: 'proposed',
          by: 'Jo',
          text: 'buy tea, 茶; : | )- [ "שלום" 🎉',
          asked: seats.map((participant, index) => ({ participant, holder: names[index] })),
        },
        ...seats.map((participant, index) => ({ type: 'voted', participant, by: names[index] })),
        { type: 'decided', outcome: 'committed', book: 'room_kitchen', line: 1, rule: 'quorum-acknowledged' },
      ]);
      await given.system.settled('room_kitchen');
      expect(await given.system.commonLedger('room_kitchen')).toEqual(['buy tea, 茶; : | )- [ "שלום" 🎉']);
      const { body } = await users[1]!.request('GET', `/transactions/${transaction}`);
      expect(body).toMatchObject({ proposer: 'Jo', room: 'kitchen', number: 1, applied: { done: 3, of: 3 } });
    },
    STORY_MS,
  );

  it(
    'is told that one aborted, and that nobody voted in time: the lines are empty, and what was asked is taken back',
    async () => {
      const refused = await propose('buy salt');
      await asked('vote.requested', refused);
      expect(await vote(1, refused, 'abort')).toMatchObject({ state: 'aborted' });
      await everybodyTold(refused);
      expect(toldOf(refused).at(-1)).toMatchObject({ outcome: 'aborted', line: 2, rule: 'vote-no' });

      const request = { room: 'kitchen', value: 'buy sand', timeouts: HASTY };
      const { status, body } = await users[0]!.request('POST', '/transactions', request);
      expect(status).toBe(202);
      const { id: silent } = body as Transaction;
      await asked('vote.requested', silent);
      await everybodyTold(silent);
      expect(toldOf(silent)).toMatchObject([
        { type: 'proposed', text: 'buy sand' },
        { type: 'decided', outcome: 'aborted', line: 3, rule: 'vote-deadline' },
      ]);
      for (const socket of sockets)
        await socket.pushed((told) => told.ev === 'vote.closed' && told.transaction === silent);
      await given.system.settled('room_kitchen');
      expect((await given.system.commonLedger('room_kitchen')).slice(1)).toEqual(['', '']);
    },
    STORY_MS,
  );

  it(
    'is told once what was decided while no replica of the chat lived',
    async () => {
      const transaction = await propose('buy flour');
      await asked('vote.requested', transaction);
      await sockets[0]!.happened((event) => event.type === 'proposed' && event.transaction === transaction);
      await Promise.all(['chat-1', 'chat-2'].map((name) => given.system.kill(name)));
      for (const index of [0, 1, 2]) await vote(index, transaction, 'commit');
      await asked('ack.requested', transaction);
      for (const index of [0, 1]) await acknowledge(index, transaction);
      await everybodyTold(transaction);
      expect(toldOf(transaction).filter(({ type }) => type !== 'voted')).toMatchObject([
        { type: 'proposed' },
        { type: 'decided', outcome: 'committed', line: 4 },
      ]);
    },
    STORY_MS,
  );

  it(
    'is told once when the coordinator is killed before it has told anybody, and the gateway that proposed with it',
    async () => {
      const { system } = given;
      await system.arm('coordinator', 'before:announce');
      const back = system.launcher.says(/^gateway +ready/);
      const dead = system.exited('coordinator');
      const request = { room: 'pantry', value: 'buy jam', timeouts: HASTY };
      const { body } = await users[0]!.request('POST', '/transactions', request);
      await system.kill('gateway');
      await dead;
      await back;
      const { id } = body as Transaction;
      await everybodyTold(id);
      expect(toldOf(id)).toMatchObject([
        { type: 'proposed', by: 'Jo', text: 'buy jam' },
        { type: 'decided', outcome: 'committed', line: 1 },
      ]);
      // The coordinator, started again, tells its last decisions once more; a later line shows that this is heard.
      const next = await system.eventually('a proposal is taken again', async () => {
        const told = await users[1]!.request('POST', '/transactions', { room: 'pantry', value: 'buy bread' });
        return told.status === 202 ? (told.body as Transaction).id : undefined;
      });
      await everybodyTold(next);
      for (const type of ['proposed', 'decided'] as const) {
        expect(await linesTold('pantry', type)).toEqual([1, 2]);
        // Whatever was told again in the stories before would stand there by now.
        expect(await linesTold('kitchen', type)).toEqual([1, 2, 3, 4]);
      }
      await system.settled('room_pantry');
      expect(await system.commonLedger('room_pantry')).toEqual(['buy jam', 'buy bread']);
    },
    STORY_MS,
  );
});
