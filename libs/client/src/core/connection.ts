// One client's connection to the chat: what it is told, and what it says back. The words of libs/client/src/core/machine.ts.
import type {
  DirectMessage,
  InboxPosition,
  Problem,
  Session,
  ShownRoomEvent,
  SocketPush,
  SocketReply,
} from '@parley/contracts';
import type { Positions, Progress } from './delivery.js';

type User = Session['user'];

/** Pushes that the machine does not use itself: they are handed on as they come. */
export type OtherPush = Exclude<SocketPush, { ev: 'welcome' | 'room.event' | 'room.synced' | 'direct' | 'caught_up' }>;

/** A command that is not answered yet. What must not happen twice has a UUID in `d`, so it can be sent again. */
export interface Command {
  readonly id: string;
  readonly op: string;
  readonly d: object;
}

/** Addresses of both ends of a connection, as `127.0.0.1:54321`. A browser does not tell them. */
export interface Ends {
  readonly own: string;
  readonly server: string;
}

/** Where a try stands, from its first step to its last. */
export type Phase =
  | { readonly name: 'idle' }
  | { readonly name: 'asking-ticket' }
  | { readonly name: 'opening'; readonly ticket: string }
  /** Told of what happened meanwhile; `jumped` are the rooms of which something is missing. */
  | { readonly name: 'syncing'; readonly known: Positions; readonly jumped: readonly string[] }
  | { readonly name: 'live' }
  | { readonly name: 'waiting' }
  | { readonly name: 'ended'; readonly reason: string };

export interface Connection {
  readonly phase: Phase;
  /** Counts tries: what belongs to an earlier one is stale. */
  readonly attempt: number;
  /** How many servers there are, and which of them is tried, from 0 on. */
  readonly servers: number;
  readonly server: number;
  /** Tries in a row that came to nothing. */
  readonly failures: number;
  readonly progress: Progress;
  readonly user: User | null;
  readonly unanswered: readonly Command[];
}

export type Timer = 'retry' | 'silence' | 'steady';

export type Input =
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  | { readonly type: 'command'; readonly command: Command }
  | { readonly type: 'ticket'; readonly attempt: number; readonly ticket: string }
  /** `status` is that of the HTTP answer; null when there was none. */
  | { readonly type: 'no-ticket'; readonly attempt: number; readonly status: number | null; readonly reason: string }
  | { readonly type: 'opened'; readonly attempt: number; readonly ends: Ends | null }
  | { readonly type: 'reply'; readonly attempt: number; readonly reply: SocketReply }
  | { readonly type: 'push'; readonly attempt: number; readonly push: SocketPush }
  /** The server pinged. */
  | { readonly type: 'sign'; readonly attempt: number }
  | { readonly type: 'closed'; readonly attempt: number; readonly code: number; readonly reason: string }
  | { readonly type: 'timer'; readonly attempt: number; readonly timer: Timer };

/** What whoever uses the connection is told, in this order, each once. */
export type Told =
  | { readonly type: 'connecting'; readonly server: number }
  | { readonly type: 'connected'; readonly server: number; readonly ends: Ends | null }
  | { readonly type: 'welcome'; readonly server: number; readonly user: User; readonly rooms: readonly string[] }
  /** `isNew`: it has happened just now; otherwise it is of the past. */
  | { readonly type: 'event'; readonly event: ShownRoomEvent; readonly isNew: boolean }
  /** first: there was no position to go on from. not-resumed: something is missing before the last events. */
  | {
      readonly type: 'synced';
      readonly room: string;
      readonly how: 'first' | 'resumed' | 'not-resumed';
      readonly count: number;
    }
  | { readonly type: 'live'; readonly server: number }
  /** It waits in the inbox until `received` is said with its position. */
  | { readonly type: 'direct'; readonly position: InboxPosition; readonly message: DirectMessage }
  | { readonly type: 'push'; readonly push: OtherPush }
  | { readonly type: 'lost'; readonly reason: string; readonly retryMs: number }
  | { readonly type: 'ended'; readonly code: number | null; readonly reason: string };

/** What became of a command. */
export type Outcome =
  | { readonly ok: true; readonly d: unknown }
  | { readonly ok: false; readonly problem: Problem }
  /** Nothing is known of it. */
  | { readonly ok: false; readonly ended: string };

export type Effect =
  | { readonly type: 'ask-ticket'; readonly server: number }
  | { readonly type: 'open'; readonly server: number }
  | { readonly type: 'send'; readonly frame: Command }
  /** Lets go of the socket, whatever it was doing. */
  | { readonly type: 'drop' }
  /** A timer of this name that was set before is set anew. */
  | { readonly type: 'wait'; readonly timer: Timer; readonly ms: number }
  | { readonly type: 'forget'; readonly timers: readonly Timer[] }
  | { readonly type: 'tell'; readonly told: Told }
  | { readonly type: 'answer'; readonly id: string; readonly outcome: Outcome }
  | { readonly type: 'ignored'; readonly input: Input['type']; readonly why: string };
