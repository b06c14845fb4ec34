// Reading a body: never more of it than is allowed, and nothing of it is kept when it is refused.
import type { IncomingMessage } from 'node:http';
import { MAX_BODY_BYTES } from '@parley/contracts';
import { decodeUtf8, parseJsonBody } from './json-body.js';
import { ProblemError } from './problem.js';

/** The client went away before its body was complete. There is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** How much of a body that nobody reads is taken from the network, so that its sender gets to read the answer. */
const MAX_DISCARDED_BYTES = 1024 * 1024;

/** And how long a sender who goes on has to read it, in milliseconds. Meanwhile nothing more is taken from him. */
const LINGER_MS = 1_000;

interface BodyHeaders {
  readonly 'transfer-encoding'?: string | undefined;
  readonly 'content-length'?: string | undefined;
  readonly 'content-type'?: string | undefined;
  readonly 'content-encoding'?: string | undefined;
}

/**
 * The most bytes that the body of a request will have.
 *
 * @param limit how many are allowed
 * @throws ProblemError `body-too-large` when it says itself that it is larger than allowed
 */
export function announcedBytes(headers: BodyHeaders, limit = MAX_BODY_BYTES): number {
  const length = headers['content-length'];
  if (length === undefined) return limit;
  if (Number(length) > limit) throw tooLarge(limit);
  return Number(length);
}

/**
 * The JSON value of a request's body.
 *
 * @throws ProblemError as `parseJsonBody` does, and `unsupported-media-type` and `body-too-large`; ClientGone
 */
export async function readJsonBody(request: IncomingMessage, limit = MAX_BODY_BYTES): Promise<unknown> {
  refuseOtherEncodings(request.headers);
  return parseJsonBody(await readBytes(request, limit));
}

/**
 * The text of a request's body, without one line feed at its end, which many programs add.
 *
 * @throws ProblemError `invalid-utf8`, `unsupported-media-type`, `body-too-large`; ClientGone
 */
export async function readTextBody(request: IncomingMessage, limit = MAX_BODY_BYTES): Promise<string> {
  refuseOtherEncodings(request.headers);
  return decodeUtf8(await readBytes(request, limit)).replace(/\n$/, '');
}

function refuseOtherEncodings(headers: BodyHeaders): void {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '') ?? [];
  if (charset.toLowerCase() !== 'utf-8') {
    throw new ProblemError('unsupported-media-type', 'the body is UTF-8; another charset is named', {
      field: 'Content-Type',
    });
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new ProblemError('unsupported-media-type', 'the body is compressed', { field: 'Content-Encoding' });
  }
}

/** The body is gathered in one buffer of the announced size: its pieces are garbage at once, not all together at the end. */
function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const body = Buffer.allocUnsafe(announcedBytes(request.headers, limit));
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const take = (piece: Buffer): void => {
      if (bytes + piece.length > body.length) settle(() => reject(tooLarge(limit)));
      else bytes += piece.copy(body, bytes);
    };
    const complete = (): void => settle(() => resolve(body.subarray(0, bytes)));
    const gone = (): void => settle(() => reject(new ClientGone('the connection closed within a body')));
    const settle = (end: () => void): void => {
      request.off('data', take).off('end', complete).off('close', gone);
      end();
    };
    request.on('data', take).on('end', complete).on('close', gone);
    // The `close` that follows says the same; without a listener the error would end the process.
    request.on('error', gone);
  });
}

/** Whether a request says that it has a body. */
export const hasBody = (headers: BodyHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * Takes what is left of a body that nobody reads from the network, to the end or to a bound, and closes the connection there, a while
 * later: a connection that is closed on a sender at once may lose the answer that tells why.
 */
export function discardRest(request: IncomingMessage): void {
  if (request.complete) return;
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_DISCARDED_BYTES || request.isPaused()) return;
    const { socket } = request;
    request.pause();
    const lingering = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(lingering));
  });
}

const tooLarge = (limit: number): ProblemError =>
  new ProblemError('body-too-large', `the body of this request is at most ${String(limit)} bytes`);
