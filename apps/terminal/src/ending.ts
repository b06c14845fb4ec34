// When a command that converses has to end though nobody has typed so: a signal came, as when the window is closed, or nobody
// reads any more, as in `parley chat … | head`. It says goodbye; whoever does not want to wait for that sends a second signal.
import type { EventEmitter } from 'node:events';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A window that is closed hangs up twice, on the shell in it and on the command, so the second time means nothing. */
const impatient = ['SIGINT', 'SIGTERM'] as const;

/** What a stream fails with when the other end of a pipe has gone, or the terminal. */
const unread = new Set(['EPIPE', 'EIO']);

export class Ending {
  private signal: NodeJS.Signals | undefined;
  private isUnread = false;
  private end: () => void = () => undefined;

  constructor(
    private readonly process: NodeJS.Process,
    streams: readonly EventEmitter[],
  ) {
    for (const stream of streams)
      stream.on('error', (error: NodeJS.ErrnoException) => {
        if (!unread.has(error.code ?? '')) throw error;
        // Node fails at its own end when its terminal has gone, so it does not come to that.
        if (error.code === 'EIO') this.signal ??= 'SIGHUP';
        this.isUnread = true;
        this.end();
      });
  }

  /** Calls back when it has to end, perhaps at once. Returns what to call before the goodbye: from then on it can be cut short. */
  readonly whenAsked = (end: () => void): (() => void) => {
    this.end = end;
    for (const signal of signals) this.process.on(signal, this.hear);
    if (this.isUnread) end();
    return () => this.letItBeCutShort();
  };

  /** Whoever started the process learns that a signal has ended it. */
  conclude(): void {
    this.process.removeListener('SIGHUP', this.hear);
    if (this.signal !== undefined) this.process.kill(this.process.pid, this.signal);
  }

  private readonly hear = (signal: NodeJS.Signals): void => {
    this.signal ??= signal;
    this.letItBeCutShort();
    this.end();
  };

  private letItBeCutShort(): void {
    for (const signal of impatient) this.process.removeListener(signal, this.hear);
  }
}
