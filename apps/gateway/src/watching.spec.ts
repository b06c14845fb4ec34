import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { observedEvent, problem, transaction } from '@parley/contracts';
import type { Gateway } from './gateway.js';
import { decided, knownTransaction } from './testing/known.js';
import type { ScriptedCoordinator } from './testing/scripted-coordinator.js';
import type { ScriptedParticipant } from './testing/scripted-participant.js';
import { SseClient } from './testing/sse.js';
import { Stage, type Operator } from './testing/stage.js';
import { begun, Teller } from './testing/told-events.js';

const path = '/api/v1/events';

describe('whoever watches', () => {
  let stage: Stage;
  let coordinator: ScriptedCoordinator;
  let participants: ScriptedParticipant[];
  let gateway: Gateway;
  let operator: Operator;
  let teller: Teller;
  const open: SseClient[] = [];

  beforeAll(async () => {
    ({ stage, coordinator, participants, gateway, operator } = await Stage.complete());
    teller = new Teller(await stage.bus('teller', 'node-1'), 'node-1');
  });
  afterAll(async () => {
    for (const client of open) client.close();
    await stage.clear();
  });

  async function watch(query = '', headers: Record<string, string> = {}): Promise<SseClient> {
    const client = await SseClient.open(gateway.address, path + query, headers);
    open.push(client);
    return client;
  }
  const ids = (sent: readonly { data: Record<string, unknown> }[]): unknown[] => sent.map(({ data }) => data['id']);
  const isAbout = (id: string) => (sent: { data: Record<string, unknown> }) =>
    JSON.stringify(sent.data).includes(`"${id}"`);

  it('is sent events as they are told, each with its sentence, and none from before', async () => {
    await teller.tell(begun('early-1'));
    const client = await watch();
    expect(client.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    // A place in the stream is known once something has come, so one event may be needed to see that all is live.
    const beginning = await watch('?after=beginning');
    await beginning.until(isAbout('early-1'));
    const [event] = await teller.tell(begun('main-1', 'main-2'));
    const sent = await client.next();
    expect(sent).toMatchObject({ event: 'transaction.begun', data: event });
    expect(observedEvent.parse(sent.data)).toMatchObject({ text: 'node-1 has begun main-1, main-2' });
  });

  it('of one transaction is sent what concerns it, from the beginning, and nothing of others', async () => {
    await teller.tell(begun('story-1', 'story-2'), begun('story-3'));
    const client = await watch('?transaction=story-1');
    expect(await client.next()).toMatchObject({
      data: { transactions: [{ id: 'story-1' }], text: 'node-1 has begun story-1' },
    });
    await teller.tell(begun('story-2'), { type: 'vote.given', transactions: [{ id: 'story-1', answer: 'yes' }] });
    expect(await client.next()).toMatchObject({
      event: 'vote.given',
      data: { transactions: [{ id: 'story-1', answer: 'yes' }] },
    });
  });

  it('goes on after the last event it saw, within a batch too, by header or address', async () => {
    const told = await teller.tell(begun('resume-1'), begun('resume-2'), begun('resume-3'));
    const first = await (await watch('?transaction=resume-1')).next();
    for (const client of [
      await watch('', { 'last-event-id': first.id! }),
      await watch(`?after=${first.id!}`),
      await watch('?after=beginning', { 'last-event-id': first.id! }),
    ]) {
      const rest = [await client.next(), await client.next()];
      expect(ids(rest)).toEqual([told[1]!.id, told[2]!.id]);
    }
  });

  it('is told when it cannot go on where it was', async () => {
    await teller.tell(begun('gap-1'));
    const unknown = await watch('?after=zzz.7.0');
    expect(await unknown.next()).toMatchObject({ event: 'gap', data: { reason: 'lost' } });
    const nonsense = await watch('', { 'last-event-id': 'nonsense' });
    expect(await nonsense.next()).toMatchObject({ event: 'gap', data: { reason: 'invalid' } });
  });

  it('is not troubled by garbage in the stream, which is logged', async () => {
    const client = await watch('?transaction=after-1');
    await teller.append('garbage');
    await teller.append('{"events": [{"type": "transaction.begun"}]}');
    await teller.append(`{"events": "after-1"}`);
    await teller.tell(begun('after-1'));
    expect((await client.next()).event).toBe('transaction.begun');
    await stage.logLine(({ msg }) => msg === 'ignored a message in the stream of events');
  });

  it('is refused with a problem for a query that is not allowed, without a token, and for an unknown transaction', async () => {
    const answers = [
      await operator.get(`${path}?transaction=nonsense`),
      await operator.get(`${path}?format=xml`),
      await operator.get(`${path}?after=yesterday`),
      await operator.get(`${path}?since=1`),
      await operator.get('/api/v1/transactions/nonsense/events'),
      await operator.get('/api/v1/transactions/main-99/events'),
    ];
    const codes = answers.map(({ body }) => problem.parse(body).code);
    expect(codes).toEqual([...Array<string>(4).fill('invalid-query'), 'unknown-transaction', 'unknown-transaction']);
    expect((await SseClient.open(gateway.address, path, { authorization: 'Bearer wrong' })).status).toBe(401);
  });

  it('can ask by HEAD whether there is a stream', async () => {
    const answer = await operator.head(path);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
  });

  it('gets all that the stream has of a transaction as a log for ShiViz', async () => {
    const other = new Teller(await stage.bus('teller-2', 'node-2'), 'node-2');
    await teller.tell(begun('shiviz-1', 'shiviz-2'), begun('shiviz-2'));
    await other.tell({ type: 'vote.given', transactions: [{ id: 'shiviz-1', answer: 'no' }] });
    await teller.tell({ type: 'report.made', what: 'two\nlines', transactions: [{ id: 'shiviz-1' }] });
    const answer = await operator.get(`${path}?format=shiviz&transaction=shiviz-1`);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    const lines = answer.text.split('\n');
    expect(lines.slice(0, 2)).toEqual([String.raw`(?<event>.*)\n(?<host>\S*) (?<clock>{.*})`, '']);
    expect(lines.slice(2).sort()).toEqual(
      [
        ...['node-1 has begun shiviz-1', 'node-1 {"node-1":1}'],
        ...['node-2 answers the vote request: shiviz-1 no', 'node-2 {"node-2":1}'],
        ...['node-1 reports of shiviz-1: two lines', 'node-1 {"node-1":2}', ''],
      ].sort(),
    );
  });

  it('of the story of a transaction is sent its state at first and at each change, between its events', async () => {
    const known = knownTransaction('tale', 1, { createdAt: 1_000 });
    coordinator.known.push(known);
    await teller.tell(begun('tale-1'));
    const client = await SseClient.open(gateway.address, '/api/v1/transactions/tale-1/events');
    open.push(client);
    const state = await client.next();
    expect(state.event).toBe('state');
    expect(transaction.parse(state.data)).toMatchObject({ id: 'tale-1', state: 'deciding' });
    expect((await client.next()).event).toBe('transaction.begun');
    coordinator.known.splice(coordinator.known.indexOf(known), 1, { ...known, decision: decided('committed', 1_005) });
    const outcome = {
      id: 'tale-1',
      outcome: 'committed',
      rule: 'quorum-acknowledged',
      decidedBy: 'coordinator',
    } as const;
    await teller.tell({ type: 'decision.announced', transactions: [outcome] });
    const committed = await client.until(({ event }) => event === 'state');
    expect(committed.map(({ event }) => event)).toEqual(['decision.announced', 'state']);
    expect(committed.at(-1)!.data).toMatchObject({ state: 'committed', applied: { done: 0, of: 3 } });
    participants[0]!.record(known, 'committed', 1_005);
    const applied = await client.until(({ event }) => event === 'state');
    expect(applied.at(-1)!.data).toMatchObject({ state: 'committed', applied: { done: 1, of: 3 } });
  });
});

describe('streams of events', () => {
  let stage: Stage;
  const admission = {
    begins: 1,
    waits: 1,
    bytes: 1_000_000,
    reads: 10,
    ledgers: 1,
    streams: 2,
    users: 1,
    newcomers: 1,
    logs: 1,
  };

  beforeAll(async () => {
    stage = await Stage.set();
  });
  afterAll(() => stage.clear());

  it('are so many at once; further ones are refused until one ends', async () => {
    const { gateway } = await stage.gateway(admission);
    const [first, second] = [await SseClient.open(gateway.address, path), await SseClient.open(gateway.address, path)];
    const third = await SseClient.open(gateway.address, path);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect([third.status, third.headers['retry-after']]).toEqual([503, '1']);
    first.close();
    await stage.logLine(({ route, abandoned }) => route === path && abandoned === true);
    const fourth = await SseClient.open(gateway.address, path);
    expect(fourth.status).toBe(200);
    for (const client of [second, fourth]) client.close();
    await gateway.stop();
  });

  it('end when the gateway stops, which waits for none of them', async () => {
    const { gateway } = await stage.gateway();
    const clients = [
      await SseClient.open(gateway.address, path),
      await SseClient.open(gateway.address, `${path}?transaction=main-1`),
    ];
    await gateway.stop();
    expect(await Promise.all(clients.map(({ ended }) => ended))).toEqual([true, true]);
  });

  it('say so when the broker is gone, and go on with what is told when it is back', async () => {
    const { gateway } = await stage.gateway();
    const bus = await stage.bus('teller', 'node-1');
    const teller = new Teller(bus, 'node-1');
    const client = await SseClient.open(gateway.address, `${path}?after=beginning`);
    await teller.tell(begun('main-1'));
    expect((await client.next()).event).toBe('transaction.begun');
    const back = new Promise<void>((resolve) => bus.onConnection((connected) => connected && resolve()));
    await stage.broker.kill();
    expect((await client.next()).event).toBe('away');
    await stage.restartBroker();
    await back;
    await teller.tell(begun('main-2')).catch(() => teller.tell(begun('main-2')));
    expect((await client.next()).data).toMatchObject({ reason: 'lost' });
    expect((await client.next()).data).toMatchObject({ transactions: [{ id: 'main-2' }] });
    client.close();
    await gateway.stop();
  });
});
