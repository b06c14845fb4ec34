import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MAX_BODY_BYTES } from '@parley/contracts';
import supertest from 'supertest';
import { crowd, type Told } from './testing/crowd.js';
import { build, GatewayProcess } from './testing/gateway-process.js';
import type { ScriptedCoordinator } from './testing/scripted-coordinator.js';
import { Stage, TOKEN } from './testing/stage.js';

const CROWD = 10_000;
const path = '/api/v1/transactions';

/** What one gateway may hold under any load, in MiB. */
const MEMORY_MIB = 640;

describe('ten thousand requests at once', () => {
  let stage: Stage;
  let coordinator: ScriptedCoordinator;
  let gateway: GatewayProcess;
  let address: string;

  beforeAll(async () => {
    await build();
    stage = await Stage.set();
    coordinator = await stage.coordinator();
    gateway = await stage.gatewayProcess();
    address = await gateway.address();
  }, 60_000);
  afterAll(() => stage.clear());

  const headOf = (body: Buffer, authorization = `Bearer ${TOKEN}`): string =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n`;

  /** Sends the crowd and watches the gateway's memory meanwhile. */
  async function rush(body: Buffer, authorization?: string): Promise<{ told: Told[]; peakMiB: number }> {
    let peakMiB = 0;
    const watch = setInterval(() => void gateway.memory().then((now) => (peakMiB = Math.max(peakMiB, now))), 100);
    const told = await crowd(address, CROWD, headOf(body, authorization), body);
    clearInterval(watch);
    return { told, peakMiB: Math.max(peakMiB, await gateway.memory()) };
  }

  const count = (told: readonly Told[], fits: (each: Told) => boolean): number => told.filter(fits).length;
  const isBegun = ({ status }: Told): boolean => status === 202;
  const isRefused = ({ status, code, retryAfter }: Told): boolean =>
    status === 503 && code === 'overloaded' && retryAfter === '1';

  it('of the largest body: each is begun or told to come back, and memory stays bounded', async () => {
    const value = JSON.stringify({ value: 'x'.repeat(65_536) });
    const body = Buffer.from(value.padEnd(MAX_BODY_BYTES, ' '));
    const { told, peakMiB } = await rush(body);
    expect(count(told, isBegun) + count(told, isRefused)).toBe(CROWD);
    expect(count(told, isBegun)).toBeGreaterThan(0);
    expect(count(told, isRefused)).toBeGreaterThan(0);
    expect(peakMiB).toBeLessThan(MEMORY_MIB);
  }, 60_000);

  it('of small ones while the coordinator is slow: as many as are taken on are begun, the rest is refused at once', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    coordinator.onBegin = async (proposals) => {
      await released;
      return proposals.map((proposal) => coordinator.begun(proposal));
    };
    const hold = setTimeout(release, 2_000);
    const { told, peakMiB } = await rush(Buffer.from('{"value":"one of many"}'));
    clearTimeout(hold);
    expect(count(told, isBegun) + count(told, isRefused)).toBe(CROWD);
    expect(count(told, isBegun)).toBeGreaterThanOrEqual(1_024);
    expect(count(told, isRefused)).toBeGreaterThan(0);
    expect(peakMiB).toBeLessThan(MEMORY_MIB);
  }, 60_000);

  it('without the token: each is refused, and the log says so in few lines', async () => {
    const before = gateway.lines.length;
    const { told, peakMiB } = await rush(Buffer.alloc(MAX_BODY_BYTES, ' '), 'Bearer wrong');
    expect(count(told, ({ status, code }) => status === 401 && code === 'unauthorized')).toBe(CROWD);
    expect(peakMiB).toBeLessThan(MEMORY_MIB);
    expect(gateway.lines.length - before).toBeLessThan(50);
  }, 60_000);

  it('leave the gateway as it was: the next request is served', async () => {
    const answer = await supertest(address)
      .post(path)
      .set('authorization', `Bearer ${TOKEN}`)
      .send({ value: 'after it all' });
    expect(answer.status).toBe(202);
    expect(gateway.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
