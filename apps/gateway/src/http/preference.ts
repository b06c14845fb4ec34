// The Prefer header, RFC 7240: `Prefer: respond-async, wait=10`. A preference is a wish: what is malformed or unknown
// is ignored, and of one that is given twice the first counts.

// A quote that is never closed takes the rest of the header with it, so that the expression stays linear.
const preferences = /(?:[^,"]|"(?:[^"\\]|\\.)*\\?(?:"|$))+/g;
const wait = /^wait[ \t]*(?:=[ \t]*(.*))?$/i;
const seconds = /^(?:([0-9]+)|"([0-9]+)")[ \t]*(?:;.*)?$/;

/** How many seconds a client is ready to wait for the final answer, at most `max`; undefined when it is not. */
export function waitPreference(header: string | undefined, max: number): number | undefined {
  for (const preference of header?.match(preferences) ?? []) {
    const [stated, value = ''] = wait.exec(preference.trim()) ?? [];
    if (stated === undefined) continue;
    const [, bare, inQuotes] = seconds.exec(value) ?? [];
    const number = Number(bare ?? inQuotes ?? 0);
    return number > 0 ? Math.min(number, max) : undefined;
  }
  return undefined;
}
