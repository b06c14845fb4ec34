// A person's terminal, or a pipe in its place: lines come in, lines go out. What arrives while the person is typing is put above
// the line that is being typed, which stays whole. A password is not shown, and no history keeps it.
import { clearScreenDown, createInterface, cursorTo, moveCursor, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Streams } from '../surroundings.js';

/** Lines that may wait before no more are read: whoever pipes a file in has it in a pipe, not in memory. */
const MAX_WAITING = 100;

export class Console {
  /** A person types and reads, so may be asked. */
  readonly isPerson: boolean;
  private readonly reader: Interface;
  private readonly lines: string[] = [];
  private take: ((line: string | undefined) => void) | undefined;
  private isOver = false;
  private isHidden = false;
  private isAsking = false;

  constructor(private readonly streams: Streams) {
    const { input, output } = streams;
    this.isPerson = input.isTTY === true && output.isTTY === true;
    this.reader = this.isPerson
      ? createInterface({ input, output: this.shown(), terminal: true, prompt: '' })
      : createInterface({ input, terminal: false, crlfDelay: Infinity });
    this.reader.on('line', (line) => this.receive(line));
    this.reader.on('SIGINT', () => this.reader.close());
    this.reader.on('close', () => this.end());
    // The reader passes on what its input has told whoever opened it.
    this.reader.on('error', () => this.end());
    this.reader.on('history', (history) => this.isHidden && history.shift());
  }

  /** The next line; undefined when there are no more. */
  async read(prompt: string): Promise<string | undefined> {
    if (this.lines.length <= MAX_WAITING / 2) this.reader.resume();
    const line = this.lines.shift();
    if (line !== undefined || this.isOver) return line;
    const read = new Promise<string | undefined>((resolve) => (this.take = resolve));
    this.prompt(prompt);
    return read;
  }

  /** The same, and what is typed is not shown. */
  async readSecret(prompt: string): Promise<string | undefined> {
    this.streams.output.write(prompt);
    this.isHidden = true;
    try {
      return await this.read('');
    } finally {
      this.isHidden = false;
      this.streams.output.write('\n');
    }
  }

  /** Changes what stands before the line that is being typed. */
  prompt(prompt: string): void {
    if (!this.isPerson || this.isOver) return;
    this.isAsking = true;
    this.reader.setPrompt(prompt);
    this.reader.prompt(true);
  }

  print(text: string): void {
    const { output } = this.streams;
    if (!this.isAsking || this.isOver || this.isHidden) return void output.write(`${text}\n`);
    moveCursor(output, 0, -this.reader.getCursorPos().rows);
    cursorTo(output, 0);
    clearScreenDown(output);
    output.write(`${text}\n`);
    // The reader goes up by the rows that it believes to be on; it is on the first one now.
    Object.assign(this.reader, { prevRows: 0 });
    this.reader.prompt(true);
  }

  /** Takes no more lines, nor those that wait. */
  close(): void {
    this.lines.length = 0;
    this.reader.close();
  }

  private receive(line: string): void {
    this.isAsking = false;
    const { take } = this;
    this.take = undefined;
    if (take !== undefined) return take(line);
    if (this.lines.push(line) >= MAX_WAITING && !this.isPerson) this.reader.pause();
  }

  private end(): void {
    if (this.isOver) return;
    if (this.isAsking) this.streams.output.write('\n');
    this.isOver = true;
    this.take?.(undefined);
  }

  /** What the reader echoes, except while a secret is typed. It asks for the width as of a terminal. */
  private shown(): Writable {
    const { output } = this.streams;
    const shown = new Writable({
      write: (chunk: Buffer, _, done) => {
        if (!this.isHidden) output.write(chunk);
        done();
      },
    });
    Object.defineProperties(shown, { columns: { get: () => output.columns }, isTTY: { value: true } });
    output.on('resize', () => shown.emit('resize'));
    return shown;
  }
}
