// What can be said: any well-formed text that shows itself. Tabs and line breaks may stand in it; other control characters,
// which could play tricks on a terminal or forge a line, may not.
import { z } from 'zod';

/** Longest text of a message, in bytes of UTF-8. */
export const MAX_MESSAGE_BYTES = 8_192;

export const textFaultCodes = ['text-blank', 'text-too-long', 'text-character'] as const;

/** Why a text cannot be said. `position` counts code points from zero. */
interface TextFault {
  readonly code: (typeof textFaultCodes)[number];
  readonly position: number;
  readonly message: string;
}

const refused = /^[\p{Cc}\p{Cs}\u2028\u2029]$/u;
const allowed = new Set(['\t', '\n']);

const utf8Length = (codePoint: number): number =>
  codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

/** The first reason why `text` cannot be said, or undefined when it can. */
export function findTextFault(text: string): TextFault | undefined {
  if (text.trim() === '') return { code: 'text-blank', position: 0, message: 'the text is blank' };
  let [position, bytes] = [0, 0];
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    if (refused.test(character) && !allowed.has(character)) {
      const name = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
      return { code: 'text-character', position, message: `${name} at position ${String(position)} cannot be said` };
    }
    bytes += utf8Length(codePoint);
    if (bytes > MAX_MESSAGE_BYTES) {
      const message = `longer than ${String(MAX_MESSAGE_BYTES)} bytes of UTF-8 from position ${String(position)} on`;
      return { code: 'text-too-long', position, message };
    }
    position += 1;
  }
  return undefined;
}

/** A text that can be said; the issue's `params` carry the fault. */
export const messageText = z
  .string()
  .superRefine((text, context) => {
    const fault = findTextFault(text);
    if (fault) context.addIssue({ code: 'custom', message: fault.message, params: { ...fault } });
  })
  .describe('Up to 8,192 bytes of well-formed UTF-8, not blank, without control characters but tab and line feed.');
