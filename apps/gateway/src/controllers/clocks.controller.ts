import { Body, Controller, Param, Req } from '@nestjs/common';
import { clockOperations, clocksSwitch, routes, type ClocksSwitch, type RoomClocks } from '@parley/contracts';
import type { FastifyRequest } from 'fastify';
import { Chat } from '../chat/chat.js';
import { Serves } from '../http/served-routes.js';
import { userOf } from '../http/signed-in.js';
import { knownRoom } from './room-request.js';

@Controller()
export class ClocksController {
  constructor(private readonly chat: Chat) {}

  @Serves(routes.readClocks)
  read(@Param('room') room: string, @Req() request: FastifyRequest): Promise<RoomClocks> {
    return this.chat.read(clockOperations.read, { room: knownRoom(room), user: userOf(request) }, request.id);
  }

  @Serves(routes.runClocks)
  run(
    @Param('room') room: string,
    @Body({ schema: clocksSwitch }) { running }: ClocksSwitch,
    @Req() request: FastifyRequest,
  ): Promise<RoomClocks> {
    const asked = { room: knownRoom(room), user: userOf(request), running };
    return this.chat.askTwice(clockOperations.run, asked, request.id);
  }
}
