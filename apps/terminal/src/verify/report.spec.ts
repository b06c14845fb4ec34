import { describe, expect, it } from '@jest/globals';
import { reportText } from './report.js';
import type { BookResult } from './result.js';

const equal: BookResult = {
  book: 'main',
  equal: true,
  lines: 1,
  ledgers: [{ participant: 'participant-1', lines: 1 }],
  missing: [],
  firstDifference: null,
};
const different = (text: string): BookResult => ({
  ...equal,
  equal: false,
  firstDifference: { line: 1, claims: [{ node: 'participant-1', kind: 'ledger', outcome: 'committed', text }] },
});
const shown = (text: string): string =>
  reportText({ equal: false, books: [different(text)] }, false).split('\n')[2] ?? '';

describe('the report of a verification', () => {
  it('has colours when a person reads it, and none otherwise', () => {
    expect(reportText({ equal: true, books: [equal] }, true)).toContain('\u001b[32mequal\u001b[39m');
    expect(reportText({ equal: true, books: [equal] }, false)).not.toContain('\u001b');
  });

  it('shows nothing of a damaged ledger that would do something to the terminal', () => {
    expect(shown('a\u001b[2Jb\u0007\u009b\u202ec')).toBe(
      '  participant-1  ledger   "a\\u001b[2Jb\\u0007\\u{9b}\\u{202e}c"',
    );
  });

  it('shortens a long text', () => {
    expect(shown('x'.repeat(65_536)).length).toBeLessThan(300);
  });

  it('tells a commit of which only the outcome is known', () => {
    const claims = [{ node: 'participant-1', kind: 'journal', outcome: 'committed', text: null }] as const;
    const told = reportText(
      { equal: false, books: [{ ...equal, equal: false, firstDifference: { line: 1, claims } }] },
      false,
    );
    expect(told).toContain('journal  committed\n');
  });
});
