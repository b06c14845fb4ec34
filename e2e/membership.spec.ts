// Participants come and go while transactions run, lose their journals and leave; and a copy of a node's folder takes part
// in nothing. One system for all stories: three participants of the launcher, and others that are started at run time.
import { cp, mkdtemp, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Participant } from '@parley/contracts';
import { describe, expect, it } from '@jest/globals';
import { givenSystem } from './testing/given-system.js';
import { History } from './testing/history.js';
import { ServiceFailed } from './testing/service-process.js';
import { removeFolder } from './testing/surroundings.js';
import { System } from './testing/system.js';

const given = givenSystem();
const history = new History();
const STORY_MS = 120_000;
const CLIENTS = 10;
const timeouts = { voteRequestMs: 300, voteMs: 2_000, acknowledgementMs: 1_000, decisionMs: 300 };
const standing = { timeouts, waitSeconds: 5 };

const of = async (name: string): Promise<Participant | undefined> =>
  (await given.system.http.participants()).find(({ id }) => id === name);

const becomes = (name: string, what: string, is: (participant: Participant | undefined) => boolean): Promise<true> =>
  given.system.eventually(`${name} is ${what}`, async () => (is(await of(name)) ? true : undefined));

const isListed = (name: string): Promise<true> => becomes(name, 'listed', (it) => it?.able === true);
const isListedNoMore = (name: string): Promise<true> => becomes(name, 'listed no more', (it) => it?.able !== true);

/** So many commits more were told. */
async function committed(more: number): Promise<void> {
  const enough = history.committed + more;
  while (history.committed < enough) await history.nextAnswer();
}

const said = async (name: string, text: RegExp): Promise<Record<string, unknown>[]> =>
  (await given.system.files.log(name)).filter(({ msg }) => text.test(String(msg)));

const folderOf = (name: string): string => join(given.system.files.path, name);

/** Why a process cannot start. */
const refusal = async (starting: Promise<unknown>): Promise<ServiceFailed> => {
  const error: unknown = await starting.then(
    () => new Error('it has started'),
    (reason: unknown) => reason,
  );
  if (error instanceof ServiceFailed) return error;
  throw error;
};

describe('while transactions run, participants', () => {
  it(
    'are three, then five, then three again: all files are equal, and no line of those who left is another',
    async () => {
      const { system } = given;
      const scaling = (async () => {
        await committed(CLIENTS);
        await Promise.all([system.add('participant-4'), system.add('participant-5')]);
        await Promise.all([isListed('participant-4'), isListed('participant-5')]);
        await committed(CLIENTS);
        await Promise.all([system.end('participant-4'), system.end('participant-5')]);
        await Promise.all([isListedNoMore('participant-4'), isListedNoMore('participant-5')]);
        await committed(CLIENTS);
      })();
      await history.proposeUntil(scaling, system, CLIENTS, 'scaling', standing);
      await system.settled();
      expect(await history.contradictions(system)).toEqual([]);

      const all = (await system.files.ledger('participant-1')).toString();
      for (const name of ['participant-4', 'participant-5'])
        expect(all.startsWith((await system.files.ledger(name)).toString())).toBe(true);
      const sizes = new Set((await system.http.transactions()).map(({ participants }) => participants.length));
      expect([...sizes].sort()).toEqual(expect.arrayContaining([3, 5]));
    },
    STORY_MS,
  );

  it(
    'return, and vote only when they have caught up',
    async () => {
      const { system } = given;
      const returning = (async () => {
        await committed(CLIENTS);
        await Promise.all([system.restart('participant-4'), system.restart('participant-5')]);
        await Promise.all([isListed('participant-4'), isListed('participant-5')]);
        await committed(CLIENTS);
      })();
      await history.proposeUntil(returning, system, CLIENTS, 'returning', standing);
      await system.settled();
      expect(await history.contradictions(system)).toEqual([]);
      for (const name of ['participant-4', 'participant-5'])
        for (const { transactions } of await said(name, /^aborted on its own$/))
          expect(transactions).not.toContainEqual(expect.objectContaining({ reason: 'incomplete' }));
    },
    STORY_MS,
  );
});

describe('a participant that is told to leave', () => {
  it(
    'is needed while a transaction that lists it is undecided, and has left as soon as it is not',
    async () => {
      const { system } = given;
      await system.http.request('PUT', '/participants/participant-5/seat');
      await system.freeze('participant-5');
      const waiting = history.propose(system, 1, 'waiting for one', { timeouts: { ...timeouts, voteMs: 4_000 } });
      await system.eventually('it is begun', async () =>
        (await system.http.transactions('deciding')).length > 0 ? true : undefined,
      );
      expect(await system.http.leave('participant-5')).toMatch(/1 undecided that list it, the first main-\d+/);
      expect(await of('participant-5')).toMatchObject({ registered: true, seat: { holder: 'operator' } });
      const [told] = await waiting;
      expect(told?.transaction).toMatchObject({ state: 'aborted' });
      await becomes('participant-5', 'registered no more', (it) => it?.registered !== true);
      await becomes('participant-5', 'one whose seat is free', (it) => it?.seat?.holder === null);
      expect(await system.http.leave('participant-5')).toBeUndefined();

      await system.thaw('participant-5');
      await becomes('participant-5', 'heard of', (it) => it?.live === true);
      await history.propose(system, 1, 'without who has left', standing);
      expect(await of('participant-5')).toMatchObject({ registered: false, able: false });
    },
    STORY_MS,
  );

  it(
    'is registered again when it is started again',
    async () => {
      const { system } = given;
      await system.end('participant-5');
      await system.restart('participant-5');
      await isListed('participant-5');
      await system.settled();
      expect(await history.contradictions(system)).toEqual([]);
    },
    STORY_MS,
  );
});

describe('a participant whose folder is lost', () => {
  it(
    'is a new member under its name, fetches every line and votes',
    async () => {
      const { system } = given;
      const old = (await of('participant-5'))!.logId;
      await system.end('participant-5');
      await isListedNoMore('participant-5');
      await rename(folderOf('participant-5'), `${folderOf('participant-5')}-lost`);
      await system.restart('participant-5');
      await isListed('participant-5');
      const [told] = await history.propose(system, 1, 'with a new journal', standing);
      expect(told?.transaction).toMatchObject({ state: 'committed', applied: { done: 5, of: 5 } });
      const { list } = await system.http.evidence(told!.transaction!.id);
      expect(list.find(({ name }) => name === 'participant-5')?.logId).not.toBe(old);
      await system.settled();
      expect(await history.contradictions(system)).toEqual([]);
    },
    STORY_MS,
  );

  it(
    'takes no part with the folder that was lost, should it be found',
    async () => {
      const { system } = given;
      const found = { PARTICIPANT_DATA: `${folderOf('participant-5')}-lost` };
      const { code, message } = await refusal(system.start('participant-5', found));
      expect(code).toBe('not-the-last-journal');
      expect(message).toMatch(/this folder is not the one that participant-5 was last started on/);
    },
    STORY_MS,
  );
});

describe('with too few participants', () => {
  it(
    'a proposal is refused, and the answer says how many are needed and who is missing',
    async () => {
      const { system } = given;
      const away = ['participant-3', 'participant-4', 'participant-5'];
      await Promise.all(away.map((name) => system.end(name)));
      await Promise.all(away.map(isListedNoMore));
      const [told] = await history.propose(system, 1, 'too few', standing);
      expect(told).toMatchObject({ status: 503, problem: { code: 'participants-missing' } });
      expect(told?.problem?.detail).toBe(
        '3 participants are needed (a majority of the 5 registered, and at least 2), and 2 can vote; missing: ' +
          'participant-3 (not heard of), participant-4 (not heard of), participant-5 (not heard of)',
      );
      expect((await system.http.ready()).missing).toEqual(away);
      await Promise.all(away.map((name) => system.restart(name)));
      await Promise.all(away.map(isListed));
      await system.settled();
    },
    STORY_MS,
  );
});

describe('a copy of a folder', () => {
  const COPY = '-copy';
  const copyOf = async (name: string): Promise<NodeJS.ProcessEnv> => {
    const copy = folderOf(name) + COPY;
    await cp(folderOf(name), copy, { recursive: true });
    return name === 'coordinator' ? { COORDINATOR_DATA: copy } : { PARTICIPANT_DATA: copy };
  };

  it.each(['participant-4', 'coordinator'])(
    'of the %s does not start once the original has started again',
    async (name) => {
      const { system } = given;
      await system.end(name);
      const copy = await copyOf(name);
      await system.restart(name);
      const { code, message } = await refusal(system.start(name, copy));
      expect(code).toBe('not-the-last-journal');
      expect(message).toContain(`Start ${name} on its own folder`);
      await system.settled();
    },
    STORY_MS,
  );

  it(
    'that is started while the original lives silences both for good, and the name goes on with an empty folder',
    async () => {
      const { system } = given;
      const alarm = /^another process lives as participant-5 on a copy of this journal/;
      const copy = await system.start('participant-5', await copyOf('participant-5'));
      await system.eventually('both have said so', async () =>
        (await said('participant-5', alarm)).length === 2 ? true : undefined,
      );
      await isListedNoMore('participant-5');
      const [told] = await history.propose(system, 1, 'without either', standing);
      expect(told?.transaction).toMatchObject({ state: 'committed', applied: { done: 4, of: 4 } });

      copy.signal('SIGTERM');
      expect(await copy.exited).toEqual({ code: 0, signal: null });
      await system.end('participant-5');
      expect((await refusal(system.start('participant-5'))).code).toBe('identity-spoilt');

      await rename(folderOf('participant-5'), `${folderOf('participant-5')}-spoilt`);
      await system.restart('participant-5');
      await isListed('participant-5');
      await system.settled();
      expect(await history.contradictions(system)).toEqual([]);
    },
    STORY_MS,
  );
});

describe('a coordinator whose folder is lost', () => {
  it(
    'does not start, and says what to do',
    async () => {
      const { system } = given;
      await system.end('coordinator');
      const lost = { COORDINATOR_DATA: `${folderOf('coordinator')}-empty` };
      const { code, message } = await refusal(system.start('coordinator', lost));
      expect(code).toBe('not-the-last-journal');
      expect(message).toMatch(/the journal of coordinator is empty.*Bring back its folder as it was last/);
      await system.restart('coordinator');
      await system.settled();
    },
    STORY_MS,
  );
});

describe('a system that is started on the folder of an earlier one', () => {
  it(
    'has three participants, then five, then three again, and every file has every line',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'parley-e2e-'));
      const told = new History();
      for (const participants of [3, 5, 3]) {
        const system = await System.start({ folder, participants });
        await system.settled();
        for (const { transaction } of await told.propose(system, 5, String(participants), standing))
          expect(transaction).toMatchObject({ state: 'committed', applied: { done: participants, of: participants } });
        await system.settled();
        expect(await told.contradictions(system)).toEqual([]);
        await system.killAll();
      }
      await removeFolder(folder);
    },
    STORY_MS,
  );
});
