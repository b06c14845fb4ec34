// What may happen to a node of an exploration, and what comes of it.
import type { CommitRecord } from '@parley/commit';
import type { Place } from '@parley/contracts';
import type { Fact } from './facts.js';
import type { Message } from './message.js';

export type Action =
  | { readonly type: 'deliver'; readonly message: Message; readonly vote?: 'commit' | 'abort' }
  | { readonly type: 'propose'; readonly transaction: number }
  | {
      readonly type: 'deadline';
      readonly wait: 'votes' | 'acknowledgements' | 'vote-request' | 'decision';
      readonly place: Place;
    }
  /** The time-out of a ballot's question or proposal. */
  | { readonly type: 'ask-ended'; readonly place: Place }
  /** The same, and after it the next ballot. */
  | { readonly type: 'try-again'; readonly place: Place }
  | { readonly type: 'fetch-ended'; readonly book: string }
  | { readonly type: 'force' }
  | { readonly type: 'crash'; readonly kept: number }
  | { readonly type: 'lose-journal' };

/** A record in the journal, and whether what leaves afterwards waits for it. */
export interface Append {
  readonly record: CommitRecord;
  readonly lazy: boolean;
}

/** What an action has led to. */
export interface LocalStep {
  readonly next: Node;
  readonly sent: readonly Message[];
  /** Records that it appended. */
  readonly written: readonly Append[];
  /** Recovery ballots begun in it. */
  readonly ballots: number;
  /** What the node reports as wrong. */
  readonly reports: readonly string[];
  /** Why the node can go no further, if it cannot. */
  readonly stopped: string | null;
}

export interface Node {
  readonly name: string;
  /** Equal for nodes that cannot be told apart by anything that may happen to them. */
  readonly key: string;
  /** The same but for replies that it has counted and that have had no effect so far. */
  readonly visible: string;
  readonly isMortal: boolean;
  readonly isRetired: boolean;
  /** It has nothing in hand, or something of which it has neither sent nor accepted a pre-commit. */
  readonly isEarly: boolean;
  readonly facts: readonly Fact[];
  /** Records that a crash may take. */
  readonly pending: number;
  act(action: Action): LocalStep;
  /** Whether a message that only this node gets, or asked, comes too late to have any effect, now or ever; see past.ts. */
  isPast(message: Message): boolean;
  /** The same node, when it will not crash any more. */
  immortal(): LocalStep;
  /** The same node, when nobody will begin a ballot any more: what it has heard of others' counters is of no use. */
  retired(): LocalStep;
}

/** Names of all nodes; a request is answered by the number of the asker in it. */
export interface Company {
  readonly coordinator: string;
  readonly participants: readonly string[];
  /** Records that may be on their way to the disk of a node: one more, and it forces all of them. */
  readonly unforcedAtMost: number;
  /** Whether they tell each other what is decided, and so what their journals hold. */
  readonly fetching: boolean;
}
