// One round: clients propose while faults happen; then everything is healed, and what the system has come to is held
// against what the clients were told.
import { setTimeout as wait } from 'node:timers/promises';
import type { Evidence, ProtocolName } from '@parley/contracts';
import type { DividedSystem } from '../testing/divided-system.js';
import { unjustified } from '../testing/evidence.js';
import { History } from '../testing/history.js';
import type { Told } from '../testing/http.js';
import type { Dice } from './dice.js';
import { Injection } from './injection.js';
import { propose } from './load.js';
import { scheduleOf, type Kind } from './schedule.js';

/** Proposed when all is healed, and to be committed by all. */
const AFTERWARDS = 5;

export interface Round {
  readonly faults: ReadonlyMap<Kind, number>;
  readonly told: readonly Told[];
  /** One for each transaction. */
  readonly evidence: readonly Evidence[];
  /** From the end of the last fault until all was decided, and written everywhere. */
  readonly settledMs: number;
  /** Nothing, or one sentence for each thing that is not as it should be. */
  readonly wrong: readonly string[];
}

export interface RoundOptions {
  readonly book: string;
  readonly protocol: ProtocolName;
  readonly dice: Dice;
  readonly lengthMs: number;
  /** Is told each fault when it happens. */
  readonly say: (line: string) => void;
  /** Ends the round before its time. */
  readonly signal: AbortSignal;
}

export async function playRound(system: DividedSystem, options: RoundOptions): Promise<Round> {
  const { book, protocol, dice, lengthMs, say, signal } = options;
  const history = new History(book);
  const injection = new Injection(system, say);
  const over = new AbortController();
  const telling = propose({ system, history, protocol, signal: over.signal }, dice.for('load'));
  const length = wait(lengthMs, undefined, { signal }).catch(() => undefined);
  await Promise.all([injection.perform(scheduleOf(dice.for('faults'), lengthMs), lengthMs, signal), length]);
  over.abort();
  const told = await telling;
  const healedAt = performance.now();
  const wrong: string[] = [];
  let settledMs = 0;
  try {
    await system.place([]);
    await system.settled(book);
    settledMs = performance.now() - healedAt;
    wrong.push(...(await askAgain(system, history, told)), ...(await proposeAfterwards(system, history)));
    await system.settled(book);
    wrong.push(...(await history.contradictions(system)));
  } catch (error) {
    wrong.push(String(error));
  }
  const evidence = await evidenceOf(system, book);
  wrong.push(...evidence.map(unjustified).filter((sentence) => sentence !== undefined), ...injection.findings);
  return { faults: injection.happened, told, evidence, settledMs, wrong };
}

/** Whoever was never told what became of a proposal is told it now. */
async function askAgain(system: DividedSystem, history: History, told: readonly Told[]): Promise<string[]> {
  const byKey = new Map(told.map((one) => [one.proposing.key, one]));
  for (const one of told) if (one.transaction) byKey.set(one.proposing.key, one);
  const unanswered = [...byKey.values()].filter(({ transaction }) => !transaction);
  const again = await history.repeatUntilTold(system, unanswered);
  return again.flatMap(({ proposing, transaction, status }) =>
    transaction ? [] : [`"${proposing.value}" is answered ${String(status)} although all is healed`],
  );
}

async function proposeAfterwards(system: DividedSystem, history: History): Promise<string[]> {
  const told = await history.propose(system, AFTERWARDS, `${history.book} afterwards`);
  const isByAll = ({ transaction }: Told): boolean =>
    transaction?.state === 'committed' && transaction.applied.done === system.participants.length;
  return told.flatMap((one) =>
    isByAll(one) ? [] : [`"${one.proposing.value}" is not committed by all although all is healed`],
  );
}

/** What the nodes know together: a decision is taken from whoever has it. */
async function evidenceOf(system: DividedSystem, book: string): Promise<Evidence[]> {
  const byTransaction = new Map<string, Evidence>();
  for (const one of await system.evidence(book)) {
    const known = byTransaction.get(one.transaction);
    if (!known?.decision) byTransaction.set(one.transaction, one);
  }
  return [...byTransaction.values()];
}
