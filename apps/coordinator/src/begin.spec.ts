import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startBroker, type Broker } from '@parley/broker';
import type { BeginRequest } from '@parley/contracts';
import { Bus } from '@parley/messaging';
import { pino } from 'pino';
import { Beginnings } from './begin.js';
import { CoordinatorShell } from './coordinator.shell.js';
import { IdempotencyKeys } from './idempotency.js';

const automatic = { voteRequestMs: 60_000, voteMs: 60_000, acknowledgementMs: 60_000, decisionMs: 60_000 };
const timeouts = { automatic, manual: { ...automatic, voteMs: 3_000_000 } };
const log = pino({ level: 'silent' });

const proposal = (value: string, idempotency?: { key: string; body: string }): BeginRequest['proposals'][number] => ({
  value,
  book: 'main',
  proposer: 'operator',
  correlation: 'c'.repeat(32),
  ...(idempotency && { idempotency }),
});

describe('a proposal at the coordinator', () => {
  let broker: Broker;
  let bus: Bus;
  let folder: string;
  let shell: CoordinatorShell;
  let beginnings: Beginnings;

  const open = async () => {
    const keys = new IdempotencyKeys();
    shell = await CoordinatorShell.open({
      folder,
      bus,
      log,
      timeouts,
      faults: false,
      minParticipants: 2,
      snapshotBytes: 64 * 1024,
      keys,
      fail: (error) => {
        throw error;
      },
    });
    beginnings = new Beginnings(shell, keys);
  };
  const isThere = (index: number) => {
    const logId = String(index).repeat(32);
    const member = { name: `participant-${String(index)}`, logId };
    const lines = shell.decided;
    shell.submit({ type: 'participant-heard', member, nonce: logId, doubled: false, complete: true, lines });
  };
  const everybodyIsThere = () => [1, 2, 3].forEach(isThere);
  const begin = async (...proposals: BeginRequest['proposals']) =>
    (await beginnings.begin(proposals)).map((result) =>
      result.ok ? `${result.repeated ? 'again ' : ''}${String(result.transaction?.begin.number)}` : result.code,
    );

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'begin-'));
    // Its own store: on one in which a coordinator has started before, an empty journal is a lost one.
    broker = await startBroker({ folder: join(folder, 'of-the-broker') });
    bus = await Bus.connect({ name: 'coordinator', address: broker, log });
    await open();
  });
  afterEach(async () => {
    await shell.close();
    await bus.drain();
    await broker.stop();
    await rm(folder, { recursive: true });
  });

  it('is refused, and begins nothing, while too few participants are there', async () => {
    isThere(1);
    const [result] = await beginnings.begin([proposal('a')]);
    expect(result).toMatchObject({
      ok: false,
      code: 'participants-missing',
      detail: '2 participants are needed (a majority of the 1 registered, and at least 2), and 1 can vote',
    });
    everybodyIsThere();
    expect(await begin(proposal('a'))).toEqual(['1']);
  });

  it('gets the next number of its book, with the others of its message in their order', async () => {
    everybodyIsThere();
    expect(await begin(proposal('a'), proposal('b'), { ...proposal('c'), book: 'other' })).toEqual(['1', '2', '1']);
    expect(await begin(proposal('d'))).toEqual(['3']);
  });

  it('is the same transaction when it comes again under its key, also in one message and after a restart', async () => {
    everybodyIsThere();
    const keyed = proposal('a', { key: 'k', body: 'b' });
    expect(await begin(keyed, keyed)).toEqual(['1', 'again 1']);
    expect(await begin(keyed)).toEqual(['again 1']);
    await shell.close();
    await open();
    everybodyIsThere();
    expect(await begin(keyed, proposal('new'))).toEqual(['again 1', '2']);
  });

  it('is refused under a key that came with another body; the refusal keeps no key', async () => {
    await begin(proposal('too early', { key: 'k', body: 'early' }));
    everybodyIsThere();
    expect(await begin(proposal('a', { key: 'k', body: 'b' }))).toEqual(['1']);
    expect(await begin(proposal('z', { key: 'k', body: 'z' }))).toEqual(['idempotency-conflict']);
  });

  it('is refused, and keeps no key, when it asks for another protocol, or other voters, than its book has', async () => {
    everybodyIsThere();
    const key = { key: 'k', body: 'b' };
    expect(await begin({ ...proposal('a'), protocol: '2pc' })).toEqual(['1']);
    expect(
      await begin(
        { ...proposal('b', key), protocol: 'e3pc' },
        { ...proposal('b', key), protocol: 'e3pc' },
        { ...proposal('c'), votes: 'manual' },
      ),
    ).toEqual(['book-protocol', 'book-protocol', 'book-votes']);
    expect(await begin({ ...proposal('b', key), protocol: '2pc' }, proposal('c'))).toEqual(['2', '3']);
    expect(shell.openTransactions).toBe(3);
  });

  it('has the time-outs of who votes in its book, and its own where it names some', async () => {
    everybodyIsThere();
    const [result] = await beginnings.begin([{ ...proposal('a'), votes: 'manual', timeouts: { decisionMs: 70 } }]);
    expect(result).toMatchObject({
      transaction: { begin: { timeouts: { voteMs: 3_000_000, acknowledgementMs: 60_000, decisionMs: 70 } } },
    });
  });

  it('is refused, and begins nothing, when too many are being decided', async () => {
    everybodyIsThere();
    const results = await begin(...Array.from({ length: 2100 }, (_, index) => proposal(String(index))));
    expect(results.slice(0, 2048)).toEqual(Array.from({ length: 2048 }, (_, index) => String(index + 1)));
    expect(new Set(results.slice(2048))).toEqual(new Set(['overloaded']));
    expect(shell.openTransactions).toBe(2048);
  });
});
