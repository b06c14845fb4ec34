// What gateways ask of the chat. Any replica answers: its replicas share the requests among them, and the truth is in the
// store. A refusal has the code of a problem (../problems.ts). Passwords travel to the chat; tokens do not: who signs in
// sends the digest under which the session is to be kept.
import { z } from 'zod';
import { account, session, sessionKey } from '../accounts.js';
import { nodeName } from '../names.js';
import type { Fact, Operation } from './operation.js';

const address = z.string().max(64).describe('the network address of the client, which attempts are counted by');
const credentials = z.object({ name: z.string(), password: z.string() });

export const chatOperations = {
  signUp: {
    subject: 'parley.v1.chat.sign-up',
    request: credentials.extend({ address }),
    reply: account,
  },
  /** Without a password as a guest. */
  signIn: {
    subject: 'parley.v1.chat.sign-in',
    request: credentials.partial({ password: true }).extend({ address, session: sessionKey }),
    reply: session,
  },
  /** Whose session it is; null when there is no such session, or none any more. Prolongs a guest's. */
  authenticate: {
    subject: 'parley.v1.chat.authenticate',
    request: z.object({ session: sessionKey }),
    reply: z.object({ session: session.nullable() }),
  },
  /** A ticket by its digest, for this session. */
  issueTicket: {
    subject: 'parley.v1.chat.issue-ticket',
    request: z.object({ session: sessionKey, ticket: sessionKey.shape.digest }),
    reply: z.object({ expiresAt: session.shape.expiresAt }),
  },
  /** Whose ticket it is, once; null when there is no such ticket, or none any more, or its session is over. */
  redeemTicket: {
    subject: 'parley.v1.chat.redeem-ticket',
    request: z.object({ ticket: sessionKey.shape.digest }),
    reply: z.object({ signedIn: z.object({ key: sessionKey, session }).nullable() }),
  },
  /** Whether a guest's session is over, and stays so. Does not prolong it. */
  isOver: {
    subject: 'parley.v1.chat.is-over',
    request: z.object({ session: sessionKey.shape.digest }),
    reply: z.object({ over: z.boolean() }),
  },
  /** Nothing happens when there is no such session. */
  signOut: {
    subject: 'parley.v1.chat.sign-out',
    request: z.object({ session: sessionKey }),
    reply: z.object({}),
  },
} as const satisfies Record<string, Operation>;
export type SignUpRequest = z.infer<typeof chatOperations.signUp.request>;
export type SignInRequest = z.infer<typeof chatOperations.signIn.request>;

export const chatFacts = {
  /** Every second: a replica of the chat lives. */
  alive: { subject: 'parley.v1.chat.alive', body: z.object({ node: nodeName }) },
  /** Somebody has signed out: whoever is connected with this session is let go. */
  sessionEnded: { subject: 'parley.v1.chat.session-ended', body: z.object({ session: sessionKey.shape.digest }) },
  /** A replica does not know who is connected at a gateway; without one, at any. */
  connectionsWanted: {
    subject: 'parley.v1.chat.connections-wanted',
    body: z.object({ from: nodeName, gateway: nodeName.optional() }),
  },
} as const satisfies Record<string, Fact>;
