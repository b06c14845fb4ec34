// Any process dies and is restarted by the launcher, and the whole system dies at once and is started again.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { givenSystem } from './testing/given-system.js';
import { History } from './testing/history.js';
import { expectAllIsWell } from './testing/story.js';
import { System } from './testing/system.js';

const STORY_MS = 180_000;
const CLIENTS = 30;
/** Votes have time also on a busy machine; who is left alone does not wait for long. */
const timeouts = { voteRequestMs: 300, voteMs: 2_000, acknowledgementMs: 1_000, decisionMs: 300 };
const standing = { timeouts, waitSeconds: 1 };

/** Resolves when so many commits more were told. */
async function committed(history: History, more: number): Promise<void> {
  const enough = history.committed + more;
  while (history.committed < enough) await history.nextAnswer();
}

describe('killed in a system with restarts', () => {
  const given = givenSystem({ restart: true });
  const history = new History();

  it.each(['broker', 'gateway', 'coordinator', 'participant-1'])(
    'the %s returns, and no other process has to be restarted for that',
    async (name) => {
      const { system } = given;
      const before = await system.files.pids();
      const returned = committed(history, CLIENTS).then(async () => {
        const ready = system.launcher.says(new RegExp(`^${name} +ready`));
        await system.kill(name);
        await ready;
      });
      const told = await history.proposeUntil(returned, system, CLIENTS, name, standing);
      expect(await system.exited(name)).toEqual({ code: null, signal: 'SIGKILL' });
      await system.eventually('all is ready', async () => (await system.http.ready()).status === 'ok' || undefined);

      const unanswered = told.filter(({ transaction }) => !transaction);
      const again = await history.repeatUntilTold(system, unanswered);
      expect(again.filter(({ status }) => status !== 200)).toEqual([]);
      await expectAllIsWell(system, history);

      const after = await system.files.pids();
      expect([...after].filter(([process, pid]) => before.get(process) !== pid).map(([process]) => process)).toEqual([
        name,
      ]);
    },
    STORY_MS,
  );
});

describe('a system that is killed as a whole', () => {
  it(
    'has everything that it told when it is started again, and decides the rest',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'parley-e2e-'));
      const history = new History();
      const first = await System.start({ folder });
      const killed = committed(history, 2 * CLIENTS).then(() => first.killAll());
      const told = await history.proposeUntil(killed, first, CLIENTS, 'all', standing);
      await expect(first.http.ready()).rejects.toThrow('fetch failed');
      expect(told.filter(({ status }) => status === 0).length).toBeGreaterThan(0);

      const second = await System.start({ folder });
      try {
        await second.settled();
        expect(await history.contradictions(second)).toEqual([]);
        const again = await history.repeatUntilTold(second, told);
        expect(again.filter(({ status }) => status !== 200)).toEqual([]);
        await expectAllIsWell(second, history);
      } finally {
        await second.stop();
      }
    },
    STORY_MS,
  );
});
