// What is sent to chosen people, as it happens: one reader of the record per gateway, whatever the number of clients. A message
// is serialised once, and only if one of those to whom it goes is here.
import {
  directEvent,
  directMessageOf,
  personOf,
  type DirectEvent,
  type InboxPosition,
  type PlacedMessage,
} from '@parley/contracts';
import type { StreamListener, StreamMessage, StreamReader } from '@parley/messaging';
import { frameOf } from './room-feed.js';

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

export class DirectFeed implements StreamListener {
  /** By person: an account can be here in several places. */
  private readonly listeners = new Map<string, Set<DirectListener>>();
  private reader: StreamReader | undefined;
  private stream: string | undefined;
  private epoch = 0;
  private readonly begun: Promise<void>;
  private begin = (): void => undefined;

  constructor(private readonly open: (listener: StreamListener) => StreamReader) {
    this.begun = new Promise((resolve) => (this.begin = resolve));
  }

  start(): void {
    this.reader = this.open(this);
  }

  stop(): void {
    this.reader?.stop();
  }

  /** Resolves when everything is told that is stored for this person from now on. */
  async listen(person: string, listener: DirectListener): Promise<void> {
    const listening = this.listeners.get(person) ?? new Set();
    this.listeners.set(person, listening.add(listener));
    await this.begun;
  }

  forget(person: string, listener: DirectListener): void {
    const listening = this.listeners.get(person);
    listening?.delete(listener);
    if (listening?.size === 0) this.listeners.delete(person);
  }

  began({ stream }: { stream: string }): void {
    const isAnother = this.stream !== undefined && this.stream !== stream;
    this.stream = stream;
    // When it was made.
    this.epoch = Date.parse(stream);
    if (isAnother) for (const listening of this.listeners.values()) for (const each of listening) each.lost();
    this.begin();
  }

  message({ payload, sequence, token }: StreamMessage): void {
    const event = parsed(payload);
    // Receipts are nobody's news; and what is no event is a stranger's: the chat, whose record it is, tells of it.
    if (event?.type !== 'sent' || personOf(event.from) !== token) return;
    const position = { epoch: this.epoch, offset: sequence };
    let made: Buffer | undefined;
    const frame = (): Buffer => (made ??= directFrame({ position, message: directMessageOf(event) }));
    for (const person of new Set(event.to.map(personOf)))
      for (const listener of this.listeners.get(person) ?? []) listener.arrived({ position, frame });
  }

  away(): void {
    // Nothing is missed: reading goes on where it was.
  }
}

export const directFrame = (placed: PlacedMessage): Buffer => frameOf({ ev: 'direct', ...placed });

function parsed(payload: Uint8Array): DirectEvent | undefined {
  try {
    return directEvent.safeParse(JSON.parse(new TextDecoder().decode(payload))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
