// Who takes part: the registered participants, and from them the list of each transaction.
//
// The problem: participants come, fall silent, return, lose their journals and leave, while transactions run. A list is
// frozen in its `begin`, so a change of members never touches a transaction that has begun; what remains is whom the next
// one lists, and when nothing needs a participant any more.
//
// Invariants:
// - A list holds at least a majority of the registered, and never two identities of one name.
// - Silence changes no membership: who is shut down is silent. Only an operator's word, or a new journal under its name,
//   makes a member leave.
// - It has left only when every number that was given before that word is decided and its line is written by a majority of
//   those who stay: nothing can need its promises, its votes or its lines any more.
import type { Member } from '@parley/contracts';

/** How far each book's numbers, or a ledger's lines, go. */
export type Extent = ReadonlyMap<string, number>;

/** A registered participant. */
export interface Registered {
  readonly member: Member;
  /** Told to leave: the numbers that had been given by then. */
  readonly leaving: Extent | null;
}

/** What was last heard of a participant. Lost in a crash, and soon heard again. */
export interface Presence {
  readonly logId: string;
  readonly nonce: string;
  readonly isLive: boolean;
  /** Another process lives under its name: it does not vote. */
  readonly doubled: boolean;
  /** It has every line that was decided when it was last heard of, or can follow: see `hear`. */
  readonly caughtUp: boolean;
  readonly lines: Extent;
  /** What was decided when it was last heard of. */
  readonly decided: Extent;
}

export interface Membership {
  /** By name, in the order of registration. */
  readonly registered: ReadonlyMap<string, Registered>;
  /** Identities whose journal is lost: a new journal has their name, and they have not left yet. */
  readonly gone: readonly Registered[];
  /** By name, who left last, and in which of its lives: it is registered again only when it is started again. */
  readonly left: ReadonlyMap<string, { readonly logId: string; readonly nonce: string }>;
  /** By name. */
  readonly present: ReadonlyMap<string, Presence>;
}

export const noMembers: Membership = { registered: new Map(), gone: [], left: new Map(), present: new Map() };

/** Whether two identities are one. */
export const isSame = (a: Member, b: Member): boolean => a.name === b.name && a.logId === b.logId;

/** Lists are limited by the messages that carry them. */
const MEMBERS_AT_MOST = 64;

/**
 * What hearing of a participant makes of it: a member, a new member under an old name, or nothing, because it is no member
 * any more (told to leave, and not started since; a lost journal that has come back), because two live under its name, or
 * because there are as many as a list can hold.
 */
export function admission(
  { registered, gone, left, present }: Membership,
  member: Member,
  nonce: string,
): 'member' | 'new' | 'not-admitted' {
  const known = registered.get(member.name);
  if (known && isSame(known.member, member)) return 'member';
  if (gone.some((it) => isSame(it.member, member))) return 'not-admitted';
  if (known) return present.get(member.name)?.isLive === true ? 'not-admitted' : 'new';
  const before = left.get(member.name);
  if (before?.logId === member.logId && before.nonce === nonce) return 'not-admitted';
  return registered.size < MEMBERS_AT_MOST ? 'new' : 'not-admitted';
}

/** Whether a ledger's lines go at least as far. */
const reaches = (lines: Extent, extent: Extent): boolean =>
  [...extent].every(([book, number]) => (lines.get(book) ?? 0) >= number);

/**
 * A member is heard of. It has caught up when it has every line that is decided now, or, while transactions run all the
 * time, every one that was decided when it was heard of before. It stays so until it says that it lacks lines again, is
 * silent, or is started anew.
 */
export function hear(
  membership: Membership,
  name: string,
  heard: Pick<Presence, 'logId' | 'nonce' | 'doubled' | 'lines'> & { readonly complete: boolean },
  decided: Extent,
): Membership {
  const { logId, nonce, doubled, lines, complete } = heard;
  const last = membership.present.get(name);
  const before = last?.isLive === true && last.logId === logId && last.nonce === nonce ? last : undefined;
  const caughtUp =
    reaches(lines, decided) ||
    (before !== undefined && (reaches(lines, before.decided) || (before.caughtUp && complete)));
  const presence: Presence = { logId, nonce, isLive: true, doubled, caughtUp, lines, decided };
  return { ...membership, present: new Map(membership.present).set(name, presence) };
}

/** A member was not heard of for so long that it is not waited for. */
export function fallSilent(membership: Membership, { name, logId }: Member): Membership {
  const known = membership.present.get(name);
  if (known?.logId !== logId || !known.isLive) return membership;
  return { ...membership, present: new Map(membership.present).set(name, { ...known, isLive: false }) };
}

const majority = (size: number): number => Math.floor(size / 2) + 1;

/** How many participants a list must have. */
export const leastOfList = ({ registered }: Membership, minParticipants: number): number =>
  Math.max(minParticipants, majority(registered.size));

/** Those who can be listed now, in the order of lists. */
export const ableMembers = ({ registered, present }: Membership): Member[] =>
  inOrder(registered.values())
    .filter((it) => absence(it, present) === null)
    .map(({ member }) => member);

/** The list of a transaction that begins now; or, when there are too few, who is missing and why. */
export function chooseList(
  membership: Membership,
  minParticipants: number,
): { readonly list: readonly Member[] } | { readonly missing: string } {
  const able = ableMembers(membership);
  const absent = inOrder(membership.registered.values()).flatMap((registered) => {
    const reason = absence(registered, membership.present);
    return reason === null ? [] : [`${registered.member.name} (${reason})`];
  });
  const least = leastOfList(membership, minParticipants);
  if (able.length >= least) return { list: able };
  const { size } = membership.registered;
  const who = absent.length > 0 ? `; missing: ${absent.join(', ')}` : '';
  const needed = `${String(least)} participants are needed (a majority of the ${String(size)} registered, and at least ${String(minParticipants)})`;
  return { missing: `${needed}, and ${String(able.length)} can vote${who}` };
}

function absence({ member, leaving }: Registered, present: Membership['present']): string | null {
  const presence = present.get(member.name);
  if (leaving) return 'leaving';
  if (presence?.isLive !== true || presence.logId !== member.logId) return 'not heard of';
  if (presence.doubled) return 'lives twice';
  return presence.caughtUp ? null : 'catching up';
}

/** By name, and numbers in names in their order, without a dependence on any language: shorter names first. */
const inOrder = (registered: Iterable<Registered>): Registered[] =>
  [...registered].sort(({ member: a }, { member: b }) =>
    a.name.length === b.name.length ? (a.name < b.name ? -1 : 1) : a.name.length - b.name.length,
  );

/** Those who stay when this one leaves. */
export const stayers = ({ registered }: Membership, leaver: Member): Member[] =>
  [...registered.values()]
    .filter(({ member, leaving }) => !leaving && !isSame(member, leaver))
    .map(({ member }) => member);

/** What keeps a participant that was told to leave: nothing when it may leave now. `open` are undecided, with their lists. */
export function outstanding(
  membership: Membership,
  { member, leaving }: Registered,
  open: Iterable<{ readonly book: string; readonly number: number; readonly list: readonly Member[] }>,
): string[] {
  const kept: string[] = [];
  const undecided = [...open].filter(({ list }) => list.some((listed) => isSame(listed, member)));
  const [first] = undecided;
  if (first)
    kept.push(`${String(undecided.length)} undecided that list it, the first ${first.book}-${String(first.number)}`);
  const staying = stayers(membership, member);
  const least = majority(staying.length);
  for (const [book, number] of leaving ?? []) {
    const holders = staying.filter(({ name, logId }) => {
      const presence = membership.present.get(name);
      return presence?.logId === logId && (presence.lines.get(book) ?? 0) >= number;
    });
    if (holders.length < least)
      kept.push(
        `the lines of ${book} up to ${String(number)} are held by ${String(holders.length)} of the ${String(staying.length)} that stay, and ${String(least)} are needed`,
      );
  }
  return kept;
}
