// What the coordinator keeps of a decided transaction, and how long, as apps/coordinator does: all of it, until a majority of its
// list has recorded its line. From then on it tells the digests alone.
import { e3pcRules } from '@parley/commit';
import type { DecidedTransaction, Member } from '@parley/contracts';
import type { Catalogue } from './catalogue.js';
import type { Alive } from './surroundings.js';

export class Retention {
  /** By member, how many lines of each book it has recorded. */
  private readonly recorded = new Map<string, ReadonlyMap<string, number>>();

  clear(): void {
    this.recorded.clear();
  }

  /** A participant tells what it has recorded. */
  hear(member: Member, books: Alive['books'], catalogue: Catalogue): void {
    this.recorded.set(keyOf(member), new Map(books.map(({ book, lines }) => [book, lines])));
    for (const decided of catalogue.flying) if (this.isRecorded(decided)) catalogue.retire(decided);
  }

  private isRecorded({ book, number, list }: DecidedTransaction): boolean {
    const holders = list.filter((member) => (this.recorded.get(keyOf(member))?.get(book) ?? 0) >= number);
    return holders.length >= e3pcRules.quorum(list.length);
  }
}

const keyOf = ({ name, logId }: Member): string => `${name}/${logId}`;
