// Shows that a step is pure: it changes nothing that it was given, and a second run at another moment gives the same, but
// for the moments at which decisions were made.

/** Runs a step twice. Throws when it is not pure. */
export function watched<Result>(run: (at: number) => Result, at: number, given: unknown): Result {
  const before = textOf(given);
  const result = run(at);
  const again = run(at + 1);
  if (textOf(given) !== before) throw new Error('a step changed what it was given');
  if (timeless(result) !== timeless(again)) throw new Error('two runs of one step differ');
  return result;
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, kept: unknown) => (kept instanceof Map ? ['a map', ...kept] : kept));

const timeless = (value: unknown): string => textOf(value).replaceAll(/"decidedAt":\d+/g, '');
