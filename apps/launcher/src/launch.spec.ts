import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connectionFileOf, greet, readConnection } from '@parley/broker';
import { launch } from './launch.js';
import { StopRequests } from './stop-requests.js';
import { Launching, WELCOME } from './testing/launching.js';
import { EVERYTHING, isRunning, pidsOf } from './testing/processes.js';
import { Terminal } from './testing/terminal.js';

// Each test starts seven to sixteen processes.
jest.setTimeout(30_000);

describe('the launcher', () => {
  let dataFolder: string;
  let terminal: Terminal;
  let launching: Launching;

  beforeEach(async () => {
    launching = await Launching.inNewFolder();
    ({ dataFolder, terminal } = launching);
  });
  afterEach(() => launching.clear());

  const start = (...parameters: Parameters<Launching['start']>) => launching.start(...parameters);
  const started = (...parameters: Parameters<Launching['start']>) => launching.started(...parameters);
  const stop = () => launching.stop();
  const events = async () => (await readFile(join(dataFolder, 'events.txt'), 'utf8')).trimEnd().split('\n');
  const sorted = (lines: string[], from: number, to: number) => lines.slice(from, to).sort();

  it('prints one line per process when it is ready, then how to go on', async () => {
    const pids = await started();
    for (const name of EVERYTHING.filter((other) => other !== 'launcher')) {
      const line = new RegExp(`^${name} +ready +pid ${pids.get(name)!} +log (\\S+)$`, 'm');
      const log = line.exec(terminal.text)?.[1];
      expect(log).toBe(join(dataFolder, 'log', `${name}.log`));
      expect(await readdir(join(dataFolder, 'log'))).toContain(`${name}.log`);
    }
    expect(terminal.text).toContain(`Operator's token: ${join(dataFolder, 'operator.token')}`);
    expect(terminal.text).toContain(join(dataFolder, 'participant-2', 'ledger', 'main.txt'));
  });

  it('prints a curl line that works when it is pasted', async () => {
    await started();
    await writeFile(join(dataFolder, 'operator.token'), 'secret');
    const command = /^ {2}(curl [^]*?transactions)$/m.exec(terminal.text)?.[1];
    const shell = spawn('sh', ['-c', command ?? 'false'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [answer] = (await once(shell.stdout, 'data')) as [Buffer];
    expect(JSON.parse(answer.toString())).toEqual({
      method: 'POST',
      url: '/api/v1/transactions',
      authorization: 'Bearer secret',
      prefer: 'wait=10',
      body: '{"value":"hello"}',
    });
  });

  it('starts and stops everything in order, and leaves no process and no pid file', async () => {
    const pids = await started();
    expect([...pids.keys()].sort()).toEqual(EVERYTHING);
    await stop();
    const all = await events();
    expect(all[0]).toBe('coordinator ready');
    expect(sorted(all, 1, 5)).toEqual(['chat-1 ready', 'chat-2 ready', 'participant-1 ready', 'participant-2 ready']);
    expect(all.slice(5, 8)).toEqual(['gateway ready', 'gateway stopped', 'coordinator stopped']);
    expect(sorted(all, 8, 10)).toEqual(['participant-1 stopped', 'participant-2 stopped']);
    expect(sorted(all, 10, 12)).toEqual(['chat-1 stopped', 'chat-2 stopped']);
    expect(all).toHaveLength(12);
    pids.delete('launcher');
    expect(await Promise.all([...pids.values()].map(isRunning))).toEqual([...pids].map(() => false));
    expect(await readdir(join(dataFolder, 'run'))).toEqual([]);
    expect(terminal.text).toMatch(/Stopped\.\n$/);
  });

  it('restarts a service that was killed, and says so', async () => {
    const pids = await started();
    process.kill(pids.get('participant-1')!, 'SIGKILL');
    const log = join(dataFolder, 'log', 'participant-1.log');
    await terminal.until(
      new RegExp(`participant-1 +died +signal SIGKILL +restarting in 0\\.25 s +log ${log}\n[^]*participant-1 +ready`),
    );
    const again = await pidsOf(dataFolder);
    expect(again.get('participant-1')).not.toBe(pids.get('participant-1'));
    expect(again.get('participant-2')).toBe(pids.get('participant-2'));

    process.kill(again.get('participant-1')!, 'SIGKILL');
    await terminal.until(/participant-1 +died +signal SIGKILL +restarting in 0\.5 s/);
  });

  it('stops at once also while a process waits to be restarted', async () => {
    const pids = await started();
    process.kill(pids.get('gateway')!, 'SIGKILL');
    await terminal.until(/gateway +died/);
    await stop();
    expect((await events()).filter((event) => event === 'gateway ready')).toHaveLength(1);
  });

  it('restarts the broker at its old port with its old credential', async () => {
    const pids = await started();
    const file = connectionFileOf(dataFolder);
    const connection = await readConnection(file);
    process.kill(pids.get('broker')!, 'SIGKILL');
    await terminal.until(/broker +died +signal SIGKILL[^]*Server is ready[^]*broker +ready/);
    expect(await readConnection(file)).toEqual(connection);
    expect(await greet(connection!.url)).toMatchObject({ jetstream: true });
    expect((await pidsOf(dataFolder)).get('broker')).not.toBe(pids.get('broker'));
  });

  it('restarts the gateway at the port that the kernel had chosen', async () => {
    const pids = await started();
    const [, address] = await terminal.until(WELCOME);
    process.kill(pids.get('gateway')!, 'SIGKILL');
    await terminal.until(/gateway +died[^]*gateway +ready/);
    expect((await fetch(address!)).status).toBe(200);
  });

  it('leaves a dead process dead when it is told not to restart', async () => {
    const pids = await started({ restart: false });
    process.kill(pids.get('coordinator')!, 'SIGKILL');
    await terminal.until(/coordinator +died +signal SIGKILL +not restarted/);
    expect((await pidsOf(dataFolder)).has('coordinator')).toBe(false);
    await stop();
    expect((await events()).filter((event) => event === 'coordinator ready')).toHaveLength(1);
  });

  it('lets failpoints be armed when it is told to', async () => {
    await started({ faults: true });
    expect(terminal.text).toContain('Failpoints can be armed');
    expect(await events()).toContain('participant-2 ready with faults');
  });

  it('uses the broker that NATS_URL names and starts none', async () => {
    const other = await Launching.inNewFolder();
    await other.started({ participants: 1 });
    const { url } = (await readConnection(connectionFileOf(other.dataFolder)))!;
    const pids = await started({}, { NATS_URL: url });
    expect(terminal.text).toMatch(new RegExp(`^broker +external ${url} \\(nats-server 2\\.`, 'm'));
    expect(pids.has('broker')).toBe(false);
    await stop();
    expect(await greet(url)).toMatchObject({ jetstream: true });
    await other.clear();
  });

  describe('cannot start', () => {
    const nothingRuns = async () => {
      expect((await readdir(join(dataFolder, 'run'))).filter((name) => name.endsWith('.pid'))).toEqual([]);
      expect(terminal.text).not.toMatch(WELCOME);
    };

    it('a second time on one data folder: it says who holds it', async () => {
      await started();
      const second = launch({ ...launching.options(), requests: new StopRequests() });
      await expect(second).rejects.toThrow(`The data folder ${dataFolder} is held by process ${process.pid}.`);
      expect([...(await pidsOf(dataFolder)).keys()].sort()).toEqual(EVERYTHING);
    });

    it('on a port in use: nothing was started', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await expect(start({ port })).rejects.toThrow(`Port ${port} is in use by another program.`);
      server.close();
      await nothingRuns();
      expect(await readdir(dataFolder)).not.toContain('broker');
    });

    it('in a folder that cannot be written', async () => {
      const file = join(dataFolder, 'a-file');
      await writeFile(file, '');
      const message = `The data folder ${join(file, 'data')} cannot be written`;
      await expect(start({ dataFolder: join(file, 'data') })).rejects.toThrow(message);
    });

    it('with a broker that is too old', async () => {
      const old = join(dataFolder, 'nats-server');
      await writeFile(old, '#!/bin/sh\necho nats-server: v2.9.10\n');
      await chmod(old, 0o755);
      const refused = start({}, { NATS_SERVER_BIN: old });
      await expect(refused).rejects.toThrow(/nats-server 2\.9\.10, which is too old\. Install nats-server 2\.12/);
      await nothingRuns();
    });

    it('with an external broker that does not answer', async () => {
      await expect(start({}, { NATS_URL: 'nats://127.0.0.1:1' })).rejects.toThrow(
        'No broker answers at nats://127.0.0.1:1',
      );
      await nothingRuns();
    });

    it('with a service that cannot: it says which and why, and stops the others', async () => {
      const failing = start({}, { STAND_IN_FAILS: 'participant-2' });
      await expect(failing).rejects.toThrow('participant-2 cannot start (no-luck): It was not to be.');
      await nothingRuns();
      const all = await events();
      expect(all).toContain('coordinator stopped');
      expect(all).not.toContain('gateway ready');
    });
  });
});
