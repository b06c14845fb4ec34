import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_LINE_BYTES, findLineFault, line } from './line.js';

const printable = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 200 })
  .filter((text) => !/[\p{Cc}\u2028\u2029]/u.test(text));

/** Any UTF-16 code unit, halves of surrogate pairs among them. */
const codeUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));

describe('a string of a transaction', () => {
  it.each([
    ['plain text', 'hello'],
    ['every kind of separator', ', ; : | )- [ " \' \\ /'],
    ['emoji and their joiners', '👩‍👩‍👧‍👦 🎉'],
    ['right-to-left script', 'שלום עולם مرحبا'],
    ['combining marks', 'e\u0301'],
    ['a byte order mark and other invisible characters', '\ufeff\u200b'],
    ['a single space', ' '],
    ['65,536 bytes', 'x'.repeat(MAX_LINE_BYTES)],
    ['65,536 bytes of four-byte characters', '🎉'.repeat(MAX_LINE_BYTES / 4)],
  ])('may be %s', (_, text) => {
    expect(findLineFault(text)).toBeUndefined();
    expect(line.parse(text)).toBe(text);
  });

  it.each([
    ['empty', '', 'value-empty', 0],
    ['a line feed', 'ab\ncd', 'value-character', 2],
    ['a carriage return', '\rab', 'value-character', 0],
    ['a tab', 'a\tb', 'value-character', 1],
    ['NUL', 'a\0', 'value-character', 1],
    ['DEL', '\x7f', 'value-character', 0],
    ['a C1 control, the next line', 'ab\x85', 'value-character', 2],
    ['a line separator', 'ab\u2028', 'value-character', 2],
    ['a paragraph separator', 'ab\u2029', 'value-character', 2],
    ['a lone high surrogate', 'ab\ud83c', 'value-surrogate', 2],
    ['a lone low surrogate', '\udf89ab', 'value-surrogate', 0],
    ['a byte too many', 'x'.repeat(MAX_LINE_BYTES + 1), 'value-too-long', MAX_LINE_BYTES],
  ])('must not be %s, and is told where', (_, text, code, position) => {
    expect(findLineFault(text)).toMatchObject({ code, position });
  });

  it('is measured in code points when a position is told: an emoji is one', () => {
    expect(findLineFault('🎉🎉\n')).toMatchObject({
      position: 2,
      message: expect.stringContaining('U+000A at position 2'),
    });
  });

  it('has its fault in the issue that the schema gives', () => {
    expect(line.safeParse('a\u0007').error?.issues[0]).toMatchObject({
      params: { code: 'value-character', position: 1 },
    });
  });

  it('is refused if and only if UTF-8 would change it, it has a control character or line break, or it is too long', () => {
    fc.assert(
      fc.property(fc.string({ unit: codeUnit, maxLength: 20 }), (text) => {
        const travels = Buffer.from(text).toString() === text;
        const fits = text !== '' && !/[\p{Cc}\u2028\u2029]/u.test(text);
        expect(findLineFault(text) === undefined).toBe(travels && fits);
      }),
    );
    fc.assert(fc.property(printable, (text) => expect(findLineFault(text)).toBeUndefined()));
  });
});
