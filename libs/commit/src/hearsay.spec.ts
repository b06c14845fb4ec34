// What a participant keeps of what anybody can say: numbers and books without end must not fill its memory.
import { describe, expect, it } from '@jest/globals';
import type { Begin, Member } from '@parley/contracts';
import {
  newParticipant,
  numbersGiven,
  stepParticipant,
  type ParticipantInput,
  type ParticipantState,
} from './participant.js';

const self: Member = { name: 'participant-1', logId: '1'.repeat(32) };
const others: readonly Member[] = [{ name: 'participant-2', logId: '2'.repeat(32) }];
const terms = { list: others, protocol: 'e3pc' as const };
const decision = {
  outcome: 'committed' as const,
  rule: 'quorum-acknowledged' as const,
  decidedBy: 'coordinator',
  ballot: { counter: 1, node: '' },
  quorum: 1,
  votes: {},
  states: {},
  acknowledgements: [],
  decidedAt: 0,
};
const committed = (book: string, number: number): ParticipantInput => ({
  type: 'decided',
  transactions: [{ subject: { book, number, ...terms, digest: 'd' }, decision }],
});

class Participant {
  state: ParticipantState = newParticipant(self, 'commit');
  give(input: ParticipantInput) {
    const { state, effects } = stepParticipant(this.state, input, 0);
    this.state = state;
    return effects;
  }
  get inFlight(): number {
    return [...this.state.books.values()].reduce((sum, { open }) => sum + open.size, 0);
  }
}

describe('a participant that is told of ever more', () => {
  it('open numbers keeps so many, reports the rest, and answers all the same', () => {
    const participant = new Participant();
    const effects = Array.from({ length: 12 }, (_, index) =>
      participant.give({
        type: 'vote-requested',
        reply: index,
        ...terms,
        epoch: 1,
        deadline: 0,
        transactions: [],
        open: [
          { list: [...others], protocol: 'e3pc', ranges: [{ book: `b${String(index)}`, first: 1, last: 10_000 }] },
        ],
      }),
    );
    expect(participant.inFlight).toBe(100_000);
    expect(participant.state.books.size).toBe(10);
    expect(effects.at(9)).toEqual([]);
    expect(effects.at(-1)).toEqual([{ type: 'report', place: null, what: 'told of more open numbers than are kept' }]);
  });

  it('commits of books that it does not know fetches in so many at a time, and keeps nothing of the others', () => {
    const participant = new Participant();
    const fetched = Array.from({ length: 10_000 }, (_, index) => participant.give(committed(`b${String(index)}`, 1)));
    expect(fetched.flat().filter(({ type }) => type === 'fetch')).toHaveLength(64);
    expect(participant.state.books.size).toBe(64);
  });

  it('lines that nobody has asks for them some ten times, and again when somebody tells of them again', () => {
    const participant = new Participant();
    let asked = participant.give(committed('main', 1_000_000));
    let asks = 0;
    for (; asked.some(({ type }) => type === 'fetch'); asks += 1)
      asked = participant.give({ type: 'fetch-ended', book: 'main' });
    expect(asks).toBe(11);
    expect(participant.state.books.size).toBe(0);
    expect(participant.give({ type: 'peer-recorded', book: 'main', lines: 1 })).toEqual([
      expect.objectContaining({ type: 'fetch', fruitless: 0 }),
    ]);
  });
});

describe('a number of which a made-up list was heard', () => {
  const place = { book: 'main', number: 1 };
  const made: readonly Member[] = [{ name: self.name, logId: 'f'.repeat(32) }];
  const begin: Begin = {
    ...place,
    value: 'x',
    digest: 'd'.repeat(43),
    protocol: 'e3pc',
    votes: 'automatic',
    timeouts: { voteRequestMs: 1, voteMs: 1, acknowledgementMs: 1, decisionMs: 1 },
    proposer: 'p',
    correlation: '',
    createdAt: 0,
  };
  const asked = (list: readonly Member[], value: Begin = begin): ParticipantInput => ({
    type: 'vote-requested',
    reply: 1,
    list,
    protocol: 'e3pc',
    epoch: 1,
    deadline: 0,
    transactions: [value],
    open: [],
  });
  const answersOf = (effects: ReturnType<Participant['give']>) =>
    effects.flatMap((effect) => (effect.type === 'reply' ? effect.answers : []));
  const heard = (): Participant => {
    const participant = new Participant();
    expect(answersOf(participant.give(asked(made)))).toEqual([{ ...place, answer: 'not-member' }]);
    return participant;
  };

  it('is voted on, and decided, with the true list', () => {
    const participant = heard();
    const list = [self, ...others];
    expect(answersOf(participant.give(asked(list)))).toEqual([{ ...place, answer: 'yes' }]);
    const subject = { ...place, list, protocol: 'e3pc' as const, digest: begin.digest };
    expect(participant.give({ type: 'decided', transactions: [{ subject, decision }] })).toContainEqual(
      expect.objectContaining({ type: 'write-lines' }),
    );
  });

  it('is waited for with the true list when a vote request carries it as open', () => {
    const participant = heard();
    const list = [self, ...others];
    const ranges = [{ book: 'main', first: 1, last: 1 }];
    const carrying = { ...asked(list, { ...begin, number: 2 }), open: [{ list, protocol: 'e3pc', ranges }] };
    const wait = expect.objectContaining({ type: 'wait', wait: 'vote-request', place });
    expect(participant.give(carrying as ParticipantInput)).toContainEqual(wait);
    expect(participant.state.books.get('main')?.open.get(1)).toMatchObject({ list });
  });

  it('is aborted with the true list, on record and in memory', () => {
    const participant = heard();
    const list = [self, ...others];
    participant.give({
      type: 'states-asked',
      reply: 1,
      list,
      protocol: 'e3pc',
      ballot: { counter: 2, node: 'participant-2' },
      transactions: [{ ...place, digest: null }],
    });
    expect(participant.state.books.get('main')?.open.get(1)).toMatchObject({ list, state: 'aborted' });
  });

  it('is no number that was given: the coordinator does not stop because of it', () => {
    const participant = heard();
    expect(numbersGiven(participant.state)).toEqual([{ book: 'main', highest: 0 }]);
    participant.give(asked([self, ...others]));
    expect(numbersGiven(participant.state)).toEqual([{ book: 'main', highest: 1 }]);
  });

  it('is refused with another list or value once it is on record', () => {
    const participant = new Participant();
    participant.give(asked([self, ...others]));
    for (const request of [asked([self]), asked([self, ...others], { ...begin, digest: 'e'.repeat(43) })])
      expect(answersOf(participant.give(request))).toEqual([{ ...place, answer: 'mismatch' }]);
  });
});
