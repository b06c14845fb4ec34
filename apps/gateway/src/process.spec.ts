import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import supertest from 'supertest';
import { build, GatewayProcess } from './testing/gateway-process.js';
import type { ScriptedCoordinator } from './testing/scripted-coordinator.js';
import { Stage, TOKEN, ready } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

const path = '/api/v1/transactions';

describe('the gateway as a process', () => {
  let stage: Stage;
  let coordinator: ScriptedCoordinator;
  let gateway: GatewayProcess | undefined;

  beforeAll(async () => {
    await build();
    stage = await Stage.set();
    coordinator = await stage.coordinator();
    await stage.participants();
  }, 60_000);
  afterAll(() => stage.clear());
  afterEach(async () => {
    await gateway?.kill();
    gateway = undefined;
  });

  it('makes the operator’s token, tells its address, and serves who has the token', async () => {
    gateway = new GatewayProcess({ PARLEY_DATA: stage.folder, CHAT_REPLICAS: '0' });
    const address = await gateway.address();
    const file = join(stage.folder, 'operator.token');
    const token = (await readFile(file, 'utf8')).trim();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const operator = supertest.agent(address).set('authorization', `Bearer ${token}`);
    await ready(operator);
    expect((await operator.get('/api/v1/participants')).body).toMatchObject({ items: [{}, {}, {}] });
    expect(JSON.stringify(gateway.lines)).not.toContain(token);
  });

  it('stops in order when told to: who waits is answered, and the exit code is 0', async () => {
    gateway = await stage.gatewayProcess();
    const operator = supertest.agent(await gateway.address()).set('authorization', `Bearer ${TOKEN}`);
    const begun = new Promise<void>((resolve) => {
      coordinator.onBegin = (proposals) => {
        setImmediate(resolve);
        return proposals.map((proposal) => coordinator.begun(proposal));
      };
    });
    const waiting = operator.post(path).set('prefer', 'wait=60').send({ value: 'still deciding', book: 'stop' });
    const answered = waiting.then((answer) => answer);
    await begun;
    gateway.signal('SIGTERM');
    const answer = await answered;
    expect(answer.status).toBe(202);
    expect(answer.headers['connection']).toBe('close');
    expect(answer.body).toMatchObject({ id: 'stop-1', state: 'deciding' });
    expect(await gateway.exit()).toBe(0);
  });

  it('stops when its launcher is gone', async () => {
    gateway = await stage.gatewayProcess();
    await gateway.address();
    gateway.disconnect();
    expect(await gateway.exit()).toBe(0);
  });

  describe('cannot start', () => {
    let taken: Server;
    let port: string;
    beforeAll(async () => {
      taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      port = String((taken.address() as AddressInfo).port);
    });
    afterAll(() => new Promise((resolve) => taken.close(resolve)));

    it('on a port in use, and says so', async () => {
      gateway = await stage.gatewayProcess({ PORT: port });
      expect(await gateway.told()).toEqual({
        type: 'failed',
        code: 'port-in-use',
        message: `The gateway cannot listen on 127.0.0.1:${port}: another program listens there; stop it, or choose another PORT.`,
      });
      expect(await gateway.exit()).toBe(1);
    });

    it('on an address that the machine does not have', async () => {
      gateway = await stage.gatewayProcess({ HOST: '192.0.2.1' });
      expect(await gateway.told()).toMatchObject({ type: 'failed', code: 'host-unavailable' });
      expect(await gateway.exit()).toBe(1);
    });

    it('with a configuration that is wrong', async () => {
      gateway = await stage.gatewayProcess({ PORT: 'seventy' });
      expect(await gateway.told()).toMatchObject({
        type: 'failed',
        code: 'config',
        message: expect.stringContaining('PORT'),
      });
      expect(await gateway.exit()).toBe(1);
    });

    it('with a token file that holds no token', async () => {
      await mkdir(join(stage.folder, 'wrong'));
      const file = join(stage.folder, 'wrong', 'token');
      await writeFile(file, 'short');
      gateway = await stage.gatewayProcess({ OPERATOR_TOKEN_FILE: file });
      expect(await gateway.told()).toMatchObject({ type: 'failed', code: 'operator-token' });
      expect(await gateway.exit()).toBe(1);
    });
  });
});
