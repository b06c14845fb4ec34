import { describe, expect, it } from '@jest/globals';
import { transactionQuery } from '@parley/contracts';
import { decodeCursor, encodeCursor } from './cursor.js';

const greatest = { createdAt: 9_999_999_999_999, book: 'b'.repeat(32), number: 999_999_999_999_999 };

describe('a cursor', () => {
  it('stands for the position it was made of', () => {
    expect(decodeCursor(encodeCursor(greatest))).toEqual(greatest);
  });

  it('is never longer than the query takes', () => {
    expect(transactionQuery.safeParse({ cursor: encodeCursor(greatest) }).success).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', Buffer.from('x').toString('base64url')],
    ['no position', Buffer.from('{}').toString('base64url')],
    ['a book that can be none', Buffer.from('{"createdAt":1,"book":"B","number":1}').toString('base64url')],
    ['a further field', Buffer.from('{"createdAt":1,"book":"b","number":1,"x":1}').toString('base64url')],
    ['another spelling of a position', Buffer.from('{ "createdAt":1,"book":"b","number":1}').toString('base64url')],
    ['padding', `${encodeCursor(greatest)}==`],
  ])('%s is none', (_, text) => {
    expect(decodeCursor(text)).toBeUndefined();
  });
});
