// The routes table of libs/contracts as this server needs it: paths in Fastify's words, lookup by request, and the
// decorator that serves a route from a controller.
import { Delete, Get, HttpCode, Patch, Post, Put } from '@nestjs/common';
import { routes, type Route } from '@parley/contracts';
import { ProblemError, quoted } from './problem.js';

const served: readonly Route[] = Object.values(routes);

/** Documentation, which is not part of the table. */
export const DOCUMENT_PATH = '/openapi.json';
export const ASYNC_DOCUMENT_PATH = '/asyncapi.json';
export const DOCS_PATH = '/docs';
export const PROBLEMS_PATH = '/docs/problems';

/** `/transactions/{id}` in the table is `/transactions/:id` in Nest and Fastify. */
const pathPattern = ({ path }: Route): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

const byPattern = new Map(served.map((route) => [`${route.method} ${pathPattern(route)}`, route]));

/** The route that a request matched, or undefined when it matched none of the table. HEAD is answered as GET is. */
export function routeOf(method: string, pattern: string | undefined): Route | undefined {
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  return byPattern.get(`${verb} ${pattern ?? ''}`);
}

const verbs = ({ method }: Pick<Route, 'method'>): string[] =>
  method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()];

const addresses: readonly { readonly pattern: RegExp; readonly allowed: readonly string[] }[] = [
  ...served.map((route) => ({
    pattern: new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    allowed: verbs(route),
  })),
  ...[DOCUMENT_PATH, ASYNC_DOCUMENT_PATH, DOCS_PATH, PROBLEMS_PATH].map((path) => ({
    pattern: new RegExp(`^${path.replaceAll('.', String.raw`\.`)}$`),
    allowed: ['GET', 'HEAD'],
  })),
];

/** Why a request matches nothing that is served: the address, or only the method. */
export function nothingServed(method: string, url: string): ProblemError {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  const matching = addresses.filter(({ pattern }) => pattern.test(path));
  if (matching.length === 0) return new ProblemError('unknown-route', `there is nothing at ${quoted(path)}`);
  const allow = [...new Set(matching.flatMap(({ allowed }) => allowed))].join(', ');
  return new ProblemError('method-not-allowed', `${quoted(path)} takes ${allow}, not ${quoted(method)}`, {
    headers: { allow },
  });
}

const methods = { get: Get, post: Post, put: Put, patch: Patch, delete: Delete };

/** Serves a route of the table: its method and its path, and the least of its statuses unless told otherwise. */
export function Serves(route: Route): MethodDecorator {
  const decorators = [
    methods[route.method](pathPattern(route)),
    HttpCode(Math.min(...Object.keys(route.answers).map(Number))),
  ];
  return (target, key, descriptor) => decorators.forEach((decorate) => decorate(target, key, descriptor));
}
