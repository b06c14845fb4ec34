// The broker dies and is restarted by the launcher, and the whole system dies at once and is started again.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CLIENTS, CRASH_TIMEOUTS, expectAllIsWell } from './testing/crash.js';
import { History } from './testing/history.js';
import { System } from './testing/system.js';

const STORY_MS = 180_000;
const standing = { timeouts: CRASH_TIMEOUTS, waitSeconds: 5 };

/** Resolves when so many commits were told. */
async function committed(history: History, count: number): Promise<void> {
  while (history.committed < count) await history.nextAnswer();
}

describe('a broker that is killed', () => {
  it(
    'returns, and the services go on without a restart of their own',
    async () => {
      const system = await System.start({ restart: true });
      try {
        const history = new History();
        const services = await system.pids();
        let end = (): void => undefined;
        const asking = history.proposeUntil(
          new Promise<void>((resolve) => (end = resolve)),
          system,
          CLIENTS,
          'broker',
          standing,
        );
        await committed(history, CLIENTS);
        const returned = system.launcher.says(/^broker +ready/);
        await system.kill('broker');
        expect(await system.exited('broker')).toEqual({ code: null, signal: 'SIGKILL' });
        await returned;
        end();
        const told = await asking;
        await system.eventually('all is ready', async () =>
          (await system.http.ready()).status === 'ok' ? true : undefined,
        );
        await history.repeat(
          system,
          told.filter(({ transaction }) => !transaction),
        );
        await expectAllIsWell(system, history, 'the broker');

        const after = await system.pids();
        expect(after.get('broker')).not.toBe(services.get('broker'));
        services.delete('broker');
        after.delete('broker');
        expect(after).toEqual(services);
      } finally {
        await system.stop();
      }
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
        const again = await history.repeat(second, told);
        expect(again.filter(({ status }) => status !== 200)).toEqual([]);
        await expectAllIsWell(second, history, 'the end of everything');
      } finally {
        await second.stop();
      }
    },
    STORY_MS,
  );
});
