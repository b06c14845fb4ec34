import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MAX_BODY_BYTES, MAX_LINE_BYTES } from '@parley/contracts';
import supertest from 'supertest';
import { crowd, type Told } from './testing/crowd.js';
import { build, GatewayProcess } from './testing/gateway-process.js';
import type { ScriptedCoordinator } from './testing/scripted-coordinator.js';
import { Stage, TOKEN } from './testing/stage.js';

const path = '/api/v1/transactions';

/** What one gateway may hold under any load, in MiB. */
const MEMORY_MIB = 640;

describe('very many requests at once', () => {
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
  }, 120_000);
  afterAll(() => stage.clear());

  const headOf = (body: Buffer, authorization = `Bearer ${TOKEN}`): string =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n`;

  const rush = (size: number, body: Buffer, authorization?: string): Promise<Told[]> =>
    crowd(address, size, headOf(body, authorization), body);

  /** How many were told what. */
  function tally(told: readonly Told[]): Record<string, number> {
    const tallied: Record<string, number> = {};
    for (const { status, code = '-', retryAfter = '-' } of told) {
      const what = `${String(status)} ${code} ${retryAfter}`;
      tallied[what] = (tallied[what] ?? 0) + 1;
    }
    return tallied;
  }
  const BEGUN = '202 - -';
  const COME_BACK = '503 overloaded 1';

  it('ten thousand of the largest body: each is begun or told to come back, and memory stays bounded', async () => {
    const body = Buffer.from(JSON.stringify({ value: 'x'.repeat(MAX_LINE_BYTES) }).padEnd(MAX_BODY_BYTES, ' '));
    const told = await rush(10_000, body);
    expect(Object.keys(tally(told)).sort()).toEqual([BEGUN, COME_BACK]);
    expect(await gateway.peakMemory()).toBeLessThan(MEMORY_MIB);
    expect(gateway.lines.filter(({ code }) => code === 'overloaded').length).toBeLessThan(30);
  }, 120_000);

  it('small ones while the coordinator is slow: as many as are taken on are begun, the rest is refused at once', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    coordinator.onBegin = async (proposals) => {
      await released;
      return proposals.map((proposal) => coordinator.begun(proposal));
    };
    const hold = setTimeout(release, 2_000);
    const told = await rush(3_000, Buffer.from('{"value":"one of many"}'));
    clearTimeout(hold);
    const tallied = tally(told);
    expect(Object.keys(tallied).sort()).toEqual([BEGUN, COME_BACK]);
    expect(tallied[BEGUN]).toBeGreaterThanOrEqual(1_024);
    expect(await gateway.peakMemory()).toBeLessThan(MEMORY_MIB);
  }, 120_000);

  it('without the token: each is refused, and the log says so in few lines', async () => {
    const told = await rush(2_000, Buffer.alloc(MAX_BODY_BYTES, ' '), 'Bearer wrong');
    expect(tally(told)).toEqual({ '401 unauthorized -': 2_000 });
    expect(await gateway.peakMemory()).toBeLessThan(MEMORY_MIB);
    expect(gateway.lines.filter(({ code }) => code === 'unauthorized').length).toBeLessThan(10);
  }, 120_000);

  it('they leave the gateway as it was: the next request is served', async () => {
    const answer = await supertest(address)
      .post(path)
      .set('authorization', `Bearer ${TOKEN}`)
      .send({ value: 'after it all' });
    expect(answer.status).toBe(202);
    expect(gateway.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
