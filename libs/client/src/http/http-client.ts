// Requests to one server, typed by the routes table: paths, bodies and answers are what the contracts say, and what else
// comes is an error that says what it was.
import { problem, routes, type Route } from '@parley/contracts';
import { redacted, type Wire } from '../wire.js';
import type { AnswerOf, Asked, BareRoute, RouteName } from './asking.js';
import { MisunderstoodAnswer, ProblemAnswer, ServerUnreachable } from './failures.js';

/** How long a server has for an answer, in milliseconds: the longest `Prefer: wait` and something for the way. */
const ANSWER_MS = 75_000;

/** A request, without its types. */
interface Parts {
  readonly places?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export interface HttpOptions {
  /** For example `http://127.0.0.1:7070`. */
  readonly server: string;
  /** Of a session, or the operator's. */
  readonly token?: string | undefined;
  readonly wire?: Wire | undefined;
}

export class HttpClient {
  constructor(private readonly options: HttpOptions) {}

  get server(): string {
    return this.options.server;
  }

  /** The same server, as somebody else, or as nobody. */
  as(token: string | undefined): HttpClient {
    return new HttpClient({ ...this.options, token });
  }

  /** The same user at another server. */
  at(server: string): HttpClient {
    return new HttpClient({ ...this.options, server });
  }

  /**
   * Asks, and resolves with an answer that the route names.
   * @throws ProblemAnswer, ServerUnreachable, MisunderstoodAnswer
   */
  ask<Name extends BareRoute>(name: Name): Promise<AnswerOf<Name>>;
  ask<Name extends RouteName>(name: Name, asked: Asked<Name>): Promise<AnswerOf<Name>>;
  async ask(name: RouteName, asked: Parts = {}): Promise<unknown> {
    const route: Route = routes[name];
    const response = await this.fetch(route, asked);
    const { status, headers } = response;
    const answer = route.answers[status];
    if (answer === undefined) throw await this.failure(response);
    const body = answer.schema === undefined ? undefined : await this.bodyOf(response, answer.mediaType);
    this.options.wire?.({ direction: 'received', what: String(status), body: redacted(body) });
    if (answer.schema === undefined) return { status, headers, body };
    const { data, success } = answer.schema.safeParse(body);
    if (!success)
      throw new MisunderstoodAnswer(`${this.server} answers ${name} with what this version does not understand`);
    return { status, headers, body: data };
  }

  private async fetch(route: Route, asked: Parts): Promise<Response> {
    const url = new URL(pathOf(route.path, asked.places ?? {}), this.server);
    for (const [name, value] of Object.entries(asked.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const [type, body] = bodyFor(route, asked.body);
    const what = `${route.method.toUpperCase()} ${url.pathname}${url.search}`;
    this.options.wire?.({ direction: 'sent', what, body: redacted(asked.body) });
    const { token } = this.options;
    const headers = Object.entries({
      ...asked.headers,
      'content-type': type,
      authorization: token === undefined ? undefined : `Bearer ${token}`,
    }).filter((header): header is [string, string] => header[1] !== undefined);
    try {
      const method = route.method.toUpperCase();
      const signal = AbortSignal.timeout(ANSWER_MS);
      return await fetch(url, { method, headers, redirect: 'error', signal, ...(body !== undefined && { body }) });
    } catch (error) {
      throw new ServerUnreachable(this.server, error);
    }
  }

  private async failure(response: Response): Promise<Error> {
    const { status, headers } = response;
    const body = await this.bodyOf(response, undefined);
    this.options.wire?.({ direction: 'received', what: String(status), body: redacted(body) });
    const { data } = problem.safeParse(body);
    return data === undefined
      ? new MisunderstoodAnswer(`${this.server} answered ${String(status)}: is it Parley?`)
      : new ProblemAnswer(data, headers);
  }

  private async bodyOf(response: Response, mediaType: string | undefined): Promise<unknown> {
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      throw new ServerUnreachable(this.server, error);
    }
    if (mediaType?.startsWith('text/') === true) return text;
    try {
      return JSON.parse(text);
    } catch (error) {
      const what = `${this.server} answered ${String(response.status)} with what is not JSON: is it Parley?`;
      throw new MisunderstoodAnswer(what, { cause: error });
    }
  }
}

const pathOf = (path: string, places: Readonly<Record<string, string>>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(places[name] ?? ''));

/** Media type and text of a body. A plain text is what the schema has as `text`. */
function bodyFor(route: Route, body: unknown): [type: string | undefined, text: string | undefined] {
  if (route.body === undefined || body === undefined) return [undefined, undefined];
  if (route.body.mediaType === 'text/plain') return ['text/plain', (body as { text: string }).text];
  return ['application/json', JSON.stringify(body)];
}
