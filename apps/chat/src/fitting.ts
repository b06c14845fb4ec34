/** Most of an answer with many items, in bytes: the broker takes a megabyte. */
const MAX_BYTES = 512 * 1024;

/** As many of the first items as fit into one answer, and at least one. */
export function fitting<Item>(items: readonly Item[]): Item[] {
  let bytes = 0;
  const end = items.findIndex((item, index) => {
    bytes += Buffer.byteLength(JSON.stringify(item));
    return index > 0 && bytes > MAX_BYTES;
  });
  return items.slice(0, end === -1 ? items.length : end);
}
