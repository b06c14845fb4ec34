// What stands in a node's journal, for those who look things up in it: as libs/catalogue does over a real one.
import type { CommitRecord } from '@parley/commit';
import type { Begin, DecidedTransaction, Member, NumberRange, Place } from '@parley/contracts';
import { idOf } from './history.js';

type Decided = Extract<CommitRecord, { kind: 'decided' | 'learned' }>;

export class Catalogue {
  private readonly begins = new Map<string, { readonly begin: Begin; readonly list: readonly Member[] }>();
  private readonly decisions = new Map<string, Decided>();

  note(record: CommitRecord): void {
    if ('begin' in record && record.begin !== null && !this.begins.has(idOf(record.begin)))
      this.begins.set(idOf(record.begin), { begin: record.begin, list: record.list });
    if ((record.kind === 'decided' || record.kind === 'learned') && !this.decisions.has(idOf(record)))
      this.decisions.set(idOf(record), record);
  }

  begun(place: Place): Begin | undefined {
    return this.begins.get(idOf(place))?.begin;
  }

  decision(place: Place): Decided['decision'] | undefined {
    return this.decisions.get(idOf(place))?.decision;
  }

  /** The string of a committed transaction. */
  textOf(place: Place): string {
    const begun = this.begun(place);
    if (begun === undefined) throw new Error(`${idOf(place)} is committed, but its string is not in the journal`);
    return begun.value;
  }

  /** The decided transactions among the ranges. */
  decided(ranges: readonly NumberRange[]): DecidedTransaction[] {
    const found: DecidedTransaction[] = [];
    for (const { book, first, last } of ranges)
      for (let number = first; number <= last; number += 1) {
        const decided = this.decisions.get(idOf({ book, number }));
        if (decided === undefined) continue;
        const known = this.begins.get(idOf({ book, number }));
        const list = [...(known?.list ?? decided.list)];
        found.push({
          book,
          number,
          list,
          protocol: decided.protocol,
          begin: known?.begin ?? null,
          decision: decided.decision,
        });
      }
    return found;
  }
}
