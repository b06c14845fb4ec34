// What 2pc costs: who has voted yes waits for the coordinator, however long that is away, and goes on when it is back.
import { describe, expect, it } from '@jest/globals';
import { CALM } from './network.js';
import { COORDINATOR, planOf, type Fault, type Plan } from './plan.js';
import { simulate } from './simulate.js';

/** When the coordinator is back, ms. */
const BACK_MS = 3_000;

/** One string, proposed at 500 ms; the votes take 100 ms to the coordinator. */
function away(faults: readonly Fault[]): Plan {
  const plan = planOf(1, { protocol: '2pc', participants: 3, transactions: 1 });
  const slow = plan.participants.map((from): Fault => {
    return { kind: 'slow-link', from, to: COORDINATOR, byMs: 100, atMs: 0, forMs: 1_000 };
  });
  return {
    ...plan,
    refuses: null,
    weather: CALM,
    skewMs: {},
    proposals: [{ atMs: 500, book: 'main', value: 'the string', votes: 'automatic' }],
    faults: [...slow, ...faults],
  };
}

const crash = (atMs: number): Fault => ({ kind: 'crash', node: COORDINATOR, atMs, forMs: BACK_MS - atMs });

/** From before the votes arrive nothing of it reaches this participant. */
const unheard = (rank: number): Fault => {
  return { kind: 'one-way', from: COORDINATOR, to: `participant-${String(rank)}`, atMs: 560, forMs: BACK_MS - 600 };
};

/** What participants do about the string, with the moment, ms. */
function whatParticipantsDo(plan: Plan): { readonly atMs: number; readonly who: string; readonly what: string }[] {
  const done: { atMs: number; who: string; what: string }[] = [];
  simulate(plan, {}, (line) => {
    const [, seconds, who = '', what] = /^ *([0-9.]+) s {2}(participant-\d) +(.*)$/.exec(line) ?? [];
    if (what?.includes('main-1')) done.push({ atMs: 1_000 * Number(seconds), who, what });
  });
  return done;
}

describe.each([
  {
    when: 'when it has decided nothing: it aborts',
    plan: away([crash(550)]),
    outcome: 'aborted',
  },
  {
    when: 'when it has committed and nobody has heard it: it tells it again',
    plan: away([...[1, 2, 3].map(unheard), crash(800)]),
    outcome: 'committed',
  },
])('a 2pc coordinator that dies $when', ({ plan, outcome }) => {
  const done = whatParticipantsDo(plan);
  const decisions = done.filter(({ what }) => /^(records|has fetched) main-1 /.test(what));

  it('leaves all who have said yes without a decision, although they ask each other', () => {
    expect(done.filter(({ what }) => what === 'records yes to main-1')).toHaveLength(3);
    expect(
      done.filter(({ what, atMs }) => what.includes('-> ') && what.includes('asks for the states') && atMs < BACK_MS)
        .length,
    ).toBeGreaterThan(3);
    expect(decisions.filter(({ atMs }) => atMs < BACK_MS)).toEqual([]);
  });

  it('lets them decide when it is back', () => {
    expect(new Set(decisions.map(({ who, what }) => `${who} ${/committed|aborted/.exec(what)?.[0] ?? ''}`))).toEqual(
      new Set([1, 2, 3].map((rank) => `participant-${String(rank)} ${outcome}`)),
    );
  });
});
