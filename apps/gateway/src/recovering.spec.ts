import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { problem, transaction, transactionPage, type KnownTransaction } from '@parley/contracts';
import { decided, knownTransaction } from './testing/known.js';
import type { ScriptedCoordinator } from './testing/scripted-coordinator.js';
import type { ScriptedParticipant } from './testing/scripted-participant.js';
import { Stage, type Operator } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

const path = '/api/v1/transactions';

describe('a transaction that is not decided in time', () => {
  let stage: Stage;
  let coordinator: ScriptedCoordinator;
  let participants: ScriptedParticipant[];
  let operator: Operator;

  beforeAll(async () => {
    ({ stage, coordinator, participants, operator } = await Stage.complete());
  });
  afterAll(() => stage.clear());

  const old = knownTransaction('main', 1, { createdAt: 1_000 });
  const fresh = (): KnownTransaction => knownTransaction('main', 2, { createdAt: Date.now() });
  const known = (...transactions: KnownTransaction[]): void => {
    coordinator.known.splice(0, Infinity, ...transactions);
    for (const participant of participants) participant.known.splice(0, Infinity, ...transactions);
  };
  beforeEach(() => {
    known(old, fresh());
    coordinator.starts = false;
    coordinator.keepsDecided = true;
    for (const participant of participants) participant.starts = false;
  });

  it('is in doubt, with its age and who is missing', async () => {
    const answer = transaction.parse((await operator.get(`${path}/main-1`)).body);
    expect(answer).toMatchObject({ state: 'deciding', deadline: '1970-01-01T00:00:11.000Z', inDoubt: { missing: [] } });
    expect(answer.inDoubt?.ageMs).toBeGreaterThan(1_000_000);
    expect((await operator.get(`${path}/main-2`)).body).toMatchObject({ state: 'deciding', inDoubt: null });
  });

  it('is listed among those in doubt, and one that is still in time is not', async () => {
    const { items } = transactionPage.parse((await operator.get(path).query({ state: 'in-doubt' })).body);
    expect(items.map(({ id }) => id)).toEqual(['main-1']);
  });

  it('is not in doubt when it is decided and only its line waits for a lower one', async () => {
    known(old, { ...knownTransaction('main', 2, { createdAt: 1_500 }), decision: decided('committed', 1_600) });
    expect((await operator.get(`${path}/main-2`)).body).toMatchObject({
      state: 'committed',
      inDoubt: null,
      applied: { done: 0, of: 3 },
    });
    const { items } = transactionPage.parse((await operator.get(path).query({ state: 'in-doubt' })).body);
    expect(items.map(({ id }) => id)).toEqual(['main-1']);
  });

  it('shows how far its deciding is, as the node says that was asked', async () => {
    known({ ...old, phase: 'acknowledging' });
    expect((await operator.get(`${path}/main-1`)).body).toMatchObject({ phase: 'acknowledging' });
    known({ ...old, phase: 'acknowledging', decision: decided('aborted', 2_000) });
    expect((await operator.get(`${path}/main-1`)).body).toMatchObject({ phase: null });
  });

  describe('recovered by hand', () => {
    const recover = (id: string) => operator.post(`${path}/${id}/recover`);

    it('is tried again by the coordinator', async () => {
      coordinator.starts = true;
      const answer = await recover('main-1');
      expect(answer.status).toBe(202);
      expect(transaction.parse(answer.body)).toMatchObject({ id: 'main-1', state: 'deciding' });
    });

    it('may be under way already', async () => {
      known({ ...fresh(), phase: 'recovering' });
      expect((await recover('main-2')).status).toBe(202);
    });

    it('is left alone while it is not in doubt', async () => {
      expect((await recover('main-2')).status).toBe(200);
    });

    it('is left alone when it is decided', async () => {
      known({ ...old, decision: decided('committed', 2_000) });
      const answer = await recover('main-1');
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ state: 'committed' });
    });

    it('is not asked for at the participants while the coordinator looks after it', async () => {
      known(fresh());
      for (const participant of participants) participant.starts = true;
      expect((await recover('main-2')).status).toBe(200);
    });

    it('is tried by the participants while the coordinator is away', async () => {
      await coordinator.stop();
      known(fresh());
      participants[1]!.starts = true;
      const answer = await recover('main-2');
      await coordinator.start();
      expect(answer.status).toBe(202);
    });

    it('must exist', async () => {
      const answer = await recover('main-77');
      expect(problem.parse(answer.body)).toMatchObject({ status: 404, code: 'unknown-transaction' });
    });
  });

  describe('of which the coordinator keeps only that it is recorded', () => {
    const committed = { ...old, decision: decided('committed', 2_000) };
    beforeEach(() => {
      known(committed, fresh());
      coordinator.keepsDecided = false;
    });

    it('is told by the participants', async () => {
      expect((await operator.get(`${path}/main-1`)).body).toMatchObject({ id: 'main-1', state: 'committed' });
      expect((await operator.get(`${path}/main-77`)).status).toBe(404);
    });

    it('is in lists, beside what the coordinator keeps', async () => {
      for (const participant of participants) participant.known.splice(1);
      const all = transactionPage.parse((await operator.get(path)).body);
      expect(all.items.map(({ id, state }) => [id, state])).toEqual([
        ['main-2', 'deciding'],
        ['main-1', 'committed'],
      ]);
      const open = transactionPage.parse((await operator.get(path).query({ state: 'deciding' })).body);
      expect(open.items.map(({ id }) => id)).toEqual(['main-2']);
    });

    it('cannot be told while no participant answers, which is not the same as that it does not exist', async () => {
      await Promise.all(participants.map((participant) => participant.stop()));
      const answers = [await operator.get(`${path}/main-1`), await operator.get(path)];
      const open = transactionPage.parse((await operator.get(path).query({ state: 'deciding' })).body);
      await Promise.all(participants.map((participant) => participant.start()));
      expect(problem.parse(answers[1]!.body).detail).toMatch(/they keep what is decided.*by \?state=deciding$/);
      expect(open.items.map(({ id }) => id)).toEqual(['main-2']);
      for (const { body } of answers) {
        expect(problem.parse(body)).toMatchObject({ status: 503, code: 'participant-unreachable' });
      }
    });
  });
});
