// What the coordinator keeps of a decided transaction, and how long: all of it, until a majority of its list has recorded its
// line. From then on it is read from the participants, also by one that lacks it, and is forgotten here.
//
// Who records an abort need not know what was proposed: it may have been asked for its state and never for its vote. Where
// it is not seen that somebody knows, a majority is asked to keep that first.
import { e3pcRules } from '@parley/commit';
import { participantOperations, transactionId, type DatedDecision, type Member, type Place } from '@parley/contracts';
import type { Catalogue } from '@parley/catalogue';
import type { Bus } from '@parley/messaging';

interface Kept extends Place {
  readonly terms: { readonly list: readonly Member[] };
  readonly decision: DatedDecision | null;
}

/** Most transactions that are handed over at a time: a string may have 64 KiB, and a message 1 MB. */
const HAND_OVER_AT_MOST = 8;
const KEEP_MS = 1_000;

const keyOf = ({ name, logId }: Member): string => `${name}/${logId}`;

export class Retention {
  /** By member, how many lines of each book it has recorded. */
  private readonly recorded = new Map<string, ReadonlyMap<string, number>>();
  private isHandingOver = false;

  constructor(
    private readonly node: string,
    private readonly catalogue: Catalogue,
    private readonly bus: Pick<Bus, 'gather'>,
  ) {}

  /** A participant tells what it has recorded. A new journal under the same name is another member. */
  hear({ name, logId }: Member, ledgers: readonly { readonly book: string; readonly lines: number }[]): void {
    for (const key of this.recorded.keys()) if (key.startsWith(`${name}/`)) this.recorded.delete(key);
    this.recorded.set(keyOf({ name, logId }), new Map(ledgers.map(({ book, lines }) => [book, lines])));
    const done = [...this.catalogue.flying].filter((it) => it.decision !== null && this.isRecorded(it));
    const [known, unknown] = [done.filter(isKnownToOthers), done.filter((it) => !isKnownToOthers(it))];
    for (const place of known) this.catalogue.retire(place);
    if (unknown.length === 0 || this.isHandingOver) return;
    this.isHandingOver = true;
    void this.handOver(unknown.slice(0, HAND_OVER_AT_MOST)).finally(() => (this.isHandingOver = false));
  }

  private isRecorded({ book, number, terms: { list } }: Kept): boolean {
    const holders = list.filter((member) => (this.recorded.get(keyOf(member))?.get(book) ?? 0) >= number);
    return holders.length >= e3pcRules.quorum(list.length);
  }

  /** What was not kept by a majority is handed over again, when somebody is next heard of. */
  private async handOver(places: readonly Kept[]): Promise<void> {
    const keepers = new Map<string, Set<string>>();
    await this.bus.gather(
      participantOperations.keep,
      { from: this.node, transactions: places.map((place) => this.catalogue.decidedInFlight(place)) },
      {
        timeoutMs: KEEP_MS,
        expected: [...new Set(places.flatMap(({ terms }) => terms.list.map(({ name }) => name)))],
        onReply: ({ from, kept }) => {
          for (const place of kept) {
            const names = keepers.get(transactionId(place)) ?? new Set();
            keepers.set(transactionId(place), names.add(from.name));
          }
        },
      },
    );
    for (const place of places) {
      const names = keepers.get(transactionId(place))?.size ?? 0;
      if (names >= e3pcRules.quorum(place.terms.list.length)) this.catalogue.retire(place);
    }
  }
}

/** A vote was given by somebody who was told what it is about, and has that on record. */
const isKnownToOthers = ({ decision }: Kept): boolean =>
  decision?.outcome === 'committed' || Object.keys(decision?.votes ?? {}).length > 0;
