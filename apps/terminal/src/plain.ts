// Texts of others on a person's terminal. A terminal obeys what it is sent: a text could move the cursor over an earlier line,
// change colours or the title, or with characters that turn the direction of writing show another order than it has. So
// whatever steers is shown as what it is, `\u{1b}`; letters of every script, and what joins them, stay as they are.

/** All control characters but tab; line and paragraph separators; embeddings, overrides and isolates of the bidi algorithm. */
const steering = /[^\P{Cc}\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu;

const named = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** A text that is shown as it is and does nothing. Its further lines begin with a tab, so that none can be taken for another's. */
export const plain = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replaceAll(steering, named))
    .join('\n\t');

/** The same within one line. */
export const plainLine = (text: string): string => text.replaceAll(steering, named);

/** JSON in one line. JSON.stringify leaves C1 controls and DEL alone, which some terminals obey. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
