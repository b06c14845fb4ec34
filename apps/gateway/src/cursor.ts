// Where a page ends, as an opaque word for the client to send back.
import { bookName, transactionNumber, type PagePosition } from '@parley/contracts';
import { z } from 'zod';

const position = z.strictObject({
  createdAt: z.number().int().nonnegative(),
  book: bookName,
  number: transactionNumber,
});

export const encodeCursor = ({ createdAt, book, number }: PagePosition): string =>
  Buffer.from(JSON.stringify({ createdAt, book, number })).toString('base64url');

/** The position that a cursor stands for, or undefined when it is none that `encodeCursor` made. */
export function decodeCursor(cursor: string): PagePosition | undefined {
  const decoded = position.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  return decoded.success && encodeCursor(decoded.data) === cursor ? decoded.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A cursor that is not JSON is none of ours, which is what the schema says of undefined.
    return undefined;
  }
}
