// What the coordinator writes about its members, and what each record does: when it is written and when it is replayed.
import type { Member } from '@parley/contracts';
import { isSame, type Membership } from './membership.js';

type Numbers = readonly (readonly [book: string, number: number])[];

/** A participant that is heard of for the first time, or an old name with a new journal: that one's old identity is gone. */
export interface RegisteredRecord {
  readonly kind: 'registered';
  readonly member: Member;
  readonly numbers: Numbers;
}

/** It is put into no more lists. */
export interface LeavingRecord {
  readonly kind: 'leaving';
  readonly member: Member;
  readonly numbers: Numbers;
}

export interface LeftRecord {
  readonly kind: 'left';
  readonly member: Member;
  /** Of the life in which it left; empty when it was not heard of. */
  readonly nonce: string;
}

export type MembershipRecord = RegisteredRecord | LeavingRecord | LeftRecord;

/** Changes the durable part as the record says: when it is written and when the journal is replayed. */
export function applyMembership(membership: Membership, record: MembershipRecord): Membership {
  const registered = new Map(membership.registered);
  const { member } = record;
  const known = registered.get(member.name);
  switch (record.kind) {
    case 'registered': {
      const old = known && { member: known.member, leaving: known.leaving ?? new Map(record.numbers) };
      registered.delete(member.name);
      registered.set(member.name, { member, leaving: null });
      return { ...membership, registered, gone: old ? [...membership.gone, old] : membership.gone };
    }
    case 'leaving':
      registered.set(member.name, { member, leaving: new Map(record.numbers) });
      return { ...membership, registered };
    case 'left': {
      if (known && isSame(known.member, member)) registered.delete(member.name);
      const left = new Map(membership.left).set(member.name, { logId: member.logId, nonce: record.nonce });
      return { ...membership, registered, gone: membership.gone.filter((it) => !isSame(it.member, member)), left };
    }
    default:
      return record satisfies never;
  }
}
