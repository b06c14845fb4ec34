import { Body, Controller, Param, Query, Req, Res } from '@nestjs/common';
import {
  historyQuery,
  messageId,
  messageOffset,
  newMessage,
  newRoom,
  roomChange,
  roomOperations,
  routes,
  type HistoryQuery,
  type ListedRoom,
  type Message,
  type MessageExplanation,
  type NewMessage,
  type NewRoom,
  type Room,
  type RoomChange,
  type RoomHistory,
} from '@parley/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Chat } from '../chat/chat.js';
import { ProblemError, quoted } from '../http/problem.js';
import { Serves } from '../http/served-routes.js';
import { principalOf, userOf } from '../http/signed-in.js';
import { knownRoom } from './room-request.js';

@Controller()
export class RoomsController {
  constructor(private readonly chat: Chat) {}

  @Serves(routes.listRooms)
  list(@Req() { id: trace }: FastifyRequest): Promise<{ items: ListedRoom[] }> {
    return this.chat.read(roomOperations.list, {}, trace);
  }

  @Serves(routes.createRoom)
  create(@Body({ schema: newRoom }) body: NewRoom, @Req() request: FastifyRequest): Promise<Room> {
    return this.chat.ask(roomOperations.create, { ...body, user: userOf(request) }, request.id);
  }

  @Serves(routes.readRoom)
  read(@Param('room') room: string, @Req() { id: trace }: FastifyRequest): Promise<Room> {
    return this.chat.read(roomOperations.read, { room: knownRoom(room) }, trace);
  }

  @Serves(routes.changeRoom)
  change(
    @Param('room') room: string,
    @Body({ schema: roomChange }) body: RoomChange,
    @Req() request: FastifyRequest,
  ): Promise<Room> {
    const principal = principalOf(request);
    const user = principal.kind === 'operator' ? null : principal.user;
    return this.chat.askTwice(roomOperations.change, { ...body, room: knownRoom(room), user }, request.id);
  }

  @Serves(routes.joinRoom)
  join(@Param('room') room: string, @Req() request: FastifyRequest): Promise<Room> {
    return this.chat.askTwice(roomOperations.join, { room: knownRoom(room), user: userOf(request) }, request.id);
  }

  @Serves(routes.leaveRoom)
  async leave(@Param('room') room: string, @Req() request: FastifyRequest): Promise<void> {
    await this.chat.askTwice(roomOperations.leave, { room: knownRoom(room), user: userOf(request) }, request.id);
  }

  @Serves(routes.say)
  async say(
    @Param() { room, uuid }: { room: string; uuid: string },
    @Body({ schema: newMessage }) { text, seen }: NewMessage,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Message> {
    const id = messageId.safeParse(uuid).data;
    if (id === undefined) throw new ProblemError('invalid-message-id', `${quoted(uuid)} is no UUID in small letters`);
    const said = { room: knownRoom(room), user: userOf(request), id, text, seen };
    // The same UUID never makes a second message, so it is asked twice without harm.
    const { message, repeated } = await this.chat.askTwice(roomOperations.say, said, request.id);
    void reply.code(repeated ? 200 : 201);
    return message;
  }

  @Serves(routes.explainMessage)
  why(
    @Param() { room, offset: place }: { room: string; offset: string },
    @Req() request: FastifyRequest,
  ): Promise<MessageExplanation> {
    const offset = messageOffset.safeParse(/^\d+$/.test(place) ? Number(place) : NaN).data;
    if (offset === undefined) throw new ProblemError('unknown-message', `${quoted(place)} is no offset of a message`);
    return this.chat.read(roomOperations.why, { room: knownRoom(room), user: userOf(request), offset }, request.id);
  }

  @Serves(routes.readMessages)
  messages(
    @Param('room') room: string,
    @Query({ schema: historyQuery }) query: HistoryQuery,
    @Req() request: FastifyRequest,
  ): Promise<RoomHistory> {
    return this.chat.read(
      roomOperations.history,
      { room: knownRoom(room), user: userOf(request), ...query },
      request.id,
    );
  }
}
