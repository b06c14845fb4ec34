import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { problem, verification, type Book } from '@parley/contracts';
import type { ScriptedCoordinator } from './testing/scripted-coordinator.js';
import type { ScriptedParticipant } from './testing/scripted-participant.js';
import { Stage, type Operator } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

const api = '/api/v1';

describe('an operator', () => {
  let stage: Stage;
  let coordinator: ScriptedCoordinator;
  let participants: ScriptedParticipant[];
  let operator: Operator;

  beforeAll(async () => {
    ({ stage, coordinator, participants, operator } = await Stage.complete());
  });
  afterAll(() => stage.clear());

  it('sees the books, and which of them are unsafe', async () => {
    const book: Book = {
      book: 'skeen',
      protocol: '3pc',
      guarantee: 'unsafe-under-partition',
      votes: 'automatic',
      highest: 3,
      diverged: true,
    };
    coordinator.books.push(book);
    expect((await operator.get(`${api}/books`)).body).toEqual({ items: [book] });
  });

  it('lets a participant leave once nothing needs it, and is told what does until then', async () => {
    const url = `${api}/participants/participant-3`;
    coordinator.needed.set('participant-3', ['main-4 lists it and is not decided', 'main-5 is in too few ledgers']);
    expect(problem.parse((await operator.delete(url)).body)).toMatchObject({
      status: 409,
      code: 'participant-needed',
      detail: 'main-4 lists it and is not decided; main-5 is in too few ledgers',
    });
    coordinator.needed.delete('participant-3');
    expect((await operator.delete(url)).status).toBe(204);
    const unknown = await operator.delete(`${api}/participants/participant-9`);
    expect(problem.parse(unknown.body)).toMatchObject({ status: 404, code: 'unknown-participant' });
  });

  it('is told that the coordinator is away', async () => {
    await coordinator.stop();
    const answers = [await operator.get(`${api}/books`), await operator.delete(`${api}/participants/participant-3`)];
    await coordinator.start();
    for (const { body } of answers) {
      expect(problem.parse(body)).toMatchObject({ status: 503, code: 'coordinator-unreachable' });
    }
  });

  describe('has the ledgers compared', () => {
    const write = (book: string, ...ledgers: string[][]): void =>
      ledgers.forEach((lines, index) => participants[index]!.lines.set(book, lines));
    const verify = async (book?: string) =>
      verification.parse((await operator.get(`${api}/verification`).query(book === undefined ? {} : { book })).body);

    it('which are equal up to the shortest', async () => {
      write('main', ['a', '', 'c'], ['a', ''], ['a', '', 'c', 'd']);
      const { digest } = (await verify()).ledgers[1]!;
      expect(digest).toBe(participants[0]!.digest('main', 2));
      expect(await verify()).toEqual({
        book: 'main',
        equal: true,
        lines: 2,
        ledgers: [
          { participant: 'participant-1', lines: 3, digest },
          { participant: 'participant-2', lines: 2, digest },
          { participant: 'participant-3', lines: 4, digest },
        ],
        missing: [],
        firstDifference: null,
      });
    });

    it('of which the first line that differs is named, with each text', async () => {
      const lines = Array.from({ length: 100 }, (_, index) => `line ${String(index + 1)}`);
      write('split', lines, lines.with(41, ''), lines);
      expect(await verify('split')).toMatchObject({
        equal: false,
        lines: 100,
        firstDifference: {
          line: 42,
          texts: [
            { participant: 'participant-1', text: 'line 42' },
            { participant: 'participant-2', text: '' },
            { participant: 'participant-3', text: 'line 42' },
          ],
        },
      });
    });

    it('of a participant that sends its ledger in pages too', async () => {
      write('paged', ['one', 'two', 'three'], ['one', 'two', 'drei'], ['one', 'two', 'three']);
      const pages = ['one\ntwo\n', 'drei\n'];
      participants[1]!.onLedger = ({ offset }) => ({ text: pages[offset]!, next: offset === 0 ? 1 : null });
      expect(await verify('paged')).toMatchObject({ firstDifference: { line: 3, texts: [{}, { text: 'drei' }, {}] } });
    });

    it('of those that answer, and is told who did not', async () => {
      write('main', ['a'], ['a'], ['a']);
      await participants[2]!.stop();
      const verified = await verify();
      await participants[2]!.start();
      expect(verified).toMatchObject({ equal: true, lines: 1, missing: ['participant-3'] });
      expect(verified.ledgers).toHaveLength(2);
    });

    it('of a book that nobody has, which is empty everywhere', async () => {
      const verified = await verify('nobodys');
      expect(verified).toMatchObject({ equal: true, lines: 0, firstDifference: null });
      expect(verified.ledgers.map(({ digest }) => digest)).toEqual([null, null, null]);
    });

    it('which no participant can be asked for when none answers', async () => {
      await Promise.all(participants.map((participant) => participant.stop()));
      const answer = await operator.get(`${api}/verification`);
      await Promise.all(participants.map((participant) => participant.start()));
      expect(problem.parse(answer.body)).toMatchObject({ status: 503, code: 'participant-unreachable' });
    });

    it('by a book’s name only', async () => {
      const answer = await operator.get(`${api}/verification`).query({ book: 'No Book' });
      expect(problem.parse(answer.body)).toMatchObject({ status: 400, code: 'invalid-query', field: 'book' });
    });
  });
});
