import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockAddress, takeLock, type FolderLock } from './folder-lock.js';

const must = <Kind extends FolderLock['kind']>(lock: FolderLock, kind: Kind) => {
  if (lock.kind !== kind) throw new Error(`the lock is ${lock.kind}, not ${kind}`);
  return lock as Extract<FolderLock, { kind: Kind }>;
};

/** A process that listens at an address, says its own id to who asks as the launcher does, and is killed by the caller. */
const holder = async (address: string) => {
  const program = `require('node:net').createServer((s) => s.write(process.pid + '\\n'))
    .listen(${JSON.stringify(address)}, () => console.log('held'))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
};

describe.each(process.platform === 'linux' ? (['linux', 'darwin'] as const) : [process.platform])(
  'the lock of a data folder, as on %s',
  (platform) => {
    let folder: string;
    let address: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'parley-lock-'));
      address = await lockAddress(folder, platform);
    });
    afterEach(() => rm(folder, { recursive: true }));

    it('is held by one at a time, and says by whom', async () => {
      const first = must(await takeLock(address), 'held');
      const second = must(await takeLock(address), 'taken');
      expect(second.pid).toBe(process.pid);
      await first.release();
      await second.released;
      await must(await takeLock(address), 'held').release();
    });

    it('is one lock for all names of the folder, and another for another folder', async () => {
      const alias = `${folder}-alias`;
      await symlink(folder, alias);
      try {
        expect(await lockAddress(alias, platform)).toBe(address);
        expect(await lockAddress(tmpdir(), platform)).not.toBe(address);
      } finally {
        await rm(alias);
      }
    });

    it('is free again when its holder was killed', async () => {
      const child = await holder(address);
      const taken = must(await takeLock(address), 'taken');
      expect(taken.pid).toBe(child.pid);
      child.kill('SIGKILL');
      await taken.released;
      await must(await takeLock(address), 'held').release();
    });

    it('is taken over by one of many when its holder was killed', async () => {
      const child = await holder(address);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const locks = await Promise.all(Array.from({ length: 8 }, () => takeLock(address)));
      const held = locks.filter((lock) => lock.kind === 'held');
      expect(held).toHaveLength(1);
      await held[0]!.release();
      if (platform !== 'linux') await expect(stat(address)).rejects.toMatchObject({ code: 'ENOENT' });
    });
  },
);
