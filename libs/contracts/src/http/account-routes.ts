// The edge: accounts and sessions. See docs/chat.md.
import { account, openedSession, session, signIn, signUp, ticket } from '../accounts.js';
import { badBody, type Route } from './route.js';

/** A name and a password, however they are escaped, have room in this; in bytes. */
const MAX_SIGN_IN_BYTES = 4 * 1024;

const badName = ['name-blank', 'name-too-long', 'name-character', 'name-scripts', 'name-reserved'] as const;
const atChat = ['overloaded', 'chat-unreachable', 'broker-unreachable', 'internal'] as const;

const jo = { name: 'Jo', kind: 'account' } as const;
const exampleSession = { user: jo, expiresAt: '2026-03-02T12:00:00.000Z' };

export const accountRoutes = {
  signUp: {
    method: 'post',
    path: '/api/v1/accounts',
    tag: 'accounts',
    summary: 'Sign up: a name that is nobody’s becomes yours. Signing in is another step.',
    access: 'anyone',
    body: { schema: signUp, example: { name: 'Jo', password: 'correct horse' }, maxBytes: MAX_SIGN_IN_BYTES },
    answers: {
      201: {
        description: 'The account, forced to the store.',
        schema: account,
        example: { name: 'Jo', createdAt: '2026-01-31T12:00:00.000Z' },
      },
    },
    problems: [...badBody, ...badName, 'name-taken', 'too-many-attempts', 'outcome-unknown', ...atChat],
  },
  signIn: {
    method: 'post',
    path: '/api/v1/sessions',
    tag: 'accounts',
    summary: 'Sign in with a password, or without one as a guest under a name that is free.',
    access: 'anyone',
    body: { schema: signIn, example: { name: 'Jo', password: 'correct horse' }, maxBytes: MAX_SIGN_IN_BYTES },
    answers: {
      201: {
        description: 'The session. Its token is shown here and never again.',
        schema: openedSession,
        example: { ...exampleSession, token: 'pa_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
      },
    },
    problems: [
      ...badBody,
      ...badName,
      'sign-in-failed',
      'name-taken',
      'guests-refused',
      'too-many-attempts',
      'outcome-unknown',
      ...atChat,
    ],
  },
  readSession: {
    method: 'get',
    path: '/api/v1/sessions/current',
    tag: 'accounts',
    summary: 'Whose session this is, and until when.',
    access: 'session',
    answers: { 200: { description: 'The session.', schema: session, example: exampleSession } },
    problems: ['unauthorized', ...atChat],
  },
  issueTicket: {
    method: 'post',
    path: '/api/v1/ws-tickets',
    tag: 'accounts',
    summary: 'A ticket for the `hello` of a WebSocket at /ws. Good once, for a minute.',
    access: 'session',
    answers: {
      201: {
        description: 'The ticket.',
        schema: ticket,
        example: { ticket: 'pt_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', expiresAt: '2026-01-31T12:01:00.000Z' },
      },
    },
    problems: ['unauthorized', 'outcome-unknown', ...atChat],
  },
  signOut: {
    method: 'delete',
    path: '/api/v1/sessions/current',
    tag: 'accounts',
    summary: 'Sign out: the token is void at once, and a guest’s name is free.',
    access: 'session',
    answers: { 204: { description: 'The session is no more.' } },
    problems: ['unauthorized', 'outcome-unknown', ...atChat],
  },
} as const satisfies Record<string, Route>;
