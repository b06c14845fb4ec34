// Who somebody is: accounts with a password, guests by name, and sessions of both.
import { z } from 'zod';
import { secret } from './secrets.js';
import { userName } from './user-name.js';

const isoTime = z.iso.datetime();

/** Shortest and longest password, in UTF-16 code units: NIST SP 800-63B asks for 8 and for at least 64. */
const MIN_PASSWORD = 8;
const MAX_PASSWORD = 128;

const password = secret(z.string())
  .max(MAX_PASSWORD, `a password has at most ${String(MAX_PASSWORD)} characters`)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'a password has no control characters and no lone surrogates');
const newPassword = password.min(MIN_PASSWORD, `a password has at least ${String(MIN_PASSWORD)} characters`);

/** Body of `POST /accounts`. */
export const signUp = z
  .strictObject({
    name: userName,
    password: newPassword.describe(`${String(MIN_PASSWORD)} to ${String(MAX_PASSWORD)} characters; any will do.`),
  })
  .describe('A name and the password that keeps it.');
export type SignUp = z.infer<typeof signUp>;

export const account = z.object({ name: z.string(), createdAt: isoTime });
export type Account = z.infer<typeof account>;

/** Body of `POST /sessions`. */
export const signIn = z
  .strictObject({
    name: userName,
    password: password.optional().describe('Left out: as a guest, under a name that is free.'),
  })
  .describe('Who signs in.');
export type SignIn = z.infer<typeof signIn>;

export const userKind = z
  .enum(['account', 'guest'])
  .describe('guest: the name is free again a minute after the last request, or when the guest has signed out');
export type UserKind = z.infer<typeof userKind>;

export const user = z.object({ name: z.string(), kind: userKind });

/** A session as its owner sees it. A guest's is prolonged by each request. */
export const session = z.object({ user, expiresAt: isoTime });
export type Session = z.infer<typeof session>;

/** Answer of `POST /sessions`. The token is shown once; only its digest is kept. */
export const openedSession = session.extend({
  token: secret(z.string()).describe('Send it as `Authorization: Bearer <token>`.'),
});
export type OpenedSession = z.infer<typeof openedSession>;

/** A session's key in the store: SHA-256 of its token in hexadecimal, with the kind of its user. */
export const sessionKey = z.object({ kind: userKind, digest: z.string().regex(/^[0-9a-f]{64}$/) });
export type SessionKey = z.infer<typeof sessionKey>;

/** Answer of `POST /ws-tickets`: what a WebSocket's `hello` shows, so that no token stands in an address. */
export const ticket = z.object({
  ticket: secret(z.string()).describe('good once, at any gateway'),
  expiresAt: isoTime,
});
export type Ticket = z.infer<typeof ticket>;
