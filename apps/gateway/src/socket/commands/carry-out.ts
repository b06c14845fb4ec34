// What each command does, once somebody has been greeted.
import {
  clockOperations,
  directOperations,
  presenceOperations,
  roomOperations,
  type RoomUser,
  type SocketCommand,
} from '@parley/contracts';
import type { Chat } from '../../chat/chat.js';
import { send, withReceipts } from '../../chat/sending.js';
import { now } from '../../clock.js';
import type { Nodes } from '../../nodes.js';
import type { AgreeingCommands } from './agreeing.js';

/** An answer that is waited for outside of the turn: the receipt that it waits for may come over the same connection. */
export class Later {
  constructor(readonly answer: () => Promise<unknown>) {}
}

interface Context {
  readonly chat: Chat;
  readonly agreeing: AgreeingCommands;
  readonly nodes: Nodes;
  readonly user: RoomUser;
  readonly trace: string;
}

/** @throws ProblemError as the same over HTTP does */
export async function carryOut(command: Exclude<SocketCommand, { op: 'hello' }>, context: Context): Promise<unknown> {
  const { chat, agreeing, nodes, user, trace } = context;
  switch (command.op) {
    case 'join':
      return chat.askTwice(roomOperations.join, { ...command.d, user }, trace);
    case 'leave':
      return chat.askTwice(roomOperations.leave, { ...command.d, user }, trace);
    case 'say':
      return chat.askTwice(roomOperations.say, { ...command.d, user }, trace);
    case 'clocks':
      return chat.read(clockOperations.read, { ...command.d, user }, trace);
    case 'clocks.start':
      return chat.askTwice(clockOperations.run, { ...command.d, user, running: true }, trace);
    case 'clocks.stop':
      return chat.askTwice(clockOperations.run, { ...command.d, user, running: false }, trace);
    case 'why':
      return chat.read(roomOperations.why, { ...command.d, user }, trace);
    case 'send': {
      const { repeated, ...sent } = await send(chat, user, command.d, trace);
      const { message, missing } = sent;
      if (missing.length === 0) return { message, missing, repeated };
      return new Later(async () => ({ ...(await withReceipts(chat, user, sent, trace)), repeated }));
    }
    case 'check': {
      const { count, waiting } = await chat.read(directOperations.inbox, { ...command.d, user }, trace);
      return { count, waiting };
    }
    case 'received':
      return chat.askTwice(directOperations.acknowledge, { ...command.d, user }, trace);
    case 'users':
      return chat.read(presenceOperations.users, { ...command.d, addresses: false }, trace);
    case 'nodes':
      return { nodes: nodes.list(now(), false) };
    default:
      return agreeing.carryOut(command, { kind: 'user', user }, trace);
  }
}
