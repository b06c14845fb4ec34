// What a person reads at /docs, without anything from elsewhere: Swagger UI on the document, and the list of problems to
// which the `type` of every problem document leads.
import { readFileSync } from 'node:fs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { problemKinds } from '@parley/contracts';
import { z } from 'zod';
import { DOCS_PATH, DOCUMENT_PATH, PROBLEMS_PATH } from './http/served-routes.js';
import { openApiDocument } from './openapi.js';

const packageFile = z.object({ version: z.string() });

export function serveDocs(app: NestFastifyApplication): void {
  const { version } = packageFile.parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));
  const document = openApiDocument(version);
  const text = JSON.stringify(document);
  const problems = problemsPage();
  const server = app.getHttpAdapter().getInstance();
  server.get(DOCUMENT_PATH, (_request, reply) => reply.type('application/json; charset=utf-8').send(text));
  server.get(PROBLEMS_PATH, (_request, reply) => reply.type('text/html; charset=utf-8').send(problems));
  // Nest's type of a document is of its own making; what it shows is any OpenAPI document.
  SwaggerModule.setup(DOCS_PATH.slice(1), app, document as unknown as OpenAPIObject, {
    raw: false,
    customSiteTitle: 'Parley',
    swaggerOptions: { docExpansion: 'list', validatorUrl: null },
  });
}

/** All problems with their remedies; the anchors are the codes. */
function problemsPage(): string {
  const entries = Object.entries(problemKinds).map(
    ([code, { status, title, remedy }]) =>
      `<section id="${code}"><h2>${escaped(title)}</h2><p><code>${code}</code>, HTTP ${String(status)}</p><p>${escaped(remedy)}</p></section>`,
  );
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Parley: problems</title>',
    '<style>body{font:1rem/1.5 system-ui;max-width:45rem;margin:2rem auto;padding:0 1rem}:target{background:#ffc}</style>',
    `</head><body><h1>Problems</h1><p>Errors are answered as <code>application/problem+json</code>. <a href="${DOCS_PATH}">All operations</a></p>`,
    ...entries,
    '</body></html>',
  ].join('\n');
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
