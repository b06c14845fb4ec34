// The story of one connection, and any story: whatever the net and the servers do, each event is told once and in order, and
// each command is answered once.
import { describe, expect, it } from '@jest/globals';
import { problemKinds, type DirectMessage } from '@parley/contracts';
import fc from 'fast-check';
import { saidAt, World } from '../testing/world.js';
import { step } from './machine.js';

const JO = { name: 'Jo', kind: 'account' } as const;

const started = (...given: ConstructorParameters<typeof World>): World => {
  const world = new World(...given);
  world.input({ type: 'start' });
  return world;
};

const live = (...given: ConstructorParameters<typeof World>): World => {
  const world = started(...given);
  world.settle();
  return world;
};

const lastTold = (world: World): unknown => world.told.at(-1);

describe('a connection', () => {
  it('gets a ticket, opens, says hello, is told of the past and is live', () => {
    const world = new World();
    world.happen('before');
    world.input({ type: 'start' });
    world.settle();
    expect(world.told.map((told) => told.type)).toEqual([
      'connecting',
      'connected',
      'welcome',
      'event',
      'synced',
      'live',
    ]);
    expect(world.told[3]).toMatchObject({ event: { text: 'before' }, isNew: false });
    expect(world.told[4]).toMatchObject({ how: 'first', count: 1 });
    world.happen('now');
    world.settle();
    expect(lastTold(world)).toMatchObject({ event: { text: 'now' }, isNew: true });
  });

  it('sends what was said before it is live once it is', () => {
    const world = started();
    expect(world.say('a')).toEqual([]);
    world.settle();
    expect(world.outcomes.get('a')).toMatchObject([{ ok: true, d: { text: 'a' } }]);
  });

  it('comes back with its positions, and says that nothing is missing', () => {
    const world = live();
    world.happen('one');
    world.settle();
    world.lose(4_000);
    expect(lastTold(world)).toMatchObject({ type: 'lost', reason: 'closed with 4000' });
    world.happen('two');
    world.settle();
    expect(world.events.map(({ offset }) => offset)).toEqual([1, 2]);
    expect(world.told.filter((told) => told.type === 'synced').at(-1)).toMatchObject({ how: 'resumed', count: 1 });
  });

  it('hands on nothing twice that a server tells again', () => {
    const world = live();
    world.happen('one');
    world.happen('two');
    world.settle();
    world.overlap = 2;
    world.lose(4_000);
    world.settle();
    expect(world.events.map(({ offset }) => offset)).toEqual([1, 2]);
  });

  it('says that something is missing when it could not go on where it was', () => {
    const world = new World(1, { kitchen: { epoch: 3, offset: 99 } });
    for (let n = 1; n <= 9; n += 1) world.happen(String(n));
    world.input({ type: 'start' });
    world.settle();
    expect(world.told).toContainEqual({ type: 'synced', room: 'kitchen', how: 'not-resumed', count: 5 });
  });

  it('does not believe a server that says that nothing is missing when something is', () => {
    const world = started(1, { kitchen: { epoch: 7, offset: 1 } });
    world.goOn();
    world.goOn();
    const { attempt } = world;
    const d = saidAt(3, 'three');
    const at = { room: 'kitchen', epoch: 7 };
    world.input({ type: 'push', attempt, push: { ev: 'room.event', ...at, off: 3, d } });
    world.input({ type: 'push', attempt, push: { ev: 'room.synced', ...at, off: 3, recovered: true, count: 1 } });
    expect(lastTold(world)).toMatchObject({ type: 'synced', how: 'not-resumed' });
  });

  it('comes back at once for events that are missing while it is live', () => {
    const world = live();
    world.happen('one');
    world.settle();
    const { attempt } = world;
    const push = { ev: 'room.event', room: 'kitchen', epoch: 7, off: 3, d: saidAt(3, 'three') } as const;
    world.input({ type: 'push', attempt, push });
    expect(lastTold(world)).toMatchObject({ type: 'lost', reason: 'events of kitchen are missing' });
    expect(world.events).toHaveLength(1);
  });

  it('begins anew in a room that it has left', () => {
    const world = live();
    world.happen('one');
    world.settle();
    const { attempt } = world;
    const { at, lamport, vector } = saidAt(2, '');
    const place = { room: 'kitchen', epoch: 7, at, lamport, vector };
    const happened = (off: number, type: 'left' | 'joined'): void => {
      const d = { ...place, offset: off, type, who: JO };
      world.input({ type: 'push', attempt, push: { ev: 'room.event', room: 'kitchen', epoch: 7, off, d } });
    };
    happened(2, 'left');
    expect(world.connection.progress.rooms).toEqual({});
    happened(9, 'joined');
    expect(world.events.map(({ offset }) => offset)).toEqual([1, 2, 9]);
  });

  it('forgets rooms that it is in no more', () => {
    const world = live(1, { kitchen: { epoch: 7, offset: 0 }, attic: { epoch: 1, offset: 5 } });
    expect(Object.keys(world.connection.progress.rooms)).toEqual(['kitchen']);
  });

  it('hands on each direct message once, and says how far it came', () => {
    const world = live();
    const message = { ...saidAt(1, 'psst'), from: JO, to: [JO] } as unknown as DirectMessage;
    const direct = (offset: number): void => {
      const push = { ev: 'direct', position: { epoch: 2, offset }, message } as const;
      world.input({ type: 'push', attempt: world.attempt, push });
    };
    for (const offset of [4, 9, 4, 9]) direct(offset);
    expect(world.told.filter((told) => told.type === 'direct')).toHaveLength(2);
    world.lose(1_006);
    for (let n = 0; n < 3; n += 1) world.goOn();
    expect(world.lastSent).toMatchObject({ op: 'hello', d: { inbox: { epoch: 2, offset: 9 } } });
  });

  it.each([4_500, 4_501, 4_502, 4_999, 1_002, 1_009])('ends after %d', (code) => {
    const world = live();
    world.say('a');
    world.lose(code);
    expect(world.phase).toBe('ended');
    expect(world.outcomes.get('a')).toEqual([{ ok: false, ended: `closed with ${String(code)}` }]);
    world.say('b');
    expect(world.outcomes.get('b')).toEqual([{ ok: false, ended: `closed with ${String(code)}` }]);
  });

  it.each([1_000, 1_001, 1_006, 1_011, 1_012, 4_000, 4_499])('comes back after %d', (code) => {
    const world = live();
    world.lose(code);
    expect(world.phase).toBe('waiting');
  });

  it.each([
    [401, 'ended'],
    [404, 'ended'],
    [429, 'waiting'],
    [503, 'waiting'],
    [null, 'waiting'],
  ])('without a ticket because of %s is %s', (status, phase) => {
    const world = started();
    world.input({ type: 'no-ticket', attempt: world.attempt, status, reason: 'no' });
    expect(world.phase).toBe(phase);
  });

  it('tries one server after the other, and waits longer after each round', () => {
    const world = started(2, {}, 0.999_999);
    const waits: number[] = [];
    const servers: number[] = [];
    for (let n = 0; n < 16; n += 1) {
      servers.push(world.connection.server);
      world.input({ type: 'no-ticket', attempt: world.attempt, status: null, reason: 'away' });
      waits.push(world.timers.get('retry')!);
      world.input({ type: 'timer', attempt: world.attempt, timer: 'retry' });
    }
    expect(servers.slice(0, 4)).toEqual([0, 1, 0, 1]);
    expect(waits.slice(0, 6)).toEqual([249, 249, 499, 499, 999, 999]);
    expect(waits.at(-1)).toBe(9_999);
  });

  it('has not failed once it stood for a while', () => {
    const world = live();
    world.lose(1_006);
    world.settle();
    expect(world.connection.failures).toBe(1);
    world.input({ type: 'timer', attempt: world.attempt, timer: 'steady' });
    expect(world.connection.failures).toBe(0);
  });

  it('takes a server for dead that does not even ping', () => {
    const world = live();
    expect(world.timers.get('silence')).toBe(40_000);
    expect(world.input({ type: 'sign', attempt: world.attempt })).toEqual([
      { type: 'wait', timer: 'silence', ms: 40_000 },
    ]);
    world.input({ type: 'timer', attempt: world.attempt, timer: 'silence' });
    expect(lastTold(world)).toMatchObject({ type: 'lost', reason: 'the server says nothing' });
  });

  it('gives a server a time for its welcome that pings do not prolong', () => {
    const world = started();
    expect(world.timers.get('silence')).toBe(10_000);
    expect(world.input({ type: 'sign', attempt: world.attempt })).toEqual([]);
    world.input({ type: 'timer', attempt: world.attempt, timer: 'silence' });
    expect(world.phase).toBe('waiting');
  });

  it('hands a refusal to whoever gave the command', () => {
    const world = live();
    world.say('a');
    const { status, title, remedy } = problemKinds['text-blank'];
    const err = { type: '', code: 'text-blank', detail: '', status, title, remedy } as const;
    world.input({ type: 'reply', attempt: world.attempt, reply: { re: 'a', ok: false, err } });
    expect(world.outcomes.get('a')).toEqual([{ ok: false, problem: err }]);
  });

  it('takes no more commands than it can keep', () => {
    const world = started();
    for (let n = 0; n <= 1_000; n += 1) world.say(String(n));
    expect([...world.outcomes.keys()]).toEqual(['1000']);
  });

  it('ignores what belongs to an earlier try', () => {
    const world = live();
    const { connection } = world;
    world.lose(1_006);
    world.goOn();
    const late = { type: 'closed', attempt: connection.attempt, code: 4_502, reason: '' } as const;
    expect(step(world.connection, late, 0)).toEqual({
      connection: world.connection,
      effects: [{ type: 'ignored', input: 'closed', why: 'of an earlier try' }],
    });
  });
});

type Action = number | 'go-on' | 'serve' | 'deliver' | 'say' | 'happen' | 'silence' | 'no-ticket' | 'overlap';

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: fc.constant('go-on' as const) },
  { weight: 3, arbitrary: fc.constant('serve' as const) },
  { weight: 3, arbitrary: fc.constant('deliver' as const) },
  { weight: 3, arbitrary: fc.constant('say' as const) },
  { weight: 3, arbitrary: fc.constant('happen' as const) },
  { weight: 2, arbitrary: fc.constantFrom(1_006, 4_000, 4_001, 1_012) },
  { weight: 2, arbitrary: fc.constantFrom('silence' as const, 'no-ticket' as const, 'overlap' as const) },
);

function act(world: World, what: Action, name: string): void {
  const { attempt } = world;
  if (typeof what === 'number') world.lose(what);
  else if (what === 'go-on') world.goOn();
  else if (what === 'serve') world.serve();
  else if (what === 'deliver') world.deliver();
  else if (what === 'say') world.say(name);
  else if (what === 'happen') world.happen(name);
  else if (what === 'overlap') world.overlap = 3;
  else if (what === 'silence') world.input({ type: 'timer', attempt, timer: 'silence' });
  else world.input({ type: 'no-ticket', attempt, status: 503, reason: 'away' });
}

describe('whatever happens', () => {
  it('each event is told once and in order, and each command is answered once, with what became of it', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120, size: 'max' }), (actions) => {
        const world = started(2);
        actions.forEach((what, index) => act(world, what, `text ${String(index)}`));
        world.settle();
        const offsets = world.events.map(({ offset }) => offset);
        const [first = 1] = offsets;
        expect(offsets).toEqual(offsets.map((_, index) => first + index));
        expect(offsets.at(-1) ?? 0).toBe(world.record.length);
        // Before the first one nothing is told but the last of the past.
        expect(world.told.filter((told) => told.type === 'synced' && told.how === 'not-resumed')).toEqual([]);

        const said = actions.flatMap((what, index) => (what === 'say' ? [`text ${String(index)}`] : []));
        for (const id of said) expect(world.outcomes.get(id)).toMatchObject([{ ok: true, d: { text: id } }]);
        expect(world.outcomes.size).toBe(said.length);
        // The net has one order: what a client said in its own order stands there in it.
        const record = world.record.flatMap((event) => (event.type === 'said' ? [event.text] : []));
        expect(record.filter((text) => said.includes(text))).toEqual(said);
      }),
      { seed: 20_261_121, numRuns: 500 },
    );
  });
});
