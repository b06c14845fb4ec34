// How the maps of this package name a transaction.
import type { Place } from '@parley/contracts';

/** `main-42`: unique, because the number follows the last hyphen. The same text as the transaction's id. */
export const placeKey = ({ book, number }: Place): string => `${book}-${String(number)}`;
