// /asyncapi.json: the WebSocket in AsyncAPI 3.0. The schemas that it shows are made from those that validate the frames, so a
// new operation appears in it by itself. From the gateway's side, as AsyncAPI has it: it receives commands and sends the rest.
import {
  closeCodes,
  closeReasons,
  entranceProblems,
  frameProblems,
  problemKinds,
  socketAnswers,
  socketCommands,
  socketOperations,
  socketPush,
  socketPushExamples,
  socketReply,
  SOCKET_PATH,
  SUBPROTOCOL,
  type ProblemCode,
  type SocketCommand,
  type SocketOperation,
  type SocketPush,
} from '@parley/contracts';
import { exampleProblem } from './http/problem.js';
import { PROBLEMS_PATH } from './http/served-routes.js';
import { toJsonSchema, type Json } from './json-schema.js';

const channel = { $ref: '#/channels/socket' };
const inChannel = (message: string): Json => ({ $ref: `#/channels/socket/messages/${message}` });

/** Id of the command in examples. */
const EXAMPLE_ID = '7';

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
        description: `Opening it is refused over HTTP with ${refusals(entranceProblems)}. The gateway closes with one of these; after 4000 to 4499 a client comes back by itself, after 4500 to 4999 not.\n${closings()}`,
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
  Object.entries(closeReasons)
    .map(([name, reason]) => `- ${String(closeCodes[name as keyof typeof closeCodes])}: ${reason}`)
    .join('\n');

const operations = Object.entries(socketOperations) as [SocketCommand['op'], SocketOperation][];

function commandMessages(): Record<string, Json> {
  return Object.fromEntries(
    operations.map(([op, { summary, example }]) => [
      commandOf(op),
      {
        ...{ name: op, summary, payload: toJsonSchema(socketCommands[op], 'input', 'draft-7') },
        examples: [{ payload: { id: EXAMPLE_ID, op, d: example.command } }],
      },
    ]),
  );
}

function answerMessages(): Record<string, Json> {
  const answers = operations.map(([op, { example }]) => [
    answerOf(op),
    {
      name: `answer to ${op}`,
      payload: toJsonSchema(accepted.extend({ d: socketAnswers[op] }), 'output', 'draft-7'),
      examples: [{ payload: { re: EXAMPLE_ID, ok: true, d: example.answer } }],
    },
  ]);
  const ofNoCommand = new Set<ProblemCode>(frameProblems);
  const codes = new Set([...ofNoCommand, ...operations.flatMap(([, { problems }]) => problems)]);
  const refusal = {
    name: 'refusal',
    payload: toJsonSchema(refused, 'output', 'draft-7'),
    examples: [...codes].map((code) => ({
      ...{ name: code, summary: problemKinds[code].title },
      payload: { re: ofNoCommand.has(code) ? null : EXAMPLE_ID, ok: false, err: exampleProblem(code) },
    })),
  };
  return { ...(Object.fromEntries(answers) as Record<string, Json>), [REFUSAL]: refusal };
}

function pushMessages(): Record<string, Json> {
  return Object.fromEntries(
    socketPush.options.map((schema) => {
      const { description, ...payload } = toJsonSchema(schema, 'output', 'draft-7');
      const ev = nameOf(schema);
      return [pushOf(ev), { name: ev, summary: description, payload, examples: [{ payload: socketPushExamples[ev] }] }];
    }),
  );
}

const nameOf = ({ shape }: (typeof socketPush.options)[number]): SocketPush['ev'] => shape.ev.value;

/** Who may give a command. */
const callers: Readonly<Record<SocketOperation['access'], string>> = {
  ticket: 'For whoever has a ticket.',
  user: 'For whoever has said `hello`.',
  member: 'For members of the room.',
  holder: 'For whoever holds the participant’s seat.',
};

const refusals = (problems: SocketOperation['problems']): string => problems.map((code) => `\`${code}\``).join(', ');

function commandOperations(): Record<string, Json> {
  return Object.fromEntries(
    operations.map(([op, { summary, access, problems }]) => [
      commandOf(op),
      {
        action: 'receive',
        channel,
        summary,
        description: `${callers[access]}\n\nRefused with ${refusals(problems)}.`,
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
