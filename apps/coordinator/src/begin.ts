// What happens to a proposal before it is a transaction: refused, recognised as a repetition, or given to the core.
// Nothing of it is kept before `begin` is forced.
import { hash } from 'node:crypto';
import type { BeginVerdict, Proposed } from '@parley/commit';
import type { BeginRequest, BeginResult, Place } from '@parley/contracts';
import type { CoordinatorShell } from './coordinator.shell.js';
import type { IdempotencyKeys } from './idempotency.js';

type Proposal = BeginRequest['proposals'][number];
type Refused = Extract<BeginResult, { ok: false }>;

/** Most transactions that are begun and not decided. */
const MAX_OPEN = 2048;

export class Beginnings {
  /** Moments of beginning never go back, also over restarts, so that pages, which are ordered by them, never change. */
  private lastCreatedAt: number;

  constructor(
    private readonly shell: CoordinatorShell,
    private readonly keys: IdempotencyKeys,
  ) {
    this.lastCreatedAt = shell.newestAt;
  }

  /** One result per proposal, in order, once all that were begun are forced. */
  async begin(proposals: readonly Proposal[]): Promise<BeginResult[]> {
    const fresh: Proposed[] = [];
    // The fresh ones are given to the core together, after this loop; until then what they become is promised.
    let give: (verdicts: Promise<readonly BeginVerdict[]>) => void = () => undefined;
    const given = new Promise<readonly BeginVerdict[]>((resolve) => (give = resolve));
    const results = proposals.map((proposed): Promise<BeginResult> => {
      const verdict = this.keys.look(proposed.idempotency, Date.now());
      if (verdict.kind === 'conflict')
        return Promise.resolve(refused('idempotency-conflict', 'the key came with another body before'));
      if (verdict.kind === 'repeated') return this.repeated(verdict.outcome);
      const refusal = this.refusal(fresh.length);
      if (refusal) return Promise.resolve(refusal);
      const index = fresh.push(this.proposed(proposed)) - 1;
      const outcome = given.then((all) => mustBeJudged(all[index]));
      this.keys.use(proposed.idempotency, Date.now(), outcome);
      return outcome.then((result) => this.begun(result, proposed));
    });
    give(fresh.length > 0 ? this.shell.begin(fresh) : Promise.resolve([]));
    return Promise.all(results);
  }

  private refusal(waiting: number): Refused | undefined {
    if (this.shell.overloaded || this.shell.openTransactions + waiting >= MAX_OPEN)
      return refused('overloaded', `${String(MAX_OPEN)} transactions are being decided`);
    return undefined;
  }

  private proposed(proposal: Proposal): Proposed {
    const { value, book, protocol, votes, timeouts = {}, proposer, correlation, idempotency } = proposal;
    this.lastCreatedAt = Math.max(this.lastCreatedAt, Date.now());
    return {
      book,
      value,
      digest: hash('sha256', value, 'base64url'),
      protocol,
      votes,
      timeouts,
      proposer,
      correlation,
      createdAt: this.lastCreatedAt,
      ...(idempotency && { idempotency }),
    };
  }

  private begun(verdict: BeginVerdict, { idempotency }: Proposal): BeginResult {
    if ('begun' in verdict)
      return {
        ok: true,
        repeated: false,
        transaction: { begin: verdict.begun, list: [...verdict.list], decision: null, phase: 'voting' },
      };
    this.keys.release(idempotency);
    return refused(verdict.refused, verdict.detail);
  }

  private async repeated(outcome: Promise<Place | BeginVerdict>): Promise<BeginResult> {
    const verdict = await outcome;
    if ('refused' in verdict) return refused(verdict.refused, verdict.detail);
    const begun = 'begun' in verdict ? verdict.begun : verdict;
    const transaction = await this.shell.tell((catalogue) => catalogue.read(begun));
    const { book, number } = begun;
    return { ok: true, repeated: true, transaction, ...(transaction === null && { recorded: { book, number } }) };
  }
}

const refused = (code: Refused['code'], detail: string): Refused => ({ ok: false, code, detail });

function mustBeJudged(verdict: BeginVerdict | undefined): BeginVerdict {
  if (verdict === undefined) throw new Error('the core judged fewer proposals than it was given');
  return verdict;
}
