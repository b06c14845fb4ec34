// Who a node is: its name, the identity of its journal (logId), and the nonce of its present start.
//
// The problem: a copy of a journal promises again what the original has promised otherwise, and a restored one has
// forgotten promises. Both have the right name and logId. Therefore the broker's key-value store holds, for each name, the
// nonce of the last start, and a node starts only if its own journal has that nonce (docs/decisions/0011).
//
// Invariants: the journal has a nonce before the store has it, and keeps every nonce that the store may still hold, so
// that a crash between the two locks nobody out. A new nonce stands in one journal only.
import type { StartedNode } from '@parley/contracts';

export interface Identity {
  /** Nonces of which the store holds one, the newest first: the newest is that of the present start. */
  readonly nonces: readonly string[];
  /** Nonces of earlier starts under this name that this journal knows of, the newest first. */
  readonly earlier: readonly string[];
  /** The nonce of another live process under this name, once one was heard. */
  readonly rival: string | null;
}

export const noIdentity: Identity = { nonces: [], earlier: [], rival: null };

/** Whoever lives on a copy of this journal was started from a start that is not older than that. */
const EARLIER_AT_MOST = 32;

/** Nonces of which the store holds one. The last such record of a journal counts. */
export interface StartNonces {
  readonly kind: 'start-nonces';
  readonly nonces: readonly string[];
  /** In a journal that was cut: those of the starts whose records are gone. */
  readonly earlier?: readonly string[];
}

/** Two processes lived under one journal: what this one promised may be contradicted by what the other did. */
export interface Doubled {
  readonly kind: 'doubled';
  readonly nonce: string;
}

export type IdentityRecord = StartNonces | Doubled;

export function applyIdentity(identity: Identity, record: IdentityRecord): Identity {
  if (record.kind === 'doubled') return { ...identity, rival: record.nonce };
  const [present, ...others] = record.nonces;
  const known = new Set([...others, ...identity.nonces, ...(record.earlier ?? []), ...identity.earlier]);
  const earlier = [...known].filter((nonce) => nonce !== present).slice(0, EARLIER_AT_MOST);
  return { ...identity, nonces: record.nonces, earlier };
}

/**
 * What a node's journal and the store make of each other before a start:
 * - `known`: the journal has the store's nonce, so it is the one that started last.
 * - `new-name`: nobody has started under this name, or an operator has removed the entry.
 * - `store-lost`: the journal has been started before, and the store knows nothing of it.
 * - `new-journal`: the name was another journal's; this one is empty.
 * - `not-the-last`: the journal was copied, or restored from a copy, or its name went to another journal since.
 */
export type Standing = 'known' | 'new-name' | 'store-lost' | 'new-journal' | 'not-the-last';

export function standingOf(
  { logId, nonces }: { logId: string; nonces: readonly string[] },
  stored: StartedNode | null,
): Standing {
  if (stored === null) return nonces.length === 0 ? 'new-name' : 'store-lost';
  if (nonces.includes(stored.nonce)) return 'known';
  return nonces.length === 0 && stored.logId !== logId ? 'new-journal' : 'not-the-last';
}

/** Whether somebody who was heard under a node's own name is another process than the node itself. */
export const isAnother = ({ nonces }: Identity, heard: string): boolean => nonces[0] !== heard;

/**
 * Whether a heartbeat under a node's own name shows by itself that an earlier life of its name has not ended: it comes from
 * one, and names a start that came after it as its rival. One that was only late cannot know of that start.
 */
export const isUndead = (
  { nonces, earlier }: Identity,
  { nonce, rival }: { readonly nonce: string; readonly rival?: string | undefined },
): boolean =>
  earlier.includes(nonce) && rival !== undefined && rival !== nonce && [...nonces, ...earlier].includes(rival);

/** Whether what the store holds under a node's own name is a later start than its own: then the name is another's. */
export const isSuperseded = ({ nonces, earlier }: Identity, stored: StartedNode): boolean =>
  ![...nonces, ...earlier].includes(stored.nonce);

/** The records that say who a node is, for a journal that is cut. */
export const identityRecords = ({ nonces, earlier, rival }: Identity): IdentityRecord[] => [
  ...(nonces.length > 0 ? [{ kind: 'start-nonces', nonces, ...(earlier.length > 0 && { earlier }) } as const] : []),
  ...(rival === null ? [] : [{ kind: 'doubled', nonce: rival } as const]),
];
