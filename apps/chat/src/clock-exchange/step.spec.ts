// The members of a room exchange clocks. Pure.
import { describe, expect, it } from '@jest/globals';
import { compare } from '@parley/clocks';
import { MAX_TAKING_PART, type ClockState } from '@parley/contracts';
import fc from 'fast-check';
import { attend, isAttended } from './attendance.js';
import { dueInMs, NOTHING, step, type Input, type Present } from './step.js';

const seed = 1988;
const pause = { min: 2_000, max: 10_000 };
const member = (name: string, since = 1): Present => ({ name, kind: 'account', since });
const joined = (name: string, thrown = 0, since = 1): Input => ({
  type: 'joined',
  who: member(name, since),
  pause: thrown,
});
const started: Input = { type: 'started' };
const stopped: Input = { type: 'stopped' };
const passed = (ms: number): Input => ({ type: 'passed', ms });
const ticked = (peer = 0, thrown = 0.5): Input => ({ type: 'ticked', peer, pause: thrown });

/** What the inputs lead to; each has to be taken. */
const after = (inputs: readonly Input[], from = NOTHING): ClockState =>
  inputs.reduce((state, input) => {
    const stepped = step(state, input, pause);
    if (stepped.kind === 'ignored') throw new Error(`${input.type}: ${stepped.reason}`);
    return stepped.state;
  }, from);
const vectors = ({ members }: ClockState) => Object.fromEntries(members.map(({ name, vector }) => [name, vector]));
const ignored = (state: ClockState, input: Input): string | undefined => {
  const stepped = step(state, input, pause);
  return stepped.kind === 'ignored' ? stepped.reason : undefined;
};

describe('an exchange of clocks', () => {
  it('is one member sending its clock to another, who takes up what came', () => {
    const pair = after([joined('Jo'), joined('Al', 1), started, passed(2_000)]);
    const first = step(pair, ticked(), pause);
    expect(first).toMatchObject({
      exchanged: {
        number: 1,
        from: 'Jo',
        to: 'Al',
        sent: { lamport: 1, vector: { Jo: 1 } },
        before: { lamport: 0, vector: { Al: 0 } },
        after: { lamport: 2, vector: { Jo: 1, Al: 1 } },
      },
    });
    const second = after([ticked(0, 1), passed(8_000), ticked()], pair);
    expect(vectors(second)).toEqual({ Jo: { Jo: 2, Al: 2 }, Al: { Jo: 1, Al: 2 } });
    expect(second.members.map(({ lamport }) => lamport)).toEqual([4, 3]);
  });

  it('goes to whom the dice choose, and never to the sender', () => {
    const three = after([joined('Jo', 1), joined('Al', 0), joined('Bo', 1), started, passed(2_000)]);
    const receivers = [0, 0.49, 0.5, 0.999].map((peer) => step(three, ticked(peer), pause));
    expect(receivers.map((stepped) => stepped.kind === 'done' && stepped.exchanged?.to)).toEqual([
      'Jo',
      'Jo',
      'Bo',
      'Bo',
    ]);
  });

  it('comes from each member 2 to 10 seconds after its last one, as the dice choose', () => {
    const pair = after([joined('Jo', 0), joined('Al', 1), started]);
    expect(dueInMs(pair)).toBe(2_000);
    expect(ignored(after([passed(1_999)], pair), ticked())).toMatch(/nobody/);
    const sent = after([passed(2_000), ticked(0, 1)], pair);
    expect(sent.members.map(({ inMs }) => inMs)).toEqual([10_000, 8_000]);
    // Who is late sends as soon as can be, once.
    const late = after([passed(60_000), ticked(), ticked()], pair);
    expect(ignored(late, ticked())).toMatch(/nobody/);
  });

  it('waits while there are fewer than two members, and goes on when another comes', () => {
    const alone = after([started, joined('Jo')]);
    expect([alone.phase, dueInMs(alone), ignored(alone, ticked())]).toEqual(['waiting', undefined, 'it is waiting']);
    const together = after([joined('Al')], alone);
    expect(together.phase).toBe('running');
    expect(after([{ type: 'left', who: member('Jo') }], together).phase).toBe('waiting');
  });

  it('rests while it is stopped, and goes on with the same clocks', () => {
    const going = after([joined('Jo'), joined('Al'), started, passed(2_000), ticked()]);
    const resting = after([stopped], going);
    expect([ignored(resting, ticked()), ignored(resting, passed(9_000))]).toEqual(['it is stopped', 'it is stopped']);
    const again = after([started], resting);
    expect(again).toEqual(going);
  });

  it('is started once, stopped once, joined once and left once', () => {
    const pair = after([joined('Jo'), joined('Al'), started]);
    expect(ignored(pair, started)).toMatch(/before/);
    expect(ignored(after([stopped], pair), stopped)).toMatch(/before/);
    expect(ignored(pair, joined('Jo'))).toMatch(/takes part/);
    expect(ignored(pair, { type: 'left', who: member('Jo', 2) })).toMatch(/does not take part/);
  });

  it('forgets who has left, and who comes back begins above all that was ever shown', () => {
    const inputs = [joined('Jo'), joined('Al'), started, passed(2_000), ticked(), ticked()];
    const rest = after([...inputs, { type: 'left', who: member('Al') }]);
    expect(vectors(rest)).toEqual({ Jo: { Jo: 2 } });
    expect(vectors(after([joined('Al', 0, 2)], rest))).toEqual({ Jo: { Jo: 2 }, Al: { Al: 4 } });
  });

  it('has those take part who came first, as many as can', () => {
    const many = Array.from({ length: MAX_TAKING_PART + 2 }, (_, n) => member(`user-${String(n)}`, n));
    const full = attend(NOTHING, many, pause, () => 0);
    expect(full.joined).toHaveLength(MAX_TAKING_PART);
    expect(isAttended(full.state, many)).toBe(true);
    expect(ignored(full.state, joined('late'))).toMatch(/as many/);
    const [first, ...others] = many;
    expect(isAttended(full.state, others)).toBe(false);
    const next = attend(full.state, others, pause, () => 0);
    expect([next.left, next.joined]).toEqual([[first!.name], [`user-${String(MAX_TAKING_PART)}`]]);
  });

  it('takes who has left and come back for another', () => {
    const before = attend(NOTHING, [member('Jo', 1)], pause, () => 0).state;
    const back = [member('Jo', 2)];
    expect(isAttended(before, back)).toBe(false);
    expect(attend(before, back, pause, () => 0)).toMatchObject({ joined: ['Jo'], left: ['Jo'] });
  });
});

/** An event of a member: what it is, its clock, and from which events one step of happens-before leads here. */
interface Noted {
  readonly who: string;
  readonly vector: Readonly<Record<string, number>>;
  readonly past: ReadonlySet<number>;
}

interface Run {
  readonly events: Noted[];
  /** Who has left, and how many events there had been. */
  readonly left: { readonly who: string; readonly at: number }[];
}

/** Random members come, exchange clocks and, if they may, leave. */
const runs = (mayLeave: boolean): fc.Arbitrary<Run> =>
  fc
    .array(
      fc.record({
        act: fc.nat({ max: 9 }),
        one: fc.nat({ max: 4 }),
        dice: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
      { maxLength: 80 },
    )
    .map((acts) => {
      const names = ['Jo', 'Al', 'Bo', 'constructor', '__proto__'];
      const run: Run = { events: [], left: [] };
      const lastOf = new Map<string, number>();
      const note = (who: string, vector: Noted['vector'], causes: (number | undefined)[]): number => {
        const known = causes.filter((cause) => cause !== undefined);
        const past = new Set(known.flatMap((cause) => [cause, ...run.events[cause]!.past]));
        lastOf.set(who, run.events.push({ who, vector, past }) - 1);
        return run.events.length - 1;
      };
      let state = after([started]);
      acts.forEach(({ act, one, dice }, since) => {
        const name = names[one]!;
        const there = state.members.find((present) => present.name === name);
        if (act < 2 && !there) state = after([joined(name, dice, since)], state);
        else if (act === 2 && there && mayLeave) {
          state = after([{ type: 'left', who: there }], state);
          lastOf.delete(`${name} ${String(there.since)}`);
          run.left.push({ who: `${name} ${String(there.since)}`, at: run.events.length });
        } else if (state.phase === 'running') {
          const { members } = state;
          const named = (wanted: string): string =>
            `${wanted} ${String(members.find((present) => present.name === wanted)!.since)}`;
          const stepped = step(after([passed(10_000)], state), ticked(dice, dice), pause);
          if (stepped.kind === 'ignored' || !stepped.exchanged) throw new Error('nobody has sent');
          const { from, to, sent, after: received } = stepped.exchanged;
          const sending = note(named(from), sent.vector, [lastOf.get(named(from))]);
          note(named(to), received.vector, [lastOf.get(named(to)), sending]);
          state = stepped.state;
        }
      });
      return run;
    });

describe('in every exchange', () => {
  const nameOf = (who: string): string => who.split(' ')[0]!;

  it('while nobody leaves, an event happened before another exactly if its clock is before the other’s', () => {
    const property = fc.property(runs(false), ({ events }) => {
      for (const [b, event] of events.entries())
        for (const [a, other] of events.entries())
          expect(compare(other.vector, event.vector) === 'before').toBe(event.past.has(a) && a !== b);
    });
    fc.assert(property, { seed, numRuns: 200 });
  });

  it('of who is still there an event happened before another exactly if the other’s clock has its entry', () => {
    const property = fc.property(runs(true), ({ events, left }) => {
      for (const [b, event] of events.entries())
        for (const [a, other] of events.entries()) {
          if (a === b || left.some(({ who, at }) => who === other.who && at <= b)) continue;
          const entry = (vector: Noted['vector']): number =>
            Object.hasOwn(vector, nameOf(other.who)) ? vector[nameOf(other.who)]! : 0;
          expect(entry(event.vector) >= entry(other.vector)).toBe(event.past.has(a));
        }
    });
    fc.assert(property, { seed, numRuns: 200 });
  });
});
