// A logger whose lines a test can look at.
import { pino, type Logger } from 'pino';

export interface RecordedLine {
  readonly level: number;
  readonly msg: string;
  readonly subject?: string;
  readonly trace?: string;
  readonly reason?: string;
}

export interface RecordedLog {
  readonly logger: Logger;
  readonly lines: RecordedLine[];
  /** Tells of each further line. */
  onLine(listener: () => void): void;
  /** Lines with this text. */
  said(text: string): RecordedLine[];
}

export function recordedLog(): RecordedLog {
  const lines: RecordedLine[] = [];
  let listener = (): void => undefined;
  const write = (line: string): void => {
    lines.push(JSON.parse(line) as RecordedLine);
    listener();
  };
  return {
    logger: pino({ level: 'debug' }, { write }),
    lines,
    onLine: (told) => (listener = told),
    said: (text) => lines.filter(({ msg }) => msg === text),
  };
}
