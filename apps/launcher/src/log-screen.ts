// With `-v`: what the processes write to their logs is shown on the screen too. The files are followed, so that a process writes as
// it always does, and its last line is there however it ends.
import { open } from 'node:fs/promises';
import { logLine } from './terminal-text.js';

const LOOK_MS = 200;

/** Most that is read of one log at once, in bytes. */
const MAX_READ = 256 * 1024;

interface Followed {
  readonly name: string;
  readonly path: string;
  /** How much of it is shown. */
  offset: number;
}

export class LogScreen {
  private readonly logs: Followed[];
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    logs: readonly { readonly name: string; readonly path: string }[],
    private readonly print: (text: string) => void,
  ) {
    this.logs = logs.map((log) => ({ ...log, offset: 0 }));
  }

  /** Shows what is written from now on. */
  async start(): Promise<void> {
    for (const log of this.logs) log.offset = await sizeOf(log.path);
    this.timer = setInterval(() => {
      this.looking = this.looking.then(() => this.look());
    }, LOOK_MS);
  }

  /** Resolves when all is shown that was written. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
    await this.look();
  }

  private async look(): Promise<void> {
    for (const log of this.logs) {
      const text = await readFrom(log.path, log.offset);
      // A line that is longer than anything a service writes is left out.
      const end = text.lastIndexOf('\n') + 1 || (Buffer.byteLength(text) < MAX_READ ? 0 : text.length);
      log.offset += Buffer.byteLength(text.slice(0, end));
      for (const line of text.slice(0, end).split('\n')) if (line !== '') this.print(logLine(log.name, line));
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    const file = await open(path);
    try {
      return (await file.stat()).size;
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

async function readFrom(path: string, offset: number): Promise<string> {
  const size = await sizeOf(path);
  if (size <= offset) return '';
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size - offset, MAX_READ)), {
      position: offset,
    });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
