// What the coordinator does about its members: registers who is new, follows who is there, lets go who may leave.
import type { Member } from '@parley/contracts';
import type { CoordinatorState, CoordinatorStep } from './coordinator-state.js';
import type { Effect, LeaveVerdict } from './effects.js';
import { applyMembership, type MembershipRecord } from './membership-records.js';
import { admission, fallSilent, hear, outstanding, stayers, type Extent, type Registered } from './membership.js';

/** What a participant tells of itself, every second. */
export interface Heard {
  readonly member: Member;
  readonly nonce: string;
  readonly doubled: boolean;
  /** It is fetching nothing. */
  readonly complete: boolean;
  /** How many lines its ledger of each book has. */
  readonly lines: readonly { readonly book: string; readonly lines: number }[];
}

/** Up to which number all of each book is decided. */
export function decidedExtent({ numbers, open }: Pick<CoordinatorState, 'numbers' | 'open'>): Map<string, number> {
  const decided = new Map(numbers);
  for (const { book, number } of open.values()) decided.set(book, Math.min(number - 1, decided.get(book) ?? 0));
  return decided;
}

/** A participant lives. */
export function hearParticipant(state: CoordinatorState, heard: Heard): CoordinatorStep {
  const { member, nonce, doubled, complete } = heard;
  const admitted = admission(state.membership, member, nonce);
  if (admitted === 'not-admitted') return { state, effects: [] };
  const step =
    admitted === 'new'
      ? write(state, [{ kind: 'registered', member, numbers: [...state.numbers] }])
      : { state, effects: [] };
  const lines: Extent = new Map(heard.lines.map((ledger) => [ledger.book, ledger.lines]));
  const { logId, name } = member;
  const presence = { logId, nonce, doubled, complete, lines };
  const membership = hear(step.state.membership, name, presence, decidedExtent(state));
  const freed = letGo({ ...step.state, membership });
  return { state: freed.state, effects: [...step.effects, ...freed.effects] };
}

/** A participant was not heard of for a while. */
export const participantSilent = (state: CoordinatorState, member: Member): CoordinatorStep => ({
  state: { ...state, membership: fallSilent(state.membership, member) },
  effects: [],
});

/** An operator wants a participant to leave. */
export function leave(
  state: CoordinatorState,
  { reply, name }: { readonly reply: number; readonly name: string },
): CoordinatorStep {
  const known = state.membership.registered.get(name);
  const answer = (verdict: LeaveVerdict): Effect => ({
    type: 'confirm-leave',
    to: reply,
    verdict,
  });
  if (known === undefined) {
    const left = state.membership.left.has(name);
    return { state, effects: [answer({ known: left, left, outstanding: [] })] };
  }
  const staying = stayers(state.membership, known.member).length;
  const least = Math.max(1, state.minParticipants);
  if (staying < least) {
    const tooFew = `only ${String(staying)} would stay, and MIN_PARTICIPANTS is ${String(least)}: it stays in`;
    return { state, effects: [answer({ known: true, left: false, outstanding: [tooFew] })] };
  }
  const told: CoordinatorStep = known.leaving
    ? { state, effects: [] }
    : write(state, [{ kind: 'leaving', member: known.member, numbers: [...state.numbers] }]);
  const freed = letGo(told.state);
  const still = freed.state.membership.registered.get(name);
  const verdict = { known: true, left: !still, outstanding: still ? outstandingOf(freed.state, still) : [] };
  return { state: freed.state, effects: [...told.effects, ...freed.effects, answer(verdict)] };
}

/** Members that were told to leave, or whose journal is lost, leave as soon as nothing needs them. */
function letGo(state: CoordinatorState): CoordinatorStep {
  const { registered, gone, present } = state.membership;
  const free = [...registered.values(), ...gone].filter(
    (it) => it.leaving && outstandingOf(state, it).length === 0 && stayers(state.membership, it.member).length > 0,
  );
  return write(
    state,
    free.map(({ member }) => {
      const presence = present.get(member.name);
      return { kind: 'left', member, nonce: presence?.logId === member.logId ? presence.nonce : '' };
    }),
  );
}

const outstandingOf = (state: CoordinatorState, registered: Registered): string[] =>
  outstanding(state.membership, registered, state.open.values());

function write(state: CoordinatorState, records: readonly MembershipRecord[]): CoordinatorStep {
  return {
    state: { ...state, membership: records.reduce(applyMembership, state.membership) },
    effects: records.map((record): Effect => ({ type: 'append', record, lazy: false })),
  };
}
