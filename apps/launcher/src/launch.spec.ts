import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectionFileOf, greet, readConnection } from '@parley/broker';
import { keepBroker } from './broker-alone.js';
import { launch } from './launch.js';
import type { Settings } from './settings.js';
import { StopRequests } from './stop-requests.js';
import { allEnded, isRunning, parentOf, pidsOf } from './testing/processes.js';
import { Terminal } from './testing/terminal.js';

// Each test starts seven to sixteen processes.
jest.setTimeout(30_000);

const standIn = fileURLToPath(new URL('./testing/stand-in.js', import.meta.url));
const WELCOME = /Parley is ready at (\S+)/;
const EVERYTHING = [
  ...['broker', 'chat-1', 'chat-2', 'coordinator', 'gateway', 'launcher', 'participant-1', 'participant-2'],
];

describe('the launcher', () => {
  let dataFolder: string;
  let terminal: Terminal;
  let requests: StopRequests;
  let run: Promise<void>;

  beforeEach(async () => {
    dataFolder = await mkdtemp(join(tmpdir(), 'parley-launch-'));
    terminal = new Terminal();
    requests = new StopRequests();
    run = Promise.resolve();
  });
  afterEach(async () => {
    requests.request(0);
    await run.catch(() => undefined); // A test that expects it to fail has looked at it.
    await rm(dataFolder, { recursive: true });
  });

  const start = (settings: Partial<Settings> = {}, environment: NodeJS.ProcessEnv = {}): Promise<void> => {
    run = launch({
      settings: {
        participants: 2,
        chatReplicas: 2,
        gateways: 1,
        port: 0,
        dataFolder,
        faults: false,
        restart: true,
        ...settings,
      },
      entries: { coordinator: standIn, participant: standIn, chat: standIn, gateway: standIn },
      environment: { PATH: process.env['PATH'], ...environment },
      folder: undefined,
      requests,
      print: terminal.print,
    });
    return run;
  };
  const started = async (...parameters: Parameters<typeof start>): Promise<Map<string, number>> => {
    const running = start(...parameters);
    await Promise.race([terminal.until(WELCOME), running]);
    return pidsOf(dataFolder);
  };
  const stop = async (): Promise<void> => {
    requests.request(0);
    await run;
  };
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
    const other = new Terminal();
    const folder = await mkdtemp(join(tmpdir(), 'parley-external-'));
    const ofOther = new StopRequests();
    const external = launch({
      settings: {
        participants: 1,
        chatReplicas: 2,
        gateways: 1,
        port: 0,
        dataFolder: folder,
        faults: false,
        restart: true,
      },
      entries: { coordinator: standIn, participant: standIn, chat: standIn, gateway: standIn },
      environment: { PATH: process.env['PATH'] },
      folder: undefined,
      requests: ofOther,
      print: other.print,
    });
    await other.until(WELCOME);
    const { url } = (await readConnection(connectionFileOf(folder)))!;
    const pids = await started({}, { NATS_URL: url });
    expect(terminal.text).toMatch(new RegExp(`^broker +external ${url} \\(nats-server 2\\.`, 'm'));
    expect(pids.has('broker')).toBe(false);
    await stop();
    expect(await greet(url)).toMatchObject({ jetstream: true });
    ofOther.request(0);
    await external;
    await rm(folder, { recursive: true });
  });

  describe('asked for a broker alone', () => {
    const options = (ofRequests: StopRequests, print: (text: string) => void) => ({
      settings: { participants: 1, chatReplicas: 2, gateways: 1, port: 0, dataFolder, faults: false, restart: true },
      entries: { coordinator: standIn, participant: standIn, chat: standIn, gateway: standIn },
      environment: { PATH: process.env['PATH'] },
      folder: undefined,
      requests: ofRequests,
      print,
    });

    it('starts one where there is none, and nothing else', async () => {
      run = keepBroker(options(requests, terminal.print));
      await terminal.until(/broker +ready/);
      expect([...(await pidsOf(dataFolder)).keys()]).toEqual(['broker']);
      const { url } = (await readConnection(connectionFileOf(dataFolder)))!;
      await stop();
      await expect(greet(url)).rejects.toMatchObject({ code: 'broker-unreachable' });
    });

    it('uses that of a system which has the data folder, for as long as that lasts', async () => {
      const pids = await started();
      const other = new Terminal();
      const beside = keepBroker(options(new StopRequests(), other.print));
      await other.until(new RegExp(`held by process ${process.pid}, whose broker is used`));
      expect(await pidsOf(dataFolder)).toEqual(pids);
      const gone = expect(beside).rejects.toThrow(/The broker is gone/);
      await stop();
      await gone;
    });

    it('ends when it is told to, and leaves the broker of others alone', async () => {
      await started();
      const other = new Terminal();
      const ofOther = new StopRequests();
      const beside = keepBroker(options(ofOther, other.print));
      await other.until(/whose broker is used/);
      ofOther.request(0);
      await beside;
      const { url } = (await readConnection(connectionFileOf(dataFolder)))!;
      expect(await greet(url)).toMatchObject({ jetstream: true });
    });
  });

  describe('cannot start', () => {
    const nothingRuns = async () => {
      expect((await readdir(join(dataFolder, 'run'))).filter((name) => name.endsWith('.pid'))).toEqual([]);
      expect(terminal.text).not.toMatch(WELCOME);
    };

    it('a second time on one data folder: it says who holds it', async () => {
      await started();
      const second = launch({
        settings: { participants: 1, chatReplicas: 2, gateways: 1, port: 0, dataFolder, faults: false, restart: true },
        entries: { coordinator: standIn, participant: standIn, chat: standIn, gateway: standIn },
        environment: {},
        folder: undefined,
        requests: new StopRequests(),
        print: terminal.print,
      });
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
