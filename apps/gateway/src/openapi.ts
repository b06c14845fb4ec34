// /openapi.json: the routes table of libs/contracts in OpenAPI 3.1. The schemas that it shows are made from those that
// validate, so the document cannot say anything else than the server does.
import {
  acknowledgement,
  ballotPaper,
  books,
  evidence,
  liveness,
  openRequests,
  participants,
  personalReceipt,
  problem,
  problemKinds,
  proposal,
  readiness,
  routes,
  seat,
  transaction,
  transactionPage,
  verification,
  type ProblemCode,
  type Route,
} from '@parley/contracts';
import { z } from 'zod';
import { ASYNC_DOCUMENT_PATH, PROBLEMS_PATH } from './http/served-routes.js';
import { readable, toJsonSchema, type Json } from './json-schema.js';
import { exampleProblem } from './http/problem.js';

/** Schemas that the document names once and refers to. */
const namedBodies = { Proposal: proposal, BallotPaper: ballotPaper, Acknowledgement: acknowledgement };
const namedAnswers = {
  Transaction: transaction,
  TransactionPage: transactionPage,
  Evidence: evidence,
  Participants: participants,
  Seat: seat,
  OpenRequests: openRequests,
  PersonalReceipt: personalReceipt,
  Books: books,
  Verification: verification,
  Problem: problem,
  Liveness: liveness,
  Readiness: readiness,
};

const names = new Map<z.ZodType, string>(
  Object.entries({ ...namedBodies, ...namedAnswers }).map(([name, schema]) => [schema, name]),
);

const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** By the piece of a path that they make up with what stands before them. */
const pathParameters: Readonly<Record<string, Json>> = {
  'transactions/{id}': { description: 'Id of a transaction.', example: 'main-42' },
  'participants/{id}': { description: 'Name of a participant.', example: 'participant-1' },
  'rooms/{room}': { description: 'Name of a room.', example: 'release' },
  'messages/{uuid}': {
    description: 'A UUID that the sender chooses.',
    example: '123e4567-e89b-42d3-a456-426614174000',
  },
  'messages/{offset}': { description: 'Offset of a message.', example: '12' },
  'ledgers/{book}': { description: 'Name of a book.', example: 'main' },
};

/** Who may call a route. */
const callers: Readonly<Record<Route['access'], string>> = {
  operator: 'For whoever shows the operator’s token.',
  session: 'For whoever has signed in.',
  principal: 'For whoever shows the operator’s token, and for whoever has signed in.',
  anyone: 'For anyone.',
};

const schemes: Readonly<Record<Route['access'], readonly string[]>> = {
  operator: ['operator'],
  session: ['session'],
  principal: ['operator', 'session'],
  anyone: [],
};

const correlationHeader: Json = {
  description: 'Find the request in the logs by this: the trace id of the request’s `traceparent`, or a new one.',
  schema: { type: 'string', pattern: '^[0-9a-f]{32}$' },
};

/** @param version of the interface, as semantic versioning has it */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [id, route] of Object.entries<Route>(routes)) {
    (paths[route.path] ??= {})[route.method] = operation(id, route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version,
      summary: 'Every participant writes a proposed string to its own ledger, or none does.',
      description: `Every error is a problem document; [all of them](${PROBLEMS_PATH}), with what to do. The WebSocket is described at [/asyncapi.json](${ASYNC_DOCUMENT_PATH}).`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        operator: {
          type: 'http',
          scheme: 'bearer',
          description: 'The operator’s token, from the file `npm start` prints.',
        },
        session: { type: 'http', scheme: 'bearer', description: 'A session’s token, from POST /api/v1/sessions.' },
      },
    },
  };
}

function operation(id: string, route: Route): Json {
  return {
    tags: [route.tag],
    operationId: id,
    summary: route.summary,
    description: callers[route.access],
    security: schemes[route.access].map((scheme) => ({ [scheme]: [] })),
    parameters: [...inPath(route), ...inQuery(route), ...inHeaders(route)],
    ...(route.body && {
      requestBody: {
        required: true,
        content:
          route.body.mediaType === 'text/plain'
            ? { 'text/plain': { schema: { type: 'string' }, example: route.body.example } }
            : { 'application/json': { schema: schemaOf(route.body.schema, 'input'), example: route.body.example } },
      },
    }),
    responses: { ...answers(route), ...problems(route) },
  };
}

const inPath = ({ path }: Route): Json[] =>
  [...path.matchAll(/\w+\/\{(\w+)\}/g)].map(([piece, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
    ...pathParameters[piece],
  }));

const inQuery = ({ query }: Route): Json[] =>
  Object.entries(query?.shape ?? {}).map(([name, schema]) => parameter('query', name, schema as z.ZodType));

const inHeaders = ({ headers = {} }: Route): Json[] =>
  Object.entries(headers).map(([name, { schema, description }]) => ({
    ...parameter('header', name, schema),
    description,
  }));

function parameter(place: string, name: string, schema: z.ZodType): Json {
  const { description, ...shape } = schemaOf(schema, 'output');
  const required = !schema.safeParse(undefined).success;
  return { name, in: place, required, ...(description !== undefined && { description }), schema: shape };
}

function answers({ answers: byStatus }: Route): Record<string, Json> {
  return mapEntries(byStatus, ({ description, schema, mediaType = 'application/json', headers = {}, example }) => ({
    description,
    headers: {
      'x-correlation-id': correlationHeader,
      ...mapEntries(headers, (value) => ({ schema: { type: 'string' }, example: value })),
    },
    ...(schema && {
      content: { [mediaType]: { schema: schemaOf(schema, 'output'), ...(example !== undefined && { example }) } },
    }),
  }));
}

/** One response per status, with an example of each problem that has it. */
function problems({ problems: codes }: Route): Record<string, Json> {
  const byStatus: Record<string, ProblemCode[]> = {};
  for (const code of codes) (byStatus[String(problemKinds[code].status)] ??= []).push(code);
  return mapEntries(byStatus, (ofStatus) => ({
    description: ofStatus.map((code) => `\`${code}\`: ${problemKinds[code].title}.`).join('\n'),
    headers: { 'x-correlation-id': correlationHeader },
    content: {
      'application/problem+json': {
        schema: reference('Problem'),
        examples: Object.fromEntries(ofStatus.map((code) => [code, { value: exampleProblem(code) }])),
      },
    },
  }));
}

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const name = names.get(schema);
  return name === undefined ? toJsonSchema(schema, io) : reference(name);
};

/** A body is described as it is sent, before defaults are filled in; an answer as it comes. */
const componentSchemas = (): Json => ({ ...components(namedBodies, 'input'), ...components(namedAnswers, 'output') });

function components(named: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const uri = (id: string): string => `#/components/schemas/${id}`;
  const { schemas } = z.toJSONSchema(registry, { io, uri, override: readable });
  return mapEntries(schemas, ({ $schema, $id, ...schema }) => schema);
}

const mapEntries = <From, To>(
  entries: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> => Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, change(value)]));
