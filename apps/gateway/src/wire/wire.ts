// The log's view of the wire, for who asked for it: each HTTP request and answer, and each frame of a WebSocket, as clients send and
// get them, but for secrets (shown.ts).
import { problem, socketAnswers, socketCommands, socketPush, type SocketCommand } from '@parley/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import { routeOf } from '../http/served-routes.js';
import { HIDDEN, shown } from './shown.js';

const secretHeaders: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

/** Longest address and header that are shown, in characters. */
const MAX_TEXT = 500;

const outline = z.object({
  id: z.string().optional(),
  op: z.string().optional(),
  re: z.string().nullish(),
  ev: z.string().optional(),
});

export class Wire {
  constructor(private readonly log: Logger) {}

  /** From now on the log tells what the server is asked and answers. */
  tap(server: FastifyInstance): void {
    server.addHook('preHandler', (request, _reply, done) => {
      this.asked(request, request.body);
      done();
    });
    server.addHook('onSend', (request, reply, payload, done) => {
      const route = routeOf(request.method, request.routeOptions.url);
      const schema =
        reply.statusCode >= 400
          ? (route?.answers[reply.statusCode]?.schema ?? problem)
          : route?.answers[reply.statusCode]?.schema;
      const body = typeof payload === 'string' && payload !== '' ? { body: shown(schema, jsonIn(payload)) } : {};
      const line = { wire: 'HTTP', correlation: request.id, headers: headersShown(reply.getHeaders()), ...body };
      this.log.info(line, `< ${String(reply.statusCode)} to ${cut(`${request.method} ${request.url}`)}`);
      done(null, payload);
    });
  }

  socket(address: string): SocketWire {
    return new SocketWire(this.log, address);
  }

  private asked({ id: correlation, method, url, headers, routeOptions }: FastifyRequest, sent: unknown): void {
    const schema = routeOf(method, routeOptions.url)?.body?.schema;
    const body = schema === undefined ? {} : { body: shown(schema, sent) };
    const line = { wire: 'HTTP', correlation, headers: headersShown(headers), ...body };
    this.log.info(line, `> ${cut(`${method} ${url}`)}`);
  }
}

/** The frames of one connection. */
export class SocketWire {
  /** Which commands are not answered yet. */
  private readonly open = new Map<string, SocketCommand['op']>();

  constructor(
    private readonly log: Logger,
    private readonly client: string,
  ) {}

  received(frame: Buffer, isBinary: boolean): void {
    const value = isBinary ? undefined : jsonIn(frame.toString());
    const { id, op = '' } = outlineOf(value);
    const command = Object.hasOwn(socketCommands, op) ? socketCommands[op as SocketCommand['op']] : undefined;
    if (command && id !== undefined) this.open.set(id, op as SocketCommand['op']);
    this.tell('>', frame, command, value);
  }

  sent(frame: Buffer): void {
    const value = jsonIn(frame.toString());
    const { re, ev } = outlineOf(value);
    if (ev !== undefined) return this.tell('<', frame, socketPush, value);
    const op = this.open.get(re ?? '');
    this.open.delete(re ?? '');
    const accepted = z.object({
      re: z.string(),
      ok: z.literal(true),
      d: op === undefined ? z.never() : socketAnswers[op],
    });
    const refused = z.object({ re: z.string().nullable(), ok: z.literal(false), err: problem });
    this.tell('<', frame, z.union([accepted, refused]), value);
  }

  private tell(direction: '<' | '>', frame: Buffer, schema: z.ZodType | undefined, value: unknown): void {
    const line = { wire: 'WebSocket', client: this.client, bytes: frame.length };
    this.log.info(line, `${direction} ${shown(schema, value)}`);
  }
}

const outlineOf = (value: unknown): z.infer<typeof outline> => outline.safeParse(value).data ?? {};

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // A plain text, which its schema knows as one.
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

const headersShown = (headers: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secretHeaders.has(name) ? HIDDEN : cut(String(value))]),
  );
