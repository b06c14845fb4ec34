import { describe, expect, it } from '@jest/globals';
import { newCoordinator, stepCoordinator } from '@parley/commit';
import { NO_TIMEOUTS, proposalOf } from './proposal.js';

describe('a proposal of an exploration', () => {
  it('is begun by the production coordinator, under the first number of its book', () => {
    const list = [{ name: 'p1', logId: 'log of p1' }];
    const proposals = [proposalOf('main', 'x')];
    const { effects } = stepCoordinator(
      newCoordinator('c'),
      { type: 'proposed', reply: 0, list, proposals, standard: NO_TIMEOUTS },
      0,
    );
    expect(effects).toMatchObject([
      { type: 'append', record: { kind: 'begun', begin: { book: 'main', number: 1, value: 'x' } } },
      { type: 'confirm-begin' },
    ]);
  });
});
