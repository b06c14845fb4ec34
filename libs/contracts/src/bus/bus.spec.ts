import { describe, expect, it } from '@jest/globals';
import { problemCodes, problemKinds } from '../problems.js';
import { newestFirst, type PagePosition } from '../transaction.js';
import { chatFacts, chatOperations } from './chat-operations.js';
import { coordinatorOperations } from './coordinator-operations.js';
import { directOperations } from './direct-operations.js';
import { facts } from './facts.js';
import { faultOperations, namedParticipantOperations } from './named-operations.js';
import { participantOperations } from './participant-operations.js';
import { MAX_RANGE, numberRange } from './protocol-messages.js';
import { roomOperations } from './room-operations.js';

const toAll: Readonly<Record<string, { readonly subject: string }>>[] = [
  coordinatorOperations,
  participantOperations,
  chatOperations,
  roomOperations,
  directOperations,
  chatFacts,
  facts,
];
const toOne: Readonly<Record<string, { readonly subjectOf: (node: string) => string }>>[] = [
  namedParticipantOperations,
  faultOperations,
];
const subjects = [
  ...toAll.flatMap((contracts) => Object.values(contracts).map(({ subject }) => subject)),
  ...toOne.flatMap((contracts) => Object.values(contracts).map(({ subjectOf }) => subjectOf('participant-1'))),
];

describe('the bus', () => {
  it('has subjects of the form parley.v1.<service>.<verb>[.<id>], each once', () => {
    for (const subject of subjects) expect(subject).toMatch(/^parley\.v1(\.[A-Za-z0-9_-]+){2,3}$/);
    expect(new Set(subjects).size).toBe(subjects.length);
  });

  it('drops fields that a reader does not know, so that fields may be added', () => {
    const told = { from: 'gateway-1', added: 'later' };
    expect(facts.called.body.parse(told)).toEqual({ from: 'gateway-1' });
  });

  it('has no message that speaks of more numbers than its hearer can remember, or read, in all its ranges', () => {
    const ranges = (count: number) =>
      Array.from({ length: count }, () => ({ book: 'main', first: 1, last: MAX_RANGE }));
    const asks = (count: number) =>
      participantOperations.fetch.request.safeParse({ from: 'a', ranges: ranges(count) }).success;
    expect([asks(1), asks(2)]).toEqual([true, false]);
    const list = [{ name: 'a', logId: '1'.repeat(32) }];
    const carries = (count: number) =>
      participantOperations.vote.request.shape.open.safeParse([{ list, protocol: 'e3pc', ranges: ranges(count) }])
        .success;
    expect([carries(10), carries(11)]).toEqual([true, false]);
  });

  it('takes no range that runs backwards or is without a bound', () => {
    const range = (first: number, last: number) => numberRange.safeParse({ book: 'main', first, last }).success;
    expect([range(1, 1), range(5, 4 + MAX_RANGE)]).toEqual([true, true]);
    expect([range(2, 1), range(0, 1), range(1, 1 + MAX_RANGE), range(1, 1e15)]).toEqual([false, false, false, false]);
  });
});

describe('the table of problems', () => {
  it('tells for each code a status of its kind, what happened and what to do', () => {
    for (const code of problemCodes) {
      const { status, title, remedy } = problemKinds[code];
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(title).not.toMatch(/\.$/);
      expect(remedy).toMatch(/\.$/);
    }
  });
});

describe('the order of pages', () => {
  it('is total: newest first, then by book, then the greater number first', () => {
    const at = (createdAt: number, book: string, number: number): PagePosition => ({ createdAt, book, number });
    const sorted = [at(2, 'a', 1), at(1, 'a', 3), at(1, 'a', 2), at(1, 'b', 9)];
    expect([...sorted].reverse().sort(newestFirst)).toEqual(sorted);
    expect(newestFirst(at(1, 'a', 1), at(1, 'a', 1))).toBe(0);
  });
});
