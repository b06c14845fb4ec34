// How what is told gets to whoever reads it: as lines for a person, or as JSON, one document per line, for a program.
import type { WireEntry } from '@parley/client';
import { jsonLine, plain } from '../plain.js';
import type { Console } from './console.js';

export interface Report {
  /** For a person; undefined: nothing. */
  readonly text: string | undefined;
  /** For a program. */
  readonly json: object;
  /** Somebody said it; everything else stands back. */
  readonly isSaid?: boolean;
}

const DIM = '\u001b[2m';
const PLAIN = '\u001b[0m';

export class Reporter {
  constructor(
    private readonly console: Console,
    private readonly form: { readonly isJson: boolean; readonly isColoured: boolean },
    private readonly complain: (text: string) => void,
  ) {}

  tell({ text, json, isSaid = false }: Report): void {
    if (this.form.isJson) this.console.print(jsonLine(json));
    else if (text !== undefined) this.console.print(isSaid ? text : this.dim(text));
  }

  /** A remark of this program, which nobody sent. */
  note(text: string): void {
    this.tell({ text: `* ${text}`, json: { type: 'note', text } });
  }

  /** What went over the wire, beside what is told: on stderr when a program reads what is told. */
  wire({ direction, what, body }: WireEntry): void {
    const line = `${direction === 'sent' ? '>' : '<'} ${plain(what)}${body === undefined ? '' : ` ${jsonLine(body)}`}`;
    if (this.console.isPerson && !this.form.isJson) this.console.print(this.dim(line));
    else this.complain(`${line}\n`);
  }

  private dim(text: string): string {
    return this.form.isColoured ? `${DIM}${text}${PLAIN}` : text;
  }
}
