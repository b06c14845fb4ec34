// By shape and not by class: an error of Node's own modules is no instance of the Error of another realm, and test runners
// that isolate modules have one realm per file.
const field = (error: unknown, name: 'code' | 'message'): unknown =>
  typeof error === 'object' && error !== null && name in error ? (error as Record<string, unknown>)[name] : undefined;

/** Whether an error of the system or of Node carries this code, for example `ENOENT`. */
export const hasCode = (error: unknown, code: string): boolean => field(error, 'code') === code;

/** What to tell the user of whatever was thrown. */
export const reasonOf = (error: unknown): string => {
  const message = field(error, 'message');
  return typeof message === 'string' ? message : String(error);
};
