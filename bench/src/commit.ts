// Commit over HTTP: one plain request per transaction, answered when the string stands in three files. A closed loop:
// so many clients, each sending its next request when the last is answered.
import { Agent, request } from 'node:http';
import { percentile } from './percentile.js';
import { startSystem, type System } from './system.js';

const CLIENTS = [1, 64, 200];
const WARM_UP_MS = 3_000;
const MEASURED_MS = 10_000;

interface Measured {
  readonly clients: number;
  readonly latenciesMs: readonly number[];
  readonly seconds: number;
  readonly cpuSeconds: ReadonlyMap<string, number> | undefined;
}

export async function benchCommit(print: (line: string) => void): Promise<void> {
  print(
    'commit: e3pc, three participants, every forced write, one HTTP request per transaction, until applied everywhere',
  );
  const system = await startSystem();
  try {
    print('in flight      tx/s   p50 ms   p99 ms   tx per CPU second   CPU seconds by process');
    for (const clients of CLIENTS) print(row(await measure(system, clients)));
  } finally {
    await system.stop();
  }
}

async function measure(system: System, clients: number): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  await load(system, agent, clients, WARM_UP_MS);
  const before = await system.cpuSeconds();
  const startedAt = performance.now();
  const latenciesMs = await load(system, agent, clients, MEASURED_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await system.cpuSeconds();
  agent.destroy();
  const cpuSeconds = after && new Map([...after].map(([name, used]) => [name, used - (before?.get(name) ?? 0)]));
  return { clients, latenciesMs, seconds, cpuSeconds };
}

async function load(system: System, agent: Agent, clients: number, forMs: number): Promise<number[]> {
  const latenciesMs: number[] = [];
  const endsAt = performance.now() + forMs;
  const client = async (number: number): Promise<void> => {
    for (let sent = 0; performance.now() < endsAt; sent += 1) {
      const startedAt = performance.now();
      await commit(system, agent, `client ${String(number)}, string ${String(sent)}`);
      latenciesMs.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return latenciesMs;
}

/** Rejects unless the transaction was committed and applied by all: a benchmark of refusals would be fast. */
export async function commit({ address, token }: System, agent: Agent, value: string): Promise<void> {
  const body = JSON.stringify({ value });
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    prefer: 'wait=30',
  };
  const answer = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const sending = request(`${address}/api/v1/transactions`, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text })).on('error', reject);
    });
    sending.on('error', reject).end(body);
  });
  if (answer.status !== 200 || !answer.text.includes('"state":"committed"'))
    throw new Error(`expected a committed transaction, got ${String(answer.status)}: ${answer.text}`);
}

function row({ clients, latenciesMs, seconds, cpuSeconds }: Measured): string {
  const total = cpuSeconds && [...cpuSeconds.values()].reduce((sum, used) => sum + used, 0);
  return [
    String(clients).padStart(9),
    (latenciesMs.length / seconds).toFixed(0).padStart(9),
    percentile(latenciesMs, 0.5).toFixed(1).padStart(8),
    percentile(latenciesMs, 0.99).toFixed(1).padStart(8),
    (total === undefined ? 'unknown' : (latenciesMs.length / total).toFixed(0)).padStart(19),
    `  ${[...(cpuSeconds ?? [])].map(([name, used]) => `${name} ${used.toFixed(1)}`).join(', ')}`,
  ].join(' ');
}
