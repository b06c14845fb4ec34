// The launcher as `npm start` runs it, in a process of its own. What it prints is how a test learns what became of the
// processes of a system, without looking at them again and again.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const WORKSPACE = fileURLToPath(new URL('../../', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../../apps/launcher/dist/main.js', import.meta.url));

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface LauncherOptions {
  readonly folder: string;
  readonly participants: number;
  readonly chatReplicas: number;
  readonly gateways: number;
  /** Whether a process that dies is started again. */
  readonly restart: boolean;
  readonly environment: NodeJS.ProcessEnv;
}

interface Watcher {
  readonly pattern: RegExp;
  readonly found: (match: RegExpExecArray) => void;
  readonly lost: (error: Error) => void;
}

export class Launcher {
  readonly exited: Promise<Exit>;
  readonly pid: number;
  private readonly lines: string[] = [];
  private watchers: Watcher[] = [];
  private hasExited = false;

  private constructor(child: ChildProcess) {
    this.pid = child.pid!;
    const { stdout, stderr } = child;
    if (!stdout || !stderr) throw new Error('the launcher was started without pipes');
    for (const stream of [stdout, stderr]) createInterface(stream).on('line', (line) => this.take(line));
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.hasExited = true;
        for (const { pattern, lost } of this.watchers.splice(0)) lost(this.ended(pattern));
        resolve({ code, signal });
      });
    });
  }

  /** Starts a whole system. Resolves with its address when all of it is ready; rejects with what the launcher said. */
  static start(options: LauncherOptions): Promise<{ launcher: Launcher; address: string }> {
    const parameters = ['--data', options.folder, '--port', '0', '--faults'];
    parameters.push('--chat-replicas', String(options.chatReplicas), '--gateways', String(options.gateways));
    parameters.push('--participants', String(options.participants), ...(options.restart ? [] : ['--no-restart']));
    return Launcher.run(process.execPath, [LAUNCHER, ...parameters], options.environment);
  }

  /** The same by a command that becomes the launcher, as `npm start` does. */
  static async run(
    command: string,
    parameters: readonly string[],
    environment: NodeJS.ProcessEnv,
  ): Promise<{ launcher: Launcher; address: string }> {
    const child = spawn(command, parameters, {
      // A group of its own, as a shell gives to each command, so that a signal reaches all of the command.
      detached: true,
      cwd: WORKSPACE,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment,
    });
    const launcher = new Launcher(child);
    const [, address = ''] = await launcher.said(/^Parley is ready at (http:\S+)/);
    return { launcher, address };
  }

  /** All that was printed. */
  get output(): string {
    return this.lines.join('\n');
  }

  /** The first line that matches, printed already or later. Rejects when the launcher ends without it. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    for (const line of this.lines) {
      const match = pattern.exec(line);
      if (match) return Promise.resolve(match);
    }
    return this.says(pattern);
  }

  /** The first line that matches and is printed from now on. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    if (this.hasExited) return Promise.reject(this.ended(pattern));
    return new Promise((found, lost) => this.watchers.push({ pattern, found, lost }));
  }

  /** How a process ended that this launcher, without restarts, had started. */
  async died(name: string): Promise<Exit> {
    const [, signal, code] = await this.said(new RegExp(`^${name} +died +(?:signal (SIG\\w+)|exit code (\\d+))`));
    return { code: code === undefined ? null : Number(code), signal: (signal ?? null) as NodeJS.Signals | null };
  }

  /** Whether it has said of this process that it died. */
  saidDead(name: string): boolean {
    return this.lines.some((line) => new RegExp(`^${name} +died `).test(line));
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  private take(line: string): void {
    this.lines.push(line);
    const waiting = this.watchers;
    this.watchers = [];
    for (const watcher of waiting) {
      const match = watcher.pattern.exec(line);
      if (match) watcher.found(match);
      else this.watchers.push(watcher);
    }
  }

  private ended(pattern: RegExp): Error {
    return new Error(`the launcher ended without saying ${String(pattern)}. It said:\n${this.output}`);
  }
}
