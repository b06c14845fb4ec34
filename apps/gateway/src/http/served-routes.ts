// The routes table of libs/contracts as this server needs it: paths in Fastify's words, lookup by request, and the
// decorator that serves a route from a controller.
import { Get, HttpCode, Post } from '@nestjs/common';
import { routes, type Route } from '@parley/contracts';

const served: readonly Route[] = Object.values(routes);

/** Documentation, which is not part of the table. */
export const DOCUMENT_PATH = '/openapi.json';
export const DOCS_PATH = '/docs';
export const PROBLEMS_PATH = '/docs/problems';

/** `/transactions/{id}` in the table is `/transactions/:id` in Nest and Fastify. */
export const pathPattern = ({ path }: Route): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

const byPattern = new Map(served.map((route) => [`${route.method} ${pathPattern(route)}`, route]));

/** The route that a request matched, or undefined when it matched none of the table. HEAD is answered as GET is. */
export function routeOf(method: string, pattern: string | undefined): Route | undefined {
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  return byPattern.get(`${verb} ${pattern ?? ''}`);
}

const verbs = ({ method }: Pick<Route, 'method'>): string[] => (method === 'get' ? ['GET', 'HEAD'] : ['POST']);

const addresses: readonly { readonly pattern: RegExp; readonly allowed: readonly string[] }[] = [
  ...served.map((route) => ({
    pattern: new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    allowed: verbs(route),
  })),
  ...[DOCUMENT_PATH, DOCS_PATH, PROBLEMS_PATH].map((path) => ({
    pattern: new RegExp(`^${path.replaceAll('.', String.raw`\.`)}$`),
    allowed: ['GET', 'HEAD'],
  })),
];

/** The methods that an address takes; none when there is nothing at it. */
export function allowedMethods(url: string): string[] {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  return [...new Set(addresses.filter(({ pattern }) => pattern.test(path)).flatMap(({ allowed }) => allowed))];
}

/** Serves a route of the table: its method, its path, and the lowest status that it answers with. */
export function Serves(route: Route): MethodDecorator {
  const path = pathPattern(route);
  const decorators = [route.method === 'get' ? Get(path) : Post(path), HttpCode(200)];
  return (target, key, descriptor) => decorators.forEach((decorate) => decorate(target, key, descriptor));
}
