import { describe, expect, it } from '@jest/globals';
import { problem, problemKinds, routes, type Route } from '@parley/contracts';
import { openApiDocument } from './openapi.js';

type Json = Record<string, unknown>;
interface Operation {
  readonly security: Json[];
  readonly description: string;
  readonly parameters: { name: string; in: string; required: boolean; schema: Json; example?: unknown }[];
  readonly requestBody?: { content: Record<string, { schema: Json; example: unknown }> };
  readonly responses: Record<string, { content?: Record<string, { examples?: Record<string, { value: unknown }> }> }>;
}

const document = openApiDocument('1.2.3') as {
  openapi: string;
  info: Json;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json>; securitySchemes: Json };
};
const served = Object.entries<Route>(routes);
const operationOf = ({ path, method }: Route): Operation => document.paths[path]![method]!;

describe('the OpenAPI document', () => {
  it('has the operations of the table and no others', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).toEqual(served.map(([, { method, path }]) => `${method} ${path}`).sort());
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Parley', version: '1.2.3' } });
  });

  it('refers only to what it defines', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(8);
    for (const [, name] of references) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  it.each(served)('%s: examples of answers are what their schemas allow', (_, { answers }) => {
    for (const { schema, example } of Object.values(answers)) expect(schema?.parse(example)).toEqual(example);
  });

  it.each(served.flatMap(([name, route]) => (route.body ? [[name, route, route.body] as const] : [])))(
    '%s: an example of its body is what its schema allows',
    (_, route, { schema, mediaType = 'application/json' }) => {
      const shown = operationOf(route).requestBody?.content[mediaType]?.example;
      const body = mediaType === 'text/plain' ? { text: shown } : (shown as Json);
      expect(schema.parse(body)).toMatchObject(body);
    },
  );

  it.each(served)('%s: says of each part of its path what it is, with an example', (_, route) => {
    for (const { in: place, ...parameter } of operationOf(route).parameters)
      if (place === 'path')
        expect(parameter).toMatchObject({ description: expect.any(String), example: expect.any(String) });
  });

  it.each(served)('%s: every problem it names is described by its status, with an example', (_, route) => {
    for (const code of route.problems) {
      const response = operationOf(route).responses[String(problemKinds[code].status)];
      const example = response?.content?.['application/problem+json']?.examples?.[code];
      expect(problem.parse(example?.value)).toMatchObject({ code, status: problemKinds[code].status });
    }
  });

  it.each(served)('%s: says who may call it', (_, route) => {
    const { security, description } = operationOf(route);
    const access = {
      operator: { who: /operator/, schemes: ['operator'] },
      session: { who: /signed in/, schemes: ['session'] },
      principal: { who: /operator.* signed in/, schemes: ['operator', 'session'] },
      anyone: { who: /anyone/, schemes: [] },
    }[route.access];
    expect(security).toEqual(access.schemes.map((scheme) => ({ [scheme]: [] })));
    expect(description).toMatch(access.who);
  });

  it('says what a proposal is before its defaults are filled in', () => {
    expect(operationOf(routes.propose).requestBody?.content['application/json']?.schema).toEqual({
      $ref: '#/components/schemas/Proposal',
    });
    expect(document.components.schemas['Proposal']).toMatchObject({
      required: ['value'],
      additionalProperties: false,
      properties: { book: { pattern: '^[a-z0-9-]{1,32}$' }, room: { pattern: '^[a-z0-9-]{1,32}$' } },
    });
  });

  it('describes parameters of the path, of the query and of the header', () => {
    const parameters = (route: Route): string[] =>
      operationOf(route).parameters.map((each) => `${each.in} ${each.name}`);
    expect(parameters(routes.propose)).toEqual(['header prefer', 'header idempotency-key']);
    expect(parameters(routes.listTransactions)).toEqual([
      'query state',
      'query book',
      'query room',
      'query cursor',
      'query limit',
    ]);
    expect(parameters(routes.readLedger)).toEqual(['path id', 'path book']);
    const limit = operationOf(routes.listTransactions).parameters.find(({ name }) => name === 'limit');
    expect(limit).toMatchObject({
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
    });
  });

  it('does not forbid answers to have more fields one day', () => {
    expect(document.components.schemas['Transaction']).not.toHaveProperty('additionalProperties');
  });
});
