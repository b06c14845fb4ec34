// The string of a transaction. It becomes one line of a text file at every participant, so it must be what a line can
// hold: well-formed Unicode without line breaks or control characters. Anything else is refused before a transaction
// begins, and the refusal names the character and where it stands.
import { z } from 'zod';

/** Longest string of a transaction, in bytes of UTF-8. */
export const MAX_LINE_BYTES = 65_536;

export type LineFaultCode = 'value-empty' | 'value-too-long' | 'value-character' | 'value-surrogate';

/** Why a string cannot be a line. `position` counts code points from zero. */
export interface LineFault {
  readonly code: LineFaultCode;
  readonly position: number;
  readonly message: string;
}

const isLineBreakOrControl = (codePoint: number): boolean =>
  codePoint < 0x20 || (codePoint >= 0x7f && codePoint <= 0x9f) || codePoint === 0x2028 || codePoint === 0x2029;

const isSurrogate = (codePoint: number): boolean => codePoint >= 0xd800 && codePoint <= 0xdfff;

const utf8Length = (codePoint: number): number =>
  codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

const named = (codePoint: number): string => `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;

/** The first reason why `text` cannot be a line, or undefined when it can. */
export function findLineFault(text: string): LineFault | undefined {
  if (text === '')
    return { code: 'value-empty', position: 0, message: 'the string is empty; an empty line means abort' };
  let position = 0;
  let bytes = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    if (isSurrogate(codePoint)) {
      const message = `lone surrogate ${named(codePoint)} at position ${String(position)}`;
      return { code: 'value-surrogate', position, message };
    }
    if (isLineBreakOrControl(codePoint)) {
      const message = `line break or control character ${named(codePoint)} at position ${String(position)}`;
      return { code: 'value-character', position, message };
    }
    bytes += utf8Length(codePoint);
    if (bytes > MAX_LINE_BYTES) {
      const message = `longer than ${String(MAX_LINE_BYTES)} bytes of UTF-8 from position ${String(position)} on`;
      return { code: 'value-too-long', position, message };
    }
    position += 1;
  }
  return undefined;
}

/** A string that can be a line of a ledger; the issue's `params` carry the `LineFault`. */
export const line = z
  .string()
  .superRefine((text, context) => {
    const fault = findLineFault(text);
    if (fault) context.addIssue({ code: 'custom', message: fault.message, params: { ...fault } });
  })
  .describe('1 to 65,536 bytes of well-formed UTF-8 without line breaks or control characters.');
