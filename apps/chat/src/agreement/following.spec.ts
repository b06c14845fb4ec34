// What a room is told of what is proposed in it, by two replicas on a real store: each thing once, whoever hears of it.
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import {
  bookOfRoom,
  buckets,
  roomOperations,
  type HeldSeat,
  type KnownTransaction,
  type ShownRoomEvent,
} from '@parley/contracts';
import { KeyValue } from '@parley/messaging';
import { account, newKey, refusal, Stage, type Client } from '../testing/stage.js';
import { proposedIn, ScriptedNodes } from '../testing/scripted-nodes.js';

// A broker starts slowly on a busy machine.
jest.setTimeout(30_000);

const ASK = { timeoutMs: 10_000 };
const jo = account('Jo');

describe('a room is told', () => {
  let stage: Stage;
  let client: Client;
  let nodes: ScriptedNodes;
  let seats: KeyValue<HeldSeat>;
  let room: string;
  let rooms = 0;

  beforeAll(async () => {
    stage = await Stage.set();
    await stage.replica('chat-1');
    await stage.replica('chat-2');
    client = await stage.client();
    nodes = new ScriptedNodes(await stage.bus('nodes'));
    await nodes.start();
    seats = await KeyValue.open(client.bus, buckets.seats);
  });
  afterAll(async () => {
    await nodes.stop();
    await stage.clear();
  });
  beforeEach(async () => {
    rooms += 1;
    room = `told-${String(rooms)}`;
    await client.create(jo, room);
    await client.join(jo, room);
  });

  /** What the room was told beyond its making and Jo's coming, in few words. */
  const told = async (): Promise<string[]> =>
    (await client.history(jo, room, { after: 2, limit: 100 })).items.map(summary);
  const until = async (fits: (told: readonly string[]) => boolean): Promise<string[]> => {
    for (;;) {
      const all = await told();
      if (fits(all)) return all;
      await wait(20);
    }
  };
  const look = (number: number): Promise<unknown> =>
    client.bus.request(roomOperations.look, { book: bookOfRoom(room), number }, ASK);
  const voted = (number: number, participant: string, by = 'Al'): Promise<unknown> =>
    client.bus.request(roomOperations.voted, { book: bookOfRoom(room), number, participant, by }, ASK);
  const recorded = (known: KnownTransaction): KnownTransaction => {
    nodes.record.participants.push(known);
    return known;
  };

  it('once what was proposed and decided, however many replicas hear of it, and however often', async () => {
    const known = recorded(proposedIn(room, { number: 1, outcome: 'committed' }));
    for (let n = 0; n < 5; n += 1) {
      nodes.decided(known);
      nodes.announce(room, { lines: 1, highest: 1 });
    }
    await Promise.all(Array.from({ length: 20 }, () => look(1)));
    const all = await until((seen) => seen.length >= 2);
    expect(all).toEqual([`Jo proposed ${room} 1: tea`, `${room} 1 committed by quorum-acknowledged`]);
    // A last look, after all that was heard, finds nothing that is missing.
    await look(1);
    expect(await told()).toEqual(all);
  });

  it('by a heartbeat alone, when nobody has told of the beginning or of the end', async () => {
    recorded(proposedIn(room, { number: 1, outcome: 'aborted' }));
    recorded(proposedIn(room, { number: 2 }));
    nodes.announce(room, { lines: 1, highest: 2 });
    expect(await until((seen) => seen.length >= 3)).toEqual([
      `Jo proposed ${room} 1: tea`,
      `${room} 1 aborted by vote-no`,
      `Jo proposed ${room} 2: tea`,
    ]);
  });

  it('what was decided later, by a later heartbeat, and not what lies between', async () => {
    const open = recorded(proposedIn(room, { number: 1 }));
    recorded(proposedIn(room, { number: 2, outcome: 'committed' }));
    await look(1);
    expect(await client.bus.request(roomOperations.agreement, { room, user: jo }, ASK)).toMatchObject({ open: 1 });
    await look(2);
    expect((await told()).slice(1)).toEqual([
      `Jo proposed ${room} 2: tea`,
      `${room} 2 committed by quorum-acknowledged`,
    ]);
    nodes.record.participants[nodes.record.participants.indexOf(open)] = proposedIn(room, {
      number: 1,
      outcome: 'aborted',
    });
    nodes.announce(room, { lines: 2, highest: 2 });
    expect((await until((seen) => seen.length >= 4))[3]).toBe(`${room} 1 aborted by vote-no`);
  });

  it('who holds the seats that are asked, but no guest who is gone; nobody where votes are automatic', async () => {
    const [here, gone] = [newKey('guest'), newKey('guest')];
    await client.visit('Visitor', here);
    const held = { 'participant-1': { name: 'Al', kind: 'account', session: null } } as const;
    const guests = {
      'participant-2': { name: 'Visitor', kind: 'guest', session: here.digest },
      'participant-3': { name: 'Gone', kind: 'guest', session: gone.digest },
    } as const;
    for (const [participant, holder] of Object.entries({ ...held, ...guests }))
      await seats.compareAndSet(participant, (await seats.get(participant)).revision, { holder, since: null });
    recorded(proposedIn(room, { number: 1 }));
    recorded(proposedIn(room, { number: 2, votes: 'automatic' }));
    await look(1);
    await look(2);
    const proposals = (await client.history(jo, room)).items.filter(({ type }) => type === 'proposed');
    expect(proposals).toMatchObject([
      {
        transaction: `${bookOfRoom(room)}-1`,
        line: 1,
        deadline: '1970-01-01T00:00:31.000Z',
        asked: [
          { participant: 'participant-1', holder: 'Al' },
          { participant: 'participant-2', holder: 'Visitor' },
          { participant: 'participant-3', holder: null },
        ],
      },
      { asked: [] },
    ]);
  });

  it('who has voted, once for each participant, and no more once it is decided', async () => {
    const open = recorded(proposedIn(room, { number: 1 }));
    // Nobody has told the room of the proposal: that comes first.
    await Promise.all([voted(1, 'participant-1'), voted(1, 'participant-1'), voted(1, 'participant-2', 'Bo')]);
    await voted(1, 'participant-9');
    nodes.record.participants[nodes.record.participants.indexOf(open)] = proposedIn(room, {
      number: 1,
      outcome: 'aborted',
    });
    await look(1);
    await voted(1, 'participant-3');
    const all = await told();
    expect(all[0]).toBe(`Jo proposed ${room} 1: tea`);
    expect(all.slice(1, 3).sort()).toEqual(['Al voted for participant-1', 'Bo voted for participant-2']);
    expect(all.slice(3)).toEqual([`${room} 1 aborted by vote-no`]);
  });

  it('nothing of what nobody has on record, nor of other books', async () => {
    await look(7);
    await client.bus.request(roomOperations.look, { book: 'main', number: 1 }, ASK);
    expect(await told()).toEqual([]);
    recorded(proposedIn('nowhere', { number: 1 }));
    const nowhere = client.bus.request(roomOperations.look, { book: bookOfRoom('nowhere'), number: 1 }, ASK);
    await expect(nowhere).rejects.toMatchObject(refusal('unknown-room'));
  });

  it.each(
    Object.entries({
      'with marks of all codecs': ', ; : | )- [ " \' \\ /',
      'with emoji': '👩‍👩‍👧‍👦 🎉',
      'from right to left': 'שלום عالم مرحبا',
      'that looks like a message': 'Al:(0:12)-Hello',
      'of the greatest length': 'x'.repeat(65_536),
    }),
  )('the text as it was proposed, %s', async (_, text) => {
    recorded(proposedIn(room, { number: 1, text }));
    await look(1);
    expect((await client.history(jo, room, { limit: 1 })).items).toMatchObject([{ type: 'proposed', text }]);
  });

  it('what the coordinator has on record, as soon as it is there', async () => {
    nodes.record.coordinator.push(proposedIn(room, { number: 1, outcome: 'committed' }));
    await look(1);
    expect(await told()).toEqual([]);
    await nodes.startCoordinator();
    await look(1);
    expect(await told()).toHaveLength(2);
  });

  function summary(event: ShownRoomEvent): string {
    switch (event.type) {
      case 'proposed':
        return `${event.by} proposed ${room} ${String(event.line)}: ${event.text}`;
      case 'voted':
        return `${event.by} voted for ${event.participant}`;
      case 'decided':
        return `${room} ${String(event.line)} ${event.outcome} by ${event.rule}`;
      default:
        return event.type;
    }
  }
});
