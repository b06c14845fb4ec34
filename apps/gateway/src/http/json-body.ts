// A body's bytes as a JSON value. JSON.parse alone says too little: not where a byte or a character does not fit, and
// of a name that stands twice in one object it silently keeps the last.
import { isUtf8 } from 'node:buffer';
import { createScanner, parse, type ParseError } from 'jsonc-parser';
import { jsonPointer, ProblemError } from './problem.js';

/** Deepest nesting of a body. Nothing that the edge takes comes near; it keeps recursive code off the stack's end. */
const MAX_DEPTH = 16;

/** Kinds of tokens, as jsonc-parser numbers them: its own names are a const enum, which does not exist at run time. */
const token = { openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, comma: 5, colon: 6, string: 10, end: 17 };

/** An object or an array that is open while its text is scanned. `at` is the name or the index that comes. */
interface Open {
  readonly names: Set<string> | undefined;
  at: string | number;
}

interface Repeated {
  readonly pointer: string;
  readonly offset: number;
}

/**
 * The JSON value of a body.
 *
 * @throws ProblemError `invalid-utf8` with the byte's position, `invalid-json` or `invalid-field` with the character's
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new ProblemError('invalid-json', 'the body is empty', { position: 0 });
  const text = decodeUtf8(bytes);
  const repeated = findRepeatedName(text);
  const value = parseJson(text);
  if (repeated) {
    const about = { field: repeated.pointer, position: codePointsBefore(text, repeated.offset) };
    throw new ProblemError('invalid-field', `the field ${repeated.pointer} is given twice`, about);
  }
  return value;
}

function decodeUtf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const position = firstInvalidByte(bytes);
  throw new ProblemError('invalid-utf8', `the byte at position ${String(position)} does not fit`, { position });
}

/** Position of the first byte that no UTF-8 text can have there: the longest beginning that can go on, by bisection. */
function firstInvalidByte(bytes: Buffer): number {
  let fits = 0;
  let fails = bytes.length + 1;
  while (fails - fits > 1) {
    const length = Math.floor((fits + fails) / 2);
    if (isBeginningOfUtf8(bytes.subarray(0, length))) fits = length;
    else fails = length;
  }
  return fits;
}

function isBeginningOfUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const errors: ParseError[] = [];
    parse(text, errors, { disallowComments: true, allowTrailingComma: false });
    const position = codePointsBefore(text, errors[0]?.offset ?? text.length);
    const detail = `the text stops being JSON at position ${String(position)}`;
    throw new ProblemError('invalid-json', detail, { position }, { cause });
  }
}

/** The first name that stands twice in one object, if the text is JSON. Refuses text that is nested too deep. */
function findRepeatedName(text: string): Repeated | undefined {
  const scanner = createScanner(text, true);
  const open: Open[] = [];
  let repeated: Repeated | undefined;
  let name = { text: '', offset: 0 };
  for (let kind: number = scanner.scan(); kind !== token.end; kind = scanner.scan()) {
    const inner = open.at(-1);
    if (kind === token.openBrace || kind === token.openBracket) {
      if (open.length === MAX_DEPTH) throw tooDeep(text, scanner.getTokenOffset());
      open.push(kind === token.openBrace ? { names: new Set(), at: '' } : { names: undefined, at: 0 });
    } else if (kind === token.closeBrace || kind === token.closeBracket) {
      open.pop();
    } else if (kind === token.string) {
      name = { text: scanner.getTokenValue(), offset: scanner.getTokenOffset() };
    } else if (kind === token.comma && typeof inner?.at === 'number') {
      inner.at += 1;
    } else if (kind === token.colon && inner?.names) {
      inner.at = name.text;
      if (inner.names.has(name.text)) {
        repeated ??= { pointer: jsonPointer(open.map(({ at }) => at)), offset: name.offset };
      }
      inner.names.add(name.text);
    }
  }
  return repeated;
}

function tooDeep(text: string, offset: number): ProblemError {
  const position = codePointsBefore(text, offset);
  return new ProblemError('invalid-json', `nested deeper than ${String(MAX_DEPTH)} levels`, { position });
}

function codePointsBefore(text: string, offset: number): number {
  let count = 0;
  for (const character of text.slice(0, offset)) count += character === '' ? 0 : 1;
  return count;
}
