import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transaction } from '@parley/contracts';
import type { ScriptedCoordinator } from './testing/scripted-coordinator.js';
import type { ScriptedParticipant } from './testing/scripted-participant.js';
import { Stage } from './testing/stage.js';

describe('proposing', () => {
  let stage: Stage;
  let coordinator: ScriptedCoordinator;
  let participants: ScriptedParticipant[];
  let operator: Awaited<ReturnType<Stage['gateway']>>['operator'];

  beforeAll(async () => {
    stage = await Stage.set();
    coordinator = await stage.coordinator();
    participants = await stage.participants();
    ({ operator } = await stage.gateway());
  });
  afterAll(() => stage.clear());

  it('is answered when the transaction has begun', async () => {
    const answer = await operator.post('/api/v1/transactions').send({ value: 'release 1.4.0' });
    expect(answer.body).toEqual({});
    expect(answer.status).toBe(202);
    expect(answer.headers['location']).toBe('/api/v1/transactions/main-1');
    expect(transaction.parse(answer.body)).toMatchObject({ id: 'main-1', state: 'deciding' });
  });
});
