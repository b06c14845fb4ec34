// Members of rooms propose, and users hold seats and are asked, over HTTP and WebSocket, through two gateways. Chat, coordinator
// and participants are scripted; the seats are in a real store.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  MAX_OPEN_PROPOSALS,
  bookOfRoom,
  facts,
  openedSession,
  problem,
  ticket,
  type PersonRequest,
  type Problem,
  type SocketPush,
} from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import supertest from 'supertest';
import { knownTransaction } from './testing/known.js';
import type { ScriptedChat } from './testing/scripted-chat.js';
import type { ScriptedCoordinator } from './testing/scripted-coordinator.js';
import type { ScriptedParticipant } from './testing/scripted-participant.js';
import { SocketClient } from './testing/socket-client.js';
import { ready, Stage, type Operator } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

const api = '/api/v1';
const id = '123e4567-e89b-42d3-a456-426614174000';
const seatOf = (n: number): string => `${api}/participants/participant-${String(n)}/seat`;
const problemOf = (answer: { body: unknown }): Problem => problem.parse(answer.body);

interface User {
  readonly name: string;
  readonly token: string;
  readonly http: ReturnType<typeof supertest.agent>;
}

describe('a room that agrees', () => {
  let stage: Stage;
  let coordinator: ScriptedCoordinator;
  let participants: ScriptedParticipant[];
  let operator: Operator;
  let chat: ScriptedChat;
  let bus: Bus;
  let addresses: string[];
  let jo: User;
  let al: User;
  const clients: SocketClient[] = [];

  beforeAll(async () => {
    const complete = await Stage.complete();
    ({ stage, coordinator, participants, operator } = complete);
    const other = await stage.gateway();
    await ready(other.operator);
    addresses = [complete.gateway.address, other.gateway.address];
    chat = await stage.chat();
    bus = await stage.bus('participant-1');
    [jo, al] = [await signIn('Jo', 'correct horse'), await signIn('Al', 'battery staple')];
  });
  afterAll(() => stage.clear());
  beforeEach(() => {
    coordinator.proposed.length = 0;
    chat.noticed.length = 0;
    chat.outsiders.clear();
    chat.agreement = { votes: 'manual', protocol: 'e3pc' };
    for (const participant of participants) participant.told.length = participant.asks.length = 0;
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const n of [1, 2, 3]) await operator.delete(seatOf(n));
  });

  async function signIn(name: string, password?: string): Promise<User> {
    const answer = await supertest(addresses[0]!).post(`${api}/sessions`).send({ name, password });
    const { token } = openedSession.parse(answer.body);
    return { name, token, http: supertest.agent(addresses[0]).set('authorization', `Bearer ${token}`) };
  }
  async function connected(user: User, gateway = 0): Promise<SocketClient> {
    const issued = await user.http.post(`${api}/ws-tickets`);
    const client = await SocketClient.open(addresses[gateway]!);
    clients.push(client);
    client.send({ id: 'hello', op: 'hello', d: { ticket: ticket.parse(issued.body).ticket } });
    await client.caughtUp();
    return client;
  }
  let commands = 0;
  const command = async (client: SocketClient, op: string, d: object): Promise<unknown> => {
    commands += 1;
    client.send({ id: `c${String(commands)}`, op, d });
    const reply = await client.reply(`c${String(commands)}`);
    return reply.ok ? reply.d : reply.err;
  };

  describe('takes proposals', () => {
    it('of its members, in its own book and as it agrees, and tells the chat', async () => {
      chat.agreement = { votes: 'automatic', protocol: '2pc' };
      const answer = await jo.http.post(`${api}/transactions`).send({ room: 'kitchen', value: 'tea' });
      expect(answer.status).toBe(202);
      expect(answer.body).toMatchObject({ id: 'room_kitchen-1', room: 'kitchen', proposer: 'Jo', votes: 'automatic' });
      expect(coordinator.proposed).toMatchObject([
        { book: 'room_kitchen', value: 'tea', proposer: 'Jo', votes: 'automatic', protocol: '2pc' },
      ]);
      expect(coordinator.proposed[0]).not.toHaveProperty('room');
      // What is asked of the chat afterwards comes after what it was told.
      await jo.http.get(`${api}/sessions/current`);
      expect(chat.noticed).toEqual(['room_kitchen-1 begun']);
    });

    it('once under one id, over WebSocket and HTTP, and another of another user', async () => {
      const client = await connected(jo);
      const proposed = await command(client, 'propose', { room: 'pantry', id, text: 'jam' });
      expect(proposed).toEqual({ transaction: 'room_pantry-1' });
      await jo.http.post(`${api}/transactions`).set('idempotency-key', id).send({ room: 'pantry', value: 'jam' });
      await al.http.post(`${api}/transactions`).set('idempotency-key', id).send({ room: 'pantry', value: 'jam' });
      const [first, again, others] = coordinator.proposed.map(({ idempotency }) => idempotency!);
      expect(again).toEqual(first);
      expect(others!.key).not.toBe(first!.key);
    });

    it('of nobody else, and outside of rooms of the operator alone', async () => {
      chat.outsiders.add('Al');
      const propose = (by: Operator, body: object) => by.post(`${api}/transactions`).send({ value: 'tea', ...body });
      expect(problemOf(await propose(al.http, { room: 'kitchen' }))).toMatchObject({ code: 'membership-required' });
      expect(problemOf(await propose(operator, { room: 'kitchen' }))).toMatchObject({ code: 'membership-required' });
      expect(problemOf(await propose(jo.http, {}))).toMatchObject({ status: 403, code: 'operator-required' });
      expect(problemOf(await propose(jo.http, { book: 'room_kitchen' }))).toMatchObject({ code: 'invalid-book' });
      expect(problemOf(await propose(operator, { book: 'room_kitchen' }))).toMatchObject({ code: 'invalid-book' });
      for (const [field, value] of Object.entries({ votes: 'manual', protocol: '3pc' }))
        expect(problemOf(await propose(jo.http, { room: 'kitchen', [field]: value }))).toMatchObject({
          code: 'invalid-field',
          field: `/${field}`,
        });
      expect(coordinator.proposed).toEqual([]);
    });

    it('until as many wait as can, and lets what was proposed be read all the same', async () => {
      const propose = () => jo.http.post(`${api}/transactions`).send({ room: 'attic', value: 'tea' });
      chat.openProposals = MAX_OPEN_PROPOSALS - 1;
      expect((await propose()).status).toBe(202);
      chat.openProposals = MAX_OPEN_PROPOSALS;
      expect(problemOf(await propose())).toMatchObject({ status: 409, code: 'too-many-proposals' });
      expect((await jo.http.get(`${api}/transactions/room_attic-1`)).status).toBe(200);
      chat.openProposals = 0;
    });

    it('that are lines, and says where one is none', async () => {
      const client = await connected(jo);
      const refused = await command(client, 'propose', { room: 'kitchen', id, text: 'a\nb' });
      expect(refused).toMatchObject({ status: 400, code: 'value-character', field: '/d/text', position: 1 });
      const told = await command(client, 'propose', { room: 'kitchen', id, text: ', ; : | )- [ " \' \\ / 👩‍👩‍👧‍👦 שלום' });
      expect(told).toEqual({ transaction: expect.stringMatching(/^room_kitchen-/) });
      expect(coordinator.proposed.at(-1)!.value).toBe(', ; : | )- [ " \' \\ / 👩‍👩‍👧‍👦 שלום');
    });

    it('which its members can read, and nobody else but the operator', async () => {
      coordinator.known.push(knownTransaction('room_cellar', 1));
      const paths = [
        '/transactions/room_cellar-1',
        '/transactions/room_cellar-1/evidence',
        '/transactions?room=cellar',
        '/transactions?book=room_cellar',
      ];
      for (const path of paths)
        for (const by of [jo.http, operator]) expect((await by.get(`${api}${path}`)).status).toBe(200);
      const listed = await jo.http.get(`${api}/transactions?room=cellar`);
      expect(listed.body).toMatchObject({ items: [{ id: 'room_cellar-1', room: 'cellar' }] });
      chat.outsiders.add('Jo');
      for (const path of [...paths, '/participants/participant-1/ledgers/room_cellar'])
        expect(problemOf(await jo.http.get(`${api}${path}`))).toMatchObject({ code: 'membership-required' });
      for (const path of ['/transactions', '/transactions/main-1', '/participants/participant-1/ledgers/main'])
        expect(problemOf(await jo.http.get(`${api}${path}`))).toMatchObject({ code: 'operator-required' });
      const both = await operator.get(`${api}/transactions?room=cellar&book=main`);
      expect(problemOf(both)).toMatchObject({ code: 'invalid-query', field: 'room' });
    });
  });

  describe('has seats', () => {
    it('that users take and give up, over HTTP and WebSocket, and the operator frees', async () => {
      const client = await connected(jo);
      const taken = await command(client, 'sit', { participant: 'participant-1' });
      expect(taken).toMatchObject({ participant: 'participant-1', holder: 'Jo' });
      expect(problemOf(await al.http.put(seatOf(1)))).toMatchObject({ status: 409, code: 'seat-taken' });
      expect(problemOf(await al.http.delete(seatOf(1)))).toMatchObject({ status: 403, code: 'seat-required' });
      expect(await command(client, 'stand', { participant: 'participant-1' })).toEqual({});
      expect((await al.http.put(seatOf(1))).body).toMatchObject({ holder: 'Al' });
      expect((await operator.delete(seatOf(1))).status).toBe(204);
      expect((await jo.http.put(seatOf(1))).status).toBe(200);
    });

    it('of guests, which are free when they are gone, and not the next guest’s of the name', async () => {
      const visitor = await signIn('Visitor');
      expect((await visitor.http.put(seatOf(1))).status).toBe(200);
      expect(problemOf(await jo.http.put(seatOf(1)))).toMatchObject({ code: 'seat-taken' });
      const [gone] = [...chat.sessions].find(([, { user }]) => user.name === 'Visitor')!;
      const next = await signIn('Visitor');
      const vote = { participant: 'participant-1', vote: 'commit' };
      const refused = await next.http.post(`${api}/transactions/room_kitchen-1/votes`).send(vote);
      expect(problemOf(refused)).toMatchObject({
        code: 'seat-required',
        detail: expect.stringContaining('earlier guest'),
      });
      chat.sessions.delete(gone);
      const shown = await jo.http.get(`${api}/participants`);
      expect((shown.body as { items: object[] }).items[0]).toMatchObject({ seat: { holder: null } });
      expect((await jo.http.put(seatOf(1))).body).toMatchObject({ holder: 'Jo' });
    });

    it('whose holders vote and acknowledge, and nobody else, also not the operator', async () => {
      await jo.http.put(seatOf(1));
      const client = await connected(jo);
      const act = { transaction: 'room_kitchen-1', participant: 'participant-1' };
      expect(await command(client, 'vote', { ...act, vote: 'commit' })).toEqual({ ...act, state: 'waiting' });
      expect(await command(client, 'acknowledge', act)).toEqual({ ...act, state: 'waiting' });
      const place = { book: 'room_kitchen', number: 1, by: 'Jo' };
      expect(participants[0]!.told).toEqual([{ ...place, vote: 'commit' }, place]);
      await jo.http.get(`${api}/sessions/current`);
      expect(chat.noticed).toEqual(['room_kitchen-1 voted by Jo for participant-1']);

      const vote = { participant: 'participant-1', vote: 'abort' };
      for (const by of [al.http, operator])
        for (const [what, body] of Object.entries({ votes: vote, acknowledgements: { participant: 'participant-1' } }))
          expect(problemOf(await by.post(`${api}/transactions/room_kitchen-1/${what}`).send(body))).toMatchObject({
            status: 403,
            code: 'seat-required',
          });
      expect(participants[0]!.told).toHaveLength(2);
      expect(problemOf(await al.http.get(`${api}/participants/participant-1/requests`))).toMatchObject({ status: 403 });
      expect((await operator.get(`${api}/participants/participant-1/requests`)).status).toBe(200);
    });
  });

  describe('asks', () => {
    const request = (number: number, kind: PersonRequest['kind'] = 'vote'): PersonRequest => ({
      kind,
      book: bookOfRoom('kitchen'),
      number,
      value: 'tea',
      proposer: 'Al',
      deadline: 30_000,
    });
    const changed = (): void => bus.publish(facts.asked, { participant: 'participant-1' });
    const isAbout = (ev: SocketPush['ev'], number: number) => (push: SocketPush) =>
      push.ev === ev && 'transaction' in push && push.transaction === `room_kitchen-${String(number)}`;
    const asked = (client: SocketClient): string[] => client.told.filter((told) => / room_kitchen-/.test(told));
    const asks = (): PersonRequest[] => participants[0]!.asks;

    it('who holds the seat, at whichever gateway, each connection once, and takes it back once', async () => {
      await jo.http.put(seatOf(1));
      const [here, there, others] = [await connected(jo), await connected(jo, 1), await connected(al)];
      asks().push(request(1));
      for (let n = 0; n < 5; n += 1) changed();
      const told = await here.push(isAbout('vote.requested', 1));
      expect(told).toEqual({
        ev: 'vote.requested',
        transaction: 'room_kitchen-1',
        participant: 'participant-1',
        room: 'kitchen',
        text: 'tea',
        proposer: 'Al',
        deadline: '1970-01-01T00:00:30.000Z',
      });
      await there.push(isAbout('vote.requested', 1));
      asks().splice(0, 1, request(1, 'acknowledgement'));
      for (let n = 0; n < 5; n += 1) changed();
      for (const client of [here, there]) await client.push(isAbout('ack.requested', 1));
      asks().length = 0;
      for (let n = 0; n < 5; n += 1) changed();
      for (const client of [here, there]) {
        await client.push(isAbout('ack.closed', 1));
        expect(asked(client)).toEqual([
          'vote.requested room_kitchen-1 participant-1',
          'vote.closed room_kitchen-1 participant-1',
          'ack.requested room_kitchen-1 participant-1',
          'ack.closed room_kitchen-1 participant-1',
        ]);
      }
      expect(asked(others)).toEqual([]);
    });

    it('again after a reconnection what is still open', async () => {
      await jo.http.put(seatOf(1));
      asks().push(request(2), request(3));
      const first = await connected(jo);
      await first.push(isAbout('vote.requested', 3));
      first.close();
      asks().shift();
      const second = await connected(jo, 1);
      await second.push(isAbout('vote.requested', 3));
      expect(asked(second)).toEqual(['vote.requested room_kitchen-3 participant-1']);
    });

    it('also when nobody has said that something has changed', async () => {
      await jo.http.put(seatOf(1));
      const client = await connected(jo);
      asks().push(request(4));
      await client.push(isAbout('vote.requested', 4));
      asks().push(request(6));
      await client.push(isAbout('vote.requested', 6));
    });

    it('whoever takes the seat, and no more whoever has left it', async () => {
      await jo.http.put(seatOf(1));
      asks().push(request(5));
      const [before, after] = [await connected(jo), await connected(al, 1)];
      await before.push(isAbout('vote.requested', 5));
      await command(before, 'stand', { participant: 'participant-1' });
      await before.push(isAbout('vote.closed', 5));
      await command(after, 'sit', { participant: 'participant-1' });
      await after.push(isAbout('vote.requested', 5));
      expect(asked(before)).toHaveLength(2);
      expect(asked(after)).toHaveLength(1);
    });
  });
});
