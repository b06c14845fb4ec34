// `parley` as people and scripts use it: in a pseudo-terminal, or in a pipe. What it prints is how a test learns what happened.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { plainEnvironment } from './surroundings.js';
import type { Exit } from './launcher.js';

const PARLEY = fileURLToPath(new URL('../../apps/terminal/dist/main.js', import.meta.url));

const quoted = (words: readonly string[]): string =>
  words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

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
    const command = `stty cols 60 rows 24; exec ${quoted([process.execPath, PARLEY, ...parameters])}`;
    const script =
      process.platform === 'linux' ? ['-qfec', command, '/dev/null'] : ['-q', '/dev/null', 'sh', '-c', command];
    const child = spawn('script', script, {
      env: { ...plainEnvironment(), TERM: 'xterm', NO_COLOR: '1', SHELL: '/bin/sh' },
    });
    return new Terminal(child, '\r');
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

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private look(): void {
    for (const again of this.looking.splice(0)) again();
  }

  private take(where: 'output' | 'errors', chunk: Buffer): void {
    this[where] += chunk.toString();
    this.look();
  }
}
