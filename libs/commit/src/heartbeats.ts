// Which heartbeats to believe.
//
// The problem: `alive` is told to whoever listens, and whoever may publish on the bus can tell it. A made-up name would
// become a member, made-up numbers would stop the coordinator, made-up lines would be fetched for ever. What is true of a
// name is in the broker's key-value store, where each node puts the nonce of its start (identity.ts).
//
// Invariants: nothing that a heartbeat says is taken up before the store was seen to hold its nonce under its name. A nonce
// that is seen there is remembered, so that the store is asked at a start and not every second. What is remembered, and
// what waits for the store, is bounded whatever is heard. A heartbeat that is not believed changes nothing: it is counted,
// and the next one is judged anew.
import type { Alive, StartedNode } from '@parley/contracts';
import type { Effect } from './effects.js';

export interface Heartbeats {
  /** By name, who has started under it last, as the store said when it was asked last. */
  readonly started: ReadonlyMap<string, StartedNode>;
  /** By name, the last heartbeat that waits for what the store says. */
  readonly waiting: ReadonlyMap<string, Alive>;
}

export const noHeartbeats: Heartbeats = { started: new Map(), waiting: new Map() };

/** What the store holds under a name: null when nothing, `unknown` when it does not answer. */
export type StoredStart = StartedNode | null | 'unknown';

/** Somebody says that it lives. */
export interface HeardAlive {
  readonly type: 'alive-heard';
  readonly alive: Alive;
}

/** The store was asked who has started last under a name. */
export interface StartConfirmed {
  readonly type: 'start-confirmed';
  readonly name: string;
  readonly stored: StoredStart;
}

export interface HeartbeatStep {
  readonly heartbeats: Heartbeats;
  readonly effects: readonly Effect[];
}

/** Twice as many as there can be members and coordinators; the oldest goes, and would be asked for again. */
const STARTED_AT_MOST = 128;
/** Names about which the store is being asked. */
const WAITING_AT_MOST = 64;

export const UNKNOWN_START = 'a heartbeat of a start that is not on record in the key-value store';
export const TOO_MANY_NAMES = 'heartbeats of more unknown names than are asked about at a time';

/** A heartbeat under another name than this node's own. */
export function hearAlive(heartbeats: Heartbeats, alive: Alive): HeartbeatStep {
  const started = heartbeats.started.get(alive.node);
  if (started && isOf(alive, started)) return { heartbeats, effects: [{ type: 'attend', alive }] };
  return askFor(heartbeats, alive);
}

/** Keeps the heartbeat until the store has said who has started under its name. */
export function askFor(heartbeats: Heartbeats, alive: Alive): HeartbeatStep {
  const { waiting } = heartbeats;
  const isAsked = waiting.has(alive.node);
  if (!isAsked && waiting.size >= WAITING_AT_MOST) return { heartbeats, effects: [ignored(TOO_MANY_NAMES)] };
  return {
    heartbeats: { ...heartbeats, waiting: new Map(waiting).set(alive.node, alive) },
    effects: isAsked ? [] : [{ type: 'confirm-start', name: alive.node }],
  };
}

/** What the store holds under another name than this node's own. */
export function confirmStart(heartbeats: Heartbeats, { name, stored }: StartConfirmed): HeartbeatStep {
  const { alive, rest } = takeWaiting(heartbeats, name);
  if (stored === 'unknown') return { heartbeats: rest, effects: [] };
  const started = new Map(rest.started);
  started.delete(name);
  if (stored !== null) started.set(name, stored);
  for (const oldest of started.keys()) if (started.size > STARTED_AT_MOST) started.delete(oldest);
  const effects: Effect[] =
    alive === undefined ? [] : stored && isOf(alive, stored) ? [{ type: 'attend', alive }] : [ignored(UNKNOWN_START)];
  return { heartbeats: { ...rest, started }, effects };
}

/** The heartbeat that waits under a name, and the heartbeats without it. */
export function takeWaiting(
  heartbeats: Heartbeats,
  name: string,
): { readonly alive: Alive | undefined; readonly rest: Heartbeats } {
  const waiting = new Map(heartbeats.waiting);
  waiting.delete(name);
  return { alive: heartbeats.waiting.get(name), rest: { ...heartbeats, waiting } };
}

export const ignored = (what: string): Effect => ({ type: 'report', place: null, what });

/** Whether the store's entry is that of the life that says so. A coordinator does not tell its journal. */
const isOf = (alive: Alive, { logId, nonce }: StartedNode): boolean =>
  alive.nonce === nonce && (alive.service === 'coordinator' || alive.logId === logId);
