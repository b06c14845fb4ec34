import { Controller, Query, Req } from '@nestjs/common';
import {
  presenceOperations,
  routes,
  usersQuery,
  type ListedNode,
  type Users,
  type UsersQuery,
} from '@parley/contracts';
import type { FastifyRequest } from 'fastify';
import { Chat } from '../chat/chat.js';
import { now } from '../clock.js';
import { Serves } from '../http/served-routes.js';
import { Nodes } from '../nodes.js';

@Controller()
export class PresenceController {
  constructor(
    private readonly chat: Chat,
    private readonly nodes: Nodes,
  ) {}

  @Serves(routes.listUsers)
  users(
    @Query({ schema: usersQuery }) { online, ...page }: UsersQuery,
    @Req() { id: trace, isOperator: addresses }: FastifyRequest,
  ): Promise<Users> {
    const request = { ...page, online: online !== undefined, addresses };
    return this.chat.read(presenceOperations.users, request, trace);
  }

  @Serves(routes.listNodes)
  listNodes(@Req() { isOperator }: FastifyRequest): { nodes: ListedNode[] } {
    return { nodes: this.nodes.list(now(), isOperator) };
  }
}
