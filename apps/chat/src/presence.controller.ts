// All that a chat replica hears about who is connected: every replica hears every fact, any of them answers.
import { Controller } from '@nestjs/common';
import {
  gatewayFacts,
  presenceOperations,
  type Connected,
  type Disconnected,
  type GatewayAlive,
  type Listed,
  type Users,
  type UsersRequest,
} from '@parley/contracts';
import { Answers, Hears } from '@parley/messaging';
import { Attendance } from './presence/attendance.js';
import { UserList } from './presence/users.js';
import { byAnyReplica } from './any-replica.js';

@Controller()
export class PresenceController {
  constructor(
    private readonly attendance: Attendance,
    private readonly userList: UserList,
  ) {}

  @Answers(presenceOperations.users, byAnyReplica)
  users(request: UsersRequest): Promise<Users> {
    return this.userList.list(request);
  }

  @Hears(gatewayFacts.alive)
  alive(fact: GatewayAlive): void {
    this.attendance.take({ type: 'alive', ...fact });
  }

  @Hears(gatewayFacts.connected)
  connected(fact: Connected): void {
    this.attendance.take({ type: 'connected', ...fact });
  }

  @Hears(gatewayFacts.disconnected)
  disconnected(fact: Disconnected): void {
    this.attendance.take({ type: 'disconnected', ...fact });
  }

  @Hears(gatewayFacts.listed)
  listed(fact: Listed): void {
    this.attendance.take({ type: 'listed', ...fact });
  }
}
