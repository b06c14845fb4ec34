// The table of the WebSocket: what it shows is what its schemas allow, and what it names is complete.
import { describe, expect, it } from '@jest/globals';
import { socketAnswers, socketCommand, socketCommands, socketPush, closeCodes, type SocketCommand } from './socket.js';
import { closeReasons, socketOperations, socketPushExamples } from './socket-operations.js';

type Op = SocketCommand['op'];
const operations = Object.entries(socketOperations).map(([op, operation]) => [op as Op, operation] as const);

describe('an operation of the WebSocket', () => {
  it('is there for each command, and none beside them', () => {
    const all = Object.keys(socketCommands).sort();
    expect(operations.map(([op]) => op).sort()).toEqual(all);
    expect(Object.keys(socketAnswers).sort()).toEqual(all);
    expect(socketCommand.options.map(({ shape }) => shape.op.value).sort()).toEqual(all);
  });

  it.each(operations)('%s has an example that its schemas allow, whole', (op, { example }) => {
    const frame = { id: '7', op, d: example.command };
    expect(socketCommands[op].parse(frame)).toEqual(frame);
    expect(socketAnswers[op].parse(example.answer)).toEqual(example.answer);
  });

  it.each(operations)('%s names each of its problems once, and the one of who may not', (op, { access, problems }) => {
    expect(problems).toEqual([...new Set(problems)]);
    const mayNot = {
      ticket: 'ticket-refused',
      user: 'hello-required',
      member: 'membership-required',
      holder: 'seat-required',
    } as const;
    expect(problems).toContain(mayNot[access]);
  });
});

describe('a push', () => {
  it.each(socketPush.options.map((schema) => [schema.shape.ev.value, schema] as const))(
    '%s has an example that its schema allows, whole',
    (ev, schema) => {
      expect(schema.parse(socketPushExamples[ev])).toEqual(socketPushExamples[ev]);
    },
  );
});

it('each code that closes has its reason', () => {
  expect(Object.keys(closeReasons)).toEqual(Object.keys(closeCodes));
});
