// Every step of the protocol at which a process can die by SIGKILL, in both roles, with thirty transactions in flight.
// What the dead one left is decided by those who can; it returns, and takes up what it finds.
import { describe, expect, it } from '@jest/globals';
import { givenSystem } from './testing/given-system.js';
import {
  COORDINATOR_RECOVERY,
  COORDINATOR_STEPS,
  PARTICIPANT_RECOVERY,
  PARTICIPANT_STEPS,
  RECOVERER,
  RETURNING_STEPS,
} from './testing/steps.js';
import { FAULT_TIMEOUTS, STORY_MS, Story } from './testing/story.js';

const given = givenSystem();
const stories: Story[] = [];
const KILLED = { code: null, signal: 'SIGKILL' };

/** Long enough for a coordinator to be started again before a participant asks what became of it. */
const PATIENT = { timeouts: { ...FAULT_TIMEOUTS, decisionMs: 20_000 } };

describe('killed in ballot 1, the coordinator is not waited for', () => {
  it.each(COORDINATOR_STEPS.map((step) => [step.point, step] as const))(
    '%s',
    async (point, { skip, killed }) => {
      const { system } = given;
      const story = tell(`c ${point}`);
      await system.arm('coordinator', point, { skip });
      const died = system.exited('coordinator');
      story.proposeUntil(died);
      expect(await died).toEqual(KILLED);
      await story.decided();
      await system.restart('coordinator');
      await story.expectDecided(killed);
      await story.end();
    },
    STORY_MS,
  );
});

describe('killed in a recovery after its restart, the coordinator finds what it has done when it is started again', () => {
  it.each(COORDINATOR_RECOVERY.map((step) => [step.left, step.point, step.path] as const))(
    'left at %s, killed %s',
    async (left, point, path) => {
      const { system } = given;
      const story = tell(`cr ${point}`);
      await system.arm('coordinator', left);
      const died = system.exited('coordinator');
      story.proposeUntil(died, PATIENT);
      expect(await died).toEqual(KILLED);
      expect(await system.spawn('coordinator', { PARLEY_FAILPOINT: `${point}=kill` }).exited).toEqual(KILLED);
      await system.restart('coordinator');
      await story.expectDecided(path);
      await story.end();
    },
    STORY_MS,
  );
});

describe('killed in ballot 1, a participant holds up nobody who can do without it', () => {
  const victim = 'participant-2';

  it.each(PARTICIPANT_STEPS.map((step) => [step.point, step] as const))(
    '%s',
    async (point, { skip, killed, says }) => {
      const { system } = given;
      const story = tell(`p ${point}`);
      await system.arm(victim, point, { skip });
      const died = system.exited(victim);
      story.proposeUntil(died);
      expect(await died).toEqual(KILLED);
      await story.expectDecided(killed);
      const said = await saidBy(victim, says);
      await system.restart(victim);
      await story.end();
      if (says !== undefined) expect(await saidBy(victim, says)).toBeGreaterThan(said);
    },
    STORY_MS,
  );

  it(
    'before:append:aborted-alone, when it would have voted no',
    async () => {
      const { system } = given;
      const story = tell('p aborted-alone');
      await system.end(victim);
      const point = 'before:append:aborted-alone=kill';
      const process = system.spawn(victim, { PARTICIPANT_VOTE: 'abort', PARLEY_FAILPOINT: point });
      await process.ready;
      story.proposeUntil(process.exited);
      expect(await process.exited).toEqual(KILLED);
      await story.expectDecided(/^vote-deadline by coordinator$/);
      await system.restart(victim);
      await story.end();
    },
    STORY_MS,
  );
});

describe('killed while it fetches what it has missed, a participant fetches it again', () => {
  it.each(RETURNING_STEPS)(
    '%s',
    async (point) => {
      const { system } = given;
      const story = tell(`pf ${point}`);
      await system.kill(RECOVERER);
      await story.propose();
      await story.decided();
      expect(await system.spawn(RECOVERER, { PARLEY_FAILPOINT: `${point}=kill` }).exited).toEqual(KILLED);
      await system.restart(RECOVERER);
      expect(await story.decided()).toEqual(['vote-deadline by coordinator']);
      await story.end();
    },
    STORY_MS,
  );
});

describe('killed in a recovery, a participant leaves it to the two others, who are a majority', () => {
  it.each(PARTICIPANT_RECOVERY.map((step) => [step.left, step.victim, step.point, step.path] as const))(
    'the coordinator asleep %s, %s killed %s',
    async (left, victim, point, path) => {
      const { system } = given;
      const story = tell(`pr ${point}`);
      await Promise.all([system.arm(victim, point), system.arm('coordinator', left, { action: 'stop' })]);
      const died = system.exited(victim);
      const asleep = system.frozen('coordinator');
      story.proposeUntil(asleep);
      await asleep;
      expect(await died).toEqual(KILLED);
      await story.expectDecided(path);
      await system.thaw('coordinator');
      await system.restart(victim);
      await story.end();
    },
    STORY_MS,
  );
});

describe('in the end', () => {
  it(
    'nobody was told anything that is not so, and who was told nothing asks again',
    async () => {
      for (const story of stories) await story.close();
      // Killed before its first begin was on disk: nobody can know, and the repetitions began what was not there.
      const told = await stories[0]!.told;
      expect(told.map(({ problem }) => problem?.code)).toContain('begin-unknown');
    },
    STORY_MS,
  );
});

function tell(title: string): Story {
  const story = new Story(given.system, title);
  stories.push(story);
  return story;
}

/** How often a process has said this in its log. */
async function saidBy(name: string, text: string | undefined): Promise<number> {
  return (await given.system.files.log(name)).filter(({ msg }) => msg === text).length;
}
