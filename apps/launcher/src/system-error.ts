/** Whether an error of the system carries one of these codes, for example `ENOENT`. By shape: errors of another realm count too. */
export const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
