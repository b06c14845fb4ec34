// What stands for SHA-256 where nobody forges anything: equal inputs have equal digests, and others have others. The arithmetic
// is that of cyrb53, a public-domain hash of 53 bits.

/** Of a string that is proposed. */
export const digestOf = (value: string): string => `digest of ${value}`;

/** The chained digest of a ledger. */
export const nextDigest = (previous: string, number: number, line: string): string =>
  hashed(`${previous} ${String(number)} ${line}`);

function hashed(text: string): string {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return (0x1_0000_0000 * (low & 0x1f_ffff) + (high >>> 0)).toString(16);
}
