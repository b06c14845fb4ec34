// The launcher as a process: signals, and what it leaves behind when it is killed.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { allEnded, EVERYTHING, isRunning, parentOf, pidsOf } from './testing/processes.js';
import { Terminal } from './testing/terminal.js';

// Each test starts eight to sixteen processes.
jest.setTimeout(30_000);

describe('the launcher as a process', () => {
  let dataFolder: string;
  let launcher: ChildProcess;
  let terminal: Terminal;

  beforeEach(async () => {
    dataFolder = await mkdtemp(join(tmpdir(), 'parley-launcher-'));
  });
  afterEach(async () => {
    launcher.kill('SIGKILL');
    await rm(dataFolder, { recursive: true });
  });

  const started = async (environment: NodeJS.ProcessEnv = {}): Promise<Map<string, number>> => {
    terminal = new Terminal();
    const program = fileURLToPath(new URL('./testing/launch-stand-ins.ts', import.meta.url));
    launcher = spawn(
      process.execPath,
      [
        ...['--conditions=parley-source', '--import', '@swc-node/register/esm-register'],
        ...[program, '--participants', '2', '--port', '0', '--data', dataFolder],
      ],
      { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    launcher.stdout!.setEncoding('utf8').on('data', (text: string) => terminal.print(text));
    await terminal.until(/Ctrl-C stops everything/);
    return pidsOf(dataFolder);
  };

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stops in order at %s and ends with code 0', async (signal) => {
    const pids = await started();
    expect([...pids.keys()].sort()).toEqual(EVERYTHING);
    launcher.kill(signal);
    expect(await once(launcher, 'exit')).toEqual([0, null]);
    expect(await Promise.all([...pids.values()].map(isRunning))).not.toContain(true);
    expect(await readdir(join(dataFolder, 'run'))).toEqual([]);
  });

  it('leaves no orphan when it is killed, and can be started again at once', async () => {
    const pids = await started();
    launcher.kill('SIGKILL');
    await once(launcher, 'exit');
    const again = await started();
    await allEnded(pids.values());
    expect([...again.keys()].sort()).toEqual(EVERYTHING);
    expect(await Promise.all([...again.values()].map(isRunning))).not.toContain(false);
    launcher.kill('SIGTERM');
    await once(launcher, 'exit');
  });

  it('leaves no orphan when the broker’s supervisor was killed with it', async () => {
    const pids = await started();
    const broker = pids.get('broker')!;
    const supervisor = await parentOf(broker);
    process.kill(supervisor, 'SIGSTOP'); // So that it cannot stop the broker when the launcher is gone.
    launcher.kill('SIGKILL');
    await once(launcher, 'exit');
    process.kill(supervisor, 'SIGKILL');
    try {
      const again = await started();
      expect(await isRunning(broker)).toBe(false);
      expect(terminal.text).toContain(`Waiting for broker (pid ${broker}) of an earlier start to end.`);
      expect(again.get('broker')).not.toBe(broker);
      launcher.kill('SIGTERM');
      await once(launcher, 'exit');
    } finally {
      if (await isRunning(broker)) process.kill(broker, 'SIGKILL');
    }
  });

  it('ends at once when it is asked to a second time', async () => {
    const pids = await started({ STAND_IN_DEAF: 'participant-1' });
    launcher.kill('SIGTERM');
    await terminal.until(/Stopping/);
    launcher.kill('SIGTERM'); // The same request, as npm passes it on: it must not hurry.
    await allEnded([pids.get('participant-2')!]);
    await wait(1_100); // Requests within a second are one.
    expect(await isRunning(pids.get('participant-1')!)).toBe(true);
    launcher.kill('SIGTERM');
    expect(await once(launcher, 'exit')).toEqual([0, null]);
    expect(await Promise.all([...pids.values()].map(isRunning))).not.toContain(true);
  });
});
