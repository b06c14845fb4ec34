// Whoever may publish can say that it lives, under any name: what is believed, and what is remembered of the rest.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Alive } from '@parley/contracts';
import { newCoordinator, type CoordinatorState } from './coordinator-state.js';
import { stepCoordinator } from './coordinator.js';
import { UNKNOWN_START, TOO_MANY_NAMES, type StoredStart } from './heartbeats.js';

const logId = '1'.repeat(32);
const alive = (node: string, nonce: string): Alive => ({
  service: 'participant',
  node,
  logId,
  nonce,
  doubled: false,
  complete: true,
  ledgers: [{ book: 'main', lines: 0, highest: 1_000_000 }],
});
const attend = (heartbeat: Alive) => [{ type: 'attend', alive: heartbeat }];
const ask = (name: string) => [{ type: 'confirm-start', name }];
const refusal = (what: string) => [{ type: 'report', place: null, what }];

describe('a heartbeat', () => {
  let state: CoordinatorState;
  beforeEach(() => {
    state = newCoordinator('coordinator');
  });
  const hear = (node: string, nonce: string) => {
    const step = stepCoordinator(state, { type: 'alive-heard', alive: alive(node, nonce) }, 0);
    ({ state } = step);
    return step.effects;
  };
  const confirm = (name: string, stored: StoredStart) => {
    const step = stepCoordinator(state, { type: 'start-confirmed', name, stored }, 0);
    ({ state } = step);
    return step.effects;
  };

  it('is followed once the store has its nonce under its name, and without asking from then on', () => {
    expect(hear('a', 'n1')).toEqual(ask('a'));
    expect(confirm('a', { logId, nonce: 'n1' })).toEqual(attend(alive('a', 'n1')));
    expect(hear('a', 'n1')).toEqual(attend(alive('a', 'n1')));
  });

  it('is followed without asking when the store was asked about its name before, as at a start', () => {
    expect(confirm('a', { logId, nonce: 'n1' })).toEqual([]);
    expect(hear('a', 'n1')).toEqual(attend(alive('a', 'n1')));
  });

  it('of a later start is asked about again', () => {
    hear('a', 'n1');
    confirm('a', { logId, nonce: 'n1' });
    expect(hear('a', 'n2')).toEqual(ask('a'));
    expect(confirm('a', { logId, nonce: 'n2' })).toEqual(attend(alive('a', 'n2')));
    expect(hear('a', 'n2')).toEqual(attend(alive('a', 'n2')));
  });

  it.each([
    ['another nonce', { logId, nonce: 'true' }],
    ['another journal', { logId: '2'.repeat(32), nonce: 'made up' }],
    ['nothing', null],
  ])('makes nobody a member, and stops nobody, when the store has %s', (_, stored) => {
    const before = state.membership;
    expect(hear('a', 'made up')).toEqual(ask('a'));
    expect(confirm('a', stored)).toEqual(refusal(UNKNOWN_START));
    expect(state.membership).toBe(before);
    expect(state.heartbeats.waiting.size).toBe(0);
  });

  it('that is made up does not stand in the way of the true one', () => {
    hear('a', 'made up');
    expect(hear('a', 'true')).toEqual([]);
    expect(confirm('a', { logId, nonce: 'true' })).toEqual(attend(alive('a', 'true')));
    hear('a', 'made up');
    expect(hear('a', 'true')).toEqual(attend(alive('a', 'true')));
  });

  it('is asked about again when the store did not answer', () => {
    hear('a', 'n1');
    expect(confirm('a', 'unknown')).toEqual([]);
    expect(hear('a', 'n1')).toEqual(ask('a'));
  });

  it('under ever new names makes neither the memory nor the questions grow without bound', () => {
    const effects = Array.from({ length: 10_000 }, (_, index) => hear(`made-up-${String(index)}`, 'n')).flat();
    expect(effects.filter(({ type }) => type === 'confirm-start')).toHaveLength(64);
    expect(effects.at(-1)).toEqual(refusal(TOO_MANY_NAMES)[0]);
    for (let index = 0; index < 10_000; index += 1) {
      hear(`true-${String(index)}`, 'n');
      confirm(`made-up-${String(index)}`, null);
      confirm(`true-${String(index)}`, { logId, nonce: 'n' });
    }
    expect(state.heartbeats.waiting.size).toBeLessThanOrEqual(64);
    expect(state.heartbeats.started.size).toBeLessThanOrEqual(128);
  });
});
