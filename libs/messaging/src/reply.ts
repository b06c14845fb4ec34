// What an answer says: the body its contract allows, or why there is none.
import type { Msg } from '@nats-io/transport-node';
import type { z } from 'zod';
import { BusError } from './bus-error.js';
import { codedErrorOf, parse, saysNobodyListens } from './message.js';

/** The parsed body, or a BusError `no-responder`, `refused` or `invalid-reply`. */
export function readReply(subject: string, schema: z.ZodType, reply: Msg): unknown {
  if (saysNobodyListens(reply)) {
    return new BusError('no-responder', `nobody serves ${subject}`);
  }
  const refusal = codedErrorOf(reply);
  if (refusal !== undefined) {
    return new BusError('refused', `${subject} answered ${refusal.code}: ${refusal.detail}`, refusal);
  }
  const parsed = parse(reply, schema);
  return parsed.ok
    ? parsed.body
    : new BusError('invalid-reply', `the answer of ${subject} does not fit: ${parsed.reason}`);
}
