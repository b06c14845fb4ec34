// What a person is told of a verification. Pure.
import { styleText } from 'node:util';
import type { BookResult, ClaimResult, LedgerResult, VerificationResult } from './result.js';

const LONGEST_TEXT = 200;

export function reportText({ equal, books }: VerificationResult, isColoured: boolean): string {
  const paint = (style: 'green' | 'red', text: string): string => (isColoured ? styleText(style, text, always) : text);
  if (books.length === 0) return 'There are no ledgers yet, so there is nothing to compare.\n';
  const told = books.flatMap((book) => [
    `${book.book}: ${book.equal ? paint('green', 'equal') : paint('red', 'DIFFERENT')}, ${lengths(book)}`,
    ...(book.missing.length > 0 ? [`  not compared: ${book.missing.join(', ')}`] : []),
    ...differenceLines(book),
  ]);
  const verdict = equal ? paint('green', 'All equal.') : paint('red', 'There are differences.');
  return `${[...told, verdict].join('\n')}\n`;
}

/** Whether there are colours has been decided; Node need not look again. */
const always = { validateStream: false } as const;

const lengths = ({ lines, ledgers }: BookResult): string =>
  `${count(lines)} compared (${ledgers.map(length).join(', ')})`;

const count = (lines: number): string => `${String(lines)} ${lines === 1 ? 'line' : 'lines'}`;

const length = ({ participant, lines, unfinishedBytes = 0 }: LedgerResult): string =>
  `${participant} ${String(lines)}${unfinishedBytes > 0 ? ` and ${String(unfinishedBytes)} bytes of a line without an end` : ''}`;

function differenceLines({ firstDifference }: BookResult): string[] {
  if (!firstDifference) return [];
  const { line, claims } = firstDifference;
  const width = Math.max(...claims.map(({ node }) => node.length));
  return [
    `  the first difference is at line ${String(line)}:`,
    ...claims.map((claim) => `  ${claim.node.padEnd(width)}  ${claim.kind.padEnd(7)}  ${said(claim)}`),
  ];
}

function said({ outcome, text, rule, decidedBy }: ClaimResult): string {
  const what = outcome === 'aborted' ? 'aborted (empty)' : text === null ? 'committed' : shown(text);
  return rule === undefined ? what : `${what}, decided by ${decidedBy ?? '?'}: ${rule}`;
}

/** A text as it may stand on a terminal: nothing in it moves the cursor, hides what follows or runs from right to left. */
function shown(text: string): string {
  const short = text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
  return JSON.stringify(short).replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
