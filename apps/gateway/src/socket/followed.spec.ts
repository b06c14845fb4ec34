import { describe, expect, it } from '@jest/globals';
import type { RoomEvent } from '@parley/contracts';
import { Followed } from './followed.js';

const place = { room: 'release', epoch: 7, at: 0, lamport: 0, vector: {} };
const jo = { name: 'Jo', kind: 'guest' } as const;
const al = { name: 'Al', kind: 'account' } as const;
const joined = (offset: number, who: typeof jo | typeof al, session: string | null = null): RoomEvent => ({
  ...place,
  offset,
  type: 'joined',
  who,
  session,
});
const left = (offset: number, who: typeof jo | typeof al): RoomEvent => ({ ...place, offset, type: 'left', who });

describe('what a client follows', () => {
  it('is told once, however often it comes', () => {
    const followed = new Followed(jo, 's');
    followed.follow('release', { epoch: 7, offset: 3 });
    expect([3, 4, 4, 5, 4].map((offset) => followed.takes(left(offset, al)))).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it('begins with the client’s own entry, and ends with its leaving', () => {
    const followed = new Followed(jo, 's');
    expect(followed.takes(joined(1, al))).toBe(false);
    expect(followed.takes(joined(2, jo, 's'))).toBe(true);
    expect(followed.takes(left(3, al))).toBe(true);
    expect(followed.takes(left(4, jo))).toBe(true);
    expect(followed.takes(joined(5, al))).toBe(false);
  });

  it('is not that of another guest who had the name, nor of the account of that name', () => {
    const followed = new Followed(jo, 's');
    expect(followed.takes(joined(1, jo, 'another'))).toBe(false);
    expect(followed.takes(joined(2, { ...jo, kind: 'account' } as never))).toBe(false);
  });

  it('is told anew when the record is another one', () => {
    const followed = new Followed(jo, 's');
    followed.follow('release', { epoch: 7, offset: 100 });
    expect(followed.takes({ ...left(1, al), epoch: 8 })).toBe(true);
  });
});
