import { get as httpGet } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  evidence,
  participants as participantsSchema,
  problem,
  routes,
  transaction,
  type Route,
  transactionPage,
} from '@parley/contracts';
import type { Gateway } from './gateway.js';
import { decided, knownTransaction, members } from './testing/known.js';
import type { ScriptedCoordinator } from './testing/scripted-coordinator.js';
import type { ScriptedParticipant } from './testing/scripted-participant.js';
import { ready, Stage, TOKEN, type Operator } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

const path = '/api/v1/transactions';

describe('reading', () => {
  let stage: Stage;
  let coordinator: ScriptedCoordinator;
  let participants: ScriptedParticipant[];
  let gateway: Gateway;
  let operator: Operator;

  beforeAll(async () => {
    ({ stage, coordinator, participants, gateway, operator } = await Stage.complete());
  });
  afterAll(() => stage.clear());

  /** All nodes know these; the first participant knows the decision of the first and has written its line. */
  const first = knownTransaction('main', 1, { createdAt: 1_000 });
  const second = knownTransaction('main', 2, { createdAt: 2_000 });
  const third = knownTransaction('other', 1, { createdAt: 3_000 });
  const firstDecided = { ...first, decision: decided('committed', 1_005) };

  beforeAll(async () => {
    coordinator.known.push(first, second, third);
    participants[0]?.known.push(firstDecided, second);
    participants[1]?.known.push(first, third);
    participants[0]?.record(first, 'committed', 1_005);
    await participants[0]?.flush();
  });

  const idsOf = (body: unknown): string[] => transactionPage.parse(body).items.map(({ id }) => id);

  describe('a transaction', () => {
    it('that a ledger shows to be decided is never told as deciding', async () => {
      const answer = await operator.get(`${path}/main-1`);
      expect(answer.status).toBe(200);
      expect(transaction.parse(answer.body)).toMatchObject({
        id: 'main-1',
        state: 'committed',
        applied: { done: 1, of: 3 },
        decidedAt: '1970-01-01T00:00:01.005Z',
      });
    });

    it('that nobody knows to be decided is deciding', async () => {
      const answer = await operator.get(`${path}/main-2`);
      expect(answer.body).toMatchObject({ state: 'deciding', decidedAt: null, applied: { done: 0, of: 3 } });
    });

    it('has evidence, also when only a participant has it', async () => {
      const answer = await operator.get(`${path}/main-1/evidence`);
      expect(evidence.parse(answer.body)).toMatchObject({
        transaction: 'main-1',
        state: 'committed',
        list: members,
        decision: { rule: 'quorum-acknowledged', decidedBy: 'coordinator', quorum: 2 },
      });
      const undecided = await operator.get(`${path}/main-2/evidence`);
      expect(evidence.parse(undecided.body)).toMatchObject({ state: 'deciding', decision: null });
    });
  });

  describe('the list', () => {
    it('is newest first, with the decisions that anybody knows', async () => {
      const answer = await operator.get(path);
      expect(idsOf(answer.body)).toEqual(['other-1', 'main-2', 'main-1']);
      expect(transactionPage.parse(answer.body)).toMatchObject({
        items: [{ state: 'deciding' }, { state: 'deciding' }, { state: 'committed' }],
        next: null,
      });
    });

    it('comes in pages', async () => {
      const page = transactionPage.parse((await operator.get(path).query({ limit: 2 })).body);
      expect(page.items.map(({ id }) => id)).toEqual(['other-1', 'main-2']);
      const rest = transactionPage.parse((await operator.get(path).query({ limit: 2, cursor: page.next })).body);
      expect(rest).toMatchObject({ items: [{ id: 'main-1' }], next: null });
    });

    it('can be of one book and of one state', async () => {
      expect(idsOf((await operator.get(path).query({ book: 'main' })).body)).toEqual(['main-2', 'main-1']);
      expect(idsOf((await operator.get(path).query({ state: 'deciding', book: 'other' })).body)).toEqual(['other-1']);
    });

    it('ends a page early rather than hold many long strings', async () => {
      const long = Array.from({ length: 40 }, (_, index) => {
        const known = knownTransaction('long', index + 1);
        return { ...known, begin: { ...known.begin, value: 'x'.repeat(65_536) } };
      });
      // As many as fit into one message, as the contract has it.
      const whole = coordinator.page.bind(coordinator);
      coordinator.page = (request) => whole(request).slice(0, 8);
      coordinator.known.push(...long);
      const seen: string[] = [];
      let pages = 0;
      for (let cursor: string | null | undefined; cursor !== null; pages += 1) {
        const answer = await operator.get(path).query({ book: 'long', limit: 500, ...(cursor && { cursor }) });
        expect(answer.text.length).toBeLessThan(3 * 1024 * 1024);
        const page = transactionPage.parse(answer.body);
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.next;
      }
      coordinator.page = whole;
      coordinator.known.splice(-long.length);
      expect(seen).toEqual(long.map(({ begin }) => `long-${String(begin.number)}`).reverse());
      expect(pages).toBeGreaterThan(1);
    });
  });

  describe('while the coordinator is away', () => {
    beforeAll(() => coordinator.stop());
    afterAll(() => coordinator.start());

    it('a transaction is answered by the participants: any decision wins', async () => {
      const answer = await operator.get(`${path}/main-1`);
      expect(answer.body).toMatchObject({ id: 'main-1', state: 'committed' });
    });

    it('the list is merged of theirs', async () => {
      const answer = await operator.get(path);
      expect(idsOf(answer.body)).toEqual(['other-1', 'main-2', 'main-1']);
      const committed = await operator.get(path).query({ state: 'committed' });
      expect(idsOf(committed.body)).toEqual(['main-1']);
    });

    it('what no participant knows may still have begun, and is not denied', async () => {
      const answer = await operator.get(`${path}/main-77`);
      expect(problem.parse(answer.body)).toMatchObject({ status: 503, code: 'coordinator-unreachable' });
    });

    it('nothing can be read when the participants are away too', async () => {
      await Promise.all(participants.map((participant) => participant.stop()));
      for (const url of [`${path}/main-1`, path]) {
        const answer = await operator.get(url);
        expect(problem.parse(answer.body)).toMatchObject({ status: 503, code: 'coordinator-unreachable' });
        expect(answer.headers['retry-after']).toBe('1');
      }
      await Promise.all(participants.map((participant) => participant.start()));
    });
  });

  it('the participants are those that are configured, with what was heard of them', async () => {
    const { items } = participantsSchema.parse((await operator.get('/api/v1/participants')).body);
    expect(items.map(({ id }) => id)).toEqual(members.map(({ name }) => name));
    expect(items[0]).toMatchObject({
      live: true,
      complete: true,
      logId: '1'.repeat(32),
      ledgers: [{ book: 'main', lines: 1 }],
    });
  });

  describe('a ledger', () => {
    const ledger = '/api/v1/participants/participant-2/ledgers/main';
    const pages = ['one\n', 'two\n\n', 'drei €\n'];
    const answerPages: ScriptedParticipant['onLedger'] = ({ offset }) => ({
      text: pages[offset] ?? '',
      next: offset + 1 < pages.length ? offset + 1 : null,
    });
    afterEach(() => {
      participants[1]!.onLedger = answerPages;
    });
    beforeAll(() => {
      participants[1]!.onLedger = answerPages;
    });

    it('is its text, page after page', async () => {
      const answer = await operator.get(ledger);
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(answer.text).toBe('one\ntwo\n\ndrei €\n');
    });

    it('is asked for only as fast as it is taken', async () => {
      let asked = 0;
      participants[1]!.onLedger = ({ offset }) => {
        asked += 1;
        return { text: `${'x'.repeat(500_000)}\n`, next: offset + 1 };
      };
      const closed = new Promise<void>((resolve) => {
        httpGet(`${gateway.address}${ledger}`, { headers: { authorization: `Bearer ${TOKEN}` } }, (response) => {
          // Nothing is read, so the buffers on the way fill up and no further page is asked for.
          let before = -1;
          const settled = setInterval(() => {
            if (asked > 0 && asked === before) {
              clearInterval(settled);
              response.destroy();
              resolve();
            }
            before = asked;
          }, 200);
        });
      });
      await closed;
      expect(asked).toBeLessThan(64);
    });

    it('that cannot be sent to its end is broken off, not ended', async () => {
      participants[1]!.onLedger = ({ offset }) =>
        offset === 0 ? { text: 'one\n', next: 1 } : Promise.reject(new Error('the disk is gone'));
      await expect(operator.get(ledger)).rejects.toThrow(/aborted|socket hang up/);
      await stage.logLine(({ msg, err }) => msg === 'a ledger broke off' && err !== undefined);
    });

    it('that is not there is said not to be', async () => {
      participants[1]!.onLedger = () => ({ text: null, next: null });
      expect(problem.parse((await operator.get(ledger)).body)).toMatchObject({ status: 404, code: 'unknown-ledger' });
    });

    it('of a participant that is away cannot be read', async () => {
      await participants[1]!.stop();
      const answer = await operator.get(ledger);
      await participants[1]!.start();
      expect(answer.headers['retry-after']).toBe('1');
      expect(problem.parse(answer.body)).toMatchObject({ status: 503, code: 'participant-unreachable' });
    });

    it('answers HEAD without its text being fetched', async () => {
      let asked = 0;
      participants[1]!.onLedger = () => ({ text: 'x\n', next: (asked += 1) });
      const answer = await operator.head(ledger);
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(asked).toBe(1);
    });
  });

  it.each(Object.entries<Route>(routes))(
    '%s of the table of routes is served',
    async (_, { method, path: pattern, answers }) => {
      const url = pattern
        .replace('{id}', pattern.includes('ledgers') ? 'participant-1' : 'main-1')
        .replace('{book}', 'main');
      // A stream has no end: HEAD asks for what comes before it.
      const isStream = answers[200]?.mediaType?.startsWith('text/event-stream') === true;
      const answer = await operator[isStream ? 'head' : method](url);
      expect(['unknown-route', 'method-not-allowed']).not.toContain((answer.body as { code?: string }).code);
      // Nobody plays the chat here: what it is asked is answered so.
      if (answer.status >= 500) expect(answer.body).toMatchObject({ code: 'chat-unreachable' });
    },
  );

  describe('health', () => {
    it('is alive, for anyone who asks', async () => {
      const answer = await operator.get('/health/live').set('authorization', '');
      expect(answer.body).toEqual({ status: 'ok' });
    });

    it('names what is missing', async () => {
      participants[2]!.complete = false;
      participants[2]!.announce();
      await participants[2]!.flush();
      const answer = await operator.get('/health/ready').set('authorization', '');
      participants[2]!.complete = true;
      participants[2]!.announce();
      expect(answer.status).toBe(503);
      expect(answer.body).toEqual({ status: 'unavailable', missing: ['participant-3'] });
    });
  });

  describe('documentation', () => {
    it.each([
      ['/openapi.json', 'application/json'],
      ['/docs', 'text/html'],
      ['/docs/problems', 'text/html'],
      ['/docs/swagger-ui-bundle.js', 'text/javascript'],
      ['/docs/swagger-ui.css', 'text/css'],
      ['/docs/show.js', 'text/javascript'],
      ['/docs/favicon-32x32.png', 'image/png'],
    ])('%s is served to anyone', async (url, type) => {
      const answer = await operator.get(url).set('authorization', '');
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toContain(type);
    });

    it('loads nothing from elsewhere', async () => {
      const { text, headers } = await operator.get('/docs');
      for (const [, target] of text.matchAll(/(?:src|href)="([^"]*)"/g)) expect(target).toMatch(/^\/docs\//);
      expect(headers['content-security-policy']).toContain("script-src 'self';");
      expect(text).not.toMatch(/<script>|onload=/);
    });

    it('explains every problem where the problem says', async () => {
      const answer = await operator.get(`${path}/nothing`);
      const { type, remedy } = problem.parse(answer.body);
      const [page = '', anchor = ''] = type.split('#');
      const { text } = await operator.get(page);
      expect(text).toContain(`<section id="${anchor}">`);
      expect(text.replaceAll(/<\/?code>/g, '`')).toContain(remedy.replaceAll('<', '&lt;').replaceAll('>', '&gt;'));
      expect(text).not.toContain('`');
    });
  });

  it('is refused at once while the broker is away', async () => {
    const { broker } = stage;
    await broker.kill();
    const answer = await operator.get(`${path}/main-1`);
    expect(problem.parse(answer.body)).toMatchObject({ status: 503, code: 'broker-unreachable' });
    const proposed = await operator.post(path).send({ value: 'no broker' });
    expect(problem.parse(proposed.body)).toMatchObject({ status: 503, code: 'broker-unreachable' });
    expect((await operator.get('/health/ready')).body).toMatchObject({ missing: expect.arrayContaining(['broker']) });
    await stage.restartBroker();
    await ready(operator);
  }, 20_000);
});
