// What each route takes and answers, read from the routes table of the contracts: a request that the gateway would not
// understand does not compile.
import type { Route, routes } from '@parley/contracts';
import type { z } from 'zod';

export type Routes = typeof routes;
export type RouteName = keyof Routes;

/** Names of the places in a path: `id` of `/api/v1/transactions/{id}`. */
type Places<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | Places<Rest> : never;

type PartOf<R extends Route, Part extends string, Value> = R extends Record<Part, unknown> ? Value : object;

type Body<R extends Route> = R extends { body: { schema: infer S extends z.ZodType } } ? { body: z.input<S> } : object;
type Query<R extends Route> = R extends { query: infer S extends z.ZodType }
  ? { query?: { [Name in keyof z.output<S>]?: z.output<S>[Name] | undefined } }
  : object;
type PathPlaces<R extends Route> = [Places<R['path']>] extends [never]
  ? object
  : { places: Readonly<Record<Places<R['path']>, string>> };
type RequestHeaders<R extends Route> = PartOf<
  R,
  'headers',
  R extends { headers: infer H } ? { headers?: { [Name in keyof H]?: string | undefined } } : never
>;

/** All that a request by this route says. */
export type Asked<Name extends RouteName> = Body<Routes[Name]> &
  Query<Routes[Name]> &
  PathPlaces<Routes[Name]> &
  RequestHeaders<Routes[Name]>;

type Answered<Answers> = {
  [Status in keyof Answers]: {
    readonly status: Status;
    readonly headers: Headers;
    readonly body: Answers[Status] extends { schema: infer S extends z.ZodType } ? z.output<S> : undefined;
  };
}[keyof Answers];

/** An answer that the route names, by its status. */
export type AnswerOf<Name extends RouteName> = Answered<Routes[Name]['answers']>;

/** Routes by which nothing needs to be said. */
export type BareRoute = { [Name in RouteName]: object extends Asked<Name> ? Name : never }[RouteName];
