// What a name looks like. Two names that most people would take for one have the same skeleton, and the store has one owner
// per skeleton. UTS 39, section 4 ("confusable detection"), made small: a name is of one script (libs/contracts,
// user-name.ts), so only letters matter that whole words of another script, or digits, can be made of.
//
// - Case makes no difference, so that `jo` and `Jo` are one name: equal keys have equal skeletons.
// - A skeleton is never shown: it is coarser than need be, and `Arne` looks like `Ame` to it.
// - A capital I in the place of an l is not seen: since case makes no difference, `Ali` would look like `all`.

/**
 * Small letters of other scripts, and digits, by the Latin ones that they cannot be told from. Where the capital is the same
 * as a Latin one and the small letter only like another, the capital counts.
 */
const latin: Readonly<Record<string, string>> = {
  ...{ а: 'a', в: 'b', г: 'r', е: 'e', к: 'k', м: 'm', н: 'h', о: 'o', п: 'n', р: 'p', с: 'c', т: 't', у: 'y', х: 'x' },
  ...{ ь: 'b', ѕ: 's', і: 'i', ј: 'j', һ: 'h', ү: 'y', ӏ: 'l', ԁ: 'd', ԛ: 'q', ԝ: 'w' },
  ...{ α: 'a', β: 'b', γ: 'y', ε: 'e', ζ: 'z', η: 'h', ι: 'i', κ: 'k', μ: 'm', ν: 'n', ο: 'o', ρ: 'p', σ: 'o', τ: 't' },
  ...{ υ: 'y', χ: 'x', ω: 'w' },
  ...{ ա: 'w', զ: 'q', հ: 'h', ո: 'n', ս: 'u', ց: 'g', օ: 'o' },
  ...{ ı: 'i', ɑ: 'a', ɡ: 'g', ł: 'l', ø: 'o', đ: 'd', ħ: 'h', ŧ: 't' },
  ...{ 0: 'o', 1: 'l', 5: 's' },
};

/** Letters that together look like one. */
const together: readonly (readonly [RegExp, string])[] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
  [/cl/g, 'd'],
];

/** Marks are dropped last: `é` is told from `e` by few, at a glance. */
const marks = /\p{M}/gu;
const joining = /[-_.]/g;

/** The skeleton of a name. Of anything else it is some text or other. */
export function skeletonOf(name: string): string {
  // Upper case first: ς and σ have one capital.
  const folded = name.toUpperCase().toLowerCase().normalize('NFKD').replace(marks, '').replace(joining, '');
  const mapped = Array.from(folded, (character) => latin[character] ?? character).join('');
  return together.reduce((text, [pattern, letter]) => text.replace(pattern, letter), mapped);
}

/** Names that are equal but for case: those of one person. Others with the same skeleton only look alike. */
export const keyOf = (name: string): string => name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
