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
import { byAnyReplica } from './any-replica.js';

@Controller()
export class RoomsController {
  constructor(private readonly rooms: Rooms) {}

  @Answers(roomOperations.list, byAnyReplica)
  list(): Promise<{ items: ListedRoom[] }> {
    return this.rooms.list();
  }

  @Answers(roomOperations.create, byAnyReplica)
  create(request: CreateRoomRequest): Promise<Room> {
    return this.rooms.create(request);
  }

  @Answers(roomOperations.read, byAnyReplica)
  read({ room }: { room: string }): Promise<Room> {
    return this.rooms.read(room);
  }

  @Answers(roomOperations.change, byAnyReplica)
  change(request: ChangeRoomRequest): Promise<Room> {
    return this.rooms.change(request);
  }

  @Answers(roomOperations.join, byAnyReplica)
  join(request: InRoomRequest): Promise<Room> {
    return this.rooms.join(request);
  }

  @Answers(roomOperations.leave, byAnyReplica)
  async leave(request: InRoomRequest): Promise<Record<string, never>> {
    await this.rooms.leave(request);
    return {};
  }

  @Answers(roomOperations.say, byAnyReplica)
  say(request: SayRequest): Promise<SayReply> {
    return this.rooms.say(request);
  }

  @Answers(roomOperations.agreement, byAnyReplica)
  agreement(request: InRoomRequest): Promise<{ agreement: Agreement; open: number }> {
    return this.rooms.agreement(request);
  }

  @Answers(roomOperations.of, byAnyReplica)
  of({ user }: { user: RoomUser }): Promise<{ rooms: (RoomPosition & { room: string })[] }> {
    return this.rooms.of(user);
  }

  @Answers(roomOperations.why, byAnyReplica)
  why(request: WhyRequest): Promise<MessageExplanation> {
    return this.rooms.why(request);
  }

  @Answers(roomOperations.history, byAnyReplica)
  history(request: HistoryRequest): Promise<RoomHistory> {
    return this.rooms.history(request);
  }
}
