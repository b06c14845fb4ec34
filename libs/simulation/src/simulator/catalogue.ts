// What stands in a node's journal, for those who look things up in it: as libs/catalogue does over a real one. What is retired
// from it is in the archive, which is a participant's files, or nowhere.
import { stillNeeded, type CommitRecord } from '@parley/commit';
import type { Begin, DecidedTransaction, Member, NumberRange, Place } from '@parley/contracts';
import { idOf } from './history.js';

type Decided = Extract<CommitRecord, { kind: 'decided' | 'learned' }>;

interface InFlight {
  readonly begun: { readonly begin: Begin; readonly list: readonly Member[] } | undefined;
  readonly decided: Decided | undefined;
  /** What a journal that is cut must still say. */
  readonly records: readonly CommitRecord[];
}
const UNKNOWN: InFlight = { begun: undefined, decided: undefined, records: [] };

export class Catalogue {
  private readonly inFlight = new Map<string, InFlight>();
  /** Records of what never ends. */
  private readonly lasting: CommitRecord[] = [];

  constructor(private readonly archive: (place: Place) => DecidedTransaction | undefined) {}

  note(record: CommitRecord): void {
    if (record.kind === 'registered' || record.kind === 'leaving' || record.kind === 'left') this.lasting.push(record);
    const place = placeOf(record);
    if (place === undefined) return;
    const known = this.inFlight.get(idOf(place)) ?? UNKNOWN;
    const begin = 'begin' in record ? record.begin : null;
    this.inFlight.set(idOf(place), {
      begun: known.begun ?? (begin && 'list' in record ? { begin, list: record.list } : undefined),
      decided: known.decided ?? (record.kind === 'decided' || record.kind === 'learned' ? record : undefined),
      records: stillNeeded(known.records, record),
    });
  }

  begun(place: Place): Begin | undefined {
    return this.inFlight.get(idOf(place))?.begun?.begin;
  }

  decision(place: Place): Decided['decision'] | undefined {
    return this.decidedAt(place)?.decision;
  }

  /** The string of a committed transaction in flight. */
  textOf(place: Place): string {
    const begun = this.begun(place);
    if (begun === undefined) throw new Error(`${idOf(place)} is committed, but its string is not in the journal`);
    return begun.value;
  }

  /** The decided transactions among the ranges. */
  decided(ranges: readonly NumberRange[]): DecidedTransaction[] {
    return ranges.flatMap(({ book, first, last }) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index).flatMap(
        (number) => this.decidedAt({ book, number }) ?? [],
      ),
    );
  }

  decidedAt({ book, number }: Place): DecidedTransaction | undefined {
    const known = this.inFlight.get(idOf({ book, number }));
    if (known === undefined) return this.archive({ book, number });
    const { begun, decided } = known;
    return (
      decided && {
        book,
        number,
        list: [...(begun?.list ?? decided.list)],
        protocol: decided.protocol,
        begin: begun?.begin ?? null,
        decision: decided.decision,
      }
    );
  }

  /** The decided transactions in flight. */
  get flying(): DecidedTransaction[] {
    return [...this.inFlight.values()].flatMap(({ decided }) => (decided && this.decidedAt(decided)) ?? []);
  }

  /** The records that a journal that is cut must still have, as they are now. */
  get records(): CommitRecord[] {
    return [...this.lasting, ...[...this.inFlight.values()].flatMap(({ records }) => records)];
  }

  /** The transaction is in the archive, or is kept by others. */
  retire(place: Place): void {
    this.inFlight.delete(idOf(place));
  }
}

/** The transaction that a record is about, if it is about one. */
function placeOf(record: CommitRecord): Place | undefined {
  switch (record.kind) {
    case 'begun':
    case 'voted-yes':
      return record.begin;
    case 'aborted-alone':
    case 'elected':
    case 'accepted':
    case 'decided':
    case 'learned':
      return record;
    default:
      return undefined;
  }
}
