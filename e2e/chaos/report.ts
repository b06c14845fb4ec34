// What a run was, in a few lines: what was made to happen, what clients were told, how transactions were decided and by
// whom, and the verdict.
import type { Told } from '../testing/http.js';
import type { Round } from './round.js';
import { KINDS } from './schedule.js';

class Tally {
  private readonly counts = new Map<string, number>();

  add(what: string, count = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }

  /** The most frequent first. */
  toString(): string {
    const entries = [...this.counts].sort(([, a], [, b]) => b - a);
    return entries.map(([what, count]) => `${what} ${String(count)}`).join(', ') || 'none';
  }
}

/** One line about a round. */
export function lineOf(number: number, { faults, evidence, settledMs, wrong }: Round): string {
  const injected = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const committed = evidence.filter(({ state }) => state === 'committed').length;
  const verdict = wrong.length === 0 ? 'all is well' : `${String(wrong.length)} WRONG`;
  return (
    `round ${String(number)}: ${String(injected)} faults, ${String(evidence.length)} transactions, ${String(committed)} ` +
    `committed, settled after ${(settledMs / 1000).toFixed(1)} s: ${verdict}`
  );
}

export function reportOf(rounds: readonly Round[]): string[] {
  const [injected, told, decided] = [new Tally(), new Tally(), new Tally()];
  for (const kind of KINDS) for (const { faults } of rounds) if (faults.has(kind)) injected.add(kind, faults.get(kind));
  for (const one of rounds.flatMap((round) => round.told)) told.add(answerIn(one));
  const transactions = rounds.flatMap(({ evidence }) => evidence);
  for (const { decision } of transactions)
    decided.add(decision ? `${decision.rule} by ${decision.decidedBy}` : 'UNDECIDED');
  const wrong = rounds.flatMap((round) => round.wrong);
  const lines = String(transactions.length);
  return [
    `injected  ${String(injected)}`,
    `answered  ${String(told)}`,
    `decided   ${String(decided)}`,
    ...wrong.map((sentence) => `WRONG     ${sentence}`),
    wrong.length === 0
      ? `verdict   the ledgers are equal in all ${lines} lines, each decision is justified, and nobody was told anything that is not so`
      : `verdict   WRONG in ${String(wrong.length)}`,
  ];
}

const answerIn = ({ transaction, problem }: Told): string => transaction?.state ?? problem?.code ?? 'nothing';
