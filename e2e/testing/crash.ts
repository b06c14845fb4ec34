// The beginning that all stories of a crash have in common: fifty clients propose, and a process dies at a chosen step.
import type { Evidence, Timeouts } from '@parley/contracts';
import { expect } from '@jest/globals';
import { unjustified } from './evidence.js';
import type { History } from './history.js';
import type { Told } from './http.js';
import type { System } from './system.js';

export const CLIENTS = 50;

/** Votes have time also on a busy machine; who is left alone does not wait for long. */
export const CRASH_TIMEOUTS: Timeouts = {
  voteRequestMs: 300,
  voteMs: 2_000,
  acknowledgementMs: 1_000,
  decisionMs: 300,
};

export interface Crash {
  /** What the strings of this story begin with, as no others do. */
  readonly story: string;
  readonly victim: string;
  /** The failpoint, as in libs/shell/src/failpoints.ts; it passes `skip` times first. */
  readonly point: string;
  readonly skip?: number;
  readonly timeouts?: Timeouts;
}

export interface Aftermath {
  /** What clients were told until the victim was dead, or until they were refused. */
  readonly told: readonly Told[];
  /** Evidence of all of these transactions that those who still run know of. */
  readonly known: readonly Evidence[];
}

/** Resolves when the victim is dead by SIGKILL, its clients have their answers, and the others have settled what they can. */
export async function crash(
  system: System,
  history: History,
  { story, victim, point, skip = 0, timeouts }: Crash,
): Promise<Aftermath> {
  await system.arm(victim, point, { skip });
  const died = system.exited(victim);
  // What only a dead coordinator knows of is decided when it returns, so waiting for that for long is of no use.
  const standing = { timeouts: timeouts ?? CRASH_TIMEOUTS, waitSeconds: 5 };
  const asking = history.proposeUntil(died, system, CLIENTS, story, standing);
  expect(await died).toEqual({ code: null, signal: 'SIGKILL' });
  await system.settled();
  const known = await evidenceOf(system, story);
  return { told: await asking, known };
}

/** Evidence of all transactions of a story, each of which holds. */
export async function evidenceOf({ http }: System, story: string): Promise<Evidence[]> {
  const mine = (await http.transactions()).filter(({ value }) => value.startsWith(`${story} #`));
  const evidence = await Promise.all(mine.map(({ id }) => http.evidence(id)));
  expect(evidence.map(unjustified).filter((wrong) => wrong !== undefined)).toEqual([]);
  return evidence;
}

/** The end that all stories have in common: all works as before, and nothing that a client was told is otherwise. */
export async function expectAllIsWell(system: System, history: History, story: string): Promise<void> {
  await system.settled();
  const greatest = (await system.commonLedger()).length;
  const fresh = await history.propose(system, 5, `after ${story}`);
  for (const { transaction } of fresh) {
    const of = system.participants.length;
    expect(transaction).toMatchObject({ state: 'committed', applied: { done: of, of } });
    expect(transaction!.number).toBeGreaterThan(greatest);
    const { decision } = await system.http.evidence(transaction!.id);
    expect(Object.entries(decision!.votes).sort()).toEqual(system.participants.map((name) => [name, 'yes']));
  }
  await system.settled();
  expect(await history.contradictions(system)).toEqual([]);
}

export const answered = (told: readonly Told[], code: string): Told[] =>
  told.filter(({ problem }) => problem?.code === code);

export const decidedBy = (evidence: readonly Evidence[], rule: string, node: RegExp): Evidence[] =>
  evidence.filter(({ decision }) => decision?.rule === rule && node.test(decision.decidedBy));
