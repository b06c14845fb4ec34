// Whether ledgers are equal up to the shortest, and if not, the first line that differs. Each ledger tells the chained
// digest of its first n lines, so equal digests at n mean equal lines up to n, and the first difference is found by
// halving: about twenty questions for a million lines. Pure but for the questions.

/** A ledger that can be asked. */
export interface ComparedLedger {
  readonly participant: string;
  readonly lines: number;
  /** The chained digest of the first `line` lines; `line` is 1 to `lines`. */
  digest(line: number): Promise<string>;
  text(line: number): Promise<string>;
}

export interface LedgerComparison {
  /** Length of the shortest ledger. */
  readonly lines: number;
  /** Of that many lines at each ledger, in order; null when there are none. */
  readonly digests: readonly (string | null)[];
  readonly firstDifference: {
    readonly line: number;
    readonly texts: readonly { readonly participant: string; readonly text: string }[];
  } | null;
}

/** Rejects as the ledgers do. */
export async function compareLedgers(ledgers: readonly ComparedLedger[]): Promise<LedgerComparison> {
  const lines = Math.min(...ledgers.map((ledger) => ledger.lines));
  if (ledgers.length === 0 || lines === 0) return { lines: 0, digests: ledgers.map(() => null), firstDifference: null };
  const digestsAt = (line: number): Promise<string[]> => Promise.all(ledgers.map((ledger) => ledger.digest(line)));
  const digests = await digestsAt(lines);
  if (allEqual(digests)) return { lines, digests, firstDifference: null };
  // Up to `equal` they are equal, and up to `different` they are not.
  let [equal, different] = [0, lines];
  while (different - equal > 1) {
    const middle = equal + Math.floor((different - equal) / 2);
    if (allEqual(await digestsAt(middle))) equal = middle;
    else different = middle;
  }
  const line = different;
  const told = ledgers.map(async (ledger) => ({ participant: ledger.participant, text: await ledger.text(line) }));
  return { lines, digests, firstDifference: { line, texts: await Promise.all(told) } };
}

const allEqual = (digests: readonly string[]): boolean => digests.every((digest) => digest === digests[0]);
