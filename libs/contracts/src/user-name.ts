// Names of people. A small profile after PRECIS (RFC 8264, RFC 8265 "UsernameCaseMapped") and Unicode's identifier
// profiles (UAX 31, UTS 39): what can be typed, said and told apart, in any script in everyday use. See
// docs/decisions/0016-names.md. A name is shown as it was typed, in normalisation form C.
//
// What a name may be is decided here, for everybody. Whether it is free, and whose it is, is the chat's to say: it also
// refuses names that look like one that is taken.
import { z } from 'zod';

/** Longest name that any system can allow, in code points. A system allows 15 unless it is configured otherwise. */
export const MAX_NAME_LENGTH = 64;

export const nameFaultCodes = ['name-blank', 'name-too-long', 'name-character', 'name-scripts'] as const;
type NameFaultCode = (typeof nameFaultCodes)[number];

/** Why a text cannot be a name. `position` counts code points from zero, in normalisation form C. */
interface NameFault {
  readonly code: NameFaultCode;
  readonly position: number;
  readonly message: string;
}

/** UAX 31, table 5: the scripts in everyday use. */
const scripts = [
  ...['Arabic', 'Armenian', 'Bengali', 'Bopomofo', 'Cyrillic', 'Devanagari', 'Ethiopic', 'Georgian', 'Greek'],
  ...['Gujarati', 'Gurmukhi', 'Han', 'Hangul', 'Hebrew', 'Hiragana', 'Kannada', 'Katakana', 'Khmer', 'Lao', 'Latin'],
  ...['Malayalam', 'Myanmar', 'Oriya', 'Sinhala', 'Tamil', 'Telugu', 'Thaana', 'Thai', 'Tibetan'],
];

/** UTS 39, 5.2 "highly restrictive": what is written together in Japanese, Korean and Chinese. */
const togetherWritten = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Hangul'],
  ['Latin', 'Han', 'Bopomofo'],
];

const writtenIn = (together: readonly string[]): RegExp =>
  new RegExp(`^[${[...together, 'Common', 'Inherited'].map((script) => `\\p{scx=${script}}`).join('')}]*$`, 'u');
const systems = [...scripts.map((script) => [script]), ...togetherWritten].map(writtenIn);

const letterOrDigit = /^[\p{L}\p{Nd}]$/u;
const mark = /^\p{M}$/u;
const joining = /^[-_.]$/;
// Invisible letters (fillers, selectors, joiners), and jamo that no syllable was composed of: RFC 8264, 9.13 and 9.9.
const unseen = /^[\p{Default_Ignorable_Code_Point}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]$/u;

/** No language stacks more marks than this on one letter. */
const MAX_MARKS = 3;

const isOfName = (character: string): boolean =>
  (letterOrDigit.test(character) || mark.test(character) || joining.test(character)) &&
  !unseen.test(character) &&
  // RFC 8264, 9.17: what is only another form of another character (ligatures, full-width letters).
  character.normalize('NFKC') === character;

const named = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** The first reason why `text` cannot be a name, or undefined when it can. */
export function findNameFault(text: string): NameFault | undefined {
  if (text.trim() === '') return { code: 'name-blank', position: 0, message: 'the name is blank' };
  let marks = 0;
  for (const [position, character] of Array.from(text.normalize('NFC')).entries()) {
    if (position >= MAX_NAME_LENGTH) {
      return { code: 'name-too-long', position, message: `longer than ${String(MAX_NAME_LENGTH)} characters` };
    }
    marks = mark.test(character) ? marks + 1 : 0;
    const isFirst = position === 0 && !letterOrDigit.test(character);
    if (isFirst || marks > MAX_MARKS || !isOfName(character)) {
      const message = `${named(character)} at position ${String(position)} ${isFirst ? 'cannot begin a name' : 'cannot stand there in a name'}`;
      return { code: 'name-character', position, message };
    }
  }
  if (systems.some((system) => system.test(text.normalize('NFC')))) return undefined;
  return { code: 'name-scripts', position: 0, message: 'letters of several scripts, or of one not in everyday use' };
}

/** A text that can be a name; the issue's `params` carry the fault. */
export const userName = z
  .string()
  .superRefine((text, context) => {
    const fault = findNameFault(text);
    if (fault) context.addIssue({ code: 'custom', message: fault.message, params: { ...fault } });
  })
  .describe('Letters and digits of one script, and - _ . between them; 1 to 15 of them unless configured otherwise.');
