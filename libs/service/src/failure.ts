// Why a service cannot start, or go on: a stable code for the launcher and a text that says what to do.

/** A service failed for a reason it can name. Exit code 1, and `{ type: 'failed', code, message }` for the launcher. */
export class ServiceFailure extends Error {
  override readonly name: string = 'ServiceFailure';

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The failure's own code, or that of the system (`EADDRINUSE`), or `internal` for a mistake of the program. */
export function failureCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'internal';
}
