// Words that the system uses itself: the codewords of the clients, and those that somebody could be taken for the
// system by. Names that look like them are refused too.
import { skeletonOf } from './skeleton.js';

const words = [
  ...['online', 'all', 'everyone', 'help', 'disconnect', 'check', 'exit', 'quit', 'me', 'room'],
  ...['propose', 'commit', 'abort', 'ack', 'vote', 'verify', 'tx', 'chat'],
  ...['operator', 'admin', 'administrator', 'root', 'system', 'server', 'parley', 'guest', 'nobody', 'anonymous'],
  ...['coordinator', 'participant', 'gateway', 'broker'],
];

const reserved = new Set(words.map(skeletonOf));

export const isReserved = (name: string): boolean => reserved.has(skeletonOf(name));
