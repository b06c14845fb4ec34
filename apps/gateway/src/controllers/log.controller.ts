import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Body, Controller, Param, Query, Req, Res } from '@nestjs/common';
import {
  chatOperations,
  logQuery,
  newMessage,
  roomOperations,
  routes,
  type LogQuery,
  type Message,
  type NewMessage,
  type RoomPosition,
} from '@parley/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Chat } from '../chat/chat.js';
import { LogFollowers } from '../chat/log-followers.js';
import { LogMarks, type PageReader } from '../chat/log-marks.js';
import { transcript } from '../chat/transcript.js';
import { byteRange } from '../http/byte-range.js';
import { ProblemError } from '../http/problem.js';
import { Serves } from '../http/served-routes.js';
import { signedIn, userOf } from '../http/signed-in.js';
import { knownRoom } from './room-request.js';

const LOG_PAGE = 100;

@Controller()
export class LogController {
  private readonly marks = new LogMarks();

  constructor(
    private readonly chat: Chat,
    private readonly followers: LogFollowers,
  ) {}

  @Serves(routes.readLog)
  async read(
    @Param('room') name: string,
    @Query({ schema: logQuery }) { after = 0, follow }: LogQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const room = knownRoom(name);
    const read: PageReader = (next) => {
      const page = { room, user: userOf(request), after: next, limit: LOG_PAGE };
      return this.chat.read(roomOperations.history, page, request.id);
    };
    void reply.type(routes.readLog.answers[200].mediaType);
    if (follow === 'true') return this.follow(room, after, read, request, reply);
    // What is refused is refused before the answer begins.
    const first = await read(after);
    const { last } = await this.chat.read(roomOperations.read, { room }, request.id);
    if (after === 0 && last.epoch === first.epoch) {
      void reply.headers({ 'accept-ranges': 'bytes', etag: tagOf(last) });
      if (await this.sendPart(room, last, read, request, reply)) return;
    }
    const all = request.method === 'HEAD' ? [] : transcript(first, last.offset, read);
    await reply.send(Readable.from(all, { objectMode: false }));
  }

  @Serves(routes.appendLog)
  async append(
    @Param('room') room: string,
    @Body({ schema: newMessage }) { text }: NewMessage,
    @Req() request: FastifyRequest,
  ): Promise<Message> {
    const said = { room: knownRoom(room), user: userOf(request), id: randomUUID(), text };
    return (await this.chat.askTwice(roomOperations.say, said, request.id)).message;
  }

  private async follow(
    room: string,
    after: number,
    read: PageReader,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const { key } = signedIn(request);
    const isSignedIn = async (): Promise<boolean> =>
      (await this.chat.read(chatOperations.authenticate, { session: key }, request.id)).session !== null;
    void reply.header('x-accel-buffering', 'no');
    if (request.method === 'HEAD') await reply.send('');
    else await reply.send(await this.followers.follow({ room, user: userOf(request), read, isSignedIn }, after));
  }

  /** Whether only a part was asked for, which then is sent. */
  private async sendPart(
    room: string,
    last: RoomPosition,
    read: PageReader,
    { method, headers }: FastifyRequest,
    reply: FastifyReply,
  ): Promise<boolean> {
    if (method === 'HEAD' || headers.range === undefined || !isPrefix(headers['if-range'], last)) return false;
    const length = await this.marks.length(room, last, read);
    const range = byteRange(headers.range, length);
    if (range === undefined) return false;
    if (range === null)
      throw new ProblemError('range-not-satisfiable', `the log has ${String(length)} bytes`, {
        field: 'Range',
        headers: { 'content-range': `bytes */${String(length)}` },
      });
    const [start, end] = range;
    void reply.code(206).headers({
      'content-range': `bytes ${String(start)}-${String(end - 1)}/${String(length)}`,
      'content-length': String(end - start),
    });
    await reply.send(Readable.from(this.marks.part(room, last, range, read), { objectMode: false }));
    return true;
  }
}

const tagOf = ({ epoch, offset }: RoomPosition): string => `"${String(epoch)}-${String(offset)}"`;

/**
 * Whether the text that had this tag is the beginning of the present one. A log only grows, so what somebody has of it fits
 * to what follows also when the tag is an earlier one; of another record it does not.
 */
function isPrefix(tag: string | string[] | undefined, { epoch, offset }: RoomPosition): boolean {
  if (tag === undefined) return true;
  const [, taggedEpoch, taggedOffset] = /^"(\d+)-(\d+)"$/.exec(String(tag)) ?? [];
  return Number(taggedEpoch) === epoch && Number(taggedOffset) <= offset;
}
