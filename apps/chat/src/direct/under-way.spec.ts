// The bound of an inbox, whatever several replicas store at once: however late what they send arrives, and however far behind each is
// in reading. The record is a list with the store's rules.
import { describe, expect, it } from '@jest/globals';
import type { DirectEvent, Party } from '@parley/contracts';
import fc from 'fast-check';
import { MAX_UNDER_WAY, MAX_WAITING, send } from './commands.js';
import { Post } from './post.js';
import { UnderWay } from './under-way.js';

const seed = 1983;
const REPLICAS = 3;
const account = (name: string): Party => ({ name, kind: 'account', session: null });
const al = account('Al');
const eventOf = (name: string, id: string): DirectEvent => ({
  ...{ type: 'sent', id, from: account(name), to: [al], text: 'x', gapMs: null, at: 1, lamport: 1, vector: {} },
});

interface OnItsWay {
  readonly event: DirectEvent;
  readonly after: number | undefined;
  readonly settle: (sequence: number | undefined) => void;
}

class Replica {
  readonly post = new Post();
  readonly underWay = new UnderWay();
  readonly onItsWay: OnItsWay[] = [];
  private readTo = 0;
  private unread: { sequence: number; resolve: () => void }[] = [];

  constructor(private readonly record: DirectEvent[]) {
    this.reads(Infinity);
  }

  reads(count: number): void {
    for (const event of this.record.slice(this.readTo, this.readTo + count)) this.post.apply(event, (this.readTo += 1));
    for (const { resolve } of this.unread.filter(({ sequence }) => sequence <= this.readTo)) resolve();
    this.unread = this.unread.filter(({ sequence }) => sequence > this.readTo);
  }

  /** Somebody new sends: nothing that he did stands in the way. */
  decides(id: string): void {
    const draft = { id, text: 'x', recipients: { parties: [al], unknown: [], absent: [] } };
    const verdict = send(this.post, account(`Jo-${id}`), draft, 1, (party) => this.underWay.to(party));
    if (verdict.kind !== 'happens') return;
    const after = verdict.alone === true ? this.readTo : undefined;
    const storing = this.underWay.during([al], async () => {
      const sequence = await new Promise<number | undefined>((settle) =>
        this.onItsWay.push({ event: eventOf(`Jo-${id}`, id), after, settle }),
      );
      if (sequence === undefined || sequence <= this.readTo) return;
      await new Promise<void>((resolve) => this.unread.push({ sequence, resolve }));
    });
    void storing;
  }

  /** One that is on its way arrives, if the store takes it. */
  arrives(which: number): void {
    const [arrived] = this.onItsWay.splice(which % Math.max(1, this.onItsWay.length), 1);
    if (arrived === undefined) return;
    const isTaken = arrived.after === undefined || arrived.after === this.record.length;
    if (isTaken) this.record.push(arrived.event);
    arrived.settle(isTaken ? this.record.length : undefined);
  }
}

const replica = fc.nat({ max: REPLICAS - 1 });
const step = fc.oneof(
  { weight: 6, arbitrary: replica.map((of) => ({ type: 'decides', of }) as const) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('arrives' as const), of: replica, which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('reads' as const), of: replica, count: fc.nat({ max: 9 }) }) },
);
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe('an inbox', () => {
  it('never has more than its bound, and what each further replica may have under way', async () => {
    let most = 0;
    const property = fc.asyncProperty(fc.array(step, { maxLength: 400, size: 'max' }), async (story) => {
      const record = Array.from({ length: MAX_WAITING - 30 }, (_, n) => eventOf('Bo', id(n)));
      const replicas = Array.from({ length: REPLICAS }, () => new Replica(record));
      for (const [n, each] of story.entries()) {
        const of = replicas[each.of]!;
        if (each.type === 'decides') of.decides(id(10_000 + n));
        else if (each.type === 'reads') of.reads(each.count);
        else of.arrives(each.which);
        await Promise.resolve();
      }
      for (const each of replicas) while (each.onItsWay.length > 0) each.arrives(0);
      const all = new Replica(record).post.waiting(al).length;
      most = Math.max(most, all);
      expect(all).toBeLessThanOrEqual(MAX_WAITING + (REPLICAS - 1) * MAX_UNDER_WAY);
    });
    await fc.assert(property, { seed, numRuns: 100, endOnFailure: true });
    // The bound is no wider than it must be: replicas that see nothing of each other do pass a thousand.
    expect(most).toBeGreaterThan(MAX_WAITING);
  });

  it('counts what may be stored or not until that is known', async () => {
    const underWay = new UnderWay();
    await expect(underWay.during([al], () => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer');
    expect(underWay.to(al)).toBe(1);
    await expect(underWay.known(Promise.reject(new Error('no answer either')))).rejects.toThrow();
    expect(underWay.to(al)).toBe(1);
    await underWay.known(Promise.resolve());
    expect(underWay.to(al)).toBe(0);
  });
});
