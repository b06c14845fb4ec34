// Commit over HTTP: one plain request per transaction, answered when the string stands in three files. A closed loop:
// so many clients, each sending its next request when the last is answered.
//
// Two versions are measured in turns of a second: a machine that slows down slows both. Each is started first once, because
// what is started first is a few percent slower, and the two runs count together.
import { Agent, request } from 'node:http';
import { percentile } from './percentile.js';
import { HERE, startSystem, type System } from './system.js';

const CLIENTS = [1, 64, 200];
const WARM_UP_MS = 3_000;
const MEASURED_MS = 10_000;
const TURN_MS = 1_000;

interface Measured {
  readonly latenciesMs: readonly number[];
  readonly seconds: number;
  readonly cpuSeconds: ReadonlyMap<string, number> | undefined;
}

const HEADINGS = 'in flight      tx/s   p50 ms   p99 ms   tx per CPU second   CPU seconds by process';

export async function benchCommit(print: (line: string) => void): Promise<void> {
  describe(print);
  print(HEADINGS);
  for await (const [clients, all] of run([HERE])) for (const measured of all) print(row(clients, measured));
}

/** Measures this version and the one in the folder `other` side by side, and says how much faster this one is. */
export async function compareCommit(print: (line: string) => void, other: string): Promise<void> {
  describe(print);
  print(`here    ${HERE}\nbeside  ${other}\n`);
  print(`        ${HEADINGS}`);
  const otherFirst = new Map<number, readonly Measured[]>();
  for await (const [clients, measured] of run([other, HERE])) otherFirst.set(clients, measured);
  for await (const [clients, [here, beside]] of run([HERE, other])) {
    const [besideFirst, hereSecond] = otherFirst.get(clients) ?? [];
    const mine = together([here, hereSecond]);
    const its = together([beside, besideFirst]);
    print(`here    ${row(clients, mine)}`);
    print(`beside  ${row(clients, its)}`);
    print(`ratio   ${String(clients).padStart(9)} ${(rate(mine) / rate(its)).toFixed(2).padStart(9)}`);
  }
}

const describe = (print: (line: string) => void): void =>
  print(
    'commit: e3pc, three participants, every forced write, one HTTP request per transaction, until applied everywhere',
  );

/** Starts these versions in their order, and tells for each number of clients what was measured of each. */
async function* run(versions: readonly string[]): AsyncGenerator<[clients: number, measured: Measured[]]> {
  const systems: System[] = [];
  try {
    for (const version of versions) systems.push(await startSystem(version));
    for (const clients of CLIENTS) yield [clients, await measure(systems, clients)];
  } finally {
    for (const system of systems) await system.stop();
  }
}

/** Measures systems in turns, alone in one piece. */
async function measure(systems: readonly System[], clients: number): Promise<Measured[]> {
  const runs = systems.map((system) => ({ system, agent: new Agent({ keepAlive: true, maxSockets: clients }) }));
  const turns = async (eachMs: number): Promise<Measured[]> => {
    const turnMs = systems.length === 1 ? eachMs : TURN_MS;
    const all: Measured[][] = [];
    for (let doneMs = 0; doneMs < eachMs; doneMs += turnMs) {
      const round: Measured[] = [];
      for (const { system, agent } of runs) round.push(await turn(system, agent, clients, turnMs));
      all.push(round);
    }
    return systems.map((_, index) => together(all.map((round) => round[index])));
  };
  await turns(WARM_UP_MS);
  const measured = await turns(MEASURED_MS);
  for (const { agent } of runs) agent.destroy();
  return measured;
}

async function turn(system: System, agent: Agent, clients: number, forMs: number): Promise<Measured> {
  const before = await system.cpuSeconds();
  const startedAt = performance.now();
  const latenciesMs = await load(system, agent, clients, forMs);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await system.cpuSeconds();
  const cpuSeconds = after && new Map([...after].map(([name, used]) => [name, used - (before?.get(name) ?? 0)]));
  return { latenciesMs, seconds, cpuSeconds };
}

function together(parts: readonly (Measured | undefined)[]): Measured {
  const latenciesMs: number[] = [];
  const cpuSeconds = new Map<string, number>();
  let seconds = 0;
  for (const part of parts) {
    if (part === undefined) continue;
    for (const latencyMs of part.latenciesMs) latenciesMs.push(latencyMs);
    for (const [name, used] of part.cpuSeconds ?? []) cpuSeconds.set(name, (cpuSeconds.get(name) ?? 0) + used);
    seconds += part.seconds;
  }
  return { latenciesMs, seconds, cpuSeconds: cpuSeconds.size === 0 ? undefined : cpuSeconds };
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

const rate = ({ latenciesMs, seconds }: Measured): number => latenciesMs.length / seconds;

function row(clients: number, measured: Measured): string {
  const { latenciesMs, cpuSeconds } = measured;
  const total = cpuSeconds && [...cpuSeconds.values()].reduce((sum, used) => sum + used, 0);
  return [
    String(clients).padStart(9),
    rate(measured).toFixed(0).padStart(9),
    percentile(latenciesMs, 0.5).toFixed(1).padStart(8),
    percentile(latenciesMs, 0.99).toFixed(1).padStart(8),
    (total === undefined ? 'unknown' : (latenciesMs.length / total).toFixed(0)).padStart(19),
    `  ${[...(cpuSeconds ?? [])].map(([name, used]) => `${name} ${used.toFixed(1)}`).join(', ')}`,
  ].join(' ');
}
