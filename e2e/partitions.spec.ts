// The network is cut in two at a step of the protocol, in ballot 1 and in a recovery, and both sides live on: a majority
// decides all that is in doubt, with the coordinator or without it, and a minority waits and says so. When the sides are
// joined again, nothing differs.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { transactionPage, type Transaction } from '@parley/contracts';
import { PLACEMENTS, type Cut } from './testing/cuts.js';
import { DividedSystem } from './testing/divided-system.js';
import { FAULT_TIMEOUTS, STORY_MS, Story } from './testing/story.js';

let system: DividedSystem;

beforeAll(async () => {
  system = await DividedSystem.start();
}, STORY_MS);
afterEach(() => system.undo());
afterAll(() => system.stop(), STORY_MS);

/** Thirty transactions are in flight when all who are held have come to their points. They stay there until it is cut. */
async function cutAt(story: Story, { held, point, left }: Cut): Promise<void> {
  const inBallotOne = left === undefined ? { node: held, point } : { node: 'coordinator', point: left };
  if (left !== undefined) await system.arm(held, point, 0);
  await system.arm(inBallotOne.node, inBallotOne.point, 2);
  const first = system.frozen(inBallotOne.node);
  story.proposeUntil(first, { waitSeconds: 1 });
  await Promise.all([first, system.frozen(held)]);
  system.cut();
  for (const name of new Set([inBallotOne.node, held])) system.thaw(name);
}

/** What the gateway on the left calls in doubt. */
async function inDoubt(book: string): Promise<Transaction[]> {
  const { body } = await system.client('left').request('GET', `/transactions?state=in-doubt&book=${book}&limit=500`);
  return transactionPage.parse(body).items;
}

describe.each(PLACEMENTS)('$what', ({ right, majority, cuts }) => {
  beforeAll(() => system.place(right), STORY_MS);

  it.each(cuts.map((cut) => [cut.left === undefined ? 'ballot 1' : 'a recovery', cut.held, cut.point, cut] as const))(
    'decides what is in doubt, and agrees with the others when the cut is healed: cut in %s, %s %s',
    async (_ballot, _held, point, cut) => {
      const story = new Story(system, `cut ${point}`);
      await cutAt(story, cut);
      const side = system.side(majority);
      await story.expectDecided(cut.path, side);

      const afterwards = { value: 'after the cut', book: story.book, timeouts: FAULT_TIMEOUTS };
      // The side of the coordinator goes on, whether or not anything can be committed there.
      if (majority === 'left') {
        expect((await system.http.propose(afterwards)).status).toBe(202);
        await story.decided(side);
      }
      const beyond = await system.client('right').propose(afterwards);
      expect(beyond.problem?.code).toBe('coordinator-unreachable');

      await system.heal();
      await story.close();
      await story.end();
    },
    STORY_MS,
  );
});

describe('a minority', () => {
  const right = ['participant-2', 'participant-3'];
  beforeAll(() => system.place(right), STORY_MS);

  it(
    'waits, and says of each transaction that it is in doubt and who is missing, until it hears how the others have decided',
    async () => {
      const story = new Story(system, 'a minority');
      // All have said yes, so it cannot abort alone, and its pre-commit goes nowhere but to the one beside it.
      await cutAt(story, { held: 'coordinator', point: 'before:propose:pre-commit', path: /./ });
      await story.expectDecided(/^recovery-quorum-pre-abort by p/, system.side('right'));

      // The others are missing once they have been silent for three seconds.
      let waiting = await inDoubt(story.book);
      for (; waiting.at(0)?.inDoubt?.missing.length !== right.length; waiting = await inDoubt(story.book))
        await wait(100);
      for (const { state, inDoubt: doubt } of waiting) expect([state, doubt?.missing]).toEqual(['deciding', right]);
      const own = await system.files.ledger('participant-1', story.book);
      const others = await system.side('right').commonLedger(story.book);
      expect(own.toString().split('\n').length - 1).toBeLessThan(others.length);

      await system.heal();
      await story.close();
      expect(await inDoubt(story.book)).toEqual([]);
      await story.end();
    },
    STORY_MS,
  );
});

describe('a node that is cut off alone', () => {
  beforeAll(() => system.place([]), STORY_MS);

  it.each([
    ['coordinator', 'after:ask-votes', /^recovery-quorum-pre-abort by p/],
    ['coordinator', 'after:propose:pre-commit', /^recovery-quorum-pre-commit by p/],
    ['participant-2', 'before:reply:vote', /^vote-deadline by coordinator$/],
    ['participant-2', 'before:reply:pre-commit', /^quorum-acknowledged by coordinator$/],
  ])(
    'is not waited for, and comes to the same when it is back: the %s, cut off %s',
    async (name, point, path) => {
      const story = new Story(system, `alone ${point}`);
      await system.arm(name, point, 2);
      const held = system.frozen(name);
      story.proposeUntil(held, { waitSeconds: 1 });
      await held;
      system.wire(name).cut();
      // It is not woken up before the others have decided: what was on its way to it is lost with the wire.
      await story.expectDecided(path);
      system.thaw(name);
      system.wire(name).heal();
      await system.allHeard();
      await story.close();
      await story.end();
    },
    STORY_MS,
  );

  it.each(['coordinator', 'participant-1', 'participant-3'])(
    'says late what it said, and hears late what was said to it: the wire of the %s stalls',
    async (name) => {
      const story = new Story(system, `stall ${name}`);
      const stalled = story.history.nextAnswer().then(() => system.wire(name).stall());
      story.proposeUntil(stalled, { waitSeconds: 1 });
      await stalled;
      await story.told;
      system.wire(name).resume();
      await system.allHeard();
      await story.close();
      await story.end();
    },
    STORY_MS,
  );
});
