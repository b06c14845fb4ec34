// What those who are left can do, and what they can not, while others are away: without the coordinator everything but
// a new transaction, without a majority nothing but to wait and say so.
import { describe, expect, it } from '@jest/globals';
import { givenSystem } from './testing/given-system.js';
import { FAULT_TIMEOUTS, Story } from './testing/story.js';

const given = givenSystem();
const STORY_MS = 120_000;

describe('without the coordinator', () => {
  it(
    'what was decided can be read and what was left is decided, but nothing new begins',
    async () => {
      const { http, running, files } = given.system;
      const story = new Story(given.system, 'no coordinator');
      const { book } = story;
      await given.system.arm('coordinator', 'after:propose:pre-commit', { skip: 2 });
      const died = given.system.exited('coordinator');
      story.proposeUntil(died);
      await died;
      expect((await story.decided()).join('\n')).toMatch(/^recovery-quorum-pre-commit by participant-/m);

      const committed = await http.transactions('committed', book);
      expect(committed.length).toBeGreaterThan(0);
      expect(await http.transaction(committed[0]!.id)).toEqual(committed[0]);
      expect((await http.evidence(committed[0]!.id)).state).toBe('committed');
      for (const name of running)
        expect((await http.ledger(name, book)).equals(await files.ledger(name, book))).toBe(true);

      const refused = await http.propose({ value: 'to nobody' });
      expect(refused).toMatchObject({ status: 503, problem: { code: 'coordinator-unreachable' } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      const missing = await given.system.eventually('the gateway misses the coordinator', async () => {
        const ready = await http.ready();
        return ready.status === 'unavailable' ? ready.missing : undefined;
      });
      expect(missing).toEqual(['coordinator']);

      await given.system.restart('coordinator');
      await story.close();
      await story.end();
    },
    STORY_MS,
  );
});

describe('left alone with a pre-commit, a participant', () => {
  it(
    'decides nothing and says so, until a second one is back: the two are a majority',
    async () => {
      const { system } = given;
      const story = new Story(system, 'a minority');
      await system.arm('coordinator', 'after:propose:pre-commit', { skip: 2 });
      const died = system.exited('coordinator');
      // The others must not have decided before they die.
      story.proposeUntil(died, { timeouts: { ...FAULT_TIMEOUTS, decisionMs: 2_000 } });
      await died;
      await Promise.all([system.kill('participant-2'), system.kill('participant-3')]);

      const tried = await recoveries('participant-1');
      await system.eventually('it has tried, and tried again', async () =>
        (await recoveries('participant-1')) >= tried + 2 ? true : undefined,
      );
      const inDoubt = (await system.http.transactions('deciding', story.book)).map(({ id }) => id);
      expect(inDoubt.length).toBeGreaterThan(0);

      await system.restart('participant-2');
      expect((await story.decided()).join('\n')).toMatch(/^recovery-quorum-pre-commit by participant-[12]$/m);
      const decided = (await system.evidence(story.book)).filter(({ transaction }) => inDoubt.includes(transaction));
      expect(new Set(decided.map(({ transaction }) => transaction)).size).toBe(inDoubt.length);

      await Promise.all([system.restart('participant-3'), system.restart('coordinator')]);
      await story.close();
      await story.end();
    },
    STORY_MS,
  );
});

describe('away, all of them, while a transaction is aborted that none has heard of, the participants', () => {
  it(
    'learn of it from the coordinator when they return, and vote yes on what comes after it',
    async () => {
      const { system } = given;
      const story = new Story(system, 'nobody is there');
      await Promise.all(system.participants.map((name) => system.kill(name)));
      await story.propose();
      // A list needs the participants, who keep what is decided; one transaction is known to the coordinator.
      const id = `${story.book}-1`;
      await system.eventually('the coordinator has aborted alone', async () =>
        (await system.http.transaction(id)).state === 'aborted' ? true : undefined,
      );
      expect((await system.http.evidence(id)).decision).toMatchObject({ rule: 'vote-deadline', votes: {} });

      await Promise.all(system.participants.map((name) => system.restart(name)));
      await system.eventually('its empty line is in every ledger', async () =>
        (await system.http.transaction(id)).applied.done === system.participants.length ? true : undefined,
      );
      await story.end();
    },
    STORY_MS,
  );
});

/** How often a participant has begun a recovery, as its log says. */
async function recoveries(name: string): Promise<number> {
  return (await given.system.files.log(name)).filter(({ msg }) => msg === 'recovery begins').length;
}
