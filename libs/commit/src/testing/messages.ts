// What is on its way between the nodes. Nothing arrives by itself: a test delivers, drops, duplicates and reorders.
import type { DecidedTransaction, NumberRange, Place, ProtocolReply } from '@parley/contracts';
import type { Announced } from '../effects.js';
import type { ParticipantInput } from '../participant.js';
import { placeKey } from '../place.js';

type Request<Type extends ParticipantInput['type']> = Omit<Extract<ParticipantInput, { type: Type }>, 'reply'>;

export type Content =
  | { readonly kind: 'vote-request'; readonly request: Request<'vote-requested'> }
  | { readonly kind: 'state-request'; readonly request: Request<'states-asked'> }
  | { readonly kind: 'proposal'; readonly request: Request<'proposed'> }
  | { readonly kind: 'vote' | 'state' | 'acknowledgement'; readonly reply: ProtocolReply }
  | { readonly kind: 'decision'; readonly transactions: readonly Announced[] }
  | { readonly kind: 'divergence'; readonly book: string }
  | { readonly kind: 'fetch-request'; readonly ranges: readonly NumberRange[] }
  | { readonly kind: 'fetched'; readonly transactions: readonly DecidedTransaction[] };

export type Kind = Content['kind'];
export type Message = Content & { readonly from: string; readonly to: string };

/** Which messages a test means; what is left out may be anything. */
export interface Selection {
  readonly from?: string;
  readonly to?: string;
  readonly about?: Place;
}

function placesOf(message: Content): readonly Place[] {
  switch (message.kind) {
    case 'vote-request':
    case 'state-request':
    case 'proposal':
      return message.request.transactions;
    case 'vote':
    case 'state':
    case 'acknowledgement':
      return message.reply.answers;
    case 'decision':
      return message.transactions.map(({ subject }) => subject);
    case 'fetched':
      return message.transactions;
    case 'fetch-request':
    case 'divergence':
      return [];
  }
}

const isMeant = (message: Message, kind: Kind, { from, to, about }: Selection): boolean =>
  message.kind === kind &&
  (from === undefined || message.from === from) &&
  (to === undefined || message.to === to) &&
  (about === undefined || placesOf(message).some((place) => placeKey(place) === placeKey(about)));

export class MessageBag {
  private messages: Message[] = [];

  get size(): number {
    return this.messages.length;
  }

  put(message: Message): void {
    this.messages.push(message);
  }

  /** Oldest first. */
  get all(): readonly Message[] {
    return this.messages;
  }

  takeOldest(): Message | undefined {
    return this.messages.shift();
  }

  remove(message: Message): Message {
    this.messages.splice(this.messages.indexOf(message), 1);
    return message;
  }

  /** Takes out all messages that are meant. A test that means messages which do not exist is mistaken. */
  takeAll(kind: Kind, selection: Selection): Message[] {
    const meant = this.messages.filter((message) => isMeant(message, kind, selection));
    if (meant.length === 0)
      throw new Error(`no ${kind} ${JSON.stringify(selection)} is on its way; there are: ${this.summary()}`);
    this.messages = this.messages.filter((message) => !meant.includes(message));
    return meant;
  }

  includes(kind: Kind, selection: Selection): boolean {
    return this.messages.some((message) => isMeant(message, kind, selection));
  }

  private summary(): string {
    return this.messages.map(({ kind, from, to }) => `${kind} ${from} -> ${to}`).join('; ') || 'none';
  }
}
