// A body's bytes as a JSON value. JSON.parse alone says too little: not where a byte or a character does not fit, and
// of a name that stands twice in one object it silently keeps the last.
import { isUtf8 } from 'node:buffer';
import { createScanner, parse, type ParseError } from 'jsonc-parser';
import { jsonPointer, ProblemError } from './problem.js';

/** Deepest nesting at which a fault is looked for: the parser that finds faults is recursive, and a stack has an end. */
const MAX_DEPTH = 16;

/** Kinds of tokens, as jsonc-parser numbers them: its own names are a const enum, which does not exist at run time. */
const token = { openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, end: 17 };

/** In a text that is JSON: strings, with what makes them names, and what opens, divides and closes. */
const structure = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\],]/g;

/** An object or an array that is open while a text is walked through. `at` is the name or the index that comes. */
interface Open {
  readonly names: Set<string> | undefined;
  at: string | number;
}

/**
 * The JSON value of a body.
 *
 * @throws ProblemError `invalid-utf8` with the byte's position, `invalid-json` or `invalid-field` with the character's
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new ProblemError('invalid-json', 'the body is empty', { position: 0 });
  const text = decodeUtf8(bytes);
  const value = parseJson(text);
  refuseRepeatedNames(text);
  return value;
}

/** @throws ProblemError `invalid-utf8` with the byte's position */
export function decodeUtf8(bytes: Buffer): string {
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
    const tooDeep = tooDeepAt(text);
    const position = codePointsBefore(text, tooDeep ?? firstFault(text));
    const detail =
      tooDeep === undefined ? 'the text stops being JSON' : `nested deeper than ${String(MAX_DEPTH)} levels`;
    throw new ProblemError('invalid-json', `${detail} at position ${String(position)}`, { position }, { cause });
  }
}

/** Where a text that is not JSON has its first fault. */
function firstFault(text: string): number {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  return errors[0]?.offset ?? text.length;
}

function tooDeepAt(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let kind: number = scanner.scan(); kind !== token.end; kind = scanner.scan()) {
    if (kind === token.openBrace || kind === token.openBracket) depth += 1;
    if (kind === token.closeBrace || kind === token.closeBracket) depth -= 1;
    if (depth > MAX_DEPTH) return scanner.getTokenOffset();
  }
  return undefined;
}

function refuseRepeatedNames(text: string): void {
  const open: Open[] = [];
  for (const { 0: found, 1: quotedName, 2: colon, index } of text.matchAll(structure)) {
    const inner = open.at(-1);
    if (found === '{') open.push({ names: new Set(), at: '' });
    else if (found === '[') open.push({ names: undefined, at: 0 });
    else if (found === '}' || found === ']') open.pop();
    else if (found === ',' && typeof inner?.at === 'number') inner.at += 1;
    else if (colon !== undefined && quotedName !== undefined && inner?.names) {
      const name = JSON.parse(quotedName) as string;
      inner.at = name;
      if (inner.names.has(name)) throw repeated(jsonPointer(open.map(({ at }) => at)), codePointsBefore(text, index));
      inner.names.add(name);
    }
  }
}

const repeated = (field: string, position: number): ProblemError =>
  new ProblemError('invalid-field', `the field ${field} is given twice`, { field, position });

function codePointsBefore(text: string, offset: number): number {
  let count = 0;
  for (const character of text.slice(0, offset)) count += character === '' ? 0 : 1;
  return count;
}
