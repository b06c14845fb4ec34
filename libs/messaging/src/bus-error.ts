// Everything that can go wrong with one message, as a stable code. The text is for people and may change.

/**
 * - `no-responder`: nobody listens on the subject; nothing reached anyone.
 * - `disconnected`: this process has no broker at the moment; nothing was sent.
 * - `too-large`: the message is above the broker's limit; nothing was sent.
 * - `timeout`: no answer in time. Whether the request was carried out is not known.
 * - `refused`: the peer answered with a coded error, see `refusal`.
 * - `invalid-reply`: the peer answered something that its contract does not allow. The request was carried out.
 */
export type BusErrorCode = 'no-responder' | 'disconnected' | 'too-large' | 'timeout' | 'refused' | 'invalid-reply';

/** A coded error as it travels: the header `parley-error` and the body of the answer. */
export interface CodedError {
  readonly code: string;
  readonly detail: string;
}

/** A message could not be sent, or a request got no usable answer. */
export class BusError extends Error {
  override readonly name = 'BusError';

  constructor(
    readonly code: BusErrorCode,
    detail: string,
    /** What the peer answered, when the code is `refused`. */
    readonly refusal?: CodedError,
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }
}

/**
 * Thrown by a handler to answer with a code of its own. The asker gets a `BusError` with code `refused` and this as its
 * `refusal`. Any other exception of a handler is logged and answered with the code `internal`, without its text.
 */
export class Refusal extends Error implements CodedError {
  override readonly name = 'Refusal';

  constructor(
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}
