// Messages to chosen people, on chat replicas and the real store.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { RoomUser, SendReply } from '@parley/contracts';
import type { BusError } from '@parley/messaging';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import { guest, newKey, refusal, Stage, type Client } from '../testing/stage.js';
import { MAX_UNDER_WAY, MAX_WAITING } from './commands.js';

// A broker starts slowly on a busy machine.
jest.setTimeout(30_000);

describe('messages to chosen people', () => {
  let stage: Stage;
  let client: Client;
  let gateway: ScriptedGateway;
  let users = 0;
  /** How far the replicas' clocks are ahead, in milliseconds. */
  let ahead = 0;
  let [jo, al, bo]: RoomUser[] = [];

  const account = async (name: string): Promise<RoomUser> => {
    await client.signUp(name, 'correct horse');
    return { name, kind: 'account', session: newKey('account').digest };
  };
  const visitor = async (name: string): Promise<RoomUser> => {
    const key = newKey('guest');
    await client.visit(name, key);
    return guest(name, key);
  };
  const texts = async (user: RoomUser): Promise<string[]> =>
    (await client.inbox(user)).waiting.map(({ message }) => message.text);

  beforeAll(async () => {
    stage = await Stage.set();
    const now = (): number => Date.now() + ahead;
    await Promise.all(['chat-1', 'chat-2'].map((node) => stage.replica(node, { now })));
    gateway = new ScriptedGateway(await stage.bus('gateway-1'), 'gateway-1');
    client = await stage.client();
  });
  afterAll(async () => {
    gateway.die();
    await stage.clear();
  });
  beforeEach(async () => {
    ahead = 0;
    users += 1;
    [jo, al, bo] = await Promise.all(['Jo', 'Al', 'Bo'].map((name) => account(`${name}-n${String(users)}`)));
  });

  it('fill an inbox to its bound, and by no more than few beyond it, whoever sends at once through two replicas', async () => {
    const senders = Array.from({ length: 120 }, (_, n) => ({ ...jo!, name: `sender-${String(n)}` }));
    const answers = new Map<string, number>();
    const sends = async (sender: RoomUser, times: number): Promise<void> => {
      for (let n = 0; n < times; n += 1) {
        const told = await client.send(sender, [al!.name], 'x').then(
          () => 'stored',
          (error: unknown) => (error as BusError).refusal?.code ?? String(error),
        );
        answers.set(told, (answers.get(told) ?? 0) + 1);
      }
    };
    // All at once, several times over.
    await Promise.all(senders.map((sender) => sends(sender, 10)));
    expect([...answers.keys()].sort()).toEqual(['inbox-full', 'stored']);
    const { count } = await client.inbox(al!);
    expect(count).toBe(answers.get('stored'));
    expect(count).toBeGreaterThanOrEqual(MAX_WAITING);
    expect(count).toBeLessThanOrEqual(MAX_WAITING + MAX_UNDER_WAY);
  });

  it('wait for all to whom they went, with sender, recipients and time, whichever replica is asked', async () => {
    const told = await client.send(jo!, [al!.name, bo!.name.toLowerCase()], 'hello');
    expect(told).toMatchObject({ repeated: false, missing: [], message: { text: 'hello', gapMs: null } });
    for (const user of [al!, bo!]) {
      for (let n = 0; n < 4; n += 1) {
        const { count, waiting, epoch } = await client.inbox(user);
        expect({ count, waiting }).toEqual({
          count: 1,
          waiting: [{ position: { epoch, offset: told.offset }, message: told.message }],
        });
      }
    }
    expect(told.message).toMatchObject({
      from: { name: jo!.name, kind: 'account' },
      to: [
        { name: al!.name, kind: 'account' },
        { name: bo!.name, kind: 'account' },
      ],
    });
    expect(await client.inbox(jo!)).toMatchObject({ count: 0, waiting: [] });
  });

  it('are made once by a UUID, however often and wherever it is sent at once', async () => {
    const ids = Array.from({ length: 10 }, () => randomUUID());
    const often = ids.flatMap((id) => Array.from({ length: 6 }, () => id));
    const all = await Promise.all(often.map((id) => client.send(jo!, [al!.name, bo!.name], id, id)));
    for (const id of ids) {
      const told = all.filter(({ message }) => message.id === id);
      expect(told.filter(({ repeated }) => !repeated)).toHaveLength(1);
      expect(new Set(told.map(({ message }) => JSON.stringify(message))).size).toBe(1);
    }
    for (const user of [al!, bo!]) expect((await texts(user)).sort()).toEqual([...ids].sort());
  });

  it('are all kept, in one order for all, when many are sent at once', async () => {
    const numbers = Array.from({ length: 30 }, (_, n) => String(n));
    await Promise.all(numbers.map((text, n) => client.send(n % 2 === 0 ? jo! : bo!, [al!.name, jo!.name], text)));
    const [first, second] = [await texts(al!), await texts(jo!)];
    expect(first).toEqual(second);
    expect([...first].sort()).toEqual([...numbers].sort());
  });

  it('go to nobody when somebody is unknown, and all of those are named', async () => {
    const told = client.send(jo!, [al!.name, 'Nemo', 'Nobody-here'], 'hello');
    await expect(told).rejects.toMatchObject(refusal('unknown-recipient', /Nemo, Nobody-here$/));
    expect(await texts(al!)).toEqual([]);
  });

  describe('as `sync`', () => {
    const present = async (...all: RoomUser[]): Promise<void> => {
      for (const user of all) await gateway.enter(user);
    };
    /** What becomes of it when it is sent again and again until all are known to be there. */
    const sync = async (id: string): Promise<SendReply> => {
      for (;;) {
        try {
          return await client.sync(jo!, [al!.name, bo!.name], 'hello', id);
        } catch (error) {
          expect(error).toMatchObject(refusal('recipient-absent'));
        }
      }
    };
    /** Asks until receipts are waited for no longer. */
    const receipts = async (offset: number): Promise<string[]> => {
      for (;;) {
        const { missing, isOver } = await client.receipts(jo!, offset);
        if (isOver) return missing;
      }
    };

    it('go to nobody when somebody is not connected, and those are named', async () => {
      const cy = await account(`Cy-n${String(users)}`);
      const told = client.sync(jo!, [al!.name, cy.name], 'hello');
      await expect(told).rejects.toMatchObject(refusal('recipient-absent', new RegExp(`${al!.name}, ${cy.name}$`)));
      expect(await texts(al!)).toEqual([]);
    });

    it('are received when each has acknowledged them, whoever is asked for the receipts', async () => {
      await present(al!, bo!);
      const { offset, missing } = await sync(randomUUID());
      expect(missing).toEqual([al!.name, bo!.name]);
      const waited = receipts(offset);
      for (const user of [al!, bo!]) {
        const { epoch } = await client.inbox(user);
        await client.acknowledge(user, { epoch, offset });
      }
      expect(await waited).toEqual([]);
    });

    it('name who has not acknowledged them in time; for those they wait', async () => {
      await present(al!, bo!);
      const id = randomUUID();
      const { offset } = await sync(id);
      await client.acknowledge(al!, { epoch: (await client.inbox(al!)).epoch, offset });
      ahead = 5_001;
      expect(await receipts(offset)).toEqual([bo!.name]);
      expect([await texts(al!), await texts(bo!)]).toEqual([[], ['hello']]);
      expect(await sync(id)).toMatchObject({ repeated: true, missing: [bo!.name] });
    });
  });

  it('wait no longer once they are acknowledged, also when that is repeated, and not for a position of another record', async () => {
    for (const text of ['a', 'b', 'c']) await client.send(jo!, [al!.name], text);
    const { waiting, epoch } = await client.inbox(al!);
    const [, second] = waiting;
    await client.acknowledge(al!, { epoch: epoch - 1, offset: second!.position.offset });
    expect(await texts(al!)).toEqual(['a', 'b', 'c']);
    await Promise.all(Array.from({ length: 5 }, () => client.acknowledge(al!, second!.position)));
    for (let n = 0; n < 4; n += 1) expect(await texts(al!)).toEqual(['c']);
  });

  it('are told in pages when many wait', async () => {
    const long = 'x'.repeat(8_000);
    for (let n = 0; n < 90; n += 1) await client.send(jo!, [al!.name], `${String(n)} ${long}`);
    const told: string[] = [];
    let pages = 0;
    for (let after = 0, more = true; more; pages += 1) {
      const page = await client.inbox(al!, { after, limit: 50 });
      expect(page.count).toBe(90);
      told.push(...page.waiting.map(({ message }) => message.text.split(' ')[0]!));
      after = page.waiting.at(-1)!.position.offset;
      ({ more } = page);
    }
    expect(told).toEqual(Array.from({ length: 90 }, (_, n) => String(n)));
    expect(pages).toBe(2);
  });

  it('can be read again by both sides, from the end and from any place, whoever else got them', async () => {
    for (const text of ['1', '2', '3']) await client.send(jo!, [al!.name], text);
    await client.send(al!, [jo!.name, bo!.name], '4');
    await client.send(bo!, [jo!.name], 'another');
    const read = async (...parameters: Parameters<Client['correspondence']>): Promise<string[]> =>
      (await client.correspondence(...parameters)).items.map(({ message }) => message.text);
    const all = ['1', '2', '3', '4'];
    expect([await read(jo!, al!.name), await read(al!, jo!.name.toUpperCase())]).toEqual([all, all]);
    expect([await read(bo!, al!.name), await read(al!, bo!.name)]).toEqual([['4'], ['4']]);
    const { items } = await client.correspondence(jo!, al!.name);
    const [, second, third] = items.map(({ position }) => position.offset);
    expect(await read(jo!, al!.name, { after: second! })).toEqual(['3', '4']);
    expect(await read(jo!, al!.name, { after: 0, limit: 2 })).toEqual(['1', '2']);
    expect(await read(jo!, al!.name, { before: third!, limit: 1 })).toEqual(['2']);
    expect(await read(jo!, 'Nemo')).toEqual([]);
  });

  it('end with the guest to whom they went: neither the next one of that name gets them nor the account', async () => {
    const first = await visitor(`Visitor-${String(users)}`);
    await client.send(jo!, [first.name], 'for the first');
    expect(await texts(first)).toEqual(['for the first']);
    await client.signOut({ kind: 'guest', digest: first.session });
    await expect(client.send(jo!, [first.name], 'too late')).rejects.toMatchObject(refusal('unknown-recipient'));
    const next = await visitor(first.name);
    expect([await texts(next), (await client.correspondence(next, jo!.name)).items]).toEqual([[], []]);
    await client.send(jo!, [next.name], 'for the next');
    expect(await texts(next)).toEqual(['for the next']);
    expect((await client.correspondence(jo!, first.name)).items).toHaveLength(2);
  });

  it('refuse receipts to whoever did not send them', async () => {
    const { offset } = await client.send(jo!, [al!.name], 'x');
    await expect(client.receipts(bo!, offset)).rejects.toMatchObject(refusal('unknown-message'));
  });
});

describe('who sends too much', () => {
  it('is refused, and nobody else', async () => {
    const stage = await Stage.set();
    try {
      await stage.replica('chat-1', { pace: { burst: 3, everyMs: 3_600_000 } });
      const client = await stage.client();
      const [flood, jo] = await Promise.all(
        ['Flood', 'Jo'].map(async (name) => {
          const key = newKey('guest');
          await client.visit(name, key);
          return guest(name, key);
        }),
      );
      for (let n = 0; n < 3; n += 1) await client.send(flood!, ['Jo'], 'buy');
      await expect(client.send(flood!, ['Jo'], 'buy')).rejects.toMatchObject(refusal('too-many-messages', /Flood/));
      await client.send(jo!, ['Flood'], 'no');
      expect((await client.inbox(jo!)).count).toBe(3);
    } finally {
      await stage.clear();
    }
  });
});

describe('what was sent', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.set();
  });
  afterAll(() => stage.clear());

  it('is there, once, after the broker and all replicas were killed; and time goes on', async () => {
    const first = await stage.stoppable('chat-1');
    const client = await stage.client();
    for (const name of ['Jo', 'Al']) await client.signUp(name, 'correct horse');
    const [jo, al]: RoomUser[] = ['Jo', 'Al'].map((name) => ({
      name,
      kind: 'account',
      session: newKey('account').digest,
    }));
    const id = randomUUID();
    await client.send(jo!, ['Al'], 'acknowledged');
    const { waiting } = await client.inbox(al!);
    await client.acknowledge(al!, waiting[0]!.position);
    const before = await client.send(jo!, ['Al'], 'waits', id);
    await client.create(jo!, 'kitchen');
    await client.join(jo!, 'kitchen');
    // The replica is one process, whatever it keeps a record of.
    const said = (await client.say(jo!, 'kitchen', 'x')).message;
    expect(said.vector['chat-1']).toBeGreaterThan(before.message.vector['chat-1']!);
    await first.stop();
    const reconnected = new Promise<void>((resolve) => client.bus.onConnection((is) => is && resolve()));
    await stage.restartBroker();
    await reconnected;
    await stage.replica('chat-1');
    expect(await client.send(jo!, ['Al'], 'waits', id)).toEqual({ ...before, repeated: true });
    expect(await client.inbox(al!)).toMatchObject({ count: 1, waiting: [{ message: before.message }] });
    const { message } = await client.send(jo!, ['Al'], 'next');
    expect(message.lamport).toBeGreaterThan(said.lamport);
    expect(message.vector['chat-1']).toBeGreaterThan(said.vector['chat-1']!);
    expect(message.gapMs).not.toBeNull();
  });
});
