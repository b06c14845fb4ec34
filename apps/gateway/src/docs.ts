// What a person reads at /docs, without anything from elsewhere: Swagger UI on the document, and the list of problems to
// which the `type` of every problem document leads. The files of Swagger UI are few, so they are read at the start and
// served from memory; @nestjs/swagger would bring its own way to make a document, which is made from the table here.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { problemKinds } from '@parley/contracts';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ASYNC_DOCUMENT_PATH, DOCS_PATH, DOCUMENT_PATH, PROBLEMS_PATH } from './http/served-routes.js';
import { asyncApiDocument } from './asyncapi.js';
import { openApiDocument } from './openapi.js';

const require = createRequire(import.meta.url);
const swaggerUi = (file: string): Buffer => readFileSync(require.resolve(`swagger-ui-dist/${file}`));

const packageFile = z.object({ version: z.string() });

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Parley: operations</title>
<link rel="icon" type="image/png" href="${DOCS_PATH}/favicon-32x32.png">
<link rel="stylesheet" href="${DOCS_PATH}/swagger-ui.css">
</head>
<body>
<div id="operations"></div>
<script src="${DOCS_PATH}/swagger-ui-bundle.js"></script>
<script src="${DOCS_PATH}/show.js"></script>
</body>
</html>
`;

const show = `SwaggerUIBundle({ url: '${DOCUMENT_PATH}', dom_id: '#operations', deepLinking: true, validatorUrl: null });\n`;

interface Served {
  readonly path: string;
  readonly type: string;
  readonly content: string | Buffer;
}

export function serveDocs(server: FastifyInstance): void {
  const html = 'text/html; charset=utf-8';
  const script = 'text/javascript; charset=utf-8';
  const served: readonly Served[] = [
    {
      path: DOCUMENT_PATH,
      type: 'application/json; charset=utf-8',
      content: JSON.stringify(openApiDocument(version())),
    },
    {
      path: ASYNC_DOCUMENT_PATH,
      type: 'application/json; charset=utf-8',
      content: JSON.stringify(asyncApiDocument(version())),
    },
    { path: DOCS_PATH, type: html, content: page },
    { path: PROBLEMS_PATH, type: html, content: problemsPage() },
    { path: `${DOCS_PATH}/show.js`, type: script, content: show },
    { path: `${DOCS_PATH}/swagger-ui-bundle.js`, type: script, content: swaggerUi('swagger-ui-bundle.js') },
    { path: `${DOCS_PATH}/swagger-ui.css`, type: 'text/css; charset=utf-8', content: swaggerUi('swagger-ui.css') },
    { path: `${DOCS_PATH}/favicon-32x32.png`, type: 'image/png', content: swaggerUi('favicon-32x32.png') },
  ];
  for (const { path, type, content } of served) server.get(path, (_request, reply) => reply.type(type).send(content));
}

const version = (): string =>
  packageFile.parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;

/** All problems with their remedies; the anchors are the codes. */
function problemsPage(): string {
  const entries = Object.entries(problemKinds).map(
    ([code, { status, title, remedy }]) =>
      `<section id="${code}"><h2>${marked(title)}</h2><p><code>${code}</code>, HTTP ${String(status)}</p><p>${marked(remedy)}</p></section>`,
  );
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Parley: problems</title>',
    '<style>body{font:1rem/1.5 system-ui;max-width:45rem;margin:2rem auto;padding:0 1rem}:target{background:#ffc}</style>',
    `</head><body><h1>Problems</h1><p>Errors are answered as <code>application/problem+json</code>. <a href="${DOCS_PATH}">All operations</a></p>`,
    ...entries,
    '</body></html>',
  ].join('\n');
}

/** Remedies set names in backquotes, as the document of the interface does. */
const marked = (text: string): string => escaped(text).replaceAll(/`([^`]*)`/g, '<code>$1</code>');

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
