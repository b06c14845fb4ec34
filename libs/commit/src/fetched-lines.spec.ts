import { describe, expect, it } from '@jest/globals';
import { CHAIN_START, type DecidedTransaction, type LedgerMark } from '@parley/contracts';
import { judge, linked } from './fetched-lines.js';
import { e3pcRules } from './rules.js';

const list = ['a', 'b', 'c'].map((name) => ({ name, logId: name }));
/** Null: it was aborted, and the teller does not know what it was about. */
const told = (number: number, value: string | null, of = list): DecidedTransaction => ({
  book: 'main',
  number,
  list: of,
  protocol: 'e3pc',
  begin: value === null ? null : ({ book: 'main', number, value } as DecidedTransaction['begin']),
  decision: { outcome: value === null ? 'aborted' : 'committed' } as DecidedTransaction['decision'],
});

const nextDigest = (previous: string, number: number, line: string): string =>
  `${previous === CHAIN_START ? '' : previous}/${String(number)}:${line}`;
const digestOf = (lines: readonly string[]): string =>
  lines.reduce((digest, line, index) => nextDigest(digest, index + 1, line), CHAIN_START);
const mark = (lines: readonly string[]): LedgerMark => ({ book: 'main', lines: lines.length, digest: digestOf(lines) });

const from = (name: string, ...decided: DecidedTransaction[]) => linked({ from: name, decided }, nextDigest);
/** A participant whose ledger holds these lines, and that tells them from one on. */
const ledger = (name: string, lines: readonly string[], first = 1) =>
  linked(
    {
      from: name,
      decided: lines
        .map((line, index) => ({
          ...told(index + 1, line === '' ? null : line),
          chained: digestOf(lines.slice(0, index + 1)),
        }))
        .slice(first - 1),
      marks: [mark(lines.slice(0, first - 1))],
    },
    nextDigest,
  );
const coordinator = (marks: LedgerMark[], ...decided: DecidedTransaction[]) =>
  linked({ from: 'coordinator', decided, marks }, nextDigest);

function judged(...replies: ReturnType<typeof linked>[]) {
  const { confirmed, diverged } = judge(replies, 'coordinator', e3pcRules);
  const texts = confirmed.map(({ number, begin }): [number, string | null] => [number, begin?.value ?? null]);
  return {
    lines: Object.fromEntries(texts),
    diverged: diverged.map(({ number, nodes }) => `${nodes.join(' and ')} at ${String(number)}`),
  };
}

describe('a fetched line that several tell', () => {
  it('is what a majority of its list tell, and who tells something else is named', () => {
    expect(judged(from('a', told(1, 'y')), from('b', told(1, 'x')), from('c', told(1, 'x')))).toEqual({
      lines: { 1: 'x' },
      diverged: ['a at 1'],
    });
  });

  it('is not taken where as many tell one thing as another, and all are named', () => {
    const replies = ['x', 'x', null, null].map((value, index) => from(`p${String(index)}`, told(1, value)));
    expect(judged(...replies)).toEqual({ lines: {}, diverged: ['p0 and p1 and p2 and p3 at 1'] });
  });

  it('is what the coordinator tells, whatever others tell', () => {
    const replies = [from('a', told(1, 'y')), from('b', told(1, 'y')), coordinator([], told(1, null))];
    expect(judged(...replies)).toEqual({ lines: { 1: null }, diverged: ['a and b at 1'] });
  });

  it('comes from who knows what an aborted transaction was about', () => {
    const known = { ...told(1, null), begin: told(1, 'what it was').begin };
    expect(judged(from('a', told(1, null)), from('b', known)).lines).toEqual({ 1: 'what it was' });
  });

  it('is not told by who answers twice, nor by who does not have the string of a commit', () => {
    const withoutString = { ...told(1, 'x'), begin: null };
    expect(judged(from('a', told(1, 'x')), from('a', told(1, 'x')), from('b', withoutString))).toEqual({
      lines: {},
      diverged: [],
    });
  });
});

describe('a fetched line that one node alone tells', () => {
  it('is not taken from it, unless its list had no other', () => {
    expect(judged(from('a', told(1, 'x')), from('b', told(2, null, list.slice(0, 1))))).toEqual({
      lines: { 2: null },
      diverged: [],
    });
  });

  it('is taken with all before it when they lead to a digest of the coordinator', () => {
    const lines = ['one', '', 'three'];
    expect(judged(ledger('a', lines), coordinator([mark(lines)])).lines).toEqual({ 1: 'one', 2: null, 3: 'three' });
    expect(judged(ledger('a', lines, 2), coordinator([mark(lines)])).lines).toEqual({ 2: null, 3: 'three' });
  });

  it('is not taken beyond the last digest that the coordinator tells', () => {
    expect(judged(ledger('a', ['one', 'two', 'three']), coordinator([mark(['one', 'two'])])).lines).toEqual({
      1: 'one',
      2: 'two',
    });
  });

  it('is not taken from a ledger that holds something else, which is named', () => {
    const wrong = ledger('a', ['one', 'TWO', 'three']);
    expect(judged(wrong, coordinator([mark(['one', 'two', 'three'])]))).toEqual({ lines: {}, diverged: ['a at 3'] });
  });

  it('is not taken when its text does not give the digest that is told with it', () => {
    const wrong = ledger('a', ['one', 'two', 'three']);
    const [first, second, third] = wrong.lines;
    const spoilt = linked(
      {
        from: 'a',
        decided: [first!.transaction, { ...second!.transaction, begin: told(2, 'TWO').begin }, third!.transaction],
      },
      nextDigest,
    );
    expect(judged(spoilt, coordinator([mark(['one', 'two', 'three'])])).lines).toEqual({ 3: 'three' });
  });

  it('confirms what another tells right below it', () => {
    const lines = ['one', 'two', 'three', 'four'];
    const upper = ledger('a', lines, 3);
    const lower = ledger('b', lines.slice(0, 2));
    expect(judged(lower, upper, coordinator([mark(lines)])).lines).toEqual({
      1: 'one',
      2: 'two',
      3: 'three',
      4: 'four',
    });
  });

  it('is not confirmed by a digest that a participant tells', () => {
    const lines = ['one', 'two'];
    const alike = linked({ from: 'b', decided: [], marks: [mark(lines)] }, nextDigest);
    expect(judged(ledger('a', lines), alike).lines).toEqual({});
  });
});
