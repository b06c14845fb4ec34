// What goes over the wire, for whoever wants to see it. Secrets never get as far as here: who shows the wire, shows it to
// whoever looks over the shoulder.

/** One thing that was sent or received. */
export interface WireEntry {
  readonly direction: 'sent' | 'received';
  /** What it was: `PUT /api/v1/rooms/release/members/me`, `200`, `frame`, `ping`. */
  readonly what: string;
  /** Without secrets; undefined when there was no body. */
  readonly body?: unknown;
}
export type Wire = (entry: WireEntry) => void;

const secret = new Set(['password', 'token', 'ticket', 'authorization']);

/** The same value with each secret, wherever it stands, replaced by asterisks. */
export function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, secret.has(key.toLowerCase()) ? '***' : redacted(inner)]),
  );
}
