// The chained digest, where there is a hash function.
import { hash } from 'node:crypto';
import { chainInput } from '@parley/contracts';

/** h(number) in hexadecimal, from h(number-1) and the text of the line; see libs/contracts/src/ledger-chain.ts. */
export const nextDigest = (previous: string, number: number, line: string): string =>
  hash('sha256', chainInput(previous, number, line), 'hex');
