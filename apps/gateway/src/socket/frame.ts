// Frames: from a client, which are commands or none, and to it, which answer a command or tell of something.
import {
  socketCommands,
  type ShownRoomEvent,
  type SocketCommand,
  type SocketPush,
  type SocketReply,
} from '@parley/contracts';
import { z } from 'zod';
import { parseJsonBody } from '../http/json-body.js';
import { problemOf } from '../http/problem-of.js';
import { ProblemError, problemDocument, quoted } from '../http/problem.js';
import { SchemaPipe } from '../http/schema-pipe.js';

const outline = z.object({ id: z.string().min(1).max(64), op: z.string() });
const pipe = new SchemaPipe();

type Op = SocketCommand['op'];

/** Why a frame is refused, with the id of its command, and with the operation, as far as it names them. */
export class RefusedFrame extends Error {
  override readonly name = 'RefusedFrame';

  constructor(
    readonly re: string | null,
    readonly problem: ProblemError,
    readonly op: Op | null = null,
  ) {
    super(problem.message, { cause: problem });
  }
}

/** What a client is told of an error. @param command what failed, if the frame was a command */
export function refusalOf(error: unknown, command: SocketCommand | undefined): RefusedFrame {
  if (error instanceof RefusedFrame) return error;
  return new RefusedFrame(command?.id ?? null, problemOf(error), command?.op);
}

/** @throws RefusedFrame */
export function commandIn(frame: Buffer, isBinary: boolean): SocketCommand {
  if (isBinary) throw new RefusedFrame(null, new ProblemError('invalid-frame', 'the frame is binary'));
  const value = jsonIn(frame);
  const { data: seen } = outline.safeParse(value);
  if (seen === undefined)
    throw new RefusedFrame(
      null,
      new ProblemError('invalid-frame', 'the frame has no `id` of 1 to 64 characters, or no `op`'),
    );
  const op = Object.hasOwn(socketCommands, seen.op) ? (seen.op as Op) : undefined;
  if (op === undefined)
    throw new RefusedFrame(
      seen.id,
      new ProblemError('invalid-frame', `there is no operation ${quoted(seen.op)}`, { field: '/op' }),
    );
  try {
    return pipe.transform(value, { schema: socketCommands[op], type: 'body' }) as SocketCommand;
  } catch (error) {
    throw error instanceof ProblemError ? new RefusedFrame(seen.id, error, op) : error;
  }
}

function jsonIn(frame: Buffer): unknown {
  try {
    return parseJsonBody(frame);
  } catch (error) {
    throw error instanceof ProblemError ? new RefusedFrame(null, error) : error;
  }
}

export const refusalFrame = ({ re, problem }: RefusedFrame, trace: string): Buffer =>
  replyFrame({ re, ok: false, err: problemDocument(problem, trace) });

export const replyFrame = (reply: SocketReply): Buffer => Buffer.from(JSON.stringify(reply));

export const pushFrame = (push: SocketPush): Buffer => Buffer.from(JSON.stringify(push));

export const eventFrame = (d: ShownRoomEvent): Buffer =>
  pushFrame({ ev: 'room.event', room: d.room, epoch: d.epoch, off: d.offset, d });

/** Makes a frame when it is first asked for. */
export function once(make: () => Buffer): () => Buffer {
  let made: Buffer | undefined;
  return () => (made ??= make());
}
