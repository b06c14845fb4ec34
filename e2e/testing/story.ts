// What all stories of faults have in common: thirty transactions are in flight when the fault happens, and in the end
// all ledgers are equal, every decision is justified by its evidence, and no client was told anything that is not so.
import type { Evidence, Timeouts } from '@parley/contracts';
import { expect } from '@jest/globals';
import { unjustified } from './evidence.js';
import { History, type Asked, type Standing } from './history.js';
import type { Told } from './http.js';

const CLIENTS = 30;

/** How long a story may take on a busy machine. */
export const STORY_MS = 120_000;

/** How soon whoever has returned is in the lists of new transactions. */
const LISTED_MS = 15_000;

/** Whoever is left alone does not wait for long. */
export const FAULT_TIMEOUTS: Timeouts = { voteRequestMs: 300, voteMs: 300, acknowledgementMs: 300, decisionMs: 300 };

/** A system, or what can be had of it on one side of a cut. */
export interface Stage extends Asked {
  readonly participants: readonly string[];
  settled(book: string): Promise<void>;
  evidence(book: string): Promise<Evidence[]>;
}

let stories = 0;

export class Story {
  /** Each story has a book of its own, so that looking at it does not take longer with every story before. */
  readonly book: string;
  readonly history: History;
  private asking: Promise<Told[]> = Promise.resolve([]);
  private readonly paths = new Set<string>();

  constructor(
    private readonly stage: Stage,
    title: string,
  ) {
    const slug = title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    this.book = `${String(++stories)}-${slug}`.slice(0, 32);
    this.history = new History(this.book);
  }

  /** Thirty clients propose until it has happened. They get their answers whenever the system has them. */
  proposeUntil(happened: Promise<unknown>, { timeouts = FAULT_TIMEOUTS, waitSeconds = 5 }: Standing = {}): void {
    this.asking = this.history.proposeUntil(happened, this.stage, CLIENTS, this.book, { timeouts, waitSeconds });
    // It is awaited at the end of the story. If the story fails before, that is the failure.
    this.asking.catch(() => undefined);
  }

  /** As many clients propose once, and do not wait for what becomes of it. */
  async propose(timeouts = FAULT_TIMEOUTS): Promise<void> {
    this.asking = this.history.propose(this.stage, CLIENTS, this.book, { timeouts, waitSeconds: 0 });
    await this.asking;
  }

  /** What clients were told. */
  get told(): Promise<Told[]> {
    return this.asking;
  }

  /** How transactions of this story were decided, as `<rule> by <node>`, once all is settled on the stage. */
  async decided(stage: Pick<Stage, 'settled' | 'evidence'> = this.stage): Promise<string[]> {
    let evidence: Evidence[];
    do {
      await stage.settled(this.book);
      evidence = await stage.evidence(this.book);
      // A proposal that was on its way may have begun in between.
    } while (evidence.some(({ decision }) => !decision));
    expect(evidence.map(unjustified).filter((wrong) => wrong !== undefined)).toEqual([]);
    const paths = new Set(evidence.map(({ decision }) => `${decision!.rule} by ${decision!.decidedBy}`));
    for (const path of paths) this.paths.add(path);
    return [...paths];
  }

  /** Settled on the stage; and by now at least one transaction was decided this way, `<rule> by <node>`. */
  async expectDecided(path: RegExp, stage?: Pick<Stage, 'settled' | 'evidence'>): Promise<void> {
    await this.decided(stage);
    expect([...this.paths].join('\n')).toMatch(new RegExp(path.source, 'm'));
  }

  /** Settled; and all works as before. Some clients may have no answer yet: see `close`. */
  async end(): Promise<void> {
    await expectAllIsWell(this.stage, this.history);
  }

  /** Every client has its answer, and those that were not told what became of theirs have asked again. */
  async close(): Promise<void> {
    const told = await this.asking;
    await this.decided();
    const again = await this.history.repeatUntilTold(
      this.stage,
      told.filter(({ transaction }) => !transaction),
    );
    expect(again.filter(({ status }) => status !== 200)).toEqual([]);
    await this.decided();
    expect(await this.history.contradictions(this.stage)).toEqual([]);
  }
}

/** Every decision is justified, nothing that a client was told is otherwise, and new transactions are committed by all. */
export async function expectAllIsWell(stage: Stage, history: History): Promise<void> {
  const { book } = history;
  await stage.settled(book);
  const greatest = (await stage.commonLedger(book)).length;
  const of = stage.participants.length;
  const deadline = performance.now() + LISTED_MS;
  let told = await history.propose(stage, 3, `after all in ${book}`);
  // Who has just returned counts as there, by its earlier life, until its first heartbeat is confirmed; when it had not caught
  // up by then, it is listed again a moment later. So it is when it is heard of while it fetches what was decided without it.
  while (told.some(({ transaction }) => transaction?.participants.length !== of) && performance.now() < deadline) {
    await stage.settled(book);
    told = await history.propose(stage, 3, `after all in ${book}, with everybody`);
  }
  for (const { transaction } of told) {
    expect(transaction).toMatchObject({ state: 'committed', applied: { done: of, of } });
    expect(transaction!.number).toBeGreaterThan(greatest);
  }
  await stage.settled(book);
  expect((await stage.evidence(book)).map(unjustified).filter((wrong) => wrong !== undefined)).toEqual([]);
  expect(await history.contradictions(stage)).toEqual([]);
}
