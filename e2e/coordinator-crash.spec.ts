// The coordinator dies by SIGKILL at a chosen step, with fifty clients proposing. What is in flight is decided without it
// where participants can know of it; after its restart all the rest is; and no client was told anything that is not so.
import { describe, expect, it } from '@jest/globals';
import type { Evidence } from '@parley/contracts';
import {
  answered,
  CLIENTS,
  crash,
  CRASH_TIMEOUTS,
  decidedBy,
  evidenceOf,
  expectAllIsWell,
  type Aftermath,
} from './testing/crash.js';
import { givenSystem } from './testing/given-system.js';
import { History } from './testing/history.js';

const given = givenSystem();
const history = new History();
const STORY_MS = 120_000;

const crashAt = (point: string, skip: number): Promise<Aftermath> =>
  crash(given.system, history, { story: point, victim: 'coordinator', point, skip });

/**
 * The coordinator returns: what only it knew of is decided, numbers go on, and who was not told an outcome repeats the
 * request and gets the one transaction. Returns the evidence of what the participants had not known of.
 */
async function comeBack(point: string, { told, known }: Aftermath): Promise<Evidence[]> {
  const { system } = given;
  const seen = new Set(known.map(({ transaction }) => transaction));
  await system.restart('coordinator');
  await system.settled();
  const found = (await evidenceOf(system, point)).filter(({ transaction }) => !seen.has(transaction));
  const repeated = await history.repeat(
    system,
    told.filter(({ problem }) => problem),
  );
  expect(repeated.filter(({ status }) => status !== 200)).toEqual([]);
  await expectAllIsWell(system, history, point);
  return found;
}

describe('killed before its begin is on disk, the coordinator', () => {
  it(
    'has begun nothing: clients do not know, and their repetition begins it',
    async () => {
      const point = 'before:append:begun';
      const aftermath = await crashAt(point, 120);
      const unknown = answered(aftermath.told, 'begin-unknown').map(({ proposing }) => proposing.value);
      expect(unknown.length).toBeGreaterThan(0);

      await comeBack(point, aftermath);
      const begun = (await given.system.http.transactions()).filter(({ value }) => unknown.includes(value));
      expect(begun).toHaveLength(unknown.length);
      expect(begun.map(({ state }) => state)).toContain('committed');
    },
    STORY_MS,
  );
});

describe('killed before a participant has heard of the transaction, the coordinator', () => {
  it.each(['before:confirm-begin', 'before:ask-votes'])(
    'finds its begin when it returns, and aborts by recovery: %s',
    async (point) => {
      const aftermath = await crashAt(point, 3);
      const found = await comeBack(point, aftermath);
      expect(found.length).toBeGreaterThan(0);
      for (const { decision } of found)
        expect(decision).toMatchObject({ rule: 'recovery-found-aborted', decidedBy: 'coordinator' });
    },
    STORY_MS,
  );
});

describe('killed while it collects votes, the coordinator', () => {
  it.each(['after:ask-votes', 'before:propose:pre-commit'])(
    'is not waited for: the participants abort by a majority without pre-commit: %s',
    async (point) => {
      const aftermath = await crashAt(point, 3);
      const aborted = decidedBy(aftermath.known, 'recovery-quorum-pre-abort', /^participant-/);
      expect(aborted.length).toBeGreaterThan(0);
      for (const { decision } of aborted)
        for (const { state } of Object.values(decision!.states)) expect(['waiting', 'pre-abort']).toContain(state);
      await comeBack(point, aftermath);
    },
    STORY_MS,
  );
});

describe('killed after pre-commit, the coordinator', () => {
  it(
    'is not waited for: the participants commit by a majority of pre-commits: after:propose:pre-commit',
    async () => {
      const point = 'after:propose:pre-commit';
      const aftermath = await crashAt(point, 2);
      const committed = decidedBy(aftermath.known, 'recovery-quorum-pre-commit', /^participant-/);
      expect(committed.length).toBeGreaterThan(0);
      await expectReadsWithoutCoordinator(aftermath);
      await comeBack(point, aftermath);
    },
    STORY_MS,
  );

  it(
    'has decided, but told nobody: the participants come to the same decision: before:announce',
    async () => {
      const point = 'before:announce';
      const aftermath = await crashAt(point, 2);
      const committed = decidedBy(aftermath.known, 'recovery-quorum-pre-commit', /^participant-/);
      expect(committed.length).toBeGreaterThan(0);
      await comeBack(point, aftermath);
    },
    STORY_MS,
  );

  it(
    'has told its decision: it stands as the coordinator made it: after:announce',
    async () => {
      const point = 'after:announce';
      const aftermath = await crashAt(point, 0);
      expect(decidedBy(aftermath.known, 'quorum-acknowledged', /^coordinator$/).length).toBeGreaterThan(0);
      await comeBack(point, aftermath);
    },
    STORY_MS,
  );
});

describe('frozen before it sends pre-commit, the coordinator', () => {
  it(
    'comes too late when it wakes up: the participants have aborted, and it takes their decision',
    async () => {
      const { system } = given;
      await system.arm('coordinator', 'before:propose:pre-commit', { skip: 3, action: 'stop' });
      const frozen = system.frozen('coordinator');
      const standing = { timeouts: CRASH_TIMEOUTS, waitSeconds: 5 };
      const asking = history.proposeUntil(frozen, system, CLIENTS, 'a sleep', standing);
      await frozen;
      await system.settled();
      const decided = decidedBy(await evidenceOf(system, 'a sleep'), 'recovery-quorum-pre-abort', /^participant-/);
      expect(decided.length).toBeGreaterThan(0);
      await asking;

      await system.thaw('coordinator');
      await system.settled();
      const awake = await evidenceOf(system, 'a sleep');
      expect(awake).toEqual(
        expect.arrayContaining(
          decided.map(({ transaction }) => expect.objectContaining({ transaction, state: 'aborted' })),
        ),
      );
      await expectAllIsWell(system, history, 'a sleep');
    },
    STORY_MS,
  );
});

/** What can still be had: everything but a new transaction. */
async function expectReadsWithoutCoordinator({ told, known }: Aftermath): Promise<void> {
  const { http, running } = given.system;
  const committed = told.flatMap(({ transaction }) => (transaction?.state === 'committed' ? [transaction] : []));
  expect(await http.transaction(committed[0]!.id)).toEqual(committed[0]);
  expect((await http.evidence(committed[0]!.id)).state).toBe('committed');
  const listed = (await http.transactions('committed')).map(({ id }) => id);
  const due = known.filter(({ state }) => state === 'committed').map(({ transaction }) => transaction);
  expect(listed).toEqual(expect.arrayContaining(due));
  for (const name of running)
    expect((await http.ledger(name)).equals(await given.system.files.ledger(name))).toBe(true);

  const refused = await http.propose({ value: 'to nobody' });
  expect(refused).toMatchObject({ status: 503, problem: { code: 'coordinator-unreachable' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const missing = await given.system.eventually('the gateway misses the coordinator', async () => {
    const ready = await http.ready();
    return ready.status === 'unavailable' ? ready.missing : undefined;
  });
  expect(missing).toEqual(['coordinator']);
}
