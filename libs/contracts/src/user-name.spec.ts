import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_NAME_LENGTH, findNameFault, userName } from './user-name.js';

describe('a name', () => {
  it.each([
    ['letters', 'Jo'],
    ['letters and digits', 'client-17'],
    ['digits alone', '007'],
    ['dots and underscores', 'ann_marie.b'],
    ['accents, composed or not', 'Rene\u0301'],
    ['Cyrillic', 'Борис'],
    ['Greek', 'Βασίλης'],
    ['Hebrew', 'שלום'],
    ['Arabic, with its digits', 'محمد٧'],
    ['Devanagari with vowel signs', 'नमस्ते'],
    ['Japanese in its three scripts, and Latin', 'たナカ中Jo'],
    ['Korean', '김철수'],
    ['Chinese', '李小龙'],
    ['Thai', 'สวัสดี'],
    ['as many letters as any system allows', 'x'.repeat(MAX_NAME_LENGTH)],
  ])('may be %s', (_, name) => {
    expect(findNameFault(name)).toBeUndefined();
    expect(userName.parse(name)).toBe(name);
  });

  it.each([
    ['empty', '', 'name-blank', 0],
    ['blank', ' \t\u00a0', 'name-blank', 0],
    ['longer than any system allows', 'x'.repeat(MAX_NAME_LENGTH + 1), 'name-too-long', MAX_NAME_LENGTH],
    ['two words', 'Jo Smith', 'name-character', 2],
    ['what separates recipients', 'a,b', 'name-character', 1],
    ['what begins a message to somebody', 'a:b', 'name-character', 1],
    ['what begins a codeword', '/exit', 'name-character', 0],
    ['begun with a dot', '.jo', 'name-character', 0],
    ['begun with a mark', '\u0301jo', 'name-character', 0],
    ['piled up marks', 'jo\u0316\u0317\u0318\u0319', 'name-character', 5],
    ['emoji', 'jo🎉', 'name-character', 2],
    ['invisible', 'j\u200bo', 'name-character', 1],
    ['a Hangul filler, which is a letter', 'j\u3164', 'name-character', 1],
    ['turned around', 'jo\u202exe', 'name-character', 2],
    ['a line break', 'a\nb', 'name-character', 1],
    ['half of a surrogate pair', 'a\ud83c', 'name-character', 1],
    ['full-width letters', 'Ｊｏ', 'name-character', 0],
    ['a ligature', 'oﬃce', 'name-character', 1],
    ['of two scripts', 'Jо', 'name-scripts', 0],
    ['of two scripts that are never written together', 'שמсор', 'name-scripts', 0],
    ['of a script not in everyday use', '𐌀𐌁𐌂', 'name-scripts', 0],
  ])('must not be %s, and is told where', (_, name, code, position) => {
    expect(findNameFault(name)).toMatchObject({ code, position });
  });

  it('has its fault in the issue that the schema gives', () => {
    const [issue] = userName.safeParse('a b').error!.issues;
    expect(issue).toMatchObject({ params: { code: 'name-character', position: 1 } });
    expect(issue?.message).toBe('U+0020 at position 1 cannot stand there in a name');
  });

  it('is one however its accents were composed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (name) => {
        const faults = ['NFC', 'NFD'].map((form) => findNameFault(name.normalize(form))?.code);
        expect(faults[0]).toBe(faults[1]);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
