// Tokens of sessions. The gateway makes a token, shows it to whoever signs in, and forgets it: what it tells the chat, and the
// chat keeps, is the digest. So nobody who reads the store, the bus or a log can act as somebody else.
import { createHash, randomBytes } from 'node:crypto';
import { chatOperations, type SessionKey, type UserKind } from '@parley/contracts';
import type { SignedIn } from '../http/edge.js';
import { bearerToken } from '../token.js';
import type { Chat } from './chat.js';

const TOKEN_BYTES = 32;

/** `pa_…` and `pg_…`: whoever finds one somewhere sees what it is. */
const prefixes: Readonly<Record<UserKind, string>> = { account: 'pa_', guest: 'pg_' };
const wellFormed = /^(pa|pg)_[A-Za-z0-9_-]{43}$/;

/** A token that nobody has, and the key of its session. */
export function newToken(kind: UserKind): { token: string; session: SessionKey } {
  const token = `${prefixes[kind]}${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  return { token, session: { kind, digest: digestOf(token) } };
}

/** A ticket that nobody has, and its digest. */
export function newTicket(): { ticket: string; digest: string } {
  const ticket = `pt_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  return { ticket, digest: digestOf(ticket) };
}

/** The key of a token's session; undefined when it cannot be that of one. */
function keyOfToken(token: string): SessionKey | undefined {
  if (!wellFormed.test(token)) return undefined;
  return { kind: token.startsWith(prefixes.account) ? 'account' : 'guest', digest: digestOf(token) };
}

export const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

export class SignedInUsers {
  constructor(private readonly chat: Chat) {}

  /** Whose request it is that has this Authorization header. */
  async of(authorization: string | undefined, trace: string): Promise<SignedIn | undefined> {
    const key = keyOfToken(bearerToken(authorization) ?? '');
    if (key === undefined) return undefined;
    const { session } = await this.chat.read(chatOperations.authenticate, { session: key }, trace);
    return session === null ? undefined : { key, session };
  }
}
