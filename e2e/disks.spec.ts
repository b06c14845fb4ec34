// A disk has no room, or takes no writes: the node stops with an error that says what happened, where, and what to do; the
// others go on; and when that is done, it comes back and catches up. Damaged files: participant-storage.spec.ts.
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { HEEDING_PERMISSIONS, withRoomFor } from './testing/disks.js';
import { givenSystem } from './testing/given-system.js';
import type { ServiceProcess } from './testing/service-process.js';
import { FAULT_TIMEOUTS, STORY_MS, Story } from './testing/story.js';

const given = givenSystem();
const ROOM = 128 * 1024;
const FAILED = { code: 1, signal: null };

/** Thirty clients propose until the process has ended by itself; what it left is decided by the others. */
async function proposeUntilItStops(story: Story, stopped: ServiceProcess): Promise<void> {
  story.proposeUntil(stopped.exited);
  expect(await stopped.exited).toEqual(FAILED);
  await story.decided();
}

/** The others commit, as soon as a participant that has stopped is listed no more. Without the coordinator nothing begins. */
async function othersGoOn(story: Story, stopped: string): Promise<void> {
  const { system } = given;
  if (stopped === 'coordinator') return;
  await system.eventually('it is not listed', async () => {
    const able = (await system.http.participants()).filter((one) => one.able).map(({ id }) => id);
    return able.includes(stopped) ? undefined : true;
  });
  const [told] = await story.history.propose(system, 1, 'by the others', { timeouts: FAULT_TIMEOUTS });
  expect(told!.transaction).toMatchObject({ state: 'committed', applied: { done: 2, of: 2 } });
}

describe('a disk that is full', () => {
  it.each(['participant-3', 'coordinator'])(
    'stops the %s, whose journal cannot be written, and all that was told stays so',
    async (victim) => {
      const { system } = given;
      const story = new Story(system, `full ${victim}`);
      await system.end(victim);
      const room = (await system.files.journalEnd(victim)) + ROOM;
      const stopped = system.spawn(victim, {}, withRoomFor(room));
      await stopped.ready;
      await proposeUntilItStops(story, stopped);
      expect(stopped.failure?.code).toBe('cannot-go-on');
      expect(stopped.failure?.message).toMatch(
        new RegExp(
          `^writing \\d+ bytes failed: EFBIG.*${victim}/journal\\.log, offset \\d+\\)\\. Free space on the disk`,
        ),
      );
      await othersGoOn(story, victim);
      await system.restart(victim);
      await story.close();
      await story.end();
    },
    STORY_MS,
  );

  it(
    'stops a participant whose ledger cannot be written, though its journal can: it writes the lines when it is back',
    async () => {
      const { system } = given;
      const victim = 'participant-2';
      const story = new Story(system, 'full ledger');
      await system.end(victim);
      const room = (await system.files.journalEnd(victim)) + ROOM;
      const stopped = system.spawn(victim, { SNAPSHOT_BYTES: '65536' }, withRoomFor(room));
      await stopped.ready;
      await proposeUntilItStops(story, stopped);
      expect(stopped.failure?.message).toMatch(
        new RegExp(
          `^the ledger of book ${story.book} cannot be written: writing \\d+ bytes at \\d+ of \\S+/${victim}/\\S+ failed: EFBIG.*` +
            'Make room on the disk.*from its journal',
        ),
      );
      await othersGoOn(story, victim);
      await system.restart(victim);
      await story.close();
      await story.end();
    },
    STORY_MS,
  );
});

describe('a disk that takes no writes', () => {
  it.each(['participant-3', 'coordinator'])(
    'keeps the %s from starting',
    async (victim) => {
      const { system } = given;
      const story = new Story(system, `read-only ${victim}`);
      const journal = system.files.journalFile(victim);
      await system.end(victim);
      await chmod(journal, 0o400);
      await chmod(dirname(journal), 0o500);
      const refused = system.spawn(victim, {}, HEEDING_PERMISSIONS);
      expect(await refused.exited).toEqual(FAILED);
      expect(refused.failure?.code).toBe('journal-unwritable');
      expect(refused.failure?.message).toMatch(
        new RegExp(
          `^opening it for writing failed: EACCES.*${victim}/journal\\.log\\)\\. Check .* that the node may write there`,
        ),
      );
      await othersGoOn(story, victim);
      await chmod(dirname(journal), 0o700);
      await chmod(journal, 0o600);
      await system.restart(victim);
      await story.end();
    },
    STORY_MS,
  );

  it(
    'keeps a participant from making its folder',
    async () => {
      const { system } = given;
      const victim = 'participant-3';
      const story = new Story(system, 'no folder');
      await system.end(victim);
      const locked = join(system.files.path, 'locked');
      await mkdir(locked, { mode: 0o500 });
      const refused = system.spawn(victim, { PARTICIPANT_DATA: join(locked, 'new') }, HEEDING_PERMISSIONS);
      expect(await refused.exited).toEqual(FAILED);
      expect(refused.failure?.code).toBe('folder-unusable');
      expect(refused.failure?.message).toMatch(/^the folder \S+\/locked\/new\S* cannot be made: .*EACCES.*Check that/);
      await system.restart(victim);
      await story.end();
    },
    STORY_MS,
  );
});
