import type { Readable, Writable } from 'node:stream';

/** What a command reads from and writes to, besides what it prints. */
export interface Streams {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

/** What a command has around it. */
export interface Surroundings {
  /** Where relative paths start. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether a person reads what is printed. */
  readonly isTerminal: boolean;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
  /** For a command that converses. */
  readonly streams: Streams;
  /** Calls back when it has to end though nobody said so. Returns what to call before a goodbye, which can be cut short. */
  readonly whenAskedToEnd: (end: () => void) => () => void;
}

/** A command cannot be carried out. The message is for the person at the terminal. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  /** @param exitCode 2 unless the command says what else it means */
  constructor(message: string, { cause, exitCode = 2 }: { readonly cause?: unknown; readonly exitCode?: number } = {}) {
    super(message, { cause });
    this.exitCode = exitCode;
  }

  readonly exitCode: number;
}
