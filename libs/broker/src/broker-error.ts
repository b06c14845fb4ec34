/** Why there is no broker. Every message says what the user can do about it. */
type BrokerErrorCode =
  | 'broker-missing'
  | 'broker-too-old'
  | 'broker-altered'
  | 'broker-unusable'
  | 'broker-not-started'
  | 'broker-died'
  | 'broker-unreachable'
  | 'broker-folder';

/** A broker that cannot be found, used, started or reached, or that died. `message` is meant for the user. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';

  constructor(
    readonly code: BrokerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
