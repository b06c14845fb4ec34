// What is sent to chosen people, told to those of them who are here as it happens. A message is serialised once, and only if one of
// those to whom it goes is here.
import {
  directMessageOf,
  directStream,
  personOf,
  type DirectEvent,
  type InboxPosition,
  type PlacedMessage,
} from '@parley/contracts';
import { once, pushFrame } from './frame.js';
import { StreamFollower, type EventPlace, type Open } from './stream-follower.js';

/** Where a message stands, and the frame that tells of it. */
export interface Arrival {
  readonly position: InboxPosition;
  readonly frame: () => Buffer;
}

export interface DirectListener {
  arrived(arrival: Arrival): void;
  /** The record that was followed is lost: another one begins. */
  lost(): void;
}

export class DirectFeed {
  readonly source: StreamFollower<DirectEvent>;
  /** By person: an account can be here in several places. */
  private readonly listeners = new Map<string, Set<DirectListener>>();

  constructor(open: Open) {
    this.source = new StreamFollower(open, {
      contract: directStream,
      tokenOf: (event) => personOf(event.type === 'sent' ? event.from : event.who),
      happened: (event, place) => this.tell(event, place),
      lost: () => {
        for (const listening of this.listeners.values()) for (const each of listening) each.lost();
      },
    });
  }

  /** Resolves when everything is told that is stored for this person from now on. */
  async listen(person: string, listener: DirectListener): Promise<void> {
    const listening = this.listeners.get(person) ?? new Set();
    this.listeners.set(person, listening.add(listener));
    await this.source.begun;
  }

  forget(person: string, listener: DirectListener): void {
    const listening = this.listeners.get(person);
    listening?.delete(listener);
    if (listening?.size === 0) this.listeners.delete(person);
  }

  private tell(event: DirectEvent, { epoch, sequence: offset }: EventPlace): void {
    // Receipts are nobody's news.
    if (event.type !== 'sent') return;
    const position = { epoch, offset };
    const frame = once(() => directFrame({ position, message: directMessageOf(event) }));
    for (const person of new Set(event.to.map(personOf)))
      for (const listener of this.listeners.get(person) ?? []) listener.arrived({ position, frame });
  }
}

export const directFrame = (placed: PlacedMessage): Buffer => pushFrame({ ev: 'direct', ...placed });
