import { describe, expect, it } from '@jest/globals';
import type { DecidedTransaction } from '@parley/contracts';
import { believe } from './fetched-lines.js';

const told = (number: number, value: string | null): DecidedTransaction => ({
  book: 'main',
  number,
  list: [],
  protocol: 'e3pc',
  begin: value === null ? null : ({ book: 'main', number, value } as DecidedTransaction['begin']),
  decision: { outcome: value === null ? 'aborted' : 'committed' } as DecidedTransaction['decision'],
});
const from = (name: string, ...decided: DecidedTransaction[]) => ({ from: name, decided });
const texts = ({ transactions }: ReturnType<typeof believe>) =>
  transactions.map(({ number, begin }) => [number, begin?.value ?? null]);

describe('a fetched line', () => {
  it('is what all who have it tell, and what the only one tells who has it', () => {
    const believed = believe([from('a', told(1, 'x'), told(2, null)), from('b', told(1, 'x'))], 'coordinator');
    expect(texts(believed)).toEqual([
      [1, 'x'],
      [2, null],
    ]);
    expect(believed.disputed).toEqual([]);
  });

  it('is what most tell, and who tells something else is named', () => {
    const believed = believe(
      [from('a', told(1, 'y')), from('b', told(1, 'x')), from('c', told(1, 'x'))],
      'coordinator',
    );
    expect(texts(believed)).toEqual([[1, 'x']]);
    expect(believed.disputed).toEqual([{ place: 'main-1', against: ['a'] }]);
  });

  it('is what the coordinator tells, whatever others tell', () => {
    const replies = [from('a', told(1, 'y')), from('b', told(1, 'y')), from('coordinator', told(1, null))];
    expect(texts(believe(replies, 'coordinator'))).toEqual([[1, null]]);
  });

  it('is not taken where as many tell one thing as another', () => {
    const believed = believe([from('a', told(1, 'x')), from('b', told(1, null))], 'coordinator');
    expect(texts(believed)).toEqual([]);
    expect(believed.disputed).toEqual([{ place: 'main-1', against: ['a', 'b'] }]);
  });

  it('comes from who knows what an aborted transaction was about', () => {
    const known = { ...told(1, null), begin: told(1, 'what it was').begin };
    expect(texts(believe([from('a', told(1, null)), from('b', known)], 'coordinator'))).toEqual([[1, 'what it was']]);
  });
});
