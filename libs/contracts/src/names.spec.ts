import { describe, expect, it } from '@jest/globals';
import { bookName, bookOfRoom, nodeName, ownBookName, parseTransactionId, roomOfBook, transactionId } from './names.js';

describe('names', () => {
  it('make a transaction’s id from book and number, and are found in it again, whatever the book is called', () => {
    for (const book of ['main', 'a-1', '-', '1', 'x'.repeat(32), 'room_a-1', `room_${'x'.repeat(32)}`])
      for (const number of [1, 42, 999_999_999])
        expect(parseTransactionId(transactionId({ book, number }))).toEqual({ book, number });
  });

  it.each([
    '',
    'main',
    'main-',
    'main-0',
    'main-01',
    'main--',
    'Main-1',
    'main-1 ',
    'main-1.5',
    'main-9999999999999999',
    '../x-1',
  ])('are not in "%s": it is the id of no transaction', (id) => expect(parseTransactionId(id)).toBeUndefined());

  it('of books are 1 to 32 of a-z, 0-9 and -, and nothing else', () => {
    for (const good of ['a', 'release-notes-2', 'x'.repeat(32)]) expect(bookName.safeParse(good).success).toBe(true);
    for (const bad of ['', 'A', 'a b', 'ä', 'a/b', 'a.b', 'a\n', 'x'.repeat(33), 'a_b', 'room_', 'room_room_a'])
      expect(bookName.safeParse(bad).success).toBe(false);
  });

  it('of the books of rooms are one for each room, and nobody else’s', () => {
    for (const room of ['main', 'a-1', '-', 'room', 'x'.repeat(32)]) {
      const book = bookOfRoom(room);
      expect(bookName.safeParse(book).success).toBe(true);
      expect(ownBookName.safeParse(book).success).toBe(false);
      expect(roomOfBook(book)).toBe(room);
      expect(roomOfBook(room)).toBeNull();
    }
  });

  it('of nodes can stand in a subject as they are', () => {
    for (const good of ['participant-1', 'A_b']) expect(nodeName.safeParse(good).success).toBe(true);
    for (const bad of ['', '-a', 'a.b', '*', '>', 'a b', 'ä']) expect(nodeName.safeParse(bad).success).toBe(false);
  });
});
