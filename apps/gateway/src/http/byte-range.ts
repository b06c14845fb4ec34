// Which part of a text a request asks for (RFC 9110, section 14). One range of bytes; several, or what is not understood, are left out of
// account, as the standard allows: then all is sent.

/** From the first byte to before `end`. */
export type ByteRange = readonly [start: number, end: number];

const pattern = /^bytes=(\d*)-(\d*)$/;

/**
 * @param length of the whole, in bytes
 * @returns undefined when all is to be sent; null when nothing of it is there
 */
export function byteRange(header: string | undefined, length: number): ByteRange | null | undefined {
  const [, first = '', last = ''] = pattern.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return Number(last) === 0 || length === 0 ? null : [Math.max(0, length - Number(last)), length];
  if (last !== '' && Number(last) < Number(first)) return undefined;
  if (Number(first) >= length) return null;
  return [Number(first), last === '' ? length : Math.min(Number(last) + 1, length)];
}
