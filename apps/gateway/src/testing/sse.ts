// A client of server-sent events: reads what comes, as it comes.
import { get, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { TOKEN } from './stage.js';

export interface Sent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export class SseClient {
  readonly all: Sent[] = [];
  /** Resolves when the stream has ended or was cut off; true when it ended in order. */
  readonly ended: Promise<boolean>;
  private read = 0;
  private look = (): void => undefined;

  private constructor(
    private readonly request: ClientRequest,
    private readonly response: IncomingMessage,
  ) {
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const frames = (rest + chunk).split('\n\n');
      rest = frames.pop() ?? '';
      this.all.push(...frames.flatMap(frameOf));
      this.look();
    });
    this.ended = new Promise((resolve) => response.once('close', () => resolve(response.complete)));
    response.on('error', () => undefined);
  }

  static open(address: string, path: string, headers: Record<string, string> = {}): Promise<SseClient> {
    return new Promise((resolve, reject) => {
      const request = get(address + path, { headers: { authorization: `Bearer ${TOKEN}`, ...headers } });
      request.once('response', (response) => resolve(new SseClient(request, response)));
      request.once('error', reject);
    });
  }

  get status(): number | undefined {
    return this.response.statusCode;
  }
  get headers(): IncomingHttpHeaders {
    return this.response.headers;
  }

  /** The next event, also one that has come already. */
  async next(): Promise<Sent> {
    while (this.all.length <= this.read) await new Promise<void>((resolve) => (this.look = resolve));
    return this.all[this.read++]!;
  }

  /** The events up to the first that fits, it included. */
  async until(fits: (sent: Sent) => boolean): Promise<Sent[]> {
    const passed: Sent[] = [];
    for (;;) {
      passed.push(await this.next());
      if (fits(passed.at(-1)!)) return passed;
    }
  }

  /** Takes no more for now. */
  pause(): void {
    this.response.pause();
  }

  close(): void {
    this.request.destroy();
  }
}

/** Comments are no events. */
function frameOf(frame: string): Sent[] {
  const fields = new Map(
    frame
      .split('\n')
      .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const data = fields.get('data');
  if (data === undefined) return [];
  return [{ id: fields.get('id'), event: fields.get('event') ?? 'message', data: JSON.parse(data) as Sent['data'] }];
}
