import { describe, expect, it } from '@jest/globals';
import { newCoordinator, type CoordinatorInput, type CoordinatorState, type Proposed } from './coordinator-state.js';
import { stepCoordinator } from './coordinator.js';

const member = { name: 'participant-1', logId: '1'.repeat(32) };
const here: CoordinatorInput = {
  type: 'participant-heard',
  member,
  nonce: 'n',
  doubled: false,
  complete: true,
  lines: [],
};
const proposal = (book: string): Proposed => ({
  book,
  value: 'x',
  digest: 'd'.repeat(43),
  timeouts: {},
  proposer: 'operator',
  correlation: 'c',
  createdAt: 0,
});
const timeouts = { voteRequestMs: 1000, voteMs: 1000, acknowledgementMs: 1000, decisionMs: 1000 };
const step = (state: CoordinatorState, input: CoordinatorInput) => stepCoordinator(state, input, 0);
const propose = (...books: string[]): CoordinatorInput => ({
  type: 'proposed',
  reply: 1,
  proposals: books.map(proposal),
  standard: { automatic: timeouts, manual: timeouts },
});
const known = (highest: number): CoordinatorInput => ({ type: 'numbers-known', books: [{ book: 'main', highest }] });

describe('numbers', () => {
  it('are given to the proposals of a book in their order: 1, 2, 3 …, each book its own', () => {
    const first = step(step(newCoordinator('coordinator'), here).state, propose('main', 'other', 'main'));
    const second = step(first.state, propose('main'));
    const given = [...first.effects, ...second.effects].flatMap((effect) =>
      effect.type === 'append' && effect.record.kind === 'begun' ? [effect.record.begin] : [],
    );
    expect(given.map(({ book, number }) => `${book}-${String(number)}`)).toEqual([
      'main-1',
      'other-1',
      'main-2',
      'main-3',
    ]);
  });

  it('that a participant has heard of and this coordinator has not given stop it: it would give them twice', () => {
    const { state } = step(step(newCoordinator('coordinator'), here).state, propose('main', 'main'));
    expect(step(state, known(2)).effects).toEqual([]);
    expect(step(state, known(3)).effects).toEqual([
      expect.objectContaining({ type: 'stop', place: { book: 'main', number: 3 } }),
    ]);
  });
});
