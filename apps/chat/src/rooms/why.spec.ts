// What is told of a message's place: nothing that the record does not show.
import { describe, expect, it } from '@jest/globals';
import type { RoomEvent } from '@parley/contracts';
import { explain } from './why.js';

const jo = { name: 'Jo', kind: 'account' } as const;
const al = { name: 'Al', kind: 'account' } as const;
const visitor = { name: 'Visitor', kind: 'guest' } as const;

class Record {
  readonly events: RoomEvent[] = [];

  joined(who: typeof jo | typeof al | typeof visitor, session: string | null = null): this {
    return this.add((place) => ({ ...place, type: 'joined', who, session }));
  }
  said(from: typeof jo | typeof al | typeof visitor, seen?: number): this {
    const id = '123e4567-e89b-42d3-a456-426614174000';
    const told = seen === undefined ? {} : { seen };
    return this.add((place) => ({ ...place, type: 'said', id, from, text: 'x', gapMs: null, ...told }));
  }

  private add(event: (place: typeof this.place) => RoomEvent): this {
    this.events.push(event(this.place));
    return this;
  }
  private get place() {
    const offset = this.events.length + 1;
    const placed = { by: 'chat-1', after: 10 * (offset - 1) };
    return { room: 'release', epoch: 7, offset, at: offset, lamport: offset, vector: { 'chat-1': offset }, placed };
  }
}

const offsets = ({ items }: { items: readonly { offset: number }[] }): number[] => items.map(({ offset }) => offset);
const why = ({ events }: Record, offset: number) => explain(events, offset)!;

describe('why a message stands where it stands', () => {
  it('is who put it there, after what, and its clocks', () => {
    const record = new Record().joined(jo).said(jo, 1);
    expect(why(record, 2)).toMatchObject({
      offset: 2,
      epoch: 7,
      from: 'Jo',
      lamport: 2,
      vector: { 'chat-1': 2 },
      placed: { by: 'chat-1', after: 10 },
      seen: 1,
      clock: [{ name: 'Jo', offset: 2 }],
      looked: { first: 1, last: 2 },
    });
    expect(why(record, 2).text[0]).toMatch(/chat-1 put it at 2, directly after 1: .* after sequence 10/);
  });

  it('is not explained where nothing was said', () => {
    const record = new Record().joined(jo).said(jo);
    expect([explain(record.events, 1), explain(record.events, 3)]).toEqual([undefined, undefined]);
  });

  it('tells two that were written at once from one that answers the other', () => {
    const record = new Record().said(jo, 0).said(al, 0).said(jo, 2);
    expect([why(record, 1), why(record, 2)].map(({ concurrent }) => offsets(concurrent))).toEqual([[2], [1]]);
    expect(offsets(why(record, 3).before)).toEqual([2, 1]);
    expect(why(record, 3).clock).toEqual([
      { name: 'Al', offset: 2 },
      { name: 'Jo', offset: 3 },
    ]);
    expect(why(record, 2).text.join('\n')).toMatch(/Concurrent with it: 1 by Jo\. .* neither sender is known/);
    expect(why(record, 3).text.join('\n')).toMatch(/Concurrent with it is nothing/);
  });

  it('follows what was told from one to the next', () => {
    const record = new Record().said(jo, 0).said(al, 1).said(visitor, 0).said(jo, 0).said(al, 3);
    expect(offsets(why(record, 5).before)).toEqual([3, 2, 1]);
    expect(offsets(why(record, 5).concurrent)).toEqual([4]);
  });

  it('claims nothing for a sender whose client does not say what it was told', () => {
    const record = new Record().said(al).said(jo).said(jo);
    expect(why(record, 3)).toMatchObject({ seen: null, before: { items: [{ offset: 2, from: 'Jo' }] } });
    expect(offsets(why(record, 3).concurrent)).toEqual([1]);
    expect(why(record, 3).text.join('\n')).toMatch(/did not say how far/);
  });

  it('does not take a guest for the one before who had the name', () => {
    const record = new Record().joined(visitor, 's1').said(visitor, 0).joined(visitor, 's2').said(visitor, 0);
    expect(offsets(why(record, 4).concurrent)).toEqual([2]);
    const back = new Record().joined(visitor, 's1').said(visitor, 0).joined(visitor, 's1').said(visitor, 0);
    expect(offsets(why(back, 4).before)).toEqual([2]);
  });

  it('names the nearest of many, and how many more there are', () => {
    const record = new Record();
    for (let n = 0; n < 60; n += 1) record.said(n === 30 ? jo : al, 0);
    const { concurrent } = why(record, 31);
    expect(offsets(concurrent).slice(0, 4)).toEqual([30, 32, 29, 33]);
    expect([concurrent.items.length, concurrent.more]).toEqual([20, 39]);
  });
});
