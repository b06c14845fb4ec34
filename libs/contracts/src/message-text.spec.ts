import { describe, expect, it } from '@jest/globals';
import { MAX_MESSAGE_BYTES, findTextFault, messageText } from './message-text.js';

describe('what is said', () => {
  it.each([
    ['every kind of separator', ', ; : | )- [ " \' \\ /'],
    ['emoji and their joiners', '👩‍👩‍👧‍👦 🎉'],
    ['right-to-left script', 'שלום עולם مرحبا'],
    ['several lines, and tabs', 'one\n\ttwo'],
    ['what looks like a line of the log', 'A:(0:12)-Hello'],
    ['as long as may be', 'x'.repeat(MAX_MESSAGE_BYTES)],
    ['as long as may be in four-byte characters', '🎉'.repeat(MAX_MESSAGE_BYTES / 4)],
  ])('may be %s, and is not changed', (_, text) => {
    expect(findTextFault(text)).toBeUndefined();
    expect(messageText.parse(text)).toBe(text);
  });

  it.each([
    ['nothing', '', 'text-blank', 0],
    ['blank', ' \n\t\u00a0', 'text-blank', 0],
    ['a byte too long', 'x'.repeat(MAX_MESSAGE_BYTES + 1), 'text-too-long', MAX_MESSAGE_BYTES],
    ['an escape sequence of a terminal', 'a\u001b[2J', 'text-character', 1],
    ['a carriage return, which overwrites a line', '🎉ab\rc', 'text-character', 3],
    ['NUL', '\u0000', 'text-character', 0],
    ['a C1 control', 'a\u0085', 'text-character', 1],
    ['a line separator', 'a\u2028', 'text-character', 1],
    ['half of a surrogate pair', 'a\ud83c', 'text-character', 1],
  ])('must not be %s, and is told where', (_, text, code, position) => {
    expect(findTextFault(text)).toMatchObject({ code, position });
  });
});
