// What the nodes of a system have come to: what each that runs knows of a book, and whether all is decided and written.
// The nodes are asked over the bus and not through the gateway, which would wait for those that are frozen.
import { setTimeout as wait } from 'node:timers/promises';
import {
  coordinatorOperations,
  facts,
  participantOperations,
  roomOfBook,
  transactionId,
  type Evidence,
  type KnownTransaction,
  type PagePosition,
} from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import type { DataFolder } from './data-folder.js';
import { ProblemAnswer } from './http.js';

const SETTLED_MS = 60_000;
const ANSWER_MS = 2_000;
/** A busy system tells more facts than can be looked at without keeping it busier still. */
const LOOK_MS = 50;
const PAGE = 200;

/** The nodes that are looked at. */
export interface Nodes {
  readonly files: DataFolder;
  /** Participants whose processes run. */
  readonly running: readonly string[];
  isRunning(name: string): boolean;
  /** Running participants that the coordinator would not put into a list now. */
  unlisted(): Promise<readonly string[]>;
}

class LedgersDiffer extends Error {
  constructor(participants: readonly string[], texts: readonly Buffer[]) {
    const lengths = participants.map((name, index) => `${name} has ${String(texts[index]?.length)} bytes`);
    super(`the ledgers differ: ${lengths.join(', ')}`);
  }
}

export class Settlement {
  constructor(
    private readonly bus: Bus,
    private readonly nodes: Nodes,
  ) {}

  /** The lines of all running participants' ledgers. Throws LedgersDiffer unless they are equal byte for byte. */
  async commonLedger(book: string): Promise<string[]> {
    const { running, files } = this.nodes;
    const texts = await Promise.all(running.map((name) => files.ledger(name, book)));
    const [first = Buffer.alloc(0)] = texts;
    const lines = first.toString().split('\n');
    // A file that ends within a line is being written.
    if (lines.pop() !== '' || !texts.every((text) => text.equals(first))) throw new LedgersDiffer(running, texts);
    return lines;
  }

  /**
   * Resolves when every transaction of a book is decided and the ledgers of all running participants are equal, with a
   * line for each transaction, and the next one would list them all. It looks again at each fact that is told. Rejects
   * after a minute with what is missing.
   */
  async settled(book: string): Promise<void> {
    await this.until(async () => this.unsettled(book));
  }

  /** Resolves when `missing` finds nothing missing any more; asked again at each fact that is told on the bus. */
  async until(missing: () => Promise<string | undefined>): Promise<void> {
    const deadline = performance.now() + SETTLED_MS;
    let told = (): void => undefined;
    const hearings = [facts.recorded, facts.decided, facts.alive].map((fact) => this.bus.listen(fact, () => told()));
    try {
      for (;;) {
        const fact = new Promise<void>((resolve) => (told = resolve));
        const what = await missing();
        if (what === undefined) return;
        if (performance.now() > deadline) throw new Error(`not within a minute: ${what}`);
        // Who is there tells at once how it stands, and not a second later.
        this.bus.publish(facts.called, { from: 'end-to-end-test' });
        await Promise.all([fact, wait(LOOK_MS)]);
      }
    } finally {
      for (const hearing of hearings) hearing.stop();
    }
  }

  /** Evidence of a book as each running node has it: one transaction may be told of by several. */
  async evidence(book: string): Promise<Evidence[]> {
    return (await this.known(book)).map(({ begin, list, decision }) => ({
      transaction: transactionId(begin),
      proposer: begin.proposer,
      room: roomOfBook(begin.book),
      protocol: begin.protocol,
      guarantee: begin.protocol === '3pc' ? 'unsafe-under-partition' : 'safe',
      state: decision?.outcome ?? 'deciding',
      list,
      decision: decision && { ...decision, decidedAt: new Date(decision.decidedAt).toISOString() },
    }));
  }

  /** What the running nodes know of a book, newest first. */
  private async known(book: string): Promise<KnownTransaction[]> {
    const all: KnownTransaction[] = [];
    let before: PagePosition | undefined;
    do {
      const pages = await this.pages({ book, limit: PAGE, ...(before && { before }) });
      all.push(...pages.flat());
      // The nodes' pages end at different transactions: the next ones begin where the shortest has ended.
      const ends = pages
        .flatMap((page) => page.at(-1)?.begin ?? [])
        .map(({ createdAt, number }) => ({ createdAt, book, number }));
      before = ends.sort((a, b) => b.number - a.number)[0];
    } while (before !== undefined && before.number > 1);
    return all;
  }

  private async pages(request: { book: string; limit: number; before?: PagePosition }): Promise<KnownTransaction[][]> {
    const pages: KnownTransaction[][] = [];
    const expected = this.nodes.running.length;
    const options = { timeoutMs: ANSWER_MS };
    const asked = this.bus.gather(participantOperations.page, request, {
      ...options,
      expected,
      onReply: ({ items }) => pages.push(items),
    });
    if (this.nodes.isRunning('coordinator'))
      pages.push((await this.bus.request(coordinatorOperations.page, request, options)).items);
    await asked;
    return pages;
  }

  private async unsettled(book: string): Promise<string | undefined> {
    try {
      const all = await this.known(book);
      const deciding = all.filter(({ decision }) => decision === null);
      if (deciding.length > 0) return `deciding: ${deciding.map(({ begin }) => transactionId(begin)).join(', ')}`;
      const greatest = Math.max(0, ...all.map(({ begin }) => begin.number));
      const lines = (await this.commonLedger(book)).length;
      // Without the coordinator nobody can tell of transactions whose vote request reached no participant.
      if (lines < greatest) return `${String(greatest)} transactions, ${String(lines)} lines`;
      const waiting = this.nodes.isRunning('coordinator') ? await this.nodes.unlisted() : [];
      return waiting.length === 0 ? undefined : `not listed yet: ${waiting.join(', ')}`;
    } catch (error) {
      // Who has to answer may still be on the way back.
      if (error instanceof LedgersDiffer || isAway(error)) return String(error);
      throw error;
    }
  }
}

/** The errors of a bus that say that nobody answers now. */
const isAway = (error: unknown): boolean =>
  error instanceof ProblemAnswer
    ? error.problem.status === 503
    : ['no-responder', 'timeout', 'disconnected'].includes((error as { code?: string }).code ?? '');
