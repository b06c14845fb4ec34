import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import {
  participants as participantsSchema,
  problem,
  type Participant,
  type PersonalAnswer,
  type Seat,
} from '@parley/contracts';
import { pino } from 'pino';
import type { Principal } from './principal.js';
import { Seats } from './seats.js';
import { knownTransaction, members } from './testing/known.js';
import type { ScriptedCoordinator } from './testing/scripted-coordinator.js';
import type { ScriptedParticipant } from './testing/scripted-participant.js';
import { ready, Stage, type Operator } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

const api = '/api/v1';
const participant = 'participant-1';
const seat = `${api}/participants/${participant}/seat`;

describe('people', () => {
  let stage: Stage;
  let coordinator: ScriptedCoordinator;
  let participants: ScriptedParticipant[];
  let operator: Operator;

  beforeAll(async () => {
    ({ stage, coordinator, participants, operator } = await Stage.complete());
  });
  afterAll(() => stage.clear());

  const account = (name: string): Principal => ({ kind: 'user', user: { name, kind: 'account', session: name } });

  /** Another gateway's. */
  const elsewhere = async (): Promise<Seats> =>
    new Seats(await stage.bus('gateway-2'), { isKnown: () => true }, async () => false, pino({ level: 'silent' }));

  const shown = async (name: string): Promise<Participant> => {
    const { items } = participantsSchema.parse((await operator.get(`${api}/participants`)).body);
    return items.find(({ id }) => id === name)!;
  };
  const held = async (name = participant): Promise<unknown> => (await shown(name)).seat;

  describe('and seats', () => {
    it('take a free one, and have it when they take it again', async () => {
      expect(await held()).toEqual({ holder: null, since: null });
      const taken = await operator.put(seat);
      expect(taken.status).toBe(200);
      expect(taken.body).toEqual({ participant, holder: 'operator', since: expect.any(String) });
      expect((await operator.put(seat)).body).toEqual(taken.body);
      expect(await held()).toEqual({ holder: 'operator', since: (taken.body as Seat).since });
    });

    it.each(['application/json', 'text/plain'])(
      'take it also when the client names a type (%s) of no body',
      async (type) => {
        expect((await operator.put(seat).set('content-type', type)).status).toBe(200);
        expect((await operator.put(seat).set('content-type', type).send('{"ignored":')).status).toBe(200);
      },
    );

    it('give theirs up, and it is free', async () => {
      expect((await operator.delete(seat)).status).toBe(204);
      expect(await held()).toEqual({ holder: null, since: null });
      expect((await operator.delete(seat)).status).toBe(204);
    });

    it('cannot take that of somebody else; the operator can free it', async () => {
      const others = await elsewhere();
      await others.take(participant, account('Jo'));
      const taken = problem.parse((await operator.put(seat)).body);
      expect(taken).toMatchObject({ status: 409, code: 'seat-taken', detail: expect.stringContaining('Jo') });
      await expect(others.leave(participant, account('Al'))).rejects.toMatchObject({ code: 'seat-required' });
      expect((await operator.delete(seat)).status).toBe(204);
      expect((await operator.put(seat)).status).toBe(200);
    });

    it('must be those of participants', async () => {
      const answers = [
        await operator.put(`${api}/participants/nobody/seat`),
        await operator.delete(`${api}/participants/a.b*/seat`),
      ];
      for (const { body } of answers) expect(problem.parse(body)).toMatchObject({ code: 'unknown-participant' });
    });

    describe('of a participant that leaves', () => {
      const leaver = 'participant-3';
      const free = { holder: null, since: null };
      beforeEach(() => operator.put(`${api}/participants/${leaver}/seat`));

      it('keep theirs until it has left, and then it is free', async () => {
        coordinator.needed.set(leaver, ['main-4 lists it and is not decided']);
        expect((await operator.delete(`${api}/participants/${leaver}`)).status).toBe(409);
        expect(await held(leaver)).toMatchObject({ holder: 'operator' });
        coordinator.needed.delete(leaver);
        expect((await operator.delete(`${api}/participants/${leaver}`)).status).toBe(204);
        expect(await held(leaver)).toEqual(free);
      });

      it('lose theirs when it leaves later, by itself, and not when it was only told to', async () => {
        coordinator.leaving.add(leaver);
        coordinator.announce();
        while (!(await shown(leaver)).leaving) await wait(10);
        expect(await held(leaver)).toMatchObject({ holder: 'operator' });
        coordinator.left.add(leaver);
        coordinator.announce();
        while ((await shown(leaver)).seat?.holder !== null) await wait(10);
        expect(await held(leaver)).toEqual(free);
        coordinator.left.clear();
        coordinator.leaving.clear();
        coordinator.announce();
        while (!(await shown(leaver)).registered) await wait(10);
      });
    });

    it('race for one through two gateways: of fifty one gets it, and the others are told who', async () => {
      const gateways = [await elsewhere(), await elsewhere()];
      const racers = Array.from({ length: 50 }, (_, index) => `racer-${String(index)}`);
      const results = await Promise.allSettled(
        racers.map((racer, index) => gateways[index % 2]!.take('contested', account(racer))),
      );
      const seats = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(seats).toHaveLength(1);
      const winner = seats[0]!.holder!;
      for (const result of results) {
        if (result.status === 'fulfilled') continue;
        expect(result.reason).toMatchObject({ code: 'seat-taken', detail: expect.stringContaining(winner) });
      }
      expect(await gateways[0]!.all(['contested'])).toMatchObject([{ holder: winner }]);
    });
  });

  describe('and votes', () => {
    const manual = knownTransaction('release', 7);
    const votes = `${api}/transactions/release-7/votes`;
    const acknowledgements = `${api}/transactions/release-7/acknowledgements`;

    beforeAll(async () => {
      coordinator.known.push(manual);
      await operator.put(seat);
    });
    beforeEach(() => {
      participants[0]!.told.length = 0;
      participants[0]!.answer = { taken: true, state: 'waiting' };
    });
    const answered = (answer: PersonalAnswer): void => {
      participants[0]!.answer = answer;
    };

    it('are asked, the most urgent first, with absolute deadlines', async () => {
      const { value, proposer } = manual.begin;
      const place = { book: 'release', value, proposer };
      participants[0]!.asks.push(
        { ...place, number: 9, kind: 'vote', deadline: 2_000 },
        { ...place, number: 7, kind: 'acknowledgement', deadline: 1_000 },
      );
      const answer = await operator.get(`${api}/participants/${participant}/requests`);
      const told = { participant, value, proposer, room: null };
      expect(answer.body).toEqual({
        items: [
          { ...told, kind: 'acknowledgement', transaction: 'release-7', deadline: '1970-01-01T00:00:01.000Z' },
          { ...told, kind: 'vote', transaction: 'release-9', deadline: '1970-01-01T00:00:02.000Z' },
        ],
      });
    });

    it('vote for the participant whose seat they hold', async () => {
      const answer = await operator.post(votes).send({ participant, vote: 'commit' });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ transaction: 'release-7', participant, state: 'waiting' });
      expect(participants[0]!.told).toEqual([{ book: 'release', number: 7, vote: 'commit', by: 'operator' }]);
    });

    it('acknowledge its pre-commit', async () => {
      answered({ taken: true, state: 'pre-commit' });
      const answer = await operator.post(acknowledgements).send({ participant });
      expect(answer.body).toEqual({ transaction: 'release-7', participant, state: 'pre-commit' });
      expect(participants[0]!.told).toEqual([{ book: 'release', number: 7, by: 'operator' }]);
    });

    it('do not vote for a participant whose seat they do not hold', async () => {
      for (const url of [votes, acknowledgements]) {
        const body = { participant: 'participant-2', ...(url === votes && { vote: 'abort' }) };
        const answer = await operator.post(url).send(body);
        expect(problem.parse(answer.body)).toMatchObject({ status: 403, code: 'seat-required' });
      }
      expect(participants[1]!.told).toEqual([]);
    });

    it.each([
      [{ taken: false, reason: 'double', state: 'waiting' }, /first one counts; release-7 is waiting there/],
      [{ taken: false, reason: 'late', state: 'aborted' }, /too late.*release-7 is aborted there/],
      [{ taken: false, reason: 'superseded', state: 'pre-abort' }, /recovery has taken over.*pre-abort/],
      [{ taken: false, reason: 'automatic', state: 'waiting' }, /do not vote in this book/],
      [{ taken: false, reason: 'incomplete', state: 'aborted' }, /lacks lower lines/],
      [{ taken: false, reason: 'not-asked', state: 'initial' }, /nothing waits for it/],
      [{ taken: false, reason: 'unknown', state: null }, /release-7 is not known there/],
    ] as const)('are told why a vote or an acknowledgement is refused, and the state: %j', async (answer, words) => {
      answered(answer);
      const vote = await operator.post(votes).send({ participant, vote: 'abort' });
      expect(problem.parse(vote.body)).toMatchObject({
        status: 409,
        code: 'vote-refused',
        detail: expect.stringMatching(words),
      });
      const acknowledged = await operator.post(acknowledgements).send({ participant });
      expect(problem.parse(acknowledged.body)).toMatchObject({
        status: 409,
        code: 'acknowledgement-refused',
        detail: expect.stringMatching(words),
      });
    });

    it('are told when there is no such transaction at all', async () => {
      answered({ taken: false, reason: 'unknown', state: null });
      for (const id of ['release-8', 'nothing']) {
        const answer = await operator.post(`${api}/transactions/${id}/votes`).send({ participant, vote: 'commit' });
        expect(problem.parse(answer.body)).toMatchObject({ status: 404, code: 'unknown-transaction' });
      }
    });

    it('are refused a body that is no vote', async () => {
      const odd = await operator.post(votes).send({ participant, vote: 'perhaps' });
      expect(problem.parse(odd.body)).toMatchObject({ status: 400, code: 'invalid-field', field: '/vote' });
      const more = await operator.post(acknowledgements).send({ participant, vote: 'commit' });
      expect(problem.parse(more.body)).toMatchObject({ status: 400, code: 'unknown-field', field: '/vote' });
    });

    it('are told that the participant is away', async () => {
      await participants[0]!.stop();
      const answers = [
        await operator.post(votes).send({ participant, vote: 'commit' }),
        await operator.get(`${api}/participants/${participant}/requests`),
      ];
      await participants[0]!.start();
      for (const { body, headers } of answers) {
        expect(problem.parse(body)).toMatchObject({ status: 503, code: 'participant-unreachable' });
        expect(headers['retry-after']).toBe('1');
      }
    });
  });

  it('still learn who is there while the broker’s store is away', async () => {
    const { broker } = stage;
    await broker.kill();
    const { items } = participantsSchema.parse((await operator.get(`${api}/participants`)).body);
    expect(items.map(({ id, seat: told }) => [id, told])).toEqual(members.map(({ name }) => [name, null]));
    expect(problem.parse((await operator.put(seat)).body)).toMatchObject({ status: 503, code: 'broker-unreachable' });
    await stage.restartBroker();
    await ready(operator);
    expect(await held()).toMatchObject({ holder: 'operator' });
  }, 30_000);
});
