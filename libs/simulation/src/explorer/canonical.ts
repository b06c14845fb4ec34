// The canonical text of a value: two values that the protocol cannot tell apart have the same text. Everything counts,
// also fields that are added to the core later, except what is named here, each for its reason.
//
//   attempt          how long a recoverer waits before its next ballot; here a deadline passes at any time
//   decidedAt        evidence; no function of the core looks at it
//   abortReason      told to people, who are not asked here
//   acknowledgements in the order they came; only who is among them counts
//   answers          of a ballot that has been evaluated: it is not evaluated again, unless its rules are wrong
//   votes            when all are in

const IGNORED: ReadonlySet<string> = new Set(['attempt', 'decidedAt', 'abortReason', 'missing', 'fruitless']);
/** Replies counted so far towards a quorum or towards all votes. */
const TALLIES: ReadonlySet<string> = new Set(['votes', 'answers', 'acknowledgements']);
/** What has been counted for good, by the phase that follows. */
const COUNTED: Readonly<Record<string, string>> = {
  proposing: 'answers',
  'backing-off': 'answers',
  acknowledging: 'votes',
  recovering: 'votes',
};
const UNORDERED: ReadonlySet<string> = new Set(['acknowledgements']);

export const canonical = canonicalText(IGNORED, COUNTED);

/** Where a ballot that has been evaluated may be evaluated again. */
export const canonicalWithAnswers = canonicalText(IGNORED, {});

/** The same without what has been counted: what nobody can see before a quorum is complete. */
export const withoutTallies = canonicalText(new Set([...IGNORED, ...TALLIES]), COUNTED);

function canonicalText(
  ignored: ReadonlySet<string>,
  counted: Readonly<Record<string, string>>,
): (value: unknown) => string {
  // Texts of objects seen before: a state shares most of its parts with the states before it, and none is ever changed.
  const known = new WeakMap<object, string>();
  const text = (value: unknown): string => {
    if (value === undefined) return '';
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const earlier = known.get(value);
    if (earlier !== undefined) return earlier;
    const made = textOf(value);
    known.set(value, made);
    return made;
  };
  const textOf = (value: object): string => {
    if (Array.isArray(value)) return `[${value.map(text).join()}]`;
    if (value instanceof Map) return `{${sorted([...value].map(([key, kept]) => `${text(key)}:${text(kept)}`))}}`;
    const over = 'phase' in value ? counted[value.phase as string] : undefined;
    const fields = Object.entries(value as Record<string, unknown>).filter(
      ([name, field]) => field !== undefined && !ignored.has(name) && name !== over,
    );
    return `{${sorted(fields.map(([name, field]) => `${name}:${UNORDERED.has(name) ? unordered(field) : text(field)}`))}}`;
  };
  const unordered = (value: unknown): string => (Array.isArray(value) ? `[${sorted(value.map(text))}]` : text(value));
  return text;
}

const sorted = (texts: string[]): string => texts.sort().join();
