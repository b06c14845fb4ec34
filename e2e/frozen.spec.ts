// Every step of the protocol at which a process can be stopped by SIGSTOP, in both roles, with thirty transactions in
// flight. It sleeps for longer than the deadlines, while others go on, and wakes up as if no time had passed: what it says
// then is late, and what it hears is stale.
import { setTimeout as wait } from 'node:timers/promises';
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

/** Long enough for a coordinator to be started again before a participant asks what became of it. */
const PATIENT = { timeouts: { ...FAULT_TIMEOUTS, decisionMs: 10_000 } };

/** Whoever sleeps for so long has missed every deadline of ballot 1. */
const deadlinesPass = (): Promise<void> => wait(FAULT_TIMEOUTS.voteMs + FAULT_TIMEOUTS.acknowledgementMs);

describe('frozen in ballot 1, the coordinator is not waited for, and takes what was decided when it wakes up', () => {
  it.each(COORDINATOR_STEPS.map((step) => [step.point, step] as const))(
    '%s',
    async (point, { skip, frozen }) => {
      const { system } = given;
      const story = new Story(system, `c ${point}`);
      await system.arm('coordinator', point, { skip, action: 'stop' });
      const asleep = system.frozen('coordinator');
      story.proposeUntil(asleep);
      await asleep;
      await Promise.all([story.decided(), deadlinesPass()]);
      await system.thaw('coordinator');
      await story.expectDecided(frozen);
      await story.close();
      await story.end();
    },
    STORY_MS,
  );
});

describe('frozen in a recovery, the coordinator goes on with it when it wakes up, or finds that it is too late', () => {
  it.each(COORDINATOR_RECOVERY.map((step) => [step.left, step.point, step.path] as const))(
    'left at %s, frozen %s',
    async (left, point, path) => {
      const { system } = given;
      const story = new Story(system, `cr ${point}`);
      await system.arm('coordinator', left);
      const died = system.exited('coordinator');
      story.proposeUntil(died, PATIENT);
      await died;
      const { ready } = system.spawn('coordinator', { PARLEY_FAILPOINT: `${point}=stop` });
      await system.frozen('coordinator');
      await deadlinesPass();
      await system.thaw('coordinator');
      await ready;
      // Somebody else may have come to the same by the same rule while it slept.
      await story.expectDecided(new RegExp(path.source.replace(/by coordinator\$$/, 'by ')));
      await story.close();
      await story.end();
    },
    STORY_MS,
  );
});

describe('frozen in ballot 1, a participant holds up nobody who can do without it', () => {
  const victim = 'participant-2';

  it.each(PARTICIPANT_STEPS.map((step) => [step.point, step] as const))(
    '%s',
    async (point, { skip, frozen }) => {
      const { system } = given;
      const story = new Story(system, `p ${point}`);
      await system.arm(victim, point, { skip, action: 'stop' });
      const asleep = system.frozen(victim);
      story.proposeUntil(asleep);
      await asleep;
      await Promise.all([story.expectDecided(frozen), deadlinesPass()]);
      await system.thaw(victim);
      await story.close();
      await story.end();
    },
    STORY_MS,
  );

  it(
    'before:append:aborted-alone, when it would have voted no',
    async () => {
      const { system } = given;
      const story = new Story(system, 'p aborted-alone');
      await system.end(victim);
      const point = 'before:append:aborted-alone=stop';
      await system.spawn(victim, { PARTICIPANT_VOTE: 'abort', PARLEY_FAILPOINT: point }).ready;
      const asleep = system.frozen(victim);
      story.proposeUntil(asleep);
      await asleep;
      await Promise.all([story.expectDecided(/^vote-deadline by coordinator$/), deadlinesPass()]);
      // Its no comes when the transaction has long been aborted.
      await system.thaw(victim);
      await story.close();
      await system.end(victim);
      await system.restart(victim);
      await story.end();
    },
    STORY_MS,
  );
});

describe('frozen while it fetches what it has missed, a participant has it when it wakes up', () => {
  it.each(RETURNING_STEPS)(
    '%s',
    async (point) => {
      const { system } = given;
      const story = new Story(system, `pf ${point}`);
      await system.kill(RECOVERER);
      await story.propose();
      await story.decided();
      system.spawn(RECOVERER, { PARLEY_FAILPOINT: `${point}=stop` });
      await system.frozen(RECOVERER);
      await deadlinesPass();
      await system.thaw(RECOVERER);
      expect(await story.decided()).toEqual(['vote-deadline by coordinator']);
      await story.close();
      await story.end();
    },
    STORY_MS,
  );
});

describe('frozen in a recovery, a participant leaves it to the two others, who are a majority', () => {
  it.each(PARTICIPANT_RECOVERY.map((step) => [step.left, step.victim, step.point, step.path] as const))(
    'the coordinator frozen %s, %s %s',
    async (left, victim, point, path) => {
      const { system } = given;
      const story = new Story(system, `pr ${point}`);
      await Promise.all([
        system.arm(victim, point, { action: 'stop' }),
        system.arm('coordinator', left, { action: 'stop' }),
      ]);
      const asleep = system.frozen('coordinator');
      story.proposeUntil(asleep);
      await Promise.all([asleep, system.frozen(victim)]);
      await Promise.all([story.expectDecided(path), deadlinesPass()]);
      await system.thaw(victim);
      await system.thaw('coordinator');
      await story.close();
      await story.end();
    },
    STORY_MS,
  );
});
