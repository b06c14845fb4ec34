// What clients were told, to be held against what the system has in the end: a commit or an abort that was told stays,
// a string that was proposed under one key stands in at most one line, and what was said not to have begun has not.
import { randomUUID } from 'node:crypto';
import type { Transaction } from '@parley/contracts';
import type { Proposing, Told } from './http.js';
import type { System } from './system.js';

export type Standing = Omit<Proposing, 'value' | 'key'>;

export class History {
  private readonly told = new Map<string, Told[]>();
  private proposals = 0;

  /** Proposes so many different strings at once, each under a key of its own, and keeps what is answered. */
  async propose(system: System, count: number, what: string, standing: Standing = {}): Promise<Told[]> {
    const proposing = Array.from({ length: count }, () => ({
      value: `${what} #${String(++this.proposals)}`,
      key: randomUUID(),
      waitSeconds: 30,
      ...standing,
    }));
    return Promise.all(proposing.map((one) => this.tell(system, one)));
  }

  /** Proposes again what was proposed before, with the same keys. */
  async repeat(system: System, told: readonly Told[]): Promise<Told[]> {
    return Promise.all(told.map(({ proposing }) => this.tell(system, proposing)));
  }

  /**
   * What is wrong with the system as it stands, once it is settled: nothing, or one sentence for each contradiction.
   * While the coordinator is away only what participants know can be held against what was told.
   */
  async contradictions(system: System): Promise<string[]> {
    const transactions = (await system.http.transactions()).filter(({ book }) => book === 'main');
    const lines = await system.commonLedger();
    return [
      ...numbering(transactions, lines),
      ...[...this.told.values()].flatMap((told) => contradictionsOf(told, transactions)),
    ];
  }

  private async tell(system: System, proposing: Proposing): Promise<Told> {
    const told = await system.http.propose(proposing);
    const before = this.told.get(proposing.value);
    if (before) before.push(told);
    else this.told.set(proposing.value, [told]);
    return told;
  }
}

/** Transactions are numbered without a gap or a repetition, and line n is transaction n. */
function numbering(transactions: readonly Transaction[], lines: readonly string[]): string[] {
  const wrong: string[] = [];
  const inOrder = [...transactions].sort((a, b) => a.number - b.number);
  inOrder.forEach(({ id, number, state, value }, index) => {
    if (number !== index + 1) wrong.push(`${id} is the ${String(index + 1)}. transaction`);
    const due = state === 'committed' ? value : '';
    if (lines[number - 1] !== due)
      wrong.push(`${id} is ${state}, line ${String(number)} is "${lines[number - 1] ?? '(missing)'}"`);
  });
  if (lines.length !== transactions.length)
    wrong.push(`${String(lines.length)} lines for ${String(transactions.length)} transactions`);
  return wrong;
}

function contradictionsOf(told: readonly Told[], transactions: readonly Transaction[]): string[] {
  const wrong: string[] = [];
  const { value } = told[0]!.proposing;
  const found = transactions.filter((transaction) => transaction.value === value);
  const [final] = found;
  if (found.length > 1) wrong.push(`"${value}" stands in ${found.map(({ id }) => id).join(' and ')}`);
  for (const { transaction, problem } of told) {
    if (problem && !['begin-unknown', 'coordinator-unreachable'].includes(problem.code))
      wrong.push(`"${value}" was answered ${problem.code}: ${problem.detail}`);
    if (!transaction) continue;
    if (final?.id !== transaction.id)
      wrong.push(`"${value}" was told to be ${transaction.id}, it is ${String(final?.id)}`);
    else if (transaction.state !== 'deciding' && transaction.state !== final.state)
      wrong.push(`${final.id} was told to be ${transaction.state}, it is ${final.state}`);
  }
  const nothingBegun = told.every(({ problem }) => problem?.code === 'coordinator-unreachable');
  if (nothingBegun && final) wrong.push(`"${value}" was told not to have begun, it is ${final.id}`);
  return wrong;
}
