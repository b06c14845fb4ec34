// What a node can tell about its transactions. In memory are only those that are in flight: undecided, or decided and not
// yet where they are kept for good, which is the archive. So memory does not grow with the number of transactions.
import type {
  Begin,
  DatedDecision,
  DecidedTransaction,
  KnownTransaction,
  NumberRange,
  PagePosition,
  PageRequest,
  Place,
} from '@parley/contracts';
import { newestFirst, transactionId, transactionNumber } from '@parley/contracts';
import { stillNeeded, type CommitRecord, type Terms } from '@parley/commit';

/** Where transactions are that are no longer in flight. */
export interface Archive {
  /** Null when it is not there. */
  read(place: Place): Promise<DecidedTransaction | null>;
  /** The transactions of which more is known than the number, newest first. */
  newest(request: Omit<PageRequest, 'limit'>): AsyncIterable<KnownTransaction>;
}

/** The archive of a node that keeps none. */
export const noArchive: Archive = {
  read: () => Promise.resolve(null),
  async *newest() {
    // Nothing is kept.
  },
};

interface InFlight extends Place {
  /** Null while the node knows the number but not the transaction. */
  readonly begin: Begin | null;
  readonly terms: Terms;
  readonly decision: DatedDecision | null;
  /** What a journal that is cut must still say. */
  readonly records: readonly CommitRecord[];
}

/** Most bytes of transactions in one answer; NATS takes messages of up to 1 MB. */
const ANSWER_BYTES = 512 * 1024;

export class Catalogue {
  private readonly inFlight = new Map<string, InFlight>();
  /** Records of what never ends: who was registered, and who has left. An operator makes few of them. */
  private readonly lasting: CommitRecord[] = [];

  constructor(private readonly archive: Archive) {}

  /** Takes note of a record. */
  note(record: CommitRecord): void {
    switch (record.kind) {
      case 'begun':
      case 'voted-yes': {
        const { begin, list } = record;
        return this.change(begin, record, { begin, terms: { list, protocol: begin.protocol } });
      }
      case 'aborted-alone':
      case 'learned':
      case 'decided': {
        const { list, protocol } = record;
        return this.change(record, record, { ...record, terms: { list, protocol } });
      }
      case 'elected':
      case 'accepted':
        return this.change(record, record, {});
      case 'counter':
      case 'diverged':
      case 'start-nonces':
      case 'doubled':
        return;
      case 'registered':
      case 'leaving':
      case 'left':
        this.lasting.push(record);
        return;
      case 'written':
      case 'numbered':
      case 'chained':
      case 'used-key':
        return;
      default:
        record satisfies never;
    }
  }

  /** What a transaction that is in flight here is; undefined when it is not, or when only its number is known. */
  begun(place: Place): Begin | undefined {
    return this.inFlight.get(transactionId(place))?.begin ?? undefined;
  }

  /** A transaction that is in flight and decided. */
  decidedInFlight(place: Place): DecidedTransaction {
    const known = this.inFlight.get(transactionId(place));
    if (!known?.decision) throw new Error(`${transactionId(place)} is not known to be decided`);
    return asDecided(known, known.decision);
  }

  /** The transactions in flight, in no order. */
  get flying(): Iterable<Pick<InFlight, 'book' | 'number' | 'terms' | 'decision'>> {
    return this.inFlight.values();
  }

  /** How many transactions are in flight. */
  get size(): number {
    return this.inFlight.size;
  }

  /** The records that a journal that is cut must still have, as they are now. */
  get records(): CommitRecord[] {
    return [...this.lasting, ...[...this.inFlight.values()].flatMap(({ records }) => records)];
  }

  /** The transaction is in the archive, or is kept by others. */
  retire(place: Place): void {
    this.inFlight.delete(transactionId(place));
  }

  /** One transaction; null when this node does not have it, or knows its number only. */
  async read(place: Place): Promise<KnownTransaction | null> {
    const flying = this.inFlight.get(transactionId(place));
    if (flying) return flyingAsKnown(flying);
    const archived = await this.archive.read(place);
    return archived?.begin ? { begin: archived.begin, list: archived.list, decision: archived.decision } : null;
  }

  /** A page, newest first, of as many as fit into one message. */
  async page({ limit, ...request }: PageRequest): Promise<KnownTransaction[]> {
    // Those in flight first: what moves to the archive meanwhile is then seen at least once.
    const flying = this.newestInFlight(request);
    const found: KnownTransaction[] = [];
    let bytes = 0;
    for await (const known of merged(flying, this.archive.newest(request))) {
      bytes += Buffer.byteLength(known.begin.value) + 1024;
      if (found.length > 0 && bytes > ANSWER_BYTES) break;
      found.push(known);
      if (found.length === limit) break;
    }
    return found;
  }

  /** The decided transactions among the ranges, as many as fit into one message, lowest first. */
  async decided(ranges: readonly NumberRange[]): Promise<DecidedTransaction[]> {
    const found: DecidedTransaction[] = [];
    let bytes = 0;
    for (const { book, first, last } of ranges) {
      for (let number = transactionNumber.parse(first); number <= last; number += 1) {
        const decided = await this.decidedAt({ book, number });
        if (decided === null) continue;
        bytes += Buffer.byteLength(decided.begin?.value ?? '') + 1024;
        if (found.length > 0 && bytes > ANSWER_BYTES) return found;
        found.push(decided);
      }
    }
    return found;
  }

  private async decidedAt(place: Place): Promise<DecidedTransaction | null> {
    const flying = this.inFlight.get(transactionId(place));
    if (flying === undefined) return this.archive.read(place);
    return flying.decision && asDecided(flying, flying.decision);
  }

  private change(
    { book, number }: Place,
    record: CommitRecord,
    { begin, terms, decision }: Partial<Pick<InFlight, 'begin' | 'terms' | 'decision'>>,
  ): void {
    const id = transactionId({ book, number });
    const known = this.inFlight.get(id);
    this.inFlight.set(id, {
      book,
      number,
      begin: known?.begin ?? begin ?? null,
      terms: known?.terms ?? terms ?? UNKNOWN_TERMS,
      decision: known?.decision ?? decision ?? null,
      records: stillNeeded(known?.records ?? [], record),
    });
  }

  private newestInFlight({ state, book, before }: Omit<PageRequest, 'limit'>): KnownTransaction[] {
    return [...this.inFlight.values()]
      .filter((it) => book === undefined || it.book === book)
      .filter((it) => state === undefined || (it.decision?.outcome ?? 'deciding') === state)
      .flatMap((it) => flyingAsKnown(it) ?? [])
      .filter(({ begin }) => before === undefined || newestFirst(before, begin) < 0)
      .sort((a, b) => newestFirst(a.begin, b.begin));
  }
}

/** No record but a vote, an abort or a decision is ever the first. */
const UNKNOWN_TERMS: Terms = { list: [], protocol: 'e3pc' };

const flyingAsKnown = ({ begin, terms, decision }: InFlight): KnownTransaction | null =>
  begin && { begin, list: [...terms.list], decision };

const asDecided = ({ book, number, begin, terms }: InFlight, decision: DatedDecision): DecidedTransaction => ({
  book,
  number,
  list: [...terms.list],
  protocol: terms.protocol,
  begin,
  decision,
});

/** Both in order, as one; what is in both once. */
async function* merged(
  flying: readonly KnownTransaction[],
  archived: AsyncIterable<KnownTransaction>,
): AsyncGenerator<KnownTransaction> {
  let next = 0;
  const before = (position: PagePosition): KnownTransaction[] => {
    const from = next;
    while (flying[next] && newestFirst(flying[next]?.begin ?? position, position) < 0) next += 1;
    return flying.slice(from, next);
  };
  for await (const known of archived) {
    yield* before(known.begin);
    if (flying[next] && newestFirst(flying[next]?.begin ?? known.begin, known.begin) === 0) next += 1;
    yield known;
  }
  yield* flying.slice(next);
}
