// A participant dies by SIGKILL at a chosen step, with fifty clients proposing. The others decide; the dead one holds
// nobody up who can do without it; and when it returns its file becomes what the others' are, and it votes again.
import { describe, expect, it } from '@jest/globals';
import { CLIENTS, crash, decidedBy, evidenceOf, expectAllIsWell, type Aftermath } from './testing/crash.js';
import { givenSystem } from './testing/given-system.js';
import { History } from './testing/history.js';

const given = givenSystem();
const history = new History();
const STORY_MS = 120_000;
const VICTIM = 'participant-2';
/** The first in the list tries first; the others have to be patient for longer than it needs, also on a busy machine. */
const timeouts = { voteRequestMs: 300, voteMs: 2_000, acknowledgementMs: 1_000, decisionMs: 1_200 };

const crashAt = (point: string, skip: number): Promise<Aftermath> =>
  crash(given.system, history, { story: point, victim: VICTIM, point, skip });

/** What a participant says in its log about something, from its restart on. */
async function saidSince(name: string, restart: () => Promise<void>, text: string): Promise<number> {
  const count = async () => (await given.system.files.log(name)).filter(({ msg }) => msg === text).length;
  const before = await count();
  await restart();
  return (await count()) - before;
}

async function comeBack(point: string): Promise<void> {
  await given.system.restart(VICTIM);
  await expectAllIsWell(given.system, history, point);
}

describe('killed before its vote is told, a participant', () => {
  it.each([
    ['before:append:voted-yes', 60],
    ['before:reply:vote', 3],
  ])(
    'lets the transaction be aborted at the deadline, with its vote missing: %s',
    async (point, skip) => {
      const { known } = await crashAt(point, skip);
      const aborted = decidedBy(known, 'vote-deadline', /^coordinator$/);
      expect(aborted.length).toBeGreaterThan(0);
      for (const { decision } of aborted)
        expect(Object.keys(decision!.votes).sort()).toEqual(['participant-1', 'participant-3']);
      await comeBack(point);
    },
    STORY_MS,
  );
});

describe('killed after its vote, a participant', () => {
  it.each([
    ['before:append:accepted', 60],
    ['before:append:decided', 60],
  ])(
    'does not keep the others from a commit, of which it asks them when it returns: %s',
    async (point, skip) => {
      const { known } = await crashAt(point, skip);
      expect(decidedBy(known, 'quorum-acknowledged', /^coordinator$/).length).toBeGreaterThan(0);
      expect(await saidSince(VICTIM, () => comeBack(point), 'recovery begins')).toBeGreaterThan(0);
    },
    STORY_MS,
  );

  // It may have heard the decision that others' acknowledgements led to before its own acknowledgement could leave.
  it.each([
    ['before:reply:pre-commit', 3],
    ['after:reply:pre-commit', 3],
  ])(
    'does not keep the others from a commit, which is in its file when it has returned: %s',
    async (point, skip) => {
      const { known } = await crashAt(point, skip);
      const committed = decidedBy(known, 'quorum-acknowledged', /^coordinator$/);
      const without = committed.filter(({ decision }) => !decision!.acknowledgements.includes(VICTIM));
      expect(committed.length).toBeGreaterThan(0);
      if (point.startsWith('before:')) expect(without.length).toBeGreaterThan(0);
      await comeBack(point);
    },
    STORY_MS,
  );
});

describe('killed between a decision and its line, a participant', () => {
  it(
    'writes the line from its journal when it returns: before:write-lines',
    async () => {
      const point = 'before:write-lines';
      await crashAt(point, 3);
      const length = (await given.system.files.ledger(VICTIM)).length;
      expect(await saidSince(VICTIM, () => comeBack(point), 'the ledger was mended from the journal')).toBe(1);
      expect((await given.system.files.ledger(VICTIM)).length).toBeGreaterThan(length);
    },
    STORY_MS,
  );

  it(
    'keeps the line, and tells of it when it returns: after:write-lines',
    async () => {
      await crashAt('after:write-lines', 3);
      await comeBack('after:write-lines');
    },
    STORY_MS,
  );
});

describe('killed while it recovers what a dead coordinator left, a participant', () => {
  const recoverer = 'participant-1';

  it.each([
    ['before:propose:pre-commit', 'before:ask-states', 'aborted'],
    ['before:propose:pre-commit', 'after:ask-states', 'aborted'],
    ['before:propose:pre-commit', 'before:propose:pre-abort', 'aborted'],
    ['before:propose:pre-commit', 'after:propose:pre-abort', 'aborted'],
    ['after:propose:pre-commit', 'before:propose:pre-commit', 'committed'],
    ['after:propose:pre-commit', 'after:propose:pre-commit', 'committed'],
  ])(
    'leaves it to the other two, a majority: coordinator %s, participant %s',
    async (point, pointOfRecoverer, outcome) => {
      const { system } = given;
      await system.arm(recoverer, pointOfRecoverer);
      const died = system.exited(recoverer);
      const story = `${point} and ${pointOfRecoverer}`;
      const { known } = await crash(system, history, { story, victim: 'coordinator', point, skip: 2, timeouts });
      expect(await died).toEqual({ code: null, signal: 'SIGKILL' });
      const rule = outcome === 'committed' ? 'recovery-quorum-pre-commit' : 'recovery-quorum-pre-abort';
      const takenOver = decidedBy(known, rule, /^participant-[23]$/);
      expect(takenOver.length).toBeGreaterThan(0);
      if (pointOfRecoverer.startsWith('after:propose'))
        // What the dead recoverer had proposed was accepted, and the next one has seen that.
        expect(takenOver.some(({ decision }) => lastAttemptsOf(decision!.states).includes(recoverer))).toBe(true);

      await Promise.all([system.restart(recoverer), system.restart('coordinator')]);
      await system.settled();
      await evidenceOf(system, story);
      await expectAllIsWell(system, history, story);
    },
    STORY_MS,
  );
});

describe('left alone with a pre-commit, a participant', () => {
  it(
    'decides nothing and says so, until a second one is back: the two are a majority',
    async () => {
      const { system } = given;
      const story = 'a minority';
      await system.arm('coordinator', 'after:propose:pre-commit', { skip: 2 });
      const died = system.exited('coordinator');
      const asking = history.proposeUntil(died, system, CLIENTS, story, { timeouts, waitSeconds: 5 });
      await died;
      await Promise.all([system.kill('participant-2'), system.kill('participant-3')]);

      const tried = await recoveries('participant-1');
      await system.eventually('it has tried, and tried again', async () =>
        (await recoveries('participant-1')) >= tried + 3 ? true : undefined,
      );
      const inDoubt = (await system.http.transactions('deciding')).map(({ id }) => id);
      expect(inDoubt.length).toBeGreaterThan(0);
      await asking;

      await system.restart('participant-2');
      await system.settled();
      const decided = (await evidenceOf(system, story)).filter(({ transaction }) => inDoubt.includes(transaction));
      expect(decided).toHaveLength(inDoubt.length);
      expect(decidedBy(decided, 'recovery-quorum-pre-commit', /^participant-[12]$/).length).toBeGreaterThan(0);

      await Promise.all([system.restart('participant-3'), system.restart('coordinator')]);
      await expectAllIsWell(system, history, story);
    },
    STORY_MS,
  );
});

describe('away, all of them, while a transaction is aborted that none has heard of, the participants', () => {
  it(
    'learn of it from the coordinator when they return, and vote yes on what comes after it',
    async () => {
      const { system } = given;
      const story = 'nobody is there';
      await Promise.all(system.participants.map((name) => system.kill(name)));
      const [told] = await history.propose(system, 1, story, { timeouts, waitSeconds: 5 });
      const id = told!.transaction!.id;
      await system.eventually('the coordinator has aborted it alone', async () =>
        (await system.http.transaction(id)).state === 'aborted' ? true : undefined,
      );
      expect((await system.http.evidence(id)).decision).toMatchObject({ rule: 'vote-deadline', votes: {} });

      await Promise.all(system.participants.map((name) => system.restart(name)));
      await system.eventually('its empty line is in every ledger', async () =>
        (await system.http.transaction(id)).applied.done === system.participants.length ? true : undefined,
      );
      await expectAllIsWell(system, history, story);
    },
    STORY_MS,
  );
});

/** How often a participant has begun a recovery, as its log says. */
async function recoveries(name: string): Promise<number> {
  return (await given.system.files.log(name)).filter(({ msg }) => msg === 'recovery begins').length;
}

const lastAttemptsOf = (states: Record<string, { lastAttempt: { node: string } }>): string[] =>
  Object.values(states).map(({ lastAttempt }) => lastAttempt.node);
