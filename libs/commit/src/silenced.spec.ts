// Two processes that live under one name: neither knows what the other has promised, so neither promises anything more.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { newCoordinator, type CoordinatorState } from './coordinator-state.js';
import { stepCoordinator } from './coordinator.js';
import { FIRST_BALLOT } from './ballot.js';
import { newParticipant, replayParticipant, stepParticipant, type ParticipantState } from './participant.js';
import { Cluster } from './testing/cluster.js';

const self = { name: 'participant-1', logId: 'a'.repeat(32) };
const identity = { nonces: ['mine'], rival: null };

describe('a participant that hears its own name', () => {
  let state: ParticipantState;
  beforeEach(() => {
    state = { ...newParticipant(self, 'commit'), identity };
  });
  const hear = (nonce: string, logId = self.logId) =>
    stepParticipant(state, { type: 'own-name-heard', logId, nonce }, 0);

  it('makes nothing of it when it was itself', () => {
    expect(hear('mine')).toEqual({ state, effects: [] });
  });

  it('forces that its journal lives twice, and says so', () => {
    const { effects } = hear('another');
    expect(effects).toEqual([
      { type: 'append', record: { kind: 'doubled', nonce: 'another' }, lazy: false },
      { type: 'alarm', what: expect.stringContaining('on a copy of this journal') },
    ]);
  });

  it('knows after a restart that its journal has lived twice', () => {
    const records = [
      { kind: 'start-nonces' as const, nonces: ['mine'] },
      { kind: 'doubled' as const, nonce: 'another' },
    ];
    const { identity: replayed } = replayParticipant(newParticipant(self, 'commit'), records, () => undefined);
    expect(replayed).toEqual({ nonces: ['mine'], rival: 'another' });
  });

  it('forces nothing when the other has a journal of its own, and says so', () => {
    const { state: silenced, effects } = hear('another', 'b'.repeat(32));
    expect(effects).toEqual([{ type: 'alarm', what: expect.stringContaining('with another journal') }]);
    expect(silenced.identity.rival).toBe('another');
  });

  it('says it once', () => {
    ({ state } = hear('another'));
    expect(hear('a third').effects).toEqual([]);
  });
});

describe('a participant under whose name another lives', () => {
  it('answers nothing that counts, and decides nothing', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    const { state } = cluster.participant('participant-1');
    const place = cluster.latest;
    const list = cluster.members();
    const doubled = { ...state, identity: { nonces: ['mine'], rival: 'another' } };
    const begin = cluster.begin(place);
    const ballot = { counter: 7, node: 'participant-2' };
    const transactions = [{ ...place, digest: begin.digest }];
    const asking = { reply: 1, list, protocol: 'e3pc' as const };

    const step = (input: Parameters<typeof stepParticipant>[1]) => stepParticipant(doubled, input, 0);
    const asked = step({ type: 'vote-requested', ...asking, epoch: 1, deadline: 0, transactions: [begin], open: [] });
    expect(asked).toEqual({ state: doubled, effects: [{ type: 'reply', to: 1, ballot: FIRST_BALLOT, answers: [] }] });
    const elected = step({ type: 'states-asked', ...asking, ballot, transactions });
    expect(elected).toEqual({ state: doubled, effects: [{ type: 'reply', to: 1, ballot, answers: [] }] });
    const proposal = 'pre-commit';
    const proposed = step({ type: 'proposed', ...asking, ballot, proposal, deadline: 0, transactions });
    expect(proposed).toEqual({ state: doubled, effects: [{ type: 'reply', to: 1, ballot, proposal, answers: [] }] });
    expect(step({ type: 'deadline', wait: 'decision', places: [place] }).effects).toEqual([]);
  });

  it('is not counted: the others decide without it', () => {
    const cluster = new Cluster();
    cluster.propose('x');
    cluster.deliver('vote-request');
    const first = cluster.participant('participant-1');
    first.submit({ type: 'own-name-heard', logId: first.self.logId, nonce: 'another' });

    cluster.deliverAll();

    expect(cluster.participant('participant-2').outcome(cluster.latest)).toBe('committed');
    expect(first.linesOf('main')).toEqual([]);
  });
});

describe('a coordinator under whose name another lives', () => {
  let state: CoordinatorState;
  beforeEach(() => {
    state = { ...newCoordinator('coordinator'), identity };
  });

  it('makes nothing of hearing itself', () => {
    expect(stepCoordinator(state, { type: 'own-name-heard', nonce: 'mine' }, 0)).toEqual({ state, effects: [] });
  });

  it('says so, and runs no ballot', () => {
    const doubled = stepCoordinator(state, { type: 'own-name-heard', nonce: 'another' }, 0);
    expect(doubled.effects).toEqual([{ type: 'alarm', what: expect.stringContaining('another coordinator lives') }]);
    const step = stepCoordinator(doubled.state, { type: 'restarted' }, 0);
    expect(step).toEqual({ state: doubled.state, effects: [] });
  });

  it('gives no number', () => {
    const cluster = new Cluster();
    cluster.coordinator.submit({ type: 'own-name-heard', nonce: 'another' });
    cluster.propose('x');
    expect(cluster.coordinator.journal.appended).toEqual([]);
    expect(cluster.bag.size).toBe(0);
  });
});
