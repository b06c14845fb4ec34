// Compares what several nodes hold of one book. Line n of every ledger is transaction n, its string or empty when it was
// aborted; archives and journals say of each transaction that they know how it ended. All of them together are sources,
// each of which may claim something about line n, and all claims about a line must agree. So a ledger is held against
// the other ledgers, against its own node's records, and against those of others, by one rule.
//
// A source that is at its end claims nothing: a node that is behind is not different.
import type { Outcome } from '@parley/contracts';

/** What a source says of one line. */
export interface Claim {
  readonly outcome: Outcome;
  /** The string's bytes, none when aborted; undefined when the source does not have it. */
  readonly text: Buffer | undefined;
  /** Which rule of the protocol decided, and who applied it, if the source has that. */
  readonly decision?: { readonly rule: string; readonly decidedBy: string } | undefined;
}

/** Gives its claims in the order of lines. */
export interface Source {
  readonly node: string;
  readonly kind: 'ledger' | 'archive' | 'journal';
  /** The line of its next claim; undefined at its end. */
  readonly next: number | undefined;
  /** The next claim. */
  take(): Claim;
}

/** Claims about one line that do not agree. */
export interface Difference {
  readonly line: number;
  readonly claims: readonly (Claim & Pick<Source, 'node' | 'kind'>)[];
}

/** The first line about which the sources do not agree; undefined when there is none. Reads them to their ends. */
export function firstDifference(sources: readonly Source[]): Difference | undefined {
  let found: Difference | undefined;
  for (;;) {
    const line = Math.min(...sources.map(({ next = Infinity }) => next));
    if (line === Infinity) return found;
    const speaking = sources.filter(({ next }) => next === line);
    const claims = speaking.map((source) => ({ node: source.node, kind: source.kind, ...source.take() }));
    if (!found && !agree(claims)) found = { line, claims };
  }
}

function agree(claims: readonly Claim[]): boolean {
  const [first, ...others] = claims;
  if (!first) return true;
  if (others.some(({ outcome }) => outcome !== first.outcome)) return false;
  const [text, ...texts] = claims.flatMap((claim) => (claim.text ? [claim.text] : []));
  return text === undefined || texts.every((other) => other.equals(text));
}
