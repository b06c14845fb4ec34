// Follows a stream of events from now on: one reader per gateway, whatever the number of clients. Nothing is missed while the
// broker is away, for reading goes on where it was; but when the stream was lost, another one begins.
import type { StreamContract } from '@parley/contracts';
import type { StreamListener, StreamMessage, StreamReader } from '@parley/messaging';
import type { z } from 'zod';

/** Begins to read what is appended to the stream from then on. */
export type Open = (listener: StreamListener) => StreamReader;

export interface EventPlace {
  /** When the stream was made, ms since the epoch. */
  readonly epoch: number;
  readonly sequence: number;
}

interface Followed<Event> {
  readonly contract: Pick<StreamContract<z.ZodType<Event>>, 'body'>;
  /** Under what an event is appended. */
  readonly tokenOf: (event: Event) => string;
  readonly happened: (event: Event, place: EventPlace) => void;
  /** The stream that was followed is lost: another one begins. */
  readonly lost?: () => void;
}

export class StreamFollower<Event> implements StreamListener {
  /** Resolves when everything is told that is stored from now on. */
  readonly begun: Promise<void>;
  private begin = (): void => undefined;
  private reader: StreamReader | undefined;
  private stream: string | undefined;

  constructor(
    private readonly open: Open,
    private readonly followed: Followed<Event>,
  ) {
    this.begun = new Promise((resolve) => (this.begin = resolve));
  }

  start(): void {
    this.reader = this.open(this);
  }

  stop(): void {
    this.reader?.stop();
  }

  began({ stream }: { stream: string }): void {
    const isAnother = this.stream !== undefined && this.stream !== stream;
    this.stream = stream;
    if (isAnother) this.followed.lost?.();
    this.begin();
  }

  message({ payload, sequence, token }: StreamMessage): void {
    const { contract, tokenOf, happened } = this.followed;
    const event = parsed(contract.body, payload);
    // A stranger's is left out; the chat, whose stream it is, tells of it.
    if (event === undefined || tokenOf(event) !== token) return;
    happened(event, { epoch: Date.parse(this.stream ?? ''), sequence });
  }

  away(): void {
    // It goes on where it was.
  }
}

function parsed<Event>(schema: z.ZodType<Event>, payload: Uint8Array): Event | undefined {
  try {
    return schema.safeParse(JSON.parse(new TextDecoder().decode(payload))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
