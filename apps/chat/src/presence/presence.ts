// Who is connected, and at which gateway, as far as one replica of the chat can know. Pure: what it hears comes in, with the
// time, and what is to be done about it goes out.
//
// The problem: a gateway knows its own connections, and every replica has to know those of all gateways, also after it was
// started again, after a message was lost, after a gateway was killed, and after nothing was heard for a while because the
// broker or the replica itself stood still. What is known is soft state (Clark 1988, "The design philosophy of the DARPA
// Internet protocols", conclusion): it is refreshed by who has it, and goes when it is not. A gateway that falls silent is
// suspected to be dead, which can be wrong (Chandra and Toueg 1996, "Unreliable failure detectors").
//
// - What is known of a gateway is what it told up to the serial that is known; else it is asked for the whole.
// - A gateway that is silent, or lives anew, has no connections. Who has none left is dropped, and after a while gone.
// - Nobody is gone because this replica did not listen: after an absence of its own all waiting begins anew. So somebody may be
//   found gone too late, and too early only when others were heard and his gateway was not.
import type { ClientConnection } from '@parley/contracts';
import { Connections, identityOf, userOf, type PresentUser } from './connections.js';

/** Times in milliseconds. */
export interface PresenceTimes {
  /** A gateway that is silent for longer is dead. They tell every second that they live. */
  readonly silenceMs: number;
  /** Who has had no connection for so long is gone. */
  readonly graceMs: number;
  /** When this replica has not looked for so long, it has not listened either. */
  readonly absenceMs: number;
  /** How long it takes until each gateway that lives was heard. */
  readonly settlingMs: number;
}

/** How often a gateway is asked at most, in milliseconds. */
const ASK_EVERY_MS = 500;

interface Told {
  readonly gateway: string;
  readonly nonce: string;
  readonly serial: number;
}

/** A part of all that a gateway has. */
interface Part {
  readonly part: number;
  readonly isLast: boolean;
  readonly connections: readonly ClientConnection[];
}

/** What happens, at a time in milliseconds, from whenever. */
export type PresenceInput = { readonly at: number } & (
  | (Told & { readonly type: 'alive' })
  | (Told & { readonly type: 'connected'; readonly connection: ClientConnection })
  | (Told & { readonly type: 'disconnected'; readonly id: number })
  | (Told & Part & { readonly type: 'listed' })
  /** The store says of somebody with an account that he is, or was last, connected. */
  | { readonly type: 'remembered'; readonly name: string }
  /** This replica listens, from now on or again. */
  | { readonly type: 'listening' }
  | { readonly type: 'ticked' }
);

/** What is to be done. */
export type PresenceEffect =
  /** A gateway is asked for its connections; all of them when none is named. */
  | { readonly type: 'ask'; readonly gateway?: string }
  /** Somebody has lost the last connection, and is gone at `until` unless there is another one by then. */
  | { readonly type: 'dropped'; readonly user: PresentUser; readonly until: number }
  /** Somebody has stayed away. */
  | { readonly type: 'gone'; readonly user: PresentUser };

interface Gateway {
  readonly nonce: string;
  /** Up to which of its comings and goings its connections are known; null: not at all. */
  serial: number | null;
  heardAt: number;
  askedAt: number;
  /** The parts of a list that have come, of one that is not complete. */
  parts: { readonly serial: number; readonly next: number; readonly connections: ClientConnection[] };
}

const noParts = { serial: 0, next: 0, connections: [] };

export class Presence {
  readonly connections = new Connections();
  private readonly gateways = new Map<string, Gateway>();
  /** Who is waited for, by who they are, and until when. */
  private readonly absent = new Map<string, { readonly user: PresentUser; readonly until: number }>();
  private lookedAt = -Infinity;
  private settledAt = Infinity;

  constructor(private readonly times: PresenceTimes) {}

  step(input: PresenceInput): PresenceEffect[] {
    switch (input.type) {
      case 'alive':
      case 'connected':
      case 'disconnected':
      case 'listed':
        return this.hear(input);
      case 'remembered':
        this.expect({ name: input.name, kind: 'account', session: null }, input.at);
        return [];
      case 'listening':
        return this.listen(input.at);
      case 'ticked':
        return this.look(input.at);
      default:
        return input satisfies never;
    }
  }

  /** Whether it is known who is connected: every gateway had time to tell that it lives, and has told the rest. */
  isSettled(now: number): boolean {
    return now >= this.settledAt && [...this.gateways.values()].every(({ serial }) => serial !== null);
  }

  private hear(input: Extract<PresenceInput, Told>): PresenceEffect[] {
    const { gateway: name, nonce, at } = input;
    const effects = this.gateways.get(name)?.nonce === nonce ? [] : this.forget(name, at);
    const gateway = this.gateways.get(name) ?? { nonce, serial: null, heardAt: at, askedAt: -Infinity, parts: noParts };
    this.gateways.set(name, gateway);
    gateway.heardAt = at;
    effects.push(...this.take(gateway, input));
    if (gateway.serial !== null || at - gateway.askedAt < ASK_EVERY_MS) return effects;
    gateway.askedAt = at;
    return [...effects, { type: 'ask', gateway: name }];
  }

  private take(gateway: Gateway, input: Extract<PresenceInput, Told>): PresenceEffect[] {
    if (input.type === 'listed') return this.list(gateway, input);
    const expected = gateway.serial === null ? null : gateway.serial + (input.type === 'alive' ? 0 : 1);
    gateway.serial = input.serial === expected ? input.serial : null;
    // Also what follows something that was missed has happened; the list that was asked for says what else.
    switch (input.type) {
      case 'alive':
        return [];
      case 'connected':
        this.enter(input.gateway, input.connection);
        return [];
      case 'disconnected':
        return this.leave(input.gateway, input.id, input.at);
    }
  }

  private list(
    gateway: Gateway,
    { gateway: name, serial, part, isLast, connections, at }: Extract<PresenceInput, Part>,
  ): PresenceEffect[] {
    if (serial === gateway.serial) return [];
    const before = part === 0 ? { ...noParts, serial } : gateway.parts;
    gateway.parts = noParts;
    if (part !== before.next || serial !== before.serial) return [];
    const all = [...before.connections, ...connections];
    if (!isLast) {
      gateway.parts = { serial, next: part + 1, connections: all };
      return [];
    }
    gateway.serial = serial;
    // First who is there, so that nobody is dropped who has another connection now.
    for (const connection of all) this.enter(name, connection);
    const ids = new Set(all.map(({ id }) => id));
    const over = [...this.connections.of(name).keys()].filter((id) => !ids.has(id));
    return over.flatMap((id) => this.leave(name, id, at));
  }

  private enter(gateway: string, connection: ClientConnection): void {
    this.connections.add(gateway, connection);
    this.absent.delete(identityOf(userOf(connection)));
  }

  private leave(gateway: string, id: number, at: number): PresenceEffect[] {
    const user = this.connections.remove(gateway, id);
    return user === undefined ? [] : [{ type: 'dropped', user, until: this.expect(user, at) }];
  }

  private forget(gateway: string, at: number): PresenceEffect[] {
    this.gateways.delete(gateway);
    return [...this.connections.of(gateway).keys()].flatMap((id) => this.leave(gateway, id, at));
  }

  /** Somebody who is not connected is waited for. Returns until when. */
  private expect(user: PresentUser, at: number): number {
    const until = at + this.times.graceMs;
    if (!this.connections.has(user)) this.absent.set(identityOf(user), { user, until });
    return until;
  }

  private listen(at: number): PresenceEffect[] {
    this.lookedAt = at;
    this.settledAt = at + this.times.settlingMs;
    for (const gateway of this.gateways.values()) gateway.heardAt = at;
    for (const { user } of [...this.absent.values()]) this.expect(user, at);
    return [{ type: 'ask' }];
  }

  private look(at: number): PresenceEffect[] {
    if (at - this.lookedAt > this.times.absenceMs) return this.listen(at);
    this.lookedAt = at;
    const silent = [...this.gateways].filter(([, { heardAt }]) => at - heardAt > this.times.silenceMs);
    const effects = silent.flatMap(([name]) => this.forget(name, at));
    for (const [identity, { user, until }] of this.absent) {
      if (until > at) continue;
      this.absent.delete(identity);
      effects.push({ type: 'gone', user });
    }
    return effects;
  }
}
