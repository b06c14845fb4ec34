// /asyncapi.json: the WebSocket in AsyncAPI 3.0. The schemas that it shows are made from those that validate the frames, so a
// new operation appears in it by itself. From the gateway's side, as AsyncAPI has it: it receives commands and sends the rest.
import {
  closeCodes,
  socketAnswers,
  socketCommands,
  socketPush,
  socketReply,
  SOCKET_PATH,
  SUBPROTOCOL,
} from '@parley/contracts';
import { PROBLEMS_PATH } from './http/served-routes.js';
import { toJsonSchema, type Json } from './json-schema.js';

const channel = { $ref: '#/channels/socket' };
const inChannel = (message: string): Json => ({ $ref: `#/channels/socket/messages/${message}` });

const REFUSAL = 'refused';
const commandOf = (op: string): string => `command.${op}`;
const answerOf = (op: string): string => `answer.${op}`;
const pushOf = (ev: string): string => `push.${ev}`;

const [accepted, refused] = socketReply.options;

/** @param version of the interface, as semantic versioning has it */
export function asyncApiDocument(version: string): Json {
  const messages = { ...commandMessages(), ...answerMessages(), ...pushMessages() };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley',
      version,
      description: `Rooms as they happen, and commands, over a WebSocket of the subprotocol \`${SUBPROTOCOL}\`. The first command is \`hello\`. Errors are [problem documents](${PROBLEMS_PATH}); what can be asked over HTTP is at /openapi.json.`,
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: {
      socket: {
        address: SOCKET_PATH,
        description: `Closed by the gateway with one of ${closings()}: after 4000 to 4499 a client comes back by itself, after 4500 to 4999 not.`,
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: { ws: { bindingVersion: '0.1.0', method: 'GET' } },
      },
    },
    operations: { ...commandOperations(), ...pushOperations() },
    components: { messages },
  };
}

const closings = (): string =>
  Object.entries(closeCodes)
    .map(([name, code]) => `${String(code)} (${name})`)
    .join(', ');

function commandMessages(): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(socketCommands).map(([op, schema]) => [
      commandOf(op),
      { name: op, payload: toJsonSchema(schema, 'input', 'draft-7') },
    ]),
  );
}

function answerMessages(): Record<string, Json> {
  const answers = Object.entries(socketAnswers).map(([op, d]) => [
    answerOf(op),
    { name: `answer to ${op}`, payload: toJsonSchema(accepted.extend({ d }), 'output', 'draft-7') },
  ]);
  const refusal = { name: 'refusal', payload: toJsonSchema(refused, 'output', 'draft-7') };
  return { ...(Object.fromEntries(answers) as Record<string, Json>), [REFUSAL]: refusal };
}

function pushMessages(): Record<string, Json> {
  return Object.fromEntries(
    socketPush.options.map((schema) => {
      const { description, ...payload } = toJsonSchema(schema, 'output', 'draft-7');
      const ev = nameOf(schema);
      return [pushOf(ev), { name: ev, summary: description, payload }];
    }),
  );
}

const nameOf = ({ shape }: (typeof socketPush.options)[number]): string => shape.ev.value;

function commandOperations(): Record<string, Json> {
  return Object.fromEntries(
    Object.keys(socketCommands).map((op) => [
      commandOf(op),
      {
        action: 'receive',
        channel,
        messages: [inChannel(commandOf(op))],
        reply: { channel, messages: [inChannel(answerOf(op)), inChannel(REFUSAL)] },
      },
    ]),
  );
}

function pushOperations(): Record<string, Json> {
  return Object.fromEntries(
    socketPush.options.map((schema) => [
      pushOf(nameOf(schema)),
      { action: 'send', channel, messages: [inChannel(pushOf(nameOf(schema)))] },
    ]),
  );
}
