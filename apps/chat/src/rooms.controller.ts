// All that a chat replica hears about rooms.
import { Controller } from '@nestjs/common';
import {
  roomOperations,
  type Agreement,
  type ChangeRoomRequest,
  type CreateRoomRequest,
  type HistoryRequest,
  type InRoomRequest,
  type ListedRoom,
  type MessageExplanation,
  type Room,
  type RoomHistory,
  type RoomPosition,
  type RoomUser,
  type SayReply,
  type SayRequest,
  type WhyRequest,
} from '@parley/contracts';
import { Answers } from '@parley/messaging';
import { Rooms } from './rooms/rooms.js';
import { shared } from './shared.js';

@Controller()
export class RoomsController {
  constructor(private readonly rooms: Rooms) {}

  @Answers(roomOperations.list, shared)
  list(): Promise<{ items: ListedRoom[] }> {
    return this.rooms.list();
  }

  @Answers(roomOperations.create, shared)
  create(request: CreateRoomRequest): Promise<Room> {
    return this.rooms.create(request);
  }

  @Answers(roomOperations.read, shared)
  read({ room }: { room: string }): Promise<Room> {
    return this.rooms.read(room);
  }

  @Answers(roomOperations.change, shared)
  change(request: ChangeRoomRequest): Promise<Room> {
    return this.rooms.change(request);
  }

  @Answers(roomOperations.join, shared)
  join(request: InRoomRequest): Promise<Room> {
    return this.rooms.join(request);
  }

  @Answers(roomOperations.leave, shared)
  async leave(request: InRoomRequest): Promise<Record<string, never>> {
    await this.rooms.leave(request);
    return {};
  }

  @Answers(roomOperations.say, shared)
  say(request: SayRequest): Promise<SayReply> {
    return this.rooms.say(request);
  }

  @Answers(roomOperations.agreement, shared)
  agreement(request: InRoomRequest): Promise<{ agreement: Agreement; open: number }> {
    return this.rooms.agreement(request);
  }

  @Answers(roomOperations.of, shared)
  of({ user }: { user: RoomUser }): Promise<{ rooms: (RoomPosition & { room: string })[] }> {
    return this.rooms.of(user);
  }

  @Answers(roomOperations.why, shared)
  why(request: WhyRequest): Promise<MessageExplanation> {
    return this.rooms.why(request);
  }

  @Answers(roomOperations.history, shared)
  history(request: HistoryRequest): Promise<RoomHistory> {
    return this.rooms.history(request);
  }
}
