// The exchange of clocks among the members of a room. Pure: who comes and goes, what time has passed and what the dice showed are
// inputs.
//
// The problem: everybody in the room is a process with Lamport's time and a vector clock (libs/clocks, with the papers). Each, after
// a time of its own that the dice choose, sends its clock to a random other; to send is an event of the sender, to
// receive one of the receiver, whose clock takes up what came.
//
// - While nobody leaves, one event happened before another if and only if its vector clock is before the other's.
// - Who leaves drops out of all clocks: no clock has more entries than there are members. Of what the others did nothing is lost by
//   that: an event of somebody who is still there happened before another if and only if the other's clock has his entry of it, or a
//   greater one, also where it became known by way of somebody who has left.
// - Who comes in, or comes back, begins above everything that any clock has ever shown: its name may be that of one who has left.
// - Nobody sends while it is stopped, or alone.
import { newClock, receive, step as advance, type ProcessClock, type VectorClock } from '@parley/clocks';
import { MAX_TAKING_PART, type ClocksExchanged, type ClockState } from '@parley/contracts';

export type Member = ClockState['members'][number];

/** Who is in a room, since when in ms since the epoch. */
export type Present = Pick<Member, 'name' | 'kind' | 'since'>;

/** How long a member waits between two sendings, in ms. */
export interface Pause {
  readonly min: number;
  readonly max: number;
}

/** What the dice show: at least 0, less than 1. */
export type Throw = number;

export type Input =
  | { readonly type: 'started' }
  | { readonly type: 'stopped' }
  | { readonly type: 'joined'; readonly who: Present; readonly pause: Throw }
  | { readonly type: 'left'; readonly who: Present }
  | { readonly type: 'passed'; readonly ms: number }
  /** Whoever is to send sends, one of them. */
  | { readonly type: 'ticked'; readonly peer: Throw; readonly pause: Throw };

export type Step =
  | { readonly kind: 'done'; readonly state: ClockState; readonly exchanged?: Omit<ClocksExchanged, 'at'> }
  | { readonly kind: 'ignored'; readonly reason: string };

export const NOTHING: ClockState = { phase: 'stopped', exchanges: 0, members: [] };

const ignored = (reason: string): Step => ({ kind: 'ignored', reason });

export function step(state: ClockState, input: Input, pause: Pause): Step {
  const { phase, members } = state;
  switch (input.type) {
    case 'started':
      return phase === 'stopped' ? done(state, { isOn: true }) : ignored('it was started before');
    case 'stopped':
      return phase === 'stopped' ? ignored('it was stopped before') : done(state, { isOn: false });
    case 'joined':
      if (members.some(({ name }) => name === input.who.name)) return ignored('the member takes part');
      if (members.length >= MAX_TAKING_PART) return ignored('as many take part as can');
      return done(state, { members: [...members, newMember(state, input.who, drawn(pause, input.pause))] });
    case 'left':
      if (!members.some((member) => isSame(member, input.who))) return ignored('the member does not take part');
      return done(state, { members: without(members, input.who.name) });
    case 'passed':
      if (phase !== 'running') return ignored(`it is ${phase}`);
      return done(state, { members: members.map((member) => ({ ...member, inMs: member.inMs - input.ms })) });
    case 'ticked':
      return phase === 'running' ? tick(state, input, pause) : ignored(`it is ${phase}`);
    default:
      return input satisfies never;
  }
}

/** Who comes back is another than who has left. */
export const isSame = (a: Present, b: Present): boolean =>
  a.name === b.name && a.kind === b.kind && a.since === b.since;

/** In how many ms somebody sends, from the state's event on; undefined when nobody does. */
export const dueInMs = ({ phase, members }: ClockState): number | undefined =>
  phase === 'running' ? Math.min(...members.map(({ inMs }) => inMs)) : undefined;

function done(
  state: ClockState,
  { isOn = state.phase !== 'stopped', members = state.members }: { isOn?: boolean; members?: Member[] },
): Step {
  const phase = !isOn ? 'stopped' : members.length < 2 ? 'waiting' : 'running';
  return { kind: 'done', state: { ...state, members, phase } };
}

const drawn = ({ min, max }: Pause, thrown: Throw): number => Math.round(min + thrown * (max - min));

function newMember({ exchanges }: ClockState, { name, kind, since }: Present, inMs: number): Member {
  // An exchange is two events, so nothing that a clock has shown is above this.
  const { lamport, vector } = newClock(name, 2 * exchanges);
  return { name, kind, since, lamport, vector, inMs };
}

function without(members: readonly Member[], gone: string): Member[] {
  const rest = (vector: VectorClock): Record<string, number> =>
    Object.fromEntries(Object.entries(vector).filter(([name]) => name !== gone));
  return members.filter(({ name }) => name !== gone).map((member) => ({ ...member, vector: rest(member.vector) }));
}

function tick(state: ClockState, { peer, pause: thrown }: Extract<Input, { type: 'ticked' }>, pause: Pause): Step {
  const sender = state.members.find(({ inMs }) => inMs === dueInMs(state));
  if (sender === undefined || sender.inMs > 0) return ignored('nobody is to send yet');
  const others = state.members.filter((member) => member !== sender);
  const receiver = others[Math.floor(peer * others.length)];
  if (receiver === undefined) throw new Error(`the dice showed ${String(peer)}`);
  const sent = advance(clockOf(sender));
  const after = receive(clockOf(receiver), sent);
  const members = state.members.map((member) => {
    if (member === sender) return { ...member, ...shown(sent), inMs: drawn(pause, thrown) };
    return member === receiver ? { ...member, ...shown(after) } : member;
  });
  const exchanges = state.exchanges + 1;
  return {
    kind: 'done',
    state: { ...state, exchanges, members },
    exchanged: {
      ...{ number: exchanges, from: sender.name, to: receiver.name },
      ...{ sent: shown(sent), before: shown(clockOf(receiver)), after: shown(after) },
    },
  };
}

const clockOf = ({ name, lamport, vector }: Member): ProcessClock => ({ process: name, lamport, vector });
const shown = ({ lamport, vector }: ProcessClock): { lamport: number; vector: Record<string, number> } => ({
  lamport,
  vector: { ...vector },
});
