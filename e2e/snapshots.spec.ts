// Journals are cut while fifty clients propose: nothing that anybody can ask for is lost by it, also when a node dies at any
// step of it, and what happens to the files of the ledgers meanwhile is noticed and mended.
import { open, readFile, stat } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { expectAllIsWell, FAULT_TIMEOUTS } from './testing/story.js';
import { unjustified } from './testing/evidence.js';
import { givenSystem } from './testing/given-system.js';
import { History } from './testing/history.js';

const STORY_MS = 180_000;
/** So few that a hundred transactions are enough for a cut. */
const SNAPSHOT_BYTES = 64 * 1024;
const given = givenSystem({ environment: { SNAPSHOT_BYTES: String(SNAPSHOT_BYTES) } });
const history = new History();
const NODES = ['coordinator', 'participant-1', 'participant-2', 'participant-3'];

/** How often a node's journal was cut, and what was cut off, in bytes. */
async function cuts(node: string): Promise<{ count: number; bytes: number }> {
  const lines = (await given.system.files.log(node)).filter(({ msg }) => msg === 'the journal was cut');
  return { count: lines.length, bytes: lines.reduce((sum, { cutBytes }) => sum + Number(cutBytes), 0) };
}

/** Proposes strings without a key, fifty at a time: a key is kept for a day. */
async function proposeMany(count: number): Promise<void> {
  for (let done = 0; done < count; done += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        given.system.http.propose({ value: `one of many ${String(done + index)}`, waitSeconds: 30 }),
      ),
    );
}

describe('journals that are cut', () => {
  it(
    'stay small, however many transactions there are',
    async () => {
      const { system } = given;
      await proposeMany(600);
      await system.settled();
      for (const node of NODES) {
        const { count, bytes } = await cuts(node);
        expect({ node, cut: count > 2, much: bytes > 4 * SNAPSHOT_BYTES }).toEqual({ node, cut: true, much: true });
        // How much a snapshot holds depends on what was open when it was taken.
        expect((await stat(system.files.journalFile(node))).size).toBeLessThan(16 * SNAPSHOT_BYTES);
      }
    },
    STORY_MS,
  );

  it(
    'leave every transaction to be read and every decision to be asked why',
    async () => {
      const { system } = given;
      const all = await system.http.transactions();
      expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 600 }, (_, index) => 600 - index));
      expect(new Set(all.map(({ state }) => state))).toEqual(new Set(['committed']));
      for (const id of ['main-1', 'main-2', 'main-299', 'main-600']) {
        const evidence = await system.http.evidence(id);
        expect(unjustified(evidence)).toBeUndefined();
        expect(await system.http.transaction(id)).toMatchObject({
          id,
          state: 'committed',
          applied: { done: 3, of: 3 },
        });
      }
    },
    STORY_MS,
  );

  it(
    'keep the key of a transaction that the coordinator has forgotten',
    async () => {
      const { system } = given;
      const told = await history.propose(system, 5, 'with a key');
      await proposeMany(150);
      await system.kill('coordinator');
      await system.restart('coordinator');
      await system.eventually('all is ready', async () => (await system.http.ready()).status === 'ok' || undefined);
      const again = await history.repeat(system, told);
      expect(again.map(({ status, transaction }) => [status, transaction!.id])).toEqual(
        told.map(({ transaction }) => [200, transaction!.id]),
      );
    },
    STORY_MS,
  );
});

describe('a node that dies while its journal is cut', () => {
  const steps = ['before:snapshot', 'before:cut', 'after:snapshot'];
  const deaths = ['participant-2', 'coordinator'].flatMap((victim) => steps.map((step) => [victim, step] as const));

  it.each(deaths)(
    '%s, %s: it goes on with one of the two journals, and nothing is missing',
    async (victim, step) => {
      const { system } = given;
      await system.arm(victim, step);
      const died = system.exited(victim);
      const standing = { timeouts: FAULT_TIMEOUTS, waitSeconds: 1 };
      await history.proposeUntil(died, system, 50, `${victim} ${step}`, standing);
      expect(await died).toEqual({ code: null, signal: 'SIGKILL' });
      await system.restart(victim);
      await system.eventually('all is ready', async () => (await system.http.ready()).status === 'ok' || undefined);
      await system.settled();
      const lines = await system.commonLedger();
      expect((await system.http.transactions()).length).toBe(lines.length);
      const { number } = await system.http.transaction('main-1');
      expect(number).toBe(1);
    },
    STORY_MS,
  );

  it('and afterwards all is as it was told', () => expectAllIsWell(given.system, history), STORY_MS);
});

describe('a line that was damaged before the journal was cut', () => {
  const HURT = 'participant-3';
  const overwrite = async (file: string, position: number): Promise<void> => {
    const handle = await open(file, 'r+');
    await handle.write(Buffer.from('#'), 0, 1, position);
    await handle.close();
  };
  const mended = async (how: string): Promise<Record<string, unknown>[]> =>
    (await given.system.files.log(HURT)).filter(({ msg }) => msg === how);
  /** Damages the participant's files while it is away, and lets it return. */
  const hurt = async (damage: () => Promise<void>): Promise<void> => {
    await given.system.kill(HURT);
    await damage();
    await given.system.restart(HURT);
  };

  it(
    'is mended from its evidence, and that is told with file and line',
    async () => {
      const { system } = given;
      const file = system.files.ledgerFile(HURT);
      await hurt(() => overwrite(file, 5));
      const how = 'a line was damaged and was mended from its evidence';
      await system.eventually('it is mended', async () => (await mended(how)).at(0));
      expect(await mended(how)).toEqual([expect.objectContaining({ book: 'main', line: 1, file })]);
      await system.settled();
    },
    STORY_MS,
  );

  it(
    'is mended from another participant when its evidence is damaged too',
    async () => {
      const { system } = given;
      const file = system.files.ledgerFile(HURT);
      await hurt(async () => {
        await overwrite(file, 5);
        await overwrite(system.files.evidenceFile(HURT), 100);
      });
      const how = 'a line was damaged and was mended from another participant';
      await system.eventually('it is mended', async () => (await mended(how)).at(0));
      expect(await mended(how)).toEqual([expect.objectContaining({ book: 'main', line: 1, file })]);
      await expectAllIsWell(system, history);
      const [own, other] = await Promise.all(
        [HURT, 'participant-1'].map((name) => readFile(system.files.ledgerFile(name))),
      );
      expect(own!.equals(other!)).toBe(true);
    },
    STORY_MS,
  );
});
