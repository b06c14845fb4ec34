// `parley` as people and scripts use it: in a pseudo-terminal, or in a pipe. What it prints is how a test learns what happened.
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { plainEnvironment } from './surroundings.js';
import type { Exit } from './launcher.js';

const PARLEY = fileURLToPath(new URL('../../apps/terminal/dist/main.js', import.meta.url));

const quoted = (words: readonly string[]): string =>
  words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

/** Whoever follows a guide has npm look for something to build first, which takes seconds and is the same each time. */
const withoutNpm = (lines: string): string =>
  lines.replaceAll(/npm run (--silent )?parley --/g, quoted([process.execPath, PARLEY]));

export class Terminal {
  readonly exited: Promise<Exit>;
  /** All that was printed; a pseudo-terminal shows what is typed too. */
  output = '';
  errors = '';
  private hasExited = false;
  private looking: (() => void)[] = [];

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lineEnd: string,
  ) {
    child.stdout.on('data', (chunk: Buffer) => this.take('output', chunk));
    child.stderr.on('data', (chunk: Buffer) => this.take('errors', chunk));
    this.exited = new Promise((resolve) =>
      child.once('close', (code, signal) => {
        this.hasExited = true;
        this.look();
        resolve({ code, signal });
      }),
    );
  }

  /** In a pipe. */
  static piped(...parameters: readonly string[]): Terminal {
    const child = spawn(process.execPath, [PARLEY, ...parameters], { env: plainEnvironment() });
    return new Terminal(child, '\n');
  }

  /** In a pseudo-terminal of 60 columns, which `script` makes: it is on every Debian, and on macOS. */
  static shown(...parameters: readonly string[]): Terminal {
    return Terminal.typed(`exec ${quoted([process.execPath, PARLEY, ...parameters])}`);
  }

  /** The same for a command line of a guide to this program, `npm run parley -- …`. */
  static typed(line: string): Terminal {
    const command = `stty cols 60 rows 24; ${withoutNpm(line)}`;
    const script =
      process.platform === 'linux' ? ['-qfec', command, '/dev/null'] : ['-q', '/dev/null', 'sh', '-c', command];
    const child = spawn('script', script, {
      env: { ...plainEnvironment(), TERM: 'xterm', NO_COLOR: '1', SHELL: '/bin/sh' },
    });
    return new Terminal(child, '\r');
  }

  /** What a shell prints that is given lines of a guide, in which this program runs without npm. */
  static async ran(lines: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const given = { env: { ...plainEnvironment(), ...environment } };
    const { stdout } = await promisify(execFile)('sh', ['-ec', withoutNpm(lines)], given);
    return stdout;
  }

  /** Types without pressing Enter. */
  type(text: string): void {
    this.child.stdin.write(text);
  }

  enter(line: string): void {
    this.type(line + this.lineEnd);
  }

  /** The input is at its end. */
  end(): void {
    this.child.stdin.end();
  }

  /** Resolves when this stands in the output, after so many characters, now or later. Rejects when it ends without it. */
  async until(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output.slice(from));
      if (match) return match;
      if (this.hasExited)
        throw new Error(`the terminal ended without ${String(pattern)}. It showed:\n${this.output}\n${this.errors}`);
      await new Promise<void>((resolve) => this.looking.push(resolve));
    }
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal);
  }

  /** Nobody reads what it prints any more, as when `head` has had enough. */
  leaveUnread(): void {
    this.child.stdout.destroy();
  }

  private look(): void {
    for (const again of this.looking.splice(0)) again();
  }

  private take(where: 'output' | 'errors', chunk: Buffer): void {
    this[where] += chunk.toString();
    this.look();
  }
}
