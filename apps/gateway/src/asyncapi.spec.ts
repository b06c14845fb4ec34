// The document of the WebSocket says what the contracts say, and nothing else.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import specs from '@asyncapi/specs';
import {
  closeCodes,
  closeReasons,
  entranceProblems,
  socketCommands,
  socketOperations,
  socketPush,
} from '@parley/contracts';
import { Ajv } from 'ajv';
import { asyncApiDocument } from './asyncapi.js';
import type { Json } from './json-schema.js';

const document = asyncApiDocument('1.2.3') as Json & {
  components: { messages: Record<string, { payload: Json; examples: { name?: string; payload: unknown }[] }> };
};
const { messages } = document.components;

/** All that a part of the document refers to. */
const references = (part: unknown): string[] =>
  Object.entries(part ?? {}).flatMap(([key, value]: [string, unknown]) =>
    key === '$ref' ? [String(value)] : typeof value === 'object' ? references(value) : [],
  );

const at = (reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], document);

describe('the document of the WebSocket', () => {
  it('is what AsyncAPI 3.0 asks of one', () => {
    const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(
      specs.schemasWithoutId['3.0.0'] as object,
    );
    validate(document);
    expect(validate.errors).toBeNull();
  });

  it('refers to nothing that is not in it', () => {
    const found = references(document);
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((reference) => at(reference) === undefined)).toEqual([]);
  });

  it('has each command with its answer, and each push', () => {
    const commands = Object.keys(socketCommands).map((op) => `command.${op}`);
    const pushes = socketPush.options.map(({ shape }) => `push.${shape.ev.value}`);
    expect(Object.keys(document['operations'] as object).sort()).toEqual([...commands, ...pushes].sort());
    for (const op of Object.keys(socketCommands))
      expect(at(`#/operations/command.${op}/reply/messages/0/$ref`)).toBe(`#/channels/socket/messages/answer.${op}`);
  });

  it('says with which problems nobody is let in', () => {
    for (const code of entranceProblems)
      expect(at('#/channels/socket')).toMatchObject({ description: expect.stringContaining(`\`${code}\``) });
  });

  it('says of each command what it is for, who may give it and what it is refused with', () => {
    for (const [op, { summary, problems }] of Object.entries(socketOperations)) {
      const operation = at(`#/operations/command.${op}`);
      expect(operation).toMatchObject({ summary, description: expect.stringMatching(/^For (who|members).*\.\n/) });
      for (const code of problems)
        expect(operation).toMatchObject({ description: expect.stringContaining(`\`${code}\``) });
    }
  });

  it('has an example of each message, which its schema allows, and of each problem', () => {
    const refusals: unknown[] = [];
    for (const [name, { payload, examples }] of Object.entries(messages)) {
      const validate = new Ajv({ strict: false, validateFormats: false }).compile(payload);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        validate(example.payload);
        expect([name, validate.errors]).toEqual([name, null]);
        if (name === 'refused') refusals.push(example.name);
      }
    }
    const named = Object.values(socketOperations).flatMap(({ problems }) => problems);
    expect(refusals).toEqual(expect.arrayContaining(named));
  });

  it('is what docs/socket.md says, which has every command, push and code', async () => {
    const text = await readFile(new URL('../../../docs/socket.md', import.meta.url), 'utf8');
    const firstCells = [...text.matchAll(/^\| (`[^|]*?`|\d{4}) +\|/gm)].flatMap(([, cell = '']) => cell.split(', '));
    const codes = Object.values(closeCodes).map(String);
    const pushes = socketPush.options.map(({ shape }) => shape.ev.value);
    const words = [...Object.keys(socketCommands), ...pushes].map((word) => `\`${word}\``);
    expect(firstCells.filter((cell) => !['`op`', '`ev`'].includes(cell)).sort()).toEqual([...words, ...codes].sort());
    for (const [name, reason] of Object.entries(closeReasons))
      expect(text).toMatch(
        new RegExp(`^\\| ${String(closeCodes[name as keyof typeof closeCodes])} \\| ${reason} +\\|$`, 'm'),
      );
  });

  it('says what a command is before its defaults are filled in', () => {
    expect(at('#/components/messages/command.hello/payload/properties/d')).toMatchObject({ required: ['ticket'] });
  });
});
