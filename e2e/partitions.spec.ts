// The network is cut in two at a step of the protocol, and both sides live on: a majority decides all that is in doubt,
// with the coordinator or without it, and a minority waits. When the sides are joined again, nothing differs.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DividedSystem, type Side } from './testing/divided-system.js';
import { FAULT_TIMEOUTS, Story } from './testing/story.js';

const STORY_MS = 120_000;
let system: DividedSystem;

beforeAll(async () => {
  system = await DividedSystem.start();
}, STORY_MS);
afterAll(() => system.stop(), STORY_MS);

/** How the side with the majority decides what was in doubt there: `<rule> by <node>`, of at least one transaction. */
type Paths = Readonly<Record<string, RegExp>>;

const [ABORTED, COMMITTED] = [/^recovery-quorum-pre-abort by p/m, /^recovery-quorum-pre-commit by p/m];
const BY_COORDINATOR = /^quorum-acknowledged by coordinator$/m;

const withoutCoordinator: Paths = {
  'after:ask-votes': ABORTED,
  'before:propose:pre-commit': ABORTED,
  'after:propose:pre-commit': COMMITTED,
  'before:announce': COMMITTED,
  'after:announce': BY_COORDINATOR,
};

interface Placement {
  readonly what: string;
  readonly right: readonly string[];
  readonly majority: Side;
  readonly paths: Paths;
}

const placements: readonly Placement[] = [
  {
    what: 'the majority with the coordinator',
    right: ['participant-3'],
    majority: 'left',
    paths: {
      'before:ask-votes': /^vote-deadline by coordinator$/m,
      'after:propose:pre-commit': /^(quorum-acknowledged by coordinator|recovery-quorum-pre-commit by .*)$/m,
      'after:announce': BY_COORDINATOR,
    },
  },
  {
    what: 'the majority without the coordinator',
    right: ['participant-2', 'participant-3'],
    majority: 'right',
    paths: withoutCoordinator,
  },
  {
    what: 'all participants without the coordinator',
    right: ['participant-1', 'participant-2', 'participant-3'],
    majority: 'right',
    paths: withoutCoordinator,
  },
];

/** Thirty transactions are in flight when the coordinator comes to the point, and is held there until the net is cut. */
async function cutAt(story: Story, point: string): Promise<void> {
  await system.arm('coordinator', point, 2);
  const held = system.frozen('coordinator');
  story.proposeUntil(held, { waitSeconds: 1 });
  await held;
  system.cut();
  system.thaw('coordinator');
}

describe.each(placements)('$what', ({ right, majority, paths }) => {
  beforeAll(() => system.place(right), STORY_MS);

  it.each(Object.entries(paths))(
    'decides what is in doubt, and agrees with the others when the cut is healed: cut %s',
    async (point, path) => {
      const story = new Story(system, `cut ${point}`);
      await cutAt(story, point);
      expect((await story.decided(system.side(majority))).join('\n')).toMatch(path);

      const left = await system
        .side('left')
        .http.propose({ value: 'on the left', timeouts: FAULT_TIMEOUTS, waitSeconds: 5 });
      if (majority === 'left') expect(left.transaction?.state).toMatch(/^(committed|aborted)$/);
      else expect(left.transaction?.state).not.toBe('committed');
      const beyond = await system.side('right').http.propose({ value: 'on the right' });
      expect(beyond.problem?.code).toBe('coordinator-unreachable');

      await system.heal();
      await story.close();
      await story.end();
    },
    STORY_MS,
  );
});

describe('a node that is cut off alone', () => {
  beforeAll(() => system.place([]), STORY_MS);

  it.each([
    ['coordinator', 'after:ask-votes', ABORTED],
    ['coordinator', 'after:propose:pre-commit', COMMITTED],
    ['participant-2', 'before:reply:vote', /^vote-deadline by coordinator$/m],
    ['participant-2', 'before:reply:pre-commit', BY_COORDINATOR],
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
      expect((await story.decided()).join('\n')).toMatch(path);
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
