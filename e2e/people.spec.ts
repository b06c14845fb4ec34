// People vote for participants, over HTTP: what their votes and acknowledgements lead to, and what becomes of them when
// they come late, twice, or to a participant that is killed.
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenRequest, ParticipantStateName, Problem, Timeouts, Transaction } from '@parley/contracts';
import { givenSystem } from './testing/given-system.js';

const given = givenSystem();

/** People have time, also on a busy machine; who is left alone does not wait for long. */
const PATIENT: Timeouts = { voteRequestMs: 60_000, voteMs: 60_000, acknowledgementMs: 60_000, decisionMs: 500 };
const STORY_MS = 120_000;

type Vote = 'commit' | 'abort';
type Told = { status: number; body: unknown };

const everyone = ['participant-1', 'participant-2', 'participant-3'] as const;
const http = () => given.system.http;

const propose = async (book: string, value: string, timeouts: Partial<Timeouts> = {}): Promise<Transaction> => {
  const told = await http().propose({ value, book, votes: 'manual', timeouts: { ...PATIENT, ...timeouts } });
  expect(told.status).toBe(202);
  return told.transaction!;
};
const vote = (id: string, participant: string, what: Vote): Promise<Told> =>
  http().request('POST', `/transactions/${id}/votes`, { participant, vote: what });
const acknowledge = (id: string, participant: string): Promise<Told> =>
  http().request('POST', `/transactions/${id}/acknowledgements`, { participant });

/** What a participant waits for a person to do about the transaction; resolves when it does. */
const asked = (id: string, kind: OpenRequest['kind'], participant: string): Promise<OpenRequest> =>
  given.system.eventually(`${participant} asks for the ${kind} about ${id}`, async () => {
    const { body } = await http().request('GET', `/participants/${participant}/requests`);
    return (body as { items?: OpenRequest[] }).items?.find((open) => open.transaction === id && open.kind === kind);
  });

const allVote = async (id: string, participants: readonly string[] = everyone): Promise<void> => {
  for (const participant of participants) {
    await asked(id, 'vote', participant);
    expect(await vote(id, participant, 'commit')).toMatchObject({ status: 200, body: { state: 'waiting' } });
  }
};

const decided = (id: string): Promise<Transaction> =>
  given.system.eventually(`${id} is decided`, async () => {
    const transaction = await http().transaction(id);
    return transaction.state === 'deciding' ? undefined : transaction;
  });

const decision = async (id: string) => (await http().evidence(id)).decision!;

const refusal = (code: Problem['code'], words: RegExp) => ({
  status: 409,
  body: expect.objectContaining({ code, detail: expect.stringMatching(words) }),
});
const isThere = (state: ParticipantStateName): RegExp => new RegExp(`is ${state} there`);

/** The lines of the book in all files, once they are equal. */
const lines = async (book: string): Promise<string[]> => {
  await given.system.settled(book);
  return given.system.commonLedger(book);
};

describe('people', () => {
  beforeAll(async () => {
    for (const participant of everyone) {
      expect(await http().request('PUT', `/participants/${participant}/seat`)).toMatchObject({ status: 200 });
    }
  });

  it(
    'all vote commit, and as soon as a majority has acknowledged the string stands in every file',
    async () => {
      const { id, createdAt } = await propose('agreed', 'release 1.4.0');
      const request = await asked(id, 'vote', 'participant-1');
      expect(request).toMatchObject({ value: 'release 1.4.0', proposer: 'operator' });
      expect(Date.parse(request.deadline) - Date.parse(createdAt)).toBe(PATIENT.voteMs);
      await allVote(id);
      for (const participant of ['participant-1', 'participant-3']) {
        await asked(id, 'acknowledgement', participant);
        expect(await acknowledge(id, participant)).toMatchObject({ status: 200, body: { state: 'pre-commit' } });
      }
      expect(await decided(id)).toMatchObject({ state: 'committed', votes: 'manual' });
      expect(await decision(id)).toMatchObject({
        rule: 'quorum-acknowledged',
        decidedBy: 'coordinator',
        votes: { 'participant-1': 'yes', 'participant-2': 'yes', 'participant-3': 'yes' },
        acknowledgements: ['participant-1', 'participant-3'],
      });
      expect(await lines('agreed')).toEqual(['release 1.4.0']);
      const { body } = await http().request('GET', '/participants/participant-2/requests');
      expect(body).toEqual({ items: [] });
    },
    STORY_MS,
  );

  it(
    'abort by one of them: an empty line marks it in every file, and earlier strings stay',
    async () => {
      const { id } = await propose('agreed', 'release 1.4.1');
      await asked(id, 'vote', 'participant-2');
      expect(await vote(id, 'participant-2', 'abort')).toMatchObject({ status: 200, body: { state: 'aborted' } });
      expect(await decided(id)).toMatchObject({ state: 'aborted' });
      expect(await decision(id)).toMatchObject({ rule: 'vote-no', votes: { 'participant-2': 'no' } });
      expect(await lines('agreed')).toEqual(['release 1.4.0', '']);
    },
    STORY_MS,
  );

  it(
    'do not vote, or too few of them: it is aborted at the deadline, and a vote after it is refused',
    async () => {
      const { id } = await propose('silence', 'nobody answers', { voteMs: 1_000 });
      expect(await decided(id)).toMatchObject({ state: 'aborted' });
      expect(await decision(id)).toMatchObject({ rule: 'vote-deadline', votes: {} });
      expect(await lines('silence')).toEqual(['']);
      expect(await vote(id, 'participant-1', 'commit')).toEqual(refusal('vote-refused', /too late/));

      const next = await propose('silence', 'one answers', { voteMs: 5_000 });
      await allVote(next.id, ['participant-1']);
      expect(await decided(next.id)).toMatchObject({ state: 'aborted' });
      expect(await decision(next.id)).toMatchObject({ rule: 'vote-deadline', votes: { 'participant-1': 'yes' } });
    },
    STORY_MS,
  );

  it(
    'cannot change a vote, neither before the pre-commit nor after it',
    async () => {
      const { id } = await propose('second-thoughts', 'no way back');
      await allVote(id, ['participant-1']);
      expect(await vote(id, 'participant-1', 'abort')).toEqual(refusal('vote-refused', isThere('waiting')));
      await allVote(id, ['participant-2', 'participant-3']);
      await asked(id, 'acknowledgement', 'participant-1');
      expect(await vote(id, 'participant-1', 'abort')).toEqual(refusal('vote-refused', isThere('pre-commit')));
      await acknowledge(id, 'participant-1');
      expect(await acknowledge(id, 'participant-1')).toEqual(refusal('acknowledgement-refused', /first one counts/));
      await asked(id, 'acknowledgement', 'participant-2');
      await acknowledge(id, 'participant-2');
      expect(await decided(id)).toMatchObject({ state: 'committed' });
    },
    STORY_MS,
  );

  it(
    'vote for nobody whose seat they have given up',
    async () => {
      const { id } = await propose('empty-seat', 'who votes?');
      await asked(id, 'vote', 'participant-1');
      expect(await http().request('DELETE', '/participants/participant-1/seat')).toMatchObject({ status: 204 });
      expect(await vote(id, 'participant-1', 'abort')).toMatchObject({ status: 403, body: { code: 'seat-required' } });
      expect(await http().request('PUT', '/participants/participant-1/seat')).toMatchObject({ status: 200 });
      expect(await vote(id, 'participant-1', 'abort')).toMatchObject({ status: 200 });
      expect(await decided(id)).toMatchObject({ state: 'aborted' });
    },
    STORY_MS,
  );

  it(
    'need not vote again for a participant that was killed right after it had taken their vote',
    async () => {
      const { system } = given;
      const { id } = await propose('killed', 'a promise');
      await allVote(id, ['participant-3']);
      await system.kill('participant-3');
      await system.restart('participant-3');
      expect(await vote(id, 'participant-3', 'abort')).toEqual(refusal('vote-refused', isThere('waiting')));
      await allVote(id, ['participant-1', 'participant-2']);
      for (const participant of ['participant-1', 'participant-2']) {
        await asked(id, 'acknowledgement', participant);
        await acknowledge(id, participant);
      }
      expect(await decided(id)).toMatchObject({ state: 'committed' });
      expect(await decision(id)).toMatchObject({ votes: { 'participant-3': 'yes' } });
      expect(await lines('killed')).toEqual(['a promise']);
    },
    STORY_MS,
  );

  describe('who do not acknowledge', () => {
    const unacknowledged = async (book: string, protocol: Transaction['protocol']): Promise<string> => {
      const timeouts = { ...PATIENT, acknowledgementMs: 500, voteRequestMs: 60_000 };
      const told = await http().propose({ value: 'in silence', book, protocol, votes: 'manual', timeouts });
      const { id } = told.transaction!;
      await allVote(id);
      expect(await decided(id)).toMatchObject({ state: 'committed', protocol });
      expect(await lines(book)).toEqual(['in silence']);
      return id;
    };

    it(
      'keep nobody waiting: with e3pc a recovery commits',
      async () => {
        const { rule, states } = await decision(await unacknowledged('silent-e3pc', 'e3pc'));
        expect(rule).toMatch(/^recovery-/);
        expect(Object.values(states).length).toBeGreaterThan(0);
      },
      STORY_MS,
    );

    it(
      'keep nobody waiting: with 3pc the coordinator commits at the deadline',
      async () => {
        const id = await unacknowledged('silent-3pc', '3pc');
        expect(await decision(id)).toMatchObject({ rule: 'acknowledgement-deadline', decidedBy: 'coordinator' });
      },
      STORY_MS,
    );

    it(
      'are not asked to with 2pc',
      async () => {
        const id = await unacknowledged('silent-2pc', '2pc');
        expect(await decision(id)).toMatchObject({ rule: 'all-voted-yes', acknowledgements: [] });
      },
      STORY_MS,
    );
  });

  it(
    'are told who is missing while a transaction is in doubt, are refused by a recovery, and see it decided',
    async () => {
      const { system } = given;
      const { id } = await propose('in-doubt', 'a minority waits', { voteMs: 8_000, acknowledgementMs: 1_000 });
      await allVote(id);
      await asked(id, 'acknowledgement', 'participant-1');
      await system.kill('participant-2');
      await system.kill('participant-3');

      // Its recoverers reach no majority, and say so.
      const doubtful = await system.eventually(`${id} is in doubt with two missing`, async () => {
        const { body } = await http().request('GET', '/transactions?state=in-doubt');
        const found = (body as { items: Transaction[] }).items.find((transaction) => transaction.id === id);
        return found?.inDoubt?.missing.length === 2 ? found : undefined;
      });
      expect(doubtful.inDoubt).toMatchObject({ missing: ['participant-2', 'participant-3'] });
      expect(await acknowledge(id, 'participant-1')).toEqual(
        refusal('acknowledgement-refused', /recovery has taken over/),
      );
      expect(await http().request('POST', `/transactions/${id}/recover`)).toMatchObject({ status: 202, body: { id } });

      await system.restart('participant-2');
      expect(await decided(id)).toMatchObject({ state: 'committed', inDoubt: null });
      expect((await decision(id)).rule).toMatch(/^recovery-/);
      await system.restart('participant-3');
      expect(await lines('in-doubt')).toEqual(['a minority waits']);
    },
    STORY_MS,
  );
});
