// The chained digest of a ledger: one value that stands for all lines up to n, so that two nodes can see that they hold
// the same without sending it. h(0) is 32 zero bytes; h(n) is the SHA-256 of
//
//   h(n-1) 32 bytes | n, 8 bytes big-endian | 1 when committed, 0 when aborted, 1 byte | the line's bytes, without its break
//
// Outcome and line say the same: a committed string has at least one byte, an aborted line has none. So a ledger's text is
// enough to compute it.

/** h(0), in hexadecimal. */
export const CHAIN_START = '0'.repeat(64);

const encoder = new TextEncoder();

/** What is hashed for h(`number`). `previous` is h(number-1) in hexadecimal, `line` the text of the line. */
export function chainInput(previous: string, number: number, line: string): Uint8Array {
  const text = encoder.encode(line);
  const input = new Uint8Array(41 + text.length);
  const view = new DataView(input.buffer);
  for (let at = 0; at < 32; at += 8) view.setBigUint64(at, BigInt(`0x${previous.slice(2 * at, 2 * at + 16)}`));
  view.setBigUint64(32, BigInt(number));
  input[40] = text.length > 0 ? 1 : 0;
  input.set(text, 41);
  return input;
}
