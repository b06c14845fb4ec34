// The post as a story: who sends what to whom, what waits, and what is decided on it. Events go through the same record whoever
// decided them.
import { describe, expect, it } from '@jest/globals';
import type { Party } from '@parley/contracts';
import { acknowledge, MAX_WAITING, send, type Recipients, type Verdict } from './commands.js';
import { Post } from './post.js';

const DAY_MS = 24 * 3_600_000;
const account = (name: string): Party => ({ name, kind: 'account', session: null });
const guest = (name: string, session: string): Party => ({ name, kind: 'guest', session });
const [jo, al, bo] = [account('Jo'), account('Al'), account('Bo')];
const to = (...parties: Party[]): Recipients => ({ parties, unknown: [], absent: [] });

/** A post, and the record that it follows from. */
function given() {
  const post = new Post();
  let sequence = 0;
  let now = 1_000;
  const happens = (actor: Party, decide: (at: number) => Verdict): number | string => {
    const at = Math.max(now, post.last(actor).at);
    const verdict = decide(at);
    if (verdict.kind === 'refused') return `${verdict.code}: ${verdict.detail}`;
    if (verdict.kind === 'done') return verdict.sequence ?? 'done';
    sequence += 1;
    post.apply({ ...verdict.event, at, lamport: sequence, vector: {} }, sequence);
    return sequence;
  };
  let ids = 0;
  const newId = (): string => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`;
  return {
    post,
    /** The sequence that it got, or the one it has; or why it was refused. */
    send: (from: Party, recipients: Recipients, id = newId()) =>
      happens(from, (at) => send(post, from, { id, text: 'x', recipients }, at, () => 0)),
    gap: (from: Party): number | null => {
      const verdict = send(
        post,
        from,
        { id: newId(), text: 'x', recipients: to(al) },
        Math.max(now, post.last(from).at),
        () => 0,
      );
      if (verdict.kind !== 'happens' || verdict.event.type !== 'sent') throw new Error(verdict.kind);
      return verdict.event.gapMs;
    },
    acknowledge: (who: Party, upTo: number) => happens(who, () => acknowledge(post, who, upTo)),
    wait: (ms: number) => (now += ms),
  };
}

describe('a message', () => {
  it('waits for each of those to whom it went, and for nobody else, until each has acknowledged it', () => {
    const { post, send: sends, acknowledge: acknowledges } = given();
    sends(jo, to(al, bo));
    sends(jo, to(bo));
    expect([al, bo, jo].map((each) => post.waiting(each))).toEqual([[1], [1, 2], []]);
    expect(acknowledges(bo, 1)).toBe(3);
    expect([al, bo].map((each) => post.waiting(each))).toEqual([[1], [2]]);
    expect(acknowledges(bo, 2)).toBe(4);
    expect(acknowledges(al, 1)).toBe(5);
    expect([al, bo].map((each) => post.waiting(each))).toEqual([[], []]);
  });

  it('is made once by a UUID of its sender, whatever has become of those to whom it went; the UUID of another makes another', () => {
    const { send: sends, wait } = given();
    const id = '123e4567-e89b-42d3-a456-426614174000';
    expect(sends(jo, to(al), id)).toBe(1);
    wait(DAY_MS - 1);
    expect(sends(jo, { parties: [], unknown: ['Al'], absent: [] }, id)).toBe(1);
    expect(sends(al, to(bo), id)).toBe(2);
  });

  it('is remembered by its UUID within bounds: a day, and the sender’s last thousand', () => {
    const { post, send: sends, wait } = given();
    const ids = Array.from({ length: 1_001 }, (_, n) => `00000000-0000-4000-9000-${String(n).padStart(12, '0')}`);
    for (const [n, id] of ids.entries()) sends(jo, to(n % 2 === 0 ? al : bo), id);
    expect([post.sentAt(jo, ids[0]!), post.sentAt(jo, ids[1]!)]).toEqual([undefined, 2]);
    wait(DAY_MS);
    sends(jo, to(jo));
    expect(post.sentAt(jo, ids[1_000]!)).toBeUndefined();
  });

  it.each([
    ['nobody has a name', { parties: [al], unknown: ['Cy', 'Di'], absent: ['Al'] }, 'unknown-recipient', 'Cy, Di'],
    ['somebody is not there', { parties: [al, bo], unknown: [], absent: ['Al', 'Bo'] }, 'recipient-absent', 'Al, Bo'],
  ])('goes to nobody when %s, and all of those are named', (_, recipients, code, names) => {
    const { post, send: sends } = given();
    expect(sends(jo, recipients)).toMatch(new RegExp(`^${code}: .*${names}$`));
    expect(post.waiting(al)).toEqual([]);
  });

  it('goes to nobody when an inbox is full, until something is acknowledged', () => {
    const { post, send: sends, acknowledge: acknowledges } = given();
    for (let n = 0; n < MAX_WAITING; n += 1) expect(sends(n % 2 === 0 ? jo : bo, to(al))).toBe(n + 1);
    expect(sends(jo, to(bo, al))).toMatch(/^inbox-full: .*Al$/);
    expect(post.waiting(bo)).toEqual([]);
    acknowledges(al, 1);
    expect(sends(jo, to(bo, al))).toBe(MAX_WAITING + 2);
  });

  it('says how long its sender had sent nothing to anybody, never less than nothing', () => {
    const { send: sends, gap, wait } = given();
    expect(gap(jo)).toBeNull();
    sends(jo, to(al));
    wait(12_000);
    expect(gap(jo)).toBe(12_000);
    wait(-60_000);
    expect(gap(jo)).toBe(0);
    expect(gap(bo)).toBeNull();
  });
});

describe('an acknowledgement', () => {
  it('changes nothing when it is repeated, comes late, or is of what was not sent yet', () => {
    const { post, send: sends, acknowledge: acknowledges } = given();
    sends(jo, to(al));
    sends(jo, to(al));
    expect(acknowledges(al, 99)).toBe(3);
    expect([acknowledges(al, 99), acknowledges(al, 1), acknowledges(bo, 99)]).toEqual(['done', 'done', 'done']);
    sends(jo, to(al));
    expect(post.waiting(al)).toEqual([4]);
  });

  it('is the receipt: who has not given it is missing', () => {
    const { post, send: sends, acknowledge: acknowledges } = given();
    const sent = {
      type: 'sent',
      id: '',
      from: jo,
      to: [al, bo],
      text: 'x',
      gapMs: null,
      at: 0,
      lamport: 0,
      vector: {},
    } as const;
    sends(jo, to(al, bo));
    expect(post.missing({ ...sent, to: [al, bo] }, 1)).toEqual([al, bo]);
    acknowledges(bo, 1);
    expect(post.missing({ ...sent, to: [al, bo] }, 1)).toEqual([al]);
  });
});

describe('what two people have sent to each other', () => {
  it('is the same for both, in order, also what went to others too, and is nobody else’s', () => {
    const { post, send: sends } = given();
    sends(jo, to(al));
    sends(al, to(jo, bo));
    sends(bo, to(jo));
    expect([post.letters(jo, 'al'), post.letters(al, 'JO')]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect([post.letters(bo, 'Al'), post.letters(bo, 'Jo'), post.letters(jo, 'Bo')]).toEqual([[2], [3], [3]]);
  });

  it('has once what somebody has sent to himself', () => {
    const { post, send: sends } = given();
    sends(jo, to(jo));
    expect([post.letters(jo, 'Jo'), post.waiting(jo)]).toEqual([[1], [1]]);
  });
});

describe('a guest', () => {
  it('is neither the next one of that name nor the account of that name', () => {
    const { post, send: sends } = given();
    sends(jo, to(guest('Visitor', 'a')));
    expect(post.waiting(guest('Visitor', 'b'))).toEqual([]);
    expect(post.waiting(account('Visitor'))).toEqual([]);
    expect(post.letters(guest('Visitor', 'b'), 'Jo')).toEqual([]);
  });

  it('leaves nothing behind but what others have sent and received', () => {
    const { post, send: sends } = given();
    const visitor = guest('Visitor', 'a');
    sends(jo, to(visitor));
    sends(visitor, to(jo));
    expect(post.guests).toEqual([visitor]);
    post.forget(visitor);
    expect([post.guests, post.waiting(visitor), post.letters(visitor, 'Jo')]).toEqual([[], [], []]);
    expect([post.letters(jo, 'Visitor'), post.waiting(jo)]).toEqual([[1, 2], [2]]);
  });
});
