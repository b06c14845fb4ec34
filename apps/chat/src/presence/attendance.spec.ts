// Who is there, on chat replicas and the real store, told by gateways that a test speaks for. Nobody waits for half a minute
// here: who loses the last connection is gone after a moment.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { buckets, chatFacts, type RoomUser } from '@parley/contracts';
import { followBucket, KeyValue } from '@parley/messaging';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import { newKey, Stage, type Client, type Replica } from '../testing/stage.js';

// A broker starts slowly on a busy machine.
jest.setTimeout(30_000);

const presence = { silenceMs: 1_000, graceMs: 300, absenceMs: 3_000, settlingMs: 600 };

describe('presence', () => {
  let stage: Stage;
  let client: Client;
  let replica: Replica;
  let jo: RoomUser;
  let al: RoomUser;
  const gateways: ScriptedGateway[] = [];

  beforeEach(async () => {
    stage = await Stage.set();
    replica = await stage.stoppable('chat-1', { presence });
    client = await stage.client();
    [jo, al] = await Promise.all([account('Jo'), account('Al')]);
    await client.create(jo, 'kitchen');
    for (const user of [jo, al]) await client.join(user, 'kitchen');
  });
  afterEach(async () => {
    for (const made of gateways.splice(0)) made.die();
    await stage.clear();
  });

  const account = async (name: string): Promise<RoomUser> => {
    await client.signUp(name, 'correct horse');
    const key = newKey('account');
    await client.signIn(name, 'correct horse', key);
    return { name, kind: 'account', session: key.digest };
  };

  const guest = async (name: string): Promise<RoomUser> => {
    const key = newKey('guest');
    await client.visit(name, key);
    return { name, kind: 'guest', session: key.digest };
  };

  const gateway = async (name: string): Promise<ScriptedGateway> => {
    const made = new ScriptedGateway(await stage.bus(name), name);
    gateways.push(made);
    return made;
  };

  const online = async (of: Replica): Promise<string[]> => {
    const { users } = await of.users.list({ online: true, limit: 100, addresses: false });
    return users.map(({ name, connections }) =>
      [name, ...connections.map((at) => `${at.gateway}: ${String(at.count)}`)].join(' '),
    );
  };

  /** Resolves when a replica has heard of so many. */
  const howMany = async (of: Replica, many: number): Promise<void> => {
    while ((await online(of)).length !== many) await client.bus.flush();
  };

  const members = async (): Promise<string[]> => (await client.read('kitchen')).members.map(({ name }) => name);

  /** Resolves when somebody is in the kitchen no more. */
  const hasLeft = async (name: string): Promise<void> => {
    while ((await members()).includes(name));
  };

  it('is the same at every replica, also at one that is started later', async () => {
    const [one, other] = [await gateway('gateway-1'), await gateway('gateway-2')];
    await one.enter(jo);
    await one.enter(jo);
    await other.enter(jo);
    const leave = await other.enter(al);
    const later = await stage.stoppable('chat-2', { presence });
    for (const at of [replica, later]) await howMany(at, 2);
    const both = ['Al gateway-2: 1', 'Jo gateway-1: 2 gateway-2: 1'];
    expect([await online(replica), await online(later)]).toEqual([both, both]);
    await leave();
    for (const at of [replica, later]) await howMany(at, 1);
    expect(await online(replica)).toEqual(await online(later));
  });

  it('tells which of some names are there, in whatever case', async () => {
    await (await gateway('gateway-1')).enter(jo);
    await howMany(replica, 1);
    expect(await replica.attendance.presentOf(['jo', 'Al', 'Nobody'])).toEqual(new Set(['jo']));
  });

  it('lets an account leave its rooms that has had no connection for a while, and nobody who is back or was never there', async () => {
    const [one, other] = [await gateway('gateway-1'), await gateway('gateway-2')];
    const bo = await account('Bo');
    await client.join(bo, 'kitchen');
    const [joLeaves, alLeaves] = [await one.enter(jo), await one.enter(al)];
    await joLeaves();
    await other.enter(jo);
    await alLeaves();
    await hasLeft('Al');
    expect(await members()).toEqual(['Jo', 'Bo']);
  });

  it('frees the name of a guest who has had no connection for a while, and who is out of all rooms then', async () => {
    const one = await gateway('gateway-1');
    const visitor = await guest('Visitor');
    await client.join(visitor, 'kitchen');
    await (
      await one.enter(visitor)
    )();
    await hasLeft('Visitor');
    await expect(guest('Visitor')).resolves.toMatchObject({ name: 'Visitor' });
  });

  it('keeps a guest who goes on over HTTP alone', async () => {
    const one = await gateway('gateway-1');
    const [stays, goes] = [await guest('Stays'), await guest('Goes')];
    for (const user of [stays, goes]) await client.join(user, 'kitchen');
    const [staysLeaves, goesLeaves] = [await one.enter(stays), await one.enter(goes)];
    const key = { kind: 'guest', digest: stays.session } as const;
    await staysLeaves();
    // The session is shortened first, and then used.
    const sessions = await KeyValue.open(client.bus, buckets.guestSessions);
    while ((await sessions.get(stays.session)).value!.expiresAt > Date.now() + presence.graceMs);
    await client.authenticate(key);
    await goesLeaves();
    await hasLeft('Goes');
    expect(await members()).toEqual(['Jo', 'Al', 'Stays']);
  });

  it('lets those leave whose gateway has died', async () => {
    const [dies, lives] = [await gateway('gateway-1'), await gateway('gateway-2')];
    await dies.enter(jo);
    await lives.enter(al);
    dies.die();
    await hasLeft('Jo');
    expect(await members()).toEqual(['Al']);
  });

  it('lets those leave who were connected when all replicas and gateways died', async () => {
    const before = await gateway('gateway-1');
    const ticket = await client.ticket({ kind: 'account', digest: jo.session });
    await client.redeem(ticket);
    await before.enter(jo);
    await replica.stop();
    before.die();
    const unmarked = new Promise<void>((resolve) => {
      const changed = (_key: string, mark: unknown): void => (mark === null ? resolve() : undefined);
      followBucket(client.bus, buckets.connected, { lost: () => undefined, changed });
    });
    await stage.stoppable('chat-1', { presence });
    await hasLeft('Jo');
    expect(await members()).toEqual(['Al']);
    await unmarked;
  });

  it('is told of a session that ends to all gateways', async () => {
    const told = new Promise((resolve) => client.bus.listen(chatFacts.sessionEnded, resolve));
    await client.bus.flush();
    await client.signOut({ kind: 'account', digest: jo.session });
    expect(await told).toEqual({ session: jo.session });
  });
});
