// The document of the WebSocket says what the contracts say, and nothing else.
import { describe, expect, it } from '@jest/globals';
import specs from '@asyncapi/specs';
import { socketCommands, socketPush } from '@parley/contracts';
import { Ajv } from 'ajv';
import { asyncApiDocument } from './asyncapi.js';

const document = asyncApiDocument('1.2.3');

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

  it('says what a command is before its defaults are filled in', () => {
    expect(at('#/components/messages/command.hello/payload/properties/d')).toMatchObject({ required: ['ticket'] });
  });
});
