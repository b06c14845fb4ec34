// What a node can tell about its transactions: a projection of its journal. It keeps where things stand in the journal,
// not the things: the strings of what is decided are read back when somebody asks for them.
import type {
  Begin,
  DatedDecision,
  DecidedTransaction,
  KnownTransaction,
  Member,
  NumberRange,
  PageRequest,
  Place,
} from '@parley/contracts';
import { newestFirst, transactionId, transactionNumber } from '@parley/contracts';
import type { CommitRecord, Terms } from '@parley/commit';
import { decodeRecord } from './record-format.js';

export type ReadEntry = (position: number) => Promise<{ readonly payload: Uint8Array }>;

interface Entry extends Place {
  /** Null while the node knows the number but not the transaction. */
  createdAt: number | null;
  /** Positions in the journal; null when there is no such record here. */
  begin: number | null;
  decision: number | null;
  outcome: 'committed' | 'aborted' | null;
}

/** The part of a record that tells what the transaction is. */
interface Beginning {
  readonly begin: Begin | null;
  readonly list: readonly Member[];
}

/** Most bytes of transactions in one answer; NATS takes messages of up to 1 MB. */
const ANSWER_BYTES = 512 * 1024;

export class Catalogue {
  private readonly entries = new Map<string, Entry>();
  /** In the order of beginning, oldest first: the reverse of `newestFirst`. */
  private readonly byAge: (Entry & { createdAt: number })[] = [];
  /** Undecided, or decided and with a line that is not written yet. */
  private readonly inFlight = new Map<string, Beginning & { readonly begin: Begin }>();

  /** `read` reads the record at a position of the journal. */
  constructor(private readonly readEntry: ReadEntry) {}

  /** Takes note of a record, at its position in the journal. */
  note(record: CommitRecord, position: number): void {
    switch (record.kind) {
      case 'begun':
      case 'voted-yes':
        return this.noteBegin(record, record.begin, position);
      case 'aborted-alone':
        return this.noteBegin(record, record.begin, position);
      case 'learned':
        this.noteBegin(record, record.begin, position);
        return this.noteDecision(record, record.decision, position);
      case 'decided':
        return this.noteDecision(record, record.decision, position);
      case 'elected':
      case 'accepted':
      case 'counter':
      case 'diverged':
      case 'start-nonces':
      case 'doubled':
      case 'registered':
      case 'leaving':
      case 'left':
        return;
      default:
        record satisfies never;
    }
  }

  /** What a transaction that is in flight here is; undefined when it is not, or when only its number is known. */
  begun(place: Place): Begin | undefined {
    return this.inFlight.get(transactionId(place))?.begin;
  }

  /** The transaction needs nothing more from memory. */
  retire(place: Place): void {
    this.inFlight.delete(transactionId(place));
  }

  /** One transaction; null when this node does not know it, or knows its number only. */
  async read(place: Place): Promise<KnownTransaction | null> {
    const entry = this.entries.get(transactionId(place));
    return entry?.createdAt == null ? null : this.known(entry);
  }

  /** A page, newest first, of as many as fit into one message. */
  async page({ state, book, before, limit }: PageRequest): Promise<KnownTransaction[]> {
    const found: KnownTransaction[] = [];
    let bytes = 0;
    for (let index = before ? this.firstNotBefore(before) - 1 : this.byAge.length - 1; index >= 0; index -= 1) {
      const entry = this.byAge[index];
      if (entry === undefined || found.length === limit) break;
      if (book !== undefined && entry.book !== book) continue;
      if (state !== undefined && (entry.outcome ?? 'deciding') !== state) continue;
      const known = await this.known(entry);
      if (known === null) continue;
      bytes += Buffer.byteLength(known.begin.value) + 1024;
      if (found.length > 0 && bytes > ANSWER_BYTES) break;
      found.push(known);
    }
    return found;
  }

  /** The decided transactions among the ranges, as many as fit into one message, lowest first. */
  async decided(ranges: readonly NumberRange[]): Promise<DecidedTransaction[]> {
    const found: DecidedTransaction[] = [];
    let bytes = 0;
    for (const { book, first, last } of ranges) {
      for (let number = transactionNumber.parse(first); number <= last; number += 1) {
        const entry = this.entries.get(transactionId({ book, number }));
        if (entry?.decision == null) continue;
        const { subject, decision } = await this.decisionOf(entry.decision);
        const beginning = await this.beginningOf(entry);
        bytes += Buffer.byteLength(beginning?.begin.value ?? '') + 1024;
        if (found.length > 0 && bytes > ANSWER_BYTES) return found;
        const list = [...(beginning?.list ?? subject.list)];
        found.push({ book, number, list, protocol: subject.protocol, begin: beginning?.begin ?? null, decision });
      }
    }
    return found;
  }

  private noteBegin({ list }: { list: readonly Member[] }, begin: Begin | null, position: number): void {
    if (begin === null) return;
    const entry = this.entry(begin);
    if (entry.begin !== null) return;
    entry.begin = position;
    entry.createdAt = begin.createdAt;
    this.inFlight.set(transactionId(begin), { begin, list });
    this.insertByAge(entry as Entry & { createdAt: number });
  }

  private noteDecision(place: Place, { outcome }: DatedDecision, position: number): void {
    const entry = this.entry(place);
    entry.decision ??= position;
    entry.outcome ??= outcome;
  }

  private entry({ book, number }: Place): Entry {
    const id = transactionId({ book, number });
    const known = this.entries.get(id);
    if (known) return known;
    const entry: Entry = { book, number, createdAt: null, begin: null, decision: null, outcome: null };
    this.entries.set(id, entry);
    return entry;
  }

  /** Nearly always the newest: it is moved down past those that are newer. */
  private insertByAge(entry: Entry & { createdAt: number }): void {
    let index = this.byAge.length;
    for (let newer = this.byAge[index - 1]; newer && newestFirst(newer, entry) < 0; newer = this.byAge[index - 1])
      index -= 1;
    this.byAge.splice(index, 0, entry);
  }

  /** Index of the first entry, oldest first, that does not come after `position` in the order newest first. */
  private firstNotBefore(position: NonNullable<PageRequest['before']>): number {
    let low = 0;
    let high = this.byAge.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.byAge[middle];
      if (entry && newestFirst(position, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private async known(entry: Entry): Promise<KnownTransaction | null> {
    const beginning = await this.beginningOf(entry);
    if (beginning === null) return null;
    const decision = entry.decision === null ? null : (await this.decisionOf(entry.decision)).decision;
    return { begin: beginning.begin, list: [...beginning.list], decision };
  }

  private async beginningOf(entry: Entry): Promise<(Beginning & { begin: Begin }) | null> {
    const inFlight = this.inFlight.get(transactionId(entry));
    if (inFlight) return inFlight;
    if (entry.begin === null) return null;
    const record = await this.record(entry.begin);
    return 'begin' in record && record.begin !== null ? { begin: record.begin, list: record.list } : null;
  }

  private async decisionOf(position: number): Promise<{ subject: Terms; decision: DatedDecision }> {
    const record = await this.record(position);
    if (record.kind !== 'decided' && record.kind !== 'learned')
      throw new Error(`the journal has "${record.kind}" at ${String(position)} where a decision was noted`);
    return { subject: record, decision: record.decision };
  }

  private async record(position: number): Promise<CommitRecord> {
    return decodeRecord((await this.readEntry(position)).payload);
  }
}
