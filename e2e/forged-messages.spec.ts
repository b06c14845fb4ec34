// Ten thousand messages that nobody of the system would send, to everything that its nodes hear: nothing durable changes,
// every refusal is counted, the log says each reason once, and the system goes on.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { connectionFileOf, readConnection, type Connection } from '@parley/broker';
import {
  buckets,
  eventStream,
  facts,
  faultOperations,
  MAX_CLOCK_ENTRIES,
  namedParticipantOperations,
  participantOperations,
  type Operation,
} from '@parley/contracts';
import { z } from 'zod';
import { anyForgery, subjectsOf } from './testing/forgery.js';
import { givenSystem } from './testing/given-system.js';
import { residentBytes } from './testing/memory.js';
import { Stranger, type Wired } from './testing/stranger.js';

const SEED = Number(process.env['FORGERY_SEED'] ?? 20_261_121);
const MESSAGES = 10_000;
const AT_A_TIME = 200;
const STORY_MS = 240_000;
const MEGABYTE = 1024 * 1024;

const given = givenSystem({ restart: false });
const timeouts = { voteRequestMs: 2_000, voteMs: 2_000, acknowledgementMs: 2_000, decisionMs: 300 };
const nodes = (): string[] => ['coordinator', ...given.system.participants];
const recorded: Wired[] = [];
let broker: Connection;

/** What a node tells of itself to NATS micro tooling. */
const statsOf = (service: string) =>
  ({
    subject: `$SRV.STATS.${service}`,
    request: z.object({}),
    reply: z.object({
      metadata: z.object({ node: z.string() }),
      refused: z.array(z.object({ subject: z.string(), reason: z.string(), count: z.number() })),
    }),
  }) satisfies Operation;

/** What each node has refused so far. Whoever answers has taken up all that was sent to it before. */
async function refusals(): Promise<Map<string, { subject: string; reason: string; count: number }[]>> {
  const found = new Map<string, { subject: string; reason: string; count: number }[]>();
  for (const service of ['coordinator', 'participant']) {
    const expected = service === 'coordinator' ? ['coordinator'] : given.system.participants;
    const onReply = ({ metadata: { node }, refused }: z.infer<ReturnType<typeof statsOf>['reply']>): void =>
      void found.set(node, refused);
    await given.system.bus.gather(statsOf(service), {}, { timeoutMs: 20_000, expected, onReply });
  }
  expect([...found.keys()].sort()).toEqual(nodes().sort());
  return found;
}

/** The bytes of all that each node keeps, by file. */
async function kept(): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const node of nodes()) {
    const entries = await readdir(join(given.system.files.path, node), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((it) => it.isFile())) {
      const path = join(entry.parentPath, entry.name);
      digests[path] = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
    }
  }
  return digests;
}

const message = (subject: string, body: object): Wired => ({
  subject,
  headers: [],
  body: Buffer.from(JSON.stringify(body)),
});

/** What the recorded transactions had no need of. */
function alsoPossible(): Wired[] {
  const place = { book: 'main', number: 1 };
  const ranges = Array.from({ length: 500 }, () => ({ book: 'main', first: 1, last: 10_000 }));
  return [
    message(participantOperations.fetch.subject, { from: 'x', ranges }),
    message(participantOperations.fetch.subject, { from: 'x', ranges: ranges.slice(0, 1) }),
    message(participantOperations.read.subject, place),
    message(participantOperations.page.subject, { limit: 500 }),
    message(participantOperations.recover.subject, place),
    ...given.system.participants.flatMap((node) => [
      message(namedParticipantOperations.castVote.subjectOf(node), { ...place, vote: 'abort', by: 'x' }),
      message(namedParticipantOperations.acknowledge.subjectOf(node), { ...place, by: 'x' }),
      message(namedParticipantOperations.ledger.subjectOf(node), { book: 'main', offset: 2 ** 52 }),
      message(namedParticipantOperations.digest.subjectOf(node), { book: 'main', line: 2 ** 52 }),
    ]),
  ];
}

beforeAll(async () => {
  const { system } = given;
  const found = await readConnection(connectionFileOf(system.files.path));
  if (found === undefined) throw new Error('there is no broker');
  broker = found;
  const listener = await Stranger.to(broker, ['parley.v1.>'], (heard) => {
    if (subjectsOf(system.participants).includes(heard.subject)) recorded.push(heard);
  });
  await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      system.http.propose({ value: `before ${String(index)}`, waitSeconds: 10 }),
    ),
  );
  // The participants decide one by a recovery, so that its messages are among those that are recorded.
  await system.arm('coordinator', 'after:ask-votes');
  const died = system.exited('coordinator');
  await system.http.propose({ value: 'left alone', timeouts });
  await died;
  await system.restart('coordinator');
  await system.settled();
  listener.close();
}, STORY_MS);

describe('who has the gateway’s credential', () => {
  it('can publish to nothing that the protocol, its members or its events are made of', async () => {
    const limited = await readConnection(connectionFileOf(given.system.files.path, 'gateway'));
    const protocol = [
      ...[participantOperations.vote, participantOperations.elect, participantOperations.propose],
      ...[participantOperations.keep, facts.decided, facts.diverged, facts.alive, facts.recorded],
    ].map(({ subject }) => subject);
    const stores = [`$KV.${buckets.nodes.name}.coordinator`, eventStream.subjectOf('coordinator')];
    const arming = [faultOperations.arm.subjectOf('coordinator')];
    const heard: string[] = [];
    const subjects = [...protocol, ...stores, ...arming, `$JS.API.STREAM.PURGE.KV_${buckets.nodes.name}`];
    const stranger = await Stranger.to(limited!, subjects, ({ body }) => heard.push(body.toString()));
    for (const subject of subjects) stranger.publish({ subject, headers: [], body: Buffer.from('forged') });
    await stranger.flush();
    stranger.close();
    expect(heard).not.toContain('forged');
    expect(stranger.errors).toEqual(subjects.map((subject) => `'Permissions Violation for Publish to "${subject}"'`));
  });
});

describe(`messages that are made up, changed, late or huge (FORGERY_SEED=${String(SEED)})`, () => {
  it(
    'change no file of any node',
    async () => {
      const { system } = given;
      expect(recorded.map(({ subject }) => subject)).toEqual(
        expect.arrayContaining([participantOperations.elect.subject, participantOperations.propose.subject]),
      );
      const before = await system.eventually('nothing more is written', async () => {
        const [first] = [await kept(), await refusals()];
        return JSON.stringify(await kept()) === JSON.stringify(first) ? first : undefined;
      });
      const forgeries = anyForgery([...recorded, ...alsoPossible()], subjectsOf(system.participants));
      const stranger = await Stranger.to(broker);
      for (let sent = 0; sent < MESSAGES; sent += AT_A_TIME) {
        for (const forgery of fc.sample(forgeries, { seed: SEED + sent, numRuns: AT_A_TIME }))
          stranger.publish(forgery);
        await stranger.flush();
        await refusals();
      }
      expect(stranger.errors).toEqual([]);
      stranger.close();
      expect(await kept()).toEqual(before);
    },
    STORY_MS,
  );

  it('are counted by their reasons, at every node', async () => {
    for (const [, refused] of await refusals()) {
      expect(refused.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(MESSAGES / 10);
      const reasons = refused.map(({ reason }) => reason);
      expect(reasons).toEqual(
        expect.arrayContaining([
          'the body is not JSON',
          'the body is not UTF-8',
          'a heartbeat of a start that is not on record in the key-value store',
        ]),
      );
      expect(refused.map(({ subject }) => subject)).toContain('clocks');
    }
  });

  it('are logged once for each reason', async () => {
    for (const node of nodes()) {
      const lines = (await given.system.files.log(node)).filter(({ msg }) => /^(refused|ignored) /.test(String(msg)));
      const first = lines
        .filter(({ unshown }) => unshown === undefined)
        .map(({ subject, reason }) => `${String(subject)} ${String(reason)}`);
      expect(new Set(first).size).toBe(first.length);
      expect(first.length).toBeGreaterThan(10);
      expect(lines.length).toBeLessThan(1_000);
    }
  });

  it('leave the memory and the clocks within their bounds', async () => {
    for (const node of nodes()) expect(await residentBytes(given.system, node)).toBeLessThan(512 * MEGABYTE);
    const heartbeat = await new Promise<Wired>((resolve, reject) => {
      Stranger.to(broker, ['parley.v1.node.alive'], resolve).catch(reject);
    });
    const vector = heartbeat.headers
      .find((line) => line.startsWith('parley-clock: '))
      ?.replace(/^parley-clock: \d+ /, '');
    expect(Object.keys(JSON.parse(vector ?? '') as object).length).toBeLessThanOrEqual(MAX_CLOCK_ENTRIES);
  });

  it(
    'leave everybody able to decide and to write lines',
    async () => {
      const { system } = given;
      const told = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          system.http.propose({ value: `after ${String(index)}`, waitSeconds: 10 }),
        ),
      );
      for (const { transaction } of told) expect(transaction).toMatchObject({ state: 'committed' });
      await system.settled();
      expect((await system.commonLedger()).length).toBe(21);
      for (const node of nodes()) expect(system.isRunning(node)).toBe(true);
    },
    STORY_MS,
  );
});
