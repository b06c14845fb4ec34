import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { problem, transaction, type BeginResult, type KnownTransaction } from '@parley/contracts';
import { decided } from './testing/known.js';
import type { ScriptedCoordinator } from './testing/scripted-coordinator.js';
import type { ScriptedParticipant } from './testing/scripted-participant.js';
import { Stage, type Operator } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

const path = '/api/v1/transactions';

describe('proposing', () => {
  let stage: Stage;
  let coordinator: ScriptedCoordinator;
  let participants: ScriptedParticipant[];
  let operator: Operator;
  let book: string;
  let books = 0;

  beforeAll(async () => {
    ({ stage, coordinator, participants, operator } = await Stage.complete());
  });
  afterAll(() => stage.clear());

  // A book per test: numbers start anew, and no line of another test counts.
  beforeEach(() => {
    books += 1;
    book = `book-${String(books)}`;
  });
  const beginAll = (proposals: Parameters<ScriptedCoordinator['onBegin']>[0]): BeginResult[] =>
    proposals.map((proposal) => coordinator.begun(proposal));
  afterEach(() => {
    coordinator.onBegin = beginAll;
  });

  const begun = (): KnownTransaction => coordinator.known.at(-1)!;

  it('is answered when the transaction has begun', async () => {
    const answer = await operator.post(path).send({ value: 'release 1.4.0', book });
    expect(answer.status).toBe(202);
    expect(answer.headers['location']).toBe(`${path}/${book}-1`);
    expect(transaction.parse(answer.body)).toEqual({
      id: `${book}-1`,
      book,
      number: 1,
      value: 'release 1.4.0',
      protocol: 'e3pc',
      guarantee: 'safe',
      votes: 'automatic',
      state: 'deciding',
      phase: null,
      deadline: new Date(begun().begin.createdAt + 10_000).toISOString(),
      inDoubt: null,
      participants: ['participant-1', 'participant-2', 'participant-3'],
      applied: { done: 0, of: 3 },
      proposer: 'operator',
      room: null,
      createdAt: new Date(begun().begin.createdAt).toISOString(),
      decidedAt: null,
    });
  });

  it('uses the book main when none is named', async () => {
    const answer = await operator.post(path).send({ value: 'without a book' });
    expect(answer.body).toMatchObject({ book: 'main' });
  });

  it('hands the timeouts of the transaction on', async () => {
    await operator.post(path).send({ value: 'in a hurry', book, timeouts: { voteMs: 300 } });
    expect(coordinator.proposed.at(-1)).toMatchObject({ timeouts: { voteMs: 300 } });
  });

  it('hands protocol and votes on, and names what the protocol promises in the answer', async () => {
    const answer = await operator.post(path).send({ value: 'as in 1981', book, protocol: '3pc', votes: 'manual' });
    expect(coordinator.proposed.at(-1)).toMatchObject({ protocol: '3pc', votes: 'manual' });
    expect(answer.body).toMatchObject({ protocol: '3pc', guarantee: 'unsafe-under-partition', votes: 'manual' });
    const evidence = await operator.get(`${path}/${book}-1/evidence`);
    expect(evidence.body).toMatchObject({ protocol: '3pc', guarantee: 'unsafe-under-partition' });
  });

  it.each(['book-protocol', 'book-votes', 'book-diverged'] as const)(
    'is refused as the coordinator says: %s',
    async (code) => {
      coordinator.onBegin = (proposals) => proposals.map(() => ({ ok: false, code, detail: 'why' }));
      const answer = await operator.post(path).send({ value: 'refused', book, protocol: '2pc' });
      expect(problem.parse(answer.body)).toMatchObject({ status: 409, code, detail: 'why' });
    },
  );

  it('carries the client’s trace to the coordinator, into the answer and into the log', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const answer = await operator
      .post(path)
      .set('traceparent', `00-${trace}-00f067aa0ba902b7-01`)
      .send({ value: 'traced', book });
    expect(answer.headers['x-correlation-id']).toBe(trace);
    expect(coordinator.proposed.at(-1)?.correlation).toBe(trace);
    await stage.logLine(({ correlation }) => correlation === trace);
    const lines = stage.logged.filter(({ correlation }) => correlation === trace);
    expect(lines).toEqual([expect.objectContaining({ msg: 'served', method: 'POST', route: path, status: 202 })]);
  });

  it('makes a correlation id of its own when the client’s trace is not valid', async () => {
    const answer = await operator.post(path).set('traceparent', '00-zz-1-01').send({ value: 'not traced', book });
    expect(answer.headers['x-correlation-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('begins what arrives at once, in as many messages as it may be, and gives each its own answer', async () => {
    coordinator.batches.length = 0;
    const values = Array.from({ length: 100 }, (_, index) => `value ${String(index)}`);
    const answers = await Promise.all(values.map((value) => operator.post(path).send({ value, book })));
    expect(answers.map(({ status }) => status)).toEqual(values.map(() => 202));
    expect(answers.map(({ body }) => transaction.parse(body).value)).toEqual(values);
    expect(coordinator.batches.reduce((sum, size) => sum + size, 0)).toBe(100);
  });

  describe('with an Idempotency-Key', () => {
    const idempotencyOf = async (key: string, body: object): Promise<unknown> => {
      await operator.post(path).set('idempotency-key', key).send(body);
      return coordinator.proposed.at(-1)?.idempotency;
    };

    it('sends the same hashes for the same key and meaning, others for another key or meaning', async () => {
      const first = await idempotencyOf('key-1', {
        value: 'a',
        book: 'main',
        timeouts: { voteMs: 60, decisionMs: 70 },
      });
      const reordered = { timeouts: { decisionMs: 70, voteMs: 60 }, value: 'a' };
      expect(await idempotencyOf('key-1', reordered)).toEqual(first);
      expect(first).toEqual({ key: expect.stringMatching(/^[\w-]{43}$/), body: expect.stringMatching(/^[\w-]{43}$/) });
      const { key, body } = first as { key: string; body: string };
      expect(await idempotencyOf('key-2', reordered)).toEqual({ key: expect.not.stringMatching(key), body });
      expect(await idempotencyOf('key-1', { value: 'b' })).toEqual({ key, body: expect.not.stringMatching(body) });
      for (const other of [{ protocol: '2pc' }, { votes: 'manual' }]) {
        expect(await idempotencyOf('key-1', { ...reordered, ...other })).toEqual({
          key,
          body: expect.not.stringMatching(body),
        });
      }
    });

    it('sends no hashes without a key', async () => {
      await operator.post(path).send({ value: 'no key', book });
      expect(coordinator.proposed.at(-1)).not.toHaveProperty('idempotency');
    });

    it.each([
      ['with spaces', 'a b'],
      ['too long', 'k'.repeat(129)],
      ['not ASCII', 'ké'],
    ])('refuses one %s', async (_, key) => {
      const answer = await operator.post(path).set('idempotency-key', key).send({ value: 'a', book });
      expect(problem.parse(answer.body)).toMatchObject({ code: 'invalid-idempotency-key', field: 'Idempotency-Key' });
    });

    it('says when the key came with another body', async () => {
      coordinator.onBegin = () => [{ ok: false, code: 'idempotency-conflict', detail: 'key of main-7' }];
      const answer = await operator.post(path).set('idempotency-key', 'used').send({ value: 'other', book });
      expect(answer.status).toBe(409);
      expect(problem.parse(answer.body)).toMatchObject({ code: 'idempotency-conflict', detail: 'key of main-7' });
    });
  });

  describe('with Prefer: wait', () => {
    it('is answered once all participants have written the line', async () => {
      coordinator.onBegin = (proposals) => {
        setImmediate(() => {
          for (const participant of participants) participant.record(begun(), 'committed', 1_769_860_800_007);
        });
        return beginAll(proposals);
      };
      const answer = await operator.post(path).set('prefer', 'wait=10').send({ value: 'settled', book });
      expect(answer.status).toBe(200);
      expect(answer.headers['preference-applied']).toBe('wait=10');
      expect(answer.headers['location']).toBe(`${path}/${book}-1`);
      expect(transaction.parse(answer.body)).toMatchObject({
        state: 'committed',
        applied: { done: 3, of: 3 },
        decidedAt: '2026-01-31T12:00:00.007Z',
      });
    });

    it('is answered also when the lines were written before the coordinator’s answer came', async () => {
      coordinator.onBegin = async (proposals) => {
        const results = beginAll(proposals);
        for (const participant of participants) participant.record(begun(), 'aborted', 1_769_860_800_000);
        await Promise.all(participants.map((participant) => participant.flush()));
        return results;
      };
      const answer = await operator.post(path).set('prefer', 'wait=10').send({ value: 'settled early', book });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ state: 'aborted', applied: { done: 3, of: 3 } });
    });

    it('does not wait for a participant that is gone', async () => {
      const [first, second, gone] = participants as [ScriptedParticipant, ScriptedParticipant, ScriptedParticipant];
      await gone.stop();
      coordinator.onBegin = (proposals) => {
        const results = beginAll(proposals);
        setImmediate(() => [first, second].forEach((live) => live.record(begun(), 'committed', 5)));
        return results;
      };
      const answer = await operator.post(path).set('prefer', 'wait=10').send({ value: 'two of three', book });
      await gone.start();
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ state: 'committed', applied: { done: 2, of: 3 } });
    });

    it('is answered 202 with what is known when the time is up', async () => {
      coordinator.onBegin = (proposals) => {
        const results = beginAll(proposals);
        coordinator.decide(begun().begin, decided('committed', 1_769_860_800_000));
        return results;
      };
      const started = performance.now();
      const answer = await operator.post(path).set('prefer', 'wait=1').send({ value: 'slow', book });
      expect(performance.now() - started).toBeGreaterThan(990);
      expect(answer.status).toBe(202);
      expect(answer.headers).not.toHaveProperty('preference-applied');
      expect(answer.body).toMatchObject({ state: 'committed', applied: { done: 0, of: 3 } });
    });

    it('is not waited for any longer when the client is gone', async () => {
      const trace = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
      const begun = new Promise<void>((resolve) => {
        coordinator.onBegin = (proposals) => {
          setImmediate(resolve);
          return beginAll(proposals);
        };
      });
      const waiting = operator
        .post(path)
        .set('prefer', 'wait=60')
        .set('traceparent', `00-${trace}-00f067aa0ba902b7-01`)
        .send({ value: 'nobody waits', book });
      const broken = expect(waiting).rejects.toThrow('Aborted');
      await begun;
      waiting.abort();
      await broken;
      const line = await stage.logLine(({ correlation }) => correlation === trace);
      expect(line).toMatchObject({ msg: 'served', abandoned: true });
    });

    it('ignores a preference that is malformed', async () => {
      const answer = await operator.post(path).set('prefer', 'wait=soon').send({ value: 'at once', book });
      expect(answer.status).toBe(202);
    });
  });

  describe('when the coordinator', () => {
    it('refuses, the problem is the one it names', async () => {
      coordinator.onBegin = () => [{ ok: false, code: 'participants-missing', detail: 'participant-2, participant-3' }];
      const answer = await operator.post(path).send({ value: 'too early', book });
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBe('1');
      expect(problem.parse(answer.body)).toMatchObject({
        code: 'participants-missing',
        detail: 'participant-2, participant-3',
      });
    });

    it('fails, it is not known whether the transaction began', async () => {
      coordinator.onBegin = () => Promise.reject(new Error('disk on fire'));
      const answer = await operator.post(path).send({ value: 'lost', book });
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBe('1');
      expect(problem.parse(answer.body)).toMatchObject({ code: 'begin-unknown' });
      expect(answer.text).not.toContain('disk');
    });

    it('answers fewer results than it was sent proposals, it is not known whether the transaction began', async () => {
      coordinator.onBegin = () => [];
      const answer = await operator.post(path).send({ value: 'lost', book });
      expect(problem.parse(answer.body)).toMatchObject({ code: 'begin-unknown' });
    });

    it('does not answer in time, it is not known whether the transaction began', async () => {
      let release = (): void => undefined;
      coordinator.onBegin = () => new Promise((resolve) => (release = () => resolve([])));
      const answer = await operator.post(path).send({ value: 'stuck', book });
      release();
      expect(problem.parse(answer.body)).toMatchObject({ status: 503, code: 'begin-unknown' });
    }, 10_000);

    it('is not there, nothing was begun', async () => {
      await coordinator.stop();
      const answer = await operator.post(path).send({ value: 'nobody', book });
      await coordinator.start();
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBe('1');
      expect(problem.parse(answer.body)).toMatchObject({ code: 'coordinator-unreachable' });
    });
  });
});
