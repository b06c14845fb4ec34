// A participant is away, and returns with files that are as a crash or a failing disk may have left them. What can be had
// from its journal or from the others is mended; what it promised and cannot read any more keeps it from taking part.
import { open, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { givenSystem } from './testing/given-system.js';
import { History } from './testing/history.js';
import { ServiceFailed } from './testing/service-process.js';
import { expectAllIsWell } from './testing/story.js';

const given = givenSystem();
const history = new History();
const STORY_MS = 120_000;
const AWAY = 'participant-3';
const timeouts = { voteRequestMs: 300, voteMs: 500, acknowledgementMs: 500, decisionMs: 300 };

async function write(file: string, position: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, position);
  await handle.close();
}

const said = async (text: string): Promise<Record<string, unknown>[]> =>
  (await given.system.files.log(AWAY)).filter(({ msg }) => msg === text);

const memberOf = async (name: string) => (await given.system.http.participants()).find(({ id }) => id === name)!;

describe('a participant that is away', () => {
  it(
    'keeps what lists it from being committed, and the evidence names who did not vote',
    async () => {
      const { system } = given;
      await history.propose(system, 50, 'with all');
      await system.settled();
      await system.kill(AWAY);
      for (const { transaction } of await history.propose(system, 10, 'without one', { timeouts })) {
        expect(transaction).toMatchObject({ state: 'aborted', applied: { done: 2, of: 3 } });
        const { list, decision } = await system.http.evidence(transaction!.id);
        expect(decision).toMatchObject({ rule: 'vote-deadline', decidedBy: 'coordinator' });
        expect(list.map(({ name }) => name).filter((name) => !(name in decision!.votes))).toEqual([AWAY]);
      }
    },
    STORY_MS,
  );

  it(
    'is listed no more once it is silent: the others go on without it',
    async () => {
      const { system } = given;
      await system.eventually('it is not listed', async () => ((await memberOf(AWAY)).able ? undefined : true));
      for (const { transaction } of await history.propose(system, 10, 'by the others', { timeouts })) {
        expect(transaction).toMatchObject({ state: 'committed', applied: { done: 2, of: 2 } });
        const { list } = await system.http.evidence(transaction!.id);
        expect(list.map(({ name }) => name)).toEqual(['participant-1', 'participant-2']);
      }
      expect(await system.http.ready()).toEqual({ status: 'ok', missing: [] });
    },
    STORY_MS,
  );

  it(
    'fetches the lines that it lacks when it returns',
    async () => {
      const { system } = given;
      expect((await system.files.ledger(AWAY)).length).toBeLessThan(
        (await system.files.ledger('participant-1')).length,
      );
      await system.restart(AWAY);
      await expectAllIsWell(system, history);
    },
    STORY_MS,
  );
});

describe('a journal whose last write was torn', () => {
  it(
    'is cut where the torn write begins',
    async () => {
      const { system } = given;
      await system.kill(AWAY);
      const end = await system.files.journalEnd(AWAY);
      await write(system.files.journalFile(AWAY), end, Buffer.from('half of a batch that was not forced'));
      await system.restart(AWAY);
      expect(await said('the end of the journal was torn by a crash and was cut')).toHaveLength(1);
      await expectAllIsWell(system, history);
    },
    STORY_MS,
  );

  it(
    'loses what nobody was told of: the participant asks the others again',
    async () => {
      const { system } = given;
      await system.kill(AWAY);
      // The last record of a participant at rest is a decision, which the others hold too.
      await truncate(system.files.journalFile(AWAY), (await system.files.journalEnd(AWAY)) - 3);
      await system.restart(AWAY);
      expect(await said('the end of the journal was torn by a crash and was cut')).toHaveLength(2);
      await expectAllIsWell(system, history);
    },
    STORY_MS,
  );
});

describe('a ledger that is not what its journal says', () => {
  it.each([
    ['has another text in a line', async (file: string) => write(file, 5, Buffer.from('?'))],
    ['lacks its end', async (file: string) => truncate(file, 100)],
    ['has a line too many', async (file: string) => writeFile(file, 'a line of nobody\n', { flag: 'a' })],
    ['is gone', async (file: string) => rm(file)],
  ])(
    'is mended from it: it %s',
    async (_, damage) => {
      const { system } = given;
      const mended = (await said('the ledger was mended from the journal')).length;
      await system.kill(AWAY);
      await damage(system.files.ledgerFile(AWAY));
      await system.restart(AWAY);
      expect(await said('the ledger was mended from the journal')).toHaveLength(mended + 1);
      await expectAllIsWell(system, history);
    },
    STORY_MS,
  );
});

describe('a journal that is damaged where it had been forced', () => {
  it(
    'keeps its participant from starting, which says what to do, and the others go on',
    async () => {
      const { system } = given;
      await system.kill(AWAY);
      await write(
        system.files.journalFile(AWAY),
        Math.floor((await system.files.journalEnd(AWAY)) / 2),
        Buffer.from('!'),
      );

      const refused = await system.restart(AWAY).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(ServiceFailed);
      expect(refused).toMatchObject({ code: 'journal-corrupt' });
      expect((refused as ServiceFailed).message).toMatch(/journal\.log, offset \d+.*empty data folder/s);

      const [told] = await history.propose(system, 1, 'without the damaged one', { timeouts });
      // It is aborted while the silent one is still listed, and committed by the others once it is not.
      expect(told!.transaction!.applied.done).toBe(2);
      expect((await system.http.ledger('participant-1')).equals(await system.files.ledger('participant-1'))).toBe(true);
    },
    STORY_MS,
  );

  it(
    'is replaced by an empty folder: a new member, which catches up on every line',
    async () => {
      const { system } = given;
      const before = await memberOf(AWAY);
      const { list } = await system.http.evidence('main-1');
      expect(list).toContainEqual({ name: AWAY, logId: before.logId });

      await rename(`${system.files.path}/${AWAY}`, `${system.files.path}/kept-for-examination`);
      await system.restart(AWAY);
      await expectAllIsWell(system, history);
      const after = await memberOf(AWAY);
      expect(after.logId).not.toBe(before.logId);
      expect(after.complete).toBe(true);
      const [newest] = await system.http.transactions('committed');
      expect((await system.http.evidence(newest!.id)).list).toContainEqual({ name: AWAY, logId: after.logId });
    },
    STORY_MS,
  );
});
