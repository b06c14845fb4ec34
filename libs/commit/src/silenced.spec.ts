// Two processes that live under one name: neither knows what the other has promised, so neither promises anything more.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Alive } from '@parley/contracts';
import { newCoordinator, type CoordinatorState } from './coordinator-state.js';
import { stepCoordinator } from './coordinator.js';
import { FIRST_BALLOT } from './ballot.js';
import type { StoredStart } from './heartbeats.js';
import {
  newParticipant,
  replayParticipant,
  stepParticipant,
  type ParticipantInput,
  type ParticipantState,
} from './participant.js';
import { Cluster } from './testing/cluster.js';

const self = { name: 'participant-1', logId: 'a'.repeat(32) };
const identity = { nonces: ['mine'], earlier: ['before'], rival: null };
const other = 'b'.repeat(32);

/** A heartbeat of a participant; `rival` is whom it says to have heard under its name. */
const alive = (nonce: string, rival?: string, logId = self.logId): Alive => ({
  service: 'participant',
  node: self.name,
  logId,
  nonce,
  rival,
  doubled: rival !== undefined,
  complete: true,
  ledgers: [],
});

describe('a participant that hears its own name', () => {
  let state: ParticipantState;
  beforeEach(() => {
    state = { ...newParticipant(self, 'commit'), identity };
  });
  const give = (input: ParticipantInput) => {
    const step = stepParticipant(state, input, 0);
    ({ state } = step);
    return step.effects;
  };
  const hear = (nonce: string, rival?: string, logId?: string) =>
    give({ type: 'alive-heard', alive: alive(nonce, rival, logId) });
  const confirm = (stored: StoredStart) => give({ type: 'start-confirmed', name: self.name, stored });
  const spoilt = (nonce: string) => [
    { type: 'append', record: { kind: 'doubled', nonce }, lazy: false },
    { type: 'alarm', what: expect.stringContaining('on a copy of this journal') },
  ];

  it('makes nothing of it when it was itself', () => {
    const before = state;
    expect(hear('mine')).toEqual([]);
    expect(state).toEqual(before);
  });

  it('asks the store who has started last under its name, once at a time', () => {
    expect(hear('another')).toEqual([{ type: 'confirm-start', name: self.name }]);
    expect(hear('another')).toEqual([]);
    expect(hear('a third')).toEqual([]);
  });

  it('forces that its journal lives twice when the store has a later start of it, and says so', () => {
    hear('another');
    expect(confirm({ logId: self.logId, nonce: 'another' })).toEqual(spoilt('another'));
    expect(state.identity.rival).toBe('another');
  });

  it('forces the same when an earlier life says that it has heard of this one: its folder was copied while it was paused', () => {
    expect(hear('before', 'mine')).toEqual(spoilt('before'));
  });

  it('goes on when the heartbeat was made up, or is that of an earlier life and late', () => {
    for (const [nonce, rival] of [
      ['made up'],
      ['made up', 'mine'],
      ['before'],
      ['before', 'made up'],
      ['mine', 'x'],
    ] as const) {
      const asked = hear(nonce, rival);
      if (nonce === 'mine') expect(asked).toEqual([]);
      else expect(confirm({ logId: self.logId, nonce: 'mine' })).toEqual([expect.objectContaining({ type: 'report' })]);
      expect(state.identity.rival).toBeNull();
    }
  });

  it.each([
    ['has nothing', null],
    ['has an older start of its own, as one that was restored', { logId: self.logId, nonce: 'before' }],
  ])('goes on when the store %s', (_, stored) => {
    hear('made up');
    expect(confirm(stored)).toEqual([expect.objectContaining({ type: 'report' })]);
    expect(state.identity.rival).toBeNull();
  });

  it('goes on while the store does not answer, and asks again', () => {
    hear('another');
    expect(confirm('unknown')).toEqual([]);
    expect(hear('another')).toEqual([{ type: 'confirm-start', name: self.name }]);
  });

  it('knows after a restart that its journal has lived twice', () => {
    const records = [
      { kind: 'start-nonces' as const, nonces: ['mine'] },
      { kind: 'doubled' as const, nonce: 'another' },
    ];
    const { identity: replayed } = replayParticipant(newParticipant(self, 'commit'), records, () => undefined);
    expect(replayed).toEqual({ nonces: ['mine'], earlier: [], rival: 'another' });
  });

  it('forces nothing when the other has a journal of its own, and says so', () => {
    hear('another', undefined, other);
    const effects = confirm({ logId: other, nonce: 'another' });
    expect(effects).toEqual([{ type: 'alarm', what: expect.stringContaining('with another journal') }]);
    expect(state.identity.rival).toBe('another');
  });

  it('says it once', () => {
    hear('before', 'mine');
    expect(hear('a third')).toEqual([]);
    expect(confirm({ logId: self.logId, nonce: 'another' })).toEqual([]);
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
    const doubled = { ...state, identity: { ...identity, rival: 'another' } };
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
    first.submit({ type: 'start-confirmed', name: first.name, stored: { logId: first.self.logId, nonce: 'another' } });

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

  const hear = (nonce: string, rival?: string) => {
    const alive: Alive = {
      service: 'coordinator',
      node: 'coordinator',
      nonce,
      rival,
      participants: [],
      leaving: [],
      able: [],
      needed: 0,
      decided: [],
    };
    return stepCoordinator(state, { type: 'alive-heard', alive }, 0);
  };
  const later = { type: 'start-confirmed', name: 'coordinator', stored: { logId: other, nonce: 'another' } } as const;

  it('makes nothing of hearing itself', () => {
    expect(hear('mine')).toEqual({ state, effects: [] });
  });

  it('goes on when the other was made up', () => {
    const asked = hear('another');
    expect(asked.effects).toEqual([{ type: 'confirm-start', name: 'coordinator' }]);
    const own = { ...later, stored: { logId: other, nonce: 'mine' } };
    expect(stepCoordinator(asked.state, own, 0).state).toEqual(state);
  });

  it('says so, and runs no ballot', () => {
    const alarm = { type: 'alarm', what: expect.stringContaining('another coordinator lives') };
    expect(hear('before', 'mine').effects).toEqual([alarm]);
    const doubled = stepCoordinator(hear('another').state, later, 0);
    expect(doubled.effects).toEqual([{ type: 'alarm', what: expect.stringContaining('another coordinator lives') }]);
    const step = stepCoordinator(doubled.state, { type: 'restarted' }, 0);
    expect(step).toEqual({ state: doubled.state, effects: [] });
  });

  it('gives no number', () => {
    const cluster = new Cluster();
    cluster.coordinator.submit(later);
    cluster.propose('x');
    expect(cluster.coordinator.journal.appended).toEqual([]);
    expect(cluster.bag.size).toBe(0);
  });
});
