// The protocol's requests on the bus, in their scatter-gather form: one message for many transactions is published to
// all, each participant replies to this node's inbox, and the request has a time-out. Replies are inputs; so is the end.
import type { Begin, Member, Place, ProtocolReply, Timeouts } from '@parley/contracts';
import { facts, participantOperations, roomOfBook } from '@parley/contracts';
import type { Ballot } from '@parley/contracts';
import { answersWithinMs, votesEndAt, type Proposal } from '@parley/commit';
import type { Bus } from '@parley/messaging';
import type { Outgoing } from './shell.js';

type Of<Type extends Outgoing['type']> = Extract<Outgoing, { type: Type }>;

export interface BallotsOptions {
  readonly bus: Bus;
  /** Name of this node: it asks, and replies go to its inbox. */
  readonly node: string;
  readonly now: () => number;
  /** The transaction as this node knows it, for its time-outs and its correlation. */
  readonly begun: (place: Place) => Begin | undefined;
  /** For transactions of which this node knows the number only. */
  readonly timeouts: Timeouts;
  readonly replied: (reply: ProtocolReply) => void;
  readonly ended: (ask: { ballot: Ballot; proposal?: Proposal; places: readonly Place[] }) => void;
}

/** There is one coordinator until there is a standby. */
const EPOCH = 1;

/** Most transactions, and about the most bytes of their strings, in one message. */
const MESSAGE_ITEMS = 1000;
const MESSAGE_BYTES = 512 * 1024;

export class Ballots {
  constructor(private readonly options: BallotsOptions) {}

  /** Ballot 1: ask the list for votes. */
  askVotes({ list, protocol, transactions, open }: Of<'ask-votes'>): void {
    for (const batch of this.batches(transactions, ({ value }) => 2 * Buffer.byteLength(value))) {
      const deadline = votesEndAt(batch);
      const request = {
        from: this.options.node,
        epoch: EPOCH,
        list: [...list],
        protocol,
        deadline,
        transactions: batch,
        open: [...open],
      };
      void this.gather(participantOperations.vote, request, list, deadline - this.options.now(), batch);
    }
  }

  /** Recovery: ask the list for its states. */
  askStates({ ballot, list, protocol, transactions }: Of<'ask-states'>): void {
    for (const batch of this.batches(transactions)) {
      const places = batch.map(placed);
      const timeoutMs = this.answersWithinMs('states', batch);
      const request = {
        from: this.options.node,
        epoch: EPOCH,
        list: [...list],
        protocol,
        ballot,
        transactions: places,
      };
      void this.gather(participantOperations.elect, request, list, timeoutMs, batch).then(() =>
        this.options.ended({ ballot, places }),
      );
    }
  }

  /** Any ballot: propose a value to the list. */
  propose({ ballot, proposal, list, protocol, transactions }: Of<'propose'>): void {
    for (const batch of this.batches(transactions)) {
      const places = batch.map(placed);
      const timeoutMs = this.answersWithinMs('proposal', batch);
      const deadline = this.options.now() + timeoutMs;
      const request = {
        from: this.options.node,
        epoch: EPOCH,
        list: [...list],
        protocol,
        ballot,
        proposal,
        deadline,
        transactions: places,
      };
      void this.gather(participantOperations.propose, request, list, timeoutMs, batch).then(() =>
        this.options.ended({ ballot, proposal, places }),
      );
    }
  }

  /** Tell the list, and the coordinator, of decisions. */
  announce({ list, protocol, transactions }: Of<'announce'>): void {
    const evidenceBytes = 500 + 150 * list.length;
    for (const batch of cut(transactions, () => evidenceBytes)) {
      const decided = batch.map(({ subject, decision }) => ({ ...placed(subject), decision }));
      const trace = this.traceOf(batch.map(({ subject }) => subject));
      this.options.bus.publish(
        facts.decided,
        { from: this.options.node, epoch: EPOCH, list: [...list], protocol, transactions: decided },
        { trace },
      );
      const inRooms = decided.flatMap(({ book, number }) => (roomOfBook(book) === null ? [] : [{ book, number }]));
      if (inRooms.length > 0) this.options.bus.publish(facts.decidedInRooms, { transactions: inRooms }, { trace });
    }
  }

  private gather<
    O extends
      typeof participantOperations.vote | typeof participantOperations.elect | typeof participantOperations.propose,
  >(
    operation: O,
    request: Parameters<typeof this.options.bus.gather<O>>[1],
    list: readonly Member[],
    timeoutMs: number,
    batch: readonly Place[],
  ): Promise<void> {
    return this.options.bus.gather(operation, request, {
      timeoutMs: Math.max(1, timeoutMs),
      // Who is not listed answers that at once: it must not stand for one that still writes.
      expected: list.map(({ name }) => name),
      trace: this.traceOf(batch),
      onReply: (reply) => this.options.replied(reply as ProtocolReply),
    });
  }

  private answersWithinMs(asked: 'states' | 'proposal', places: readonly Place[]): number {
    const { begun, timeouts } = this.options;
    return answersWithinMs(
      asked,
      places.map((place) => ({ begun: begun(place), standard: timeouts })),
    );
  }

  /** A person answers for one transaction at a time, so what people are asked about travels alone. */
  private batches<T extends Place>(transactions: readonly T[], bytesOf?: (transaction: T) => number): T[][] {
    const isManual = (it: T): boolean => ('votes' in it ? it.votes : this.options.begun(it)?.votes) === 'manual';
    return [
      ...cut(
        transactions.filter((it) => !isManual(it)),
        bytesOf,
      ),
      ...transactions.filter(isManual).map((it) => [it]),
    ];
  }

  private traceOf([first]: readonly Place[]): string | undefined {
    return first && this.options.begun(first)?.correlation;
  }
}

const placed = ({ book, number, digest }: Place & { digest: string | null }): Place & { digest: string | null } => ({
  book,
  number,
  digest,
});

/** Cuts a message's transactions so that each part stays below the broker's limit. */
function cut<T>(items: readonly T[], bytesOf: (item: T) => number = () => 0): T[][] {
  const parts: T[][] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += bytesOf(item);
    const part = parts.at(-1);
    if (part && part.length < MESSAGE_ITEMS && bytes <= MESSAGE_BYTES) part.push(item);
    else {
      parts.push([item]);
      bytes = bytesOf(item);
    }
  }
  return parts;
}
