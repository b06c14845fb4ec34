// What happens to a proposal before it is a transaction: refused, recognised as a repetition, or given to the core.
// Nothing of it is kept before `begin` is forced.
import { createHash } from 'node:crypto';
import type { Unnumbered } from '@parley/commit';
import type { Begin, BeginRequest, BeginResult, Place, Timeouts } from '@parley/contracts';
import type { CoordinatorShell } from './coordinator.shell.js';
import type { IdempotencyKeys } from './idempotency.js';
import type { Members } from './members.js';

type Proposed = BeginRequest['proposals'][number];
type Refused = Extract<BeginResult, { ok: false }>;

/** Most transactions that are begun and not decided. */
const MAX_OPEN = 2048;

export class Beginnings {
  /** Moments of beginning never go back, so that pages, which are ordered by them, never change. */
  private lastCreatedAt = 0;

  constructor(
    private readonly shell: CoordinatorShell,
    private readonly members: Members,
    private readonly keys: IdempotencyKeys,
    private readonly timeouts: Timeouts,
  ) {}

  /** One result per proposal, in order, once all that were begun are forced. */
  async begin(proposals: readonly Proposed[]): Promise<BeginResult[]> {
    const fresh: Unnumbered[] = [];
    const { list } = this.members;
    // The fresh ones are given to the core together, after this loop; until then what they become is promised.
    let give: (begun: Promise<readonly Begin[]>) => void = () => undefined;
    const given = new Promise<readonly Begin[]>((resolve) => (give = resolve));
    const results = proposals.map((proposed): Promise<BeginResult> => {
      const verdict = this.keys.look(proposed.idempotency, Date.now());
      if (verdict.kind === 'conflict')
        return Promise.resolve(refused('idempotency-conflict', 'the key came with another body before'));
      if (verdict.kind === 'repeated') return this.repeated(verdict.place);
      const refusal = this.refusal(fresh.length);
      if (refusal) return Promise.resolve(refusal);
      const index = fresh.push(this.unnumbered(proposed)) - 1;
      const begun = given.then((all) => mustBegin(all[index]));
      this.keys.use(proposed.idempotency, Date.now(), begun);
      return begun.then((begin) => ({ ok: true, repeated: false, transaction: { begin, list, decision: null } }));
    });
    give(fresh.length > 0 ? this.shell.begin(list, fresh) : Promise.resolve([]));
    return Promise.all(results);
  }

  private refusal(waiting: number): Refused | undefined {
    const { missing } = this.members;
    if (missing.length > 0) return refused('participants-missing', `not seen yet: ${missing.join(', ')}`);
    if (this.shell.overloaded || this.shell.openTransactions + waiting >= MAX_OPEN)
      return refused('overloaded', `${String(MAX_OPEN)} transactions are being decided`);
    return undefined;
  }

  private unnumbered({ value, book, timeouts, proposer, correlation, idempotency }: Proposed): Unnumbered {
    this.lastCreatedAt = Math.max(this.lastCreatedAt, Date.now());
    return {
      book,
      value,
      digest: createHash('sha256').update(value).digest('base64url'),
      protocol: 'e3pc',
      timeouts: { ...this.timeouts, ...definedOnly(timeouts ?? {}) },
      proposer,
      correlation,
      createdAt: this.lastCreatedAt,
      ...(idempotency && { idempotency }),
    };
  }

  private async repeated(place: Promise<Place>): Promise<BeginResult> {
    const begun = await place;
    const transaction = await this.shell.tell((catalogue) => catalogue.read(begun));
    if (transaction === null) throw new Error('a transaction that was begun is not in the catalogue');
    return { ok: true, repeated: true, transaction };
  }
}

const refused = (code: Refused['code'], detail: string): Refused => ({ ok: false, code, detail });

const definedOnly = (timeouts: Partial<Record<keyof Timeouts, number | undefined>>): Partial<Timeouts> =>
  Object.fromEntries(Object.entries(timeouts).filter(([, ms]) => ms !== undefined));

function mustBegin(begin: Begin | undefined): Begin {
  if (begin === undefined) throw new Error('the core began fewer transactions than were proposed');
  return begin;
}
