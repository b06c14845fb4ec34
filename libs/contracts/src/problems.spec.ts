// The table of problems: it is complete, and nothing stands in it that nobody is told.
import { describe, expect, it } from '@jest/globals';
import { routes } from './http/routes.js';
import type { Route } from './http/route.js';
import { problemCodes, problemKinds, type ProblemCode } from './problems.js';
import { entranceProblems, frameProblems, socketOperations } from './socket-operations.js';

const served = Object.values<Route>(routes);

/** Of an address where no route is. */
const ofNoRoute: readonly ProblemCode[] = ['unknown-route', 'method-not-allowed'];

describe('a problem', () => {
  it.each(problemCodes)('%s has a status, a title, and a remedy that is a sentence', (code) => {
    const { status, title, remedy } = problemKinds[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(remedy).toMatch(/^[A-Z`].*\.$/s);
  });

  it('is what some route, command or frame can be refused with', () => {
    const named = new Set([
      ...ofNoRoute,
      ...entranceProblems,
      ...frameProblems,
      ...served.flatMap(({ problems }) => problems),
      ...Object.values(socketOperations).flatMap(({ problems }) => problems),
    ]);
    expect([...named].sort()).toEqual([...problemCodes].sort());
  });

  it.each(served.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'is named once by %s, with those of who may not',
    (_, { access, body, problems }) => {
      expect(problems).toEqual([...new Set(problems)]);
      if (access !== 'anyone') expect(problems).toContain('unauthorized');
      if (access === 'session' || access === 'principal') expect(problems).toContain('chat-unreachable');
      if (body) expect(problems).toContain('body-too-large');
    },
  );
});
