// Server-sent events as a client of the HTTP interface reads them: each is parsed by the contracts.
import { observedEvent, transaction, type ObservedEvent, type Transaction } from '@parley/contracts';
import { z } from 'zod';
import type { HttpClient } from './http.js';

export type Sent =
  | { readonly type: 'state'; readonly state: Transaction }
  | { readonly type: 'event'; readonly event: ObservedEvent }
  | { readonly type: 'gap' | 'away' };

export class EventReader {
  readonly sent: Sent[] = [];

  private constructor(private readonly frames: AsyncGenerator<Sent, undefined>) {}

  static async open(http: HttpClient, path: string): Promise<EventReader> {
    const body = (await http.open(path)).body as ReadableStream<Uint8Array> | null;
    if (body === null) throw new Error(`${path} was answered without a body`);
    return new EventReader(framesOf(body));
  }

  get events(): ObservedEvent[] {
    return this.sent.flatMap((sent) => (sent.type === 'event' ? [sent.event] : []));
  }

  get states(): Transaction[] {
    return this.sent.flatMap((sent) => (sent.type === 'state' ? [sent.state] : []));
  }

  /** Reads on until what was sent is enough. */
  async until(isEnough: (reader: this) => boolean): Promise<void> {
    while (!isEnough(this)) {
      const { done, value } = await this.frames.next();
      if (done === true) throw new Error(`the stream has ended: ${JSON.stringify(this.sent)}`);
      this.sent.push(value);
    }
  }

  async close(): Promise<void> {
    await this.frames.return(undefined);
  }
}

async function* framesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Sent, undefined> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    const frames = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) if (!frame.startsWith(':')) yield sentIn(frame);
  }
  return undefined;
}

const named = z.enum(['state', 'gap', 'away']);

function sentIn(frame: string): Sent {
  const [, type = ''] = /^event: (.*)$/m.exec(frame) ?? [];
  const [, data = ''] = /^data: (.*)$/m.exec(frame) ?? [];
  const known = named.safeParse(type).data;
  if (known === 'state') return { type: 'state', state: transaction.parse(JSON.parse(data)) };
  if (known !== undefined) return { type: known };
  return { type: 'event', event: observedEvent.parse(JSON.parse(data)) as ObservedEvent };
}
