// Reading transactions. The coordinator has numbered them all, so it is asked first; while it is away the participants
// are asked together and what they know is merged. They are also asked when the coordinator does not know a decision
// that a ledger shows to have been made, and for what is recorded and no longer kept by it.
import {
  coordinatorOperations,
  participantOperations,
  transactionId,
  type KnownTransaction,
  type PagePosition,
  type PageRequest,
  type Place,
  type TransactionQuery,
} from '@parley/contracts';
import { BusError, type Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import { now } from './clock.js';
import { ProblemError } from './http/problem.js';
import { asksFor, mergeKnown, mergePages, positionOf } from './merge.js';
import type { Presence } from './presence.js';

/** How long the coordinator, and after it the participants, have to answer, in milliseconds. */
const READ_MS = 1_000;

/** A page ends when its strings have this many bytes, however few they are. */
const PAGE_BYTES = 1024 * 1024;

/** How many requests one page may take when a filter leaves little of what is read. */
const PAGE_REQUESTS = 16;

export interface Query extends Pick<TransactionQuery, 'state' | 'book'> {
  readonly after: PagePosition | undefined;
  readonly limit: number;
}

export interface Page {
  readonly items: KnownTransaction[];
  /** Where the next page begins; undefined when this is the last. */
  readonly next: PagePosition | undefined;
}

/** Not answered: the node is away. Anything else that goes wrong is a mistake and is logged. */
const away: ReadonlySet<string> = new Set(['no-responder', 'timeout', 'disconnected']);

export class TransactionReads {
  constructor(
    private readonly bus: Pick<Bus, 'request' | 'gather' | 'connected'>,
    private readonly presence: Presence,
    private readonly log: Logger,
  ) {}

  /** @throws ProblemError `unknown-transaction`, or when nobody can be asked */
  async find(place: Place, trace: string): Promise<KnownTransaction> {
    const { read } = coordinatorOperations;
    const reply = await this.unlessAway(() => this.bus.request(read, place, { timeoutMs: READ_MS, trace }), trace);
    if (reply && !reply.transaction && !reply.recorded) throw unknown(place);
    const known = reply?.transaction ?? null;
    if (known && !this.lacksDecision(known)) return known;
    const { answered, merged } = await this.gatherOne(participantOperations.read, { place, known, trace });
    if (merged) return merged;
    if (reply) {
      throw new ProblemError(
        'participant-unreachable',
        `${transactionId(place)} is recorded, but by nobody who answers`,
      );
    }
    throw this.unreachable(
      answered === 0
        ? 'neither the coordinator nor a participant answers'
        : `no participant knows ${transactionId(place)}; whether it was begun only the coordinator can tell`,
    );
  }

  /** @throws ProblemError when nobody can be asked */
  async page({ state, book, after, limit }: Query, trace: string): Promise<Page> {
    const items: KnownTransaction[] = [];
    const coordinator = { isAway: false };
    let next = after;
    let bytes = 0;
    for (let requests = 0; requests < PAGE_REQUESTS && bytes < PAGE_BYTES; requests += 1) {
      // One more than is asked for tells whether there is a next page.
      const wanted = Math.min(limit + 1 - items.length, 500);
      const asked = state === 'in-doubt' ? 'deciding' : state;
      const chunk = await this.chunk({ state: asked, book, before: next, limit: wanted }, coordinator, trace);
      const last = chunk.at(-1);
      if (!last) return { items, next: undefined };
      items.push(...chunk.filter((known) => asksFor(known, state, now())));
      bytes += chunk.reduce((sum, { begin }) => sum + begin.value.length, 0);
      next = positionOf(last);
      if (items.length > limit) {
        const shown = items.slice(0, limit);
        return { items: shown, next: shown.slice(-1).map(positionOf)[0] };
      }
    }
    return { items, next };
  }

  /** Part of a page. A coordinator that once did not answer is not waited for again while the page is made. */
  private async chunk(
    request: PageRequest,
    coordinator: { isAway: boolean },
    trace: string,
  ): Promise<KnownTransaction[]> {
    const { page } = coordinatorOperations;
    const reply = coordinator.isAway
      ? undefined
      : await this.unlessAway(() => this.bus.request(page, request, { timeoutMs: READ_MS, trace }), trace);
    coordinator.isAway = !reply;
    // It keeps all that is open, so for a list of that nobody else need be asked.
    const isWhole = reply && (!reply.openOnly || request.state === 'deciding');
    if (isWhole && !reply.items.some((known) => this.lacksDecision(known))) return reply.items;
    // Where the coordinator keeps what is asked for, the participants are asked for all states: they may know a decision that
    // it does not. Otherwise each tells what it has: a list of what was aborted long ago is not made from all there is.
    const state = reply && !isWhole ? request.state : undefined;
    const pages = await this.gatherPages({ ...request, state }, trace);
    if (!isWhole) {
      if (pages.length === 0 && reply) {
        const detail =
          'no participant answers, and they keep what is decided; what is still deciding can be listed without them, by ?state=deciding';
        throw new ProblemError('participant-unreachable', detail);
      }
      if (pages.length === 0) throw this.unreachable('neither the coordinator nor a participant answers');
      return mergePages(pages, request.limit, reply);
    }
    const byId = new Map(pages.flat().map((known) => [transactionId(known.begin), known]));
    return reply.items.map((known) => mergeKnown(known, byId.get(transactionId(known.begin)) ?? null) ?? known);
  }

  /** A line is written only after the decision, so somebody knows it. */
  private lacksDecision({ begin, list, decision }: KnownTransaction): boolean {
    return !decision && this.presence.applied(list, begin) > 0;
  }

  /**
   * Asks for a transaction that is in doubt to be tried again now: the coordinator, and the participants when it is away
   * or does not know the transaction. Never both: their ballots would overtake one another.
   *
   * @throws ProblemError as `find` does
   */
  async recover(place: Place, trace: string): Promise<{ known: KnownTransaction; started: boolean }> {
    const found = await this.find(place, trace);
    if (found.decision) return { known: found, started: false };
    const { recover } = coordinatorOperations;
    const reply = await this.unlessAway(() => this.bus.request(recover, place, { timeoutMs: READ_MS, trace }), trace);
    if (reply?.transaction) return { known: mergeKnown(reply.transaction, found) ?? found, started: reply.started };
    const { merged, started } = await this.gatherOne(participantOperations.recover, { place, known: found, trace });
    return { known: merged ?? found, started: started > 0 };
  }

  private async gatherOne(
    operation: typeof participantOperations.read | typeof participantOperations.recover,
    { place, known, trace }: { place: Place; known: KnownTransaction | null; trace: string },
  ): Promise<{ answered: number; started: number; merged: KnownTransaction | null }> {
    let merged = known;
    let [answered, started] = [0, 0];
    await this.bus.gather(operation, place, {
      ...this.gathering(trace),
      onReply: (reply) => {
        answered += 1;
        started += 'started' in reply && reply.started ? 1 : 0;
        merged = mergeKnown(merged, reply.transaction);
      },
    });
    return { answered, started, merged };
  }

  private async gatherPages(request: PageRequest, trace: string): Promise<KnownTransaction[][]> {
    const pages: KnownTransaction[][] = [];
    await this.bus.gather(participantOperations.page, request, {
      ...this.gathering(trace),
      onReply: ({ items }) => void pages.push(items),
    });
    return [...pages];
  }

  private gathering(trace: string): { timeoutMs: number; trace: string; expected: number } {
    return { timeoutMs: READ_MS, trace, expected: Math.max(1, this.presence.liveNames(now()).length) };
  }

  /** What was answered, or undefined when the node is away or answers what it should not. */
  private async unlessAway<T>(ask: () => Promise<T>, trace: string): Promise<T | undefined> {
    if (!this.bus.connected) throw this.unreachable('nobody can be asked');
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      if (!away.has(error.code)) this.log.warn({ correlation: trace, err: error }, 'the coordinator could not read');
      return undefined;
    }
  }

  private unreachable(detail: string): ProblemError {
    return this.bus.connected
      ? new ProblemError('coordinator-unreachable', detail)
      : new ProblemError('broker-unreachable', 'the gateway has no connection to the broker');
  }
}

const unknown = (place: Place): ProblemError =>
  new ProblemError('unknown-transaction', `there is no ${transactionId(place)}`);
