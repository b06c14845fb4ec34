// What a replica knows of who is connected, message by message.
import { describe, expect, it } from '@jest/globals';
import type { ClientConnection } from '@parley/contracts';
import { Presence, type PresenceEffect, type PresenceInput } from './presence.js';

const times = { silenceMs: 5_000, graceMs: 30_000, absenceMs: 3_000, settlingMs: 1_500 };
const NONCE = '1'.repeat(32);
const OTHER_NONCE = '2'.repeat(32);

type Unstamped<Input> = Input extends unknown ? Omit<Input, 'at'> : never;

const connection = (id: number, name: string, guest?: string): ClientConnection => ({
  id,
  user: { name, kind: guest === undefined ? 'account' : 'guest', session: guest ?? 'a'.repeat(64) },
  address: '192.0.2.1',
});

class Replica {
  readonly presence = new Presence(times);
  at = 1_000_000;

  constructor() {
    this.step({ type: 'listening' });
  }

  step(input: Unstamped<PresenceInput>): PresenceEffect[] {
    return this.presence.step({ ...input, at: this.at });
  }

  /** A gateway that the replica knows all of. */
  gateway(name: string, serial: number, ...connections: ClientConnection[]): void {
    this.step({ type: 'listed', gateway: name, nonce: NONCE, serial, part: 0, isLast: true, connections });
  }

  /** Time passes, in which only these gateways tell that they live. */
  pass(ms: number, alive: readonly (readonly [gateway: string, serial: number])[] = []): PresenceEffect[] {
    const effects: PresenceEffect[] = [];
    for (let passed = 0; passed < ms; passed += 1_000) {
      this.at += Math.min(1_000, ms - passed);
      for (const [gateway, serial] of alive)
        effects.push(...this.step({ type: 'alive', gateway, nonce: NONCE, serial }));
      effects.push(...this.step({ type: 'ticked' }));
    }
    return effects;
  }

  told(gateway: string, serial: number): { gateway: string; nonce: string; serial: number } {
    return { gateway, nonce: NONCE, serial };
  }
}

describe('presence', () => {
  it('asks a gateway that it hears of for all its connections, and then follows them', () => {
    const replica = new Replica();
    expect(replica.step({ type: 'alive', ...replica.told('g1', 7) })).toEqual([{ type: 'ask', gateway: 'g1' }]);
    expect(replica.presence.connections.hasName('Jo')).toBe(false);
    replica.gateway('g1', 7, connection(3, 'Jo'));
    expect(replica.presence.connections.hasName('jo')).toBe(true);
    expect(replica.step({ type: 'connected', ...replica.told('g1', 8), connection: connection(4, 'Al') })).toEqual([]);
    expect(replica.presence.connections.placesOf('Al')).toEqual([{ gateway: 'g1', address: '192.0.2.1' }]);
  });

  it('asks again when a message was lost, and knows nothing for certain until it is told', () => {
    const replica = new Replica();
    replica.gateway('g1', 1, connection(1, 'Jo'));
    replica.at += times.settlingMs;
    expect(replica.presence.isSettled(replica.at)).toBe(true);
    const lost = replica.step({ type: 'connected', ...replica.told('g1', 3), connection: connection(3, 'Al') });
    expect(lost).toEqual([{ type: 'ask', gateway: 'g1' }]);
    expect(replica.presence.isSettled(replica.at)).toBe(false);
    replica.gateway('g1', 3, connection(2, 'Bo'), connection(3, 'Al'));
    expect(['Jo', 'Bo', 'Al'].map((name) => replica.presence.connections.hasName(name))).toEqual([false, true, true]);
    expect(replica.presence.isSettled(replica.at)).toBe(true);
  });

  it('sees who comes and goes at a gateway of which it does not know the rest', () => {
    const replica = new Replica();
    replica.step({ type: 'connected', ...replica.told('g1', 5), connection: connection(5, 'Jo') });
    expect(replica.presence.connections.hasName('Jo')).toBe(true);
    const left = replica.step({ type: 'disconnected', ...replica.told('g1', 6), id: 5 });
    expect(left).toMatchObject([{ type: 'dropped', user: { name: 'Jo' } }]);
  });

  it('takes a list that comes in parts when all of it is there', () => {
    const replica = new Replica();
    const list = { type: 'listed', ...replica.told('g1', 2) } as const;
    replica.step({ ...list, part: 0, isLast: false, connections: [connection(1, 'Jo')] });
    expect(replica.presence.connections.hasName('Jo')).toBe(false);
    replica.step({ ...list, part: 1, isLast: true, connections: [connection(2, 'Al')] });
    expect(['Jo', 'Al'].map((name) => replica.presence.connections.hasName(name))).toEqual([true, true]);
  });

  it('does not take a list of which a part was lost', () => {
    const replica = new Replica();
    const list = { type: 'listed', ...replica.told('g1', 2) } as const;
    replica.step({ ...list, part: 0, isLast: false, connections: [connection(1, 'Jo')] });
    replica.step({ ...list, part: 2, isLast: true, connections: [connection(3, 'Al')] });
    expect(replica.presence.connections.hasName('Al')).toBe(false);
    replica.at += 1_000;
    expect(replica.step({ type: 'alive', ...replica.told('g1', 2) })).toEqual([{ type: 'ask', gateway: 'g1' }]);
  });

  it('finds somebody gone who has had no connection for the time that is given', () => {
    const replica = new Replica();
    replica.gateway('g1', 1, connection(1, 'Jo'));
    const jo = { name: 'Jo', kind: 'account', session: null };
    expect(replica.step({ type: 'disconnected', ...replica.told('g1', 2), id: 1 })).toEqual([
      { type: 'dropped', user: jo, until: replica.at + times.graceMs },
    ]);
    expect(replica.pass(times.graceMs - 1, [['g1', 2]])).toEqual([]);
    expect(replica.pass(1_000, [['g1', 2]])).toEqual([{ type: 'gone', user: jo }]);
  });

  it('waits for nobody who has another connection, at whichever gateway', () => {
    const replica = new Replica();
    replica.gateway('g1', 1, connection(1, 'Jo'));
    replica.gateway('g2', 1, connection(1, 'Jo'));
    expect(replica.step({ type: 'disconnected', ...replica.told('g1', 2), id: 1 })).toEqual([]);
    expect(replica.presence.connections.hasName('Jo')).toBe(true);
  });

  it('waits no longer for who is back, at another gateway', () => {
    const replica = new Replica();
    replica.gateway('g1', 1, connection(1, 'Jo'));
    replica.gateway('g2', 0);
    replica.step({ type: 'disconnected', ...replica.told('g1', 2), id: 1 });
    replica.pass(20_000, [
      ['g1', 2],
      ['g2', 0],
    ]);
    replica.step({ type: 'connected', ...replica.told('g2', 1), connection: connection(1, 'Jo') });
    const alive = [['g1', 2] as const, ['g2', 1] as const];
    expect(replica.pass(2 * times.graceMs, alive)).toEqual([]);
  });

  it('holds a gateway that falls silent for dead, and its users with it', () => {
    const replica = new Replica();
    replica.gateway('g1', 1, connection(1, 'Jo'));
    replica.gateway('g2', 1, connection(1, 'Al'));
    const effects = replica.pass(times.silenceMs + 1_000, [['g2', 1]]);
    expect(effects).toMatchObject([{ type: 'dropped', user: { name: 'Jo' } }]);
    expect(replica.presence.connections.hasName('Al')).toBe(true);
    expect(replica.pass(times.graceMs, [['g2', 1]])).toMatchObject([{ type: 'gone', user: { name: 'Jo' } }]);
  });

  it('knows the connections of a gateway again that was only cut off', () => {
    const replica = new Replica();
    replica.gateway('g1', 1, connection(1, 'Jo'));
    replica.pass(times.silenceMs + 1_000);
    expect(replica.step({ type: 'alive', ...replica.told('g1', 1) })).toEqual([{ type: 'ask', gateway: 'g1' }]);
    replica.gateway('g1', 1, connection(1, 'Jo'));
    expect(replica.pass(2 * times.graceMs, [['g1', 1]])).toEqual([]);
  });

  it('holds the connections for over that a gateway had before it was started again', () => {
    const replica = new Replica();
    replica.gateway('g1', 1, connection(1, 'Jo'));
    const effects = replica.step({ type: 'alive', gateway: 'g1', nonce: OTHER_NONCE, serial: 0 });
    expect(effects).toMatchObject([
      { type: 'dropped', user: { name: 'Jo' } },
      { type: 'ask', gateway: 'g1' },
    ]);
  });

  it('finds nobody gone because it did not listen itself', () => {
    const replica = new Replica();
    replica.gateway('g1', 2, connection(1, 'Jo'), connection(2, 'Al'));
    replica.step({ type: 'disconnected', ...replica.told('g1', 3), id: 2 });
    replica.at += 10 * times.graceMs;
    expect(replica.step({ type: 'ticked' })).toEqual([{ type: 'ask' }]);
    expect(replica.presence.isSettled(replica.at)).toBe(false);
    expect(replica.pass(times.graceMs - 1_000, [['g1', 3]])).toEqual([]);
    expect(replica.pass(1_000, [['g1', 3]])).toMatchObject([{ type: 'gone', user: { name: 'Al' } }]);
  });

  it('finds an account gone that the store remembers and no gateway has', () => {
    const replica = new Replica();
    replica.step({ type: 'remembered', name: 'Jo' });
    replica.step({ type: 'remembered', name: 'Al' });
    replica.gateway('g1', 1, connection(1, 'Al'));
    const gone = [{ type: 'gone', user: { name: 'Jo', kind: 'account', session: null } }];
    expect(replica.pass(times.graceMs, [['g1', 1]])).toEqual(gone);
  });

  it('tells a guest from the next one of that name', () => {
    const replica = new Replica();
    replica.gateway('g1', 1, connection(1, 'Jo', 'b'.repeat(64)));
    replica.step({ type: 'connected', ...replica.told('g1', 2), connection: connection(2, 'Jo', 'c'.repeat(64)) });
    expect(replica.step({ type: 'disconnected', ...replica.told('g1', 3), id: 1 })).toMatchObject([
      { type: 'dropped', user: { session: 'b'.repeat(64) } },
    ]);
    expect(replica.presence.connections.hasName('Jo')).toBe(true);
  });

  it('asks a gateway that does not answer again, and not with each of its messages', () => {
    const replica = new Replica();
    const hear = (): PresenceEffect[] => replica.step({ type: 'alive', ...replica.told('g1', 1) });
    expect([hear(), hear()]).toEqual([[{ type: 'ask', gateway: 'g1' }], []]);
    replica.at += 1_000;
    expect(hear()).toEqual([{ type: 'ask', gateway: 'g1' }]);
  });
});
