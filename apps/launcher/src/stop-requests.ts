/** A second request within this time is the first one, delivered twice: npm passes on the Ctrl-C that the terminal sent too. */
const SAME_MS = 1_000;

/** Asks the system to stop, and a second time to hurry. */
export class StopRequests {
  readonly #stop = new AbortController();
  readonly #hurry = new AbortController();
  #since: number | undefined;

  /** Aborted at the first request. */
  readonly stopping: AbortSignal = this.#stop.signal;
  /** Aborted at the second. */
  readonly hurrying: AbortSignal = this.#hurry.signal;

  /** @param nowMs a monotonic time */
  request(nowMs: number = performance.now()): void {
    if (this.#since === undefined) {
      this.#since = nowMs;
      this.#stop.abort();
    } else if (nowMs - this.#since >= SAME_MS) {
      this.#hurry.abort();
    }
  }

  /** Requests a stop at each SIGINT, SIGTERM and SIGHUP, and when nobody reads what is printed any more. */
  listen(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.request());
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => this.request());
  }
}
