// Puts each service with all that it imports into one file beside its compiled main.js. Node then opens and compiles one
// file instead of nearly six hundred, which takes a third of the time: at every start, and whenever a service that was
// killed comes back.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { workspace } from './install.js';

const services = ['chat', 'coordinator', 'gateway', 'participant'];

/** What stays outside: native code, what finds files beside itself at run time, and what Nest offers and nobody here uses. */
const external = [
  '@node-rs/argon2',
  'pino',
  'pino-pretty',
  'fastify',
  '@fastify/*',
  'jsonc-parser',
  'swagger-ui-dist',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'class-transformer',
  'class-validator',
  '@grpc/grpc-js',
  '@grpc/proto-loader',
  'amqp-connection-manager',
  'amqplib',
  'ioredis',
  'kafkajs',
  'mqtt',
];

/**
 * Keeps what others wrote out of the source maps but for the names of their files: a service parses its map whole when a stack
 * is first asked for, in the middle of whatever it does, and theirs was four fifths of it: a tenth of a second, and 45 MB. Done
 * as esbuild's author advises, by a map for each file that maps all of it to its beginning
 * (https://github.com/evanw/esbuild/issues/1685).
 */
const mappedByName = {
  name: 'mapped by name',
  setup: ({ onLoad }) => {
    onLoad({ filter: /node_modules\/.*\.[cm]?js$/ }, async ({ path }) => {
      const map = JSON.stringify({ version: 3, sources: [basename(path)], mappings: 'AAAA' });
      const encoded = Buffer.from(map).toString('base64');
      return {
        contents: `${await readFile(path, 'utf8')}\n//# sourceMappingURL=data:application/json;base64,${encoded}`,
      };
    });
  },
};

/** A process that runs, or is about to start, finds the file as it was or as it is to be: what has not changed is left alone. */
const write = ({ path, contents }) => {
  if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents);
};

/**
 * Needs the compiler's output. Leaves no process of esbuild's behind: whoever builds may live for long.
 *
 * @throws when an import cannot be found; esbuild has said which
 */
export const bundle = async () => {
  const { build, stop } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: workspace,
    entryPoints: services.map((name) => ({ in: `apps/${name}/dist/main.js`, out: `${name}/dist/service` })),
    outdir: 'apps',
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    // Packages that are not ES modules ask for others by this name.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
    },
    external,
    plugins: [mappedByName],
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
  }).finally(stop);
  for (const file of outputFiles) write({ ...file, contents: Buffer.from(file.contents) });
};
