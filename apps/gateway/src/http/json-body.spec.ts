import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJsonBody } from './json-body.js';
import { ProblemError } from './problem.js';

const problemOf = (body: string | Buffer): ProblemError => {
  try {
    parseJsonBody(Buffer.from(body));
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('the body was taken');
};

describe('a JSON body', () => {
  it('is taken as JSON.parse takes it, whatever it holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value, null, 1);
        expect(parseJsonBody(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('is refused when JSON.parse refuses it, with a position within the text', () => {
    const text = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', 'x', '\n', '\\', '['))
      .map(([json, at, put]) => json.slice(0, at % (json.length + 1)) + put + json.slice((at % (json.length + 1)) + 1));
    fc.assert(
      fc.property(
        text.filter((mutated) => mutated !== '' && !isJson(mutated) && Buffer.from(mutated).toString() === mutated),
        (mutated) => {
          const { code, about } = problemOf(mutated);
          expect(code).toBe('invalid-json');
          expect(about.position).toBeGreaterThanOrEqual(0);
          expect(about.position).toBeLessThanOrEqual(Array.from(mutated).length);
        },
      ),
    );
  });

  it.each([
    ['{"a":{"b":1,"c":2,"b":3}}', '/a/b', 18],
    ['[{"a":1},{"a":1,"\\u0061":2}]', '/1/a', 16],
    ['{"x":"\\"x\\":","x":1}', '/x', 14],
  ])('%s has a name twice', (text, field, position) => {
    expect(problemOf(text)).toMatchObject({ code: 'invalid-field', about: { field, position } });
  });

  it('may have a name in several objects', () => {
    expect(parseJsonBody(Buffer.from('{"a":{"a":[{"a":1},{"a":2}]}}'))).toEqual({ a: { a: [{ a: 1 }, { a: 2 }] } });
  });

  it('is told at which byte it stops being UTF-8', () => {
    const anyByte = fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), anyByte, (text, bytes) => {
        const body = Buffer.concat([Buffer.from(text), bytes]);
        if (isUtf8(body)) return;
        const { code, about } = problemOf(body);
        expect(code).toBe('invalid-utf8');
        // All before it can go on as UTF-8, with it nothing can.
        expect(isBeginning(body.subarray(0, about.position))).toBe(true);
        expect(about.position === body.length || !isBeginning(body.subarray(0, about.position! + 1))).toBe(true);
      }),
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const isUtf8 = (bytes: Buffer): boolean => Buffer.from(bytes.toString('utf8')).equals(bytes);

/** Some continuation of at most three bytes makes it UTF-8. */
const isBeginning = (bytes: Buffer): boolean =>
  [
    [],
    [0x80],
    [0xbf],
    [0x80, 0x80],
    [0xbf, 0xbf],
    [0x80, 0x80, 0x80],
    [0xbf, 0x80, 0x80],
    [0x90, 0x80],
    [0x90, 0x80, 0x80],
  ].some((rest) => isUtf8(Buffer.concat([bytes, Buffer.from(rest)])));
