import { Body, Controller, Req } from '@nestjs/common';
import {
  chatOperations,
  routes,
  signIn,
  signUp,
  type Account,
  type OpenedSession,
  type Session,
  type SignIn,
  type SignUp,
  type Ticket,
} from '@parley/contracts';
import type { FastifyRequest } from 'fastify';
import { Chat } from '../chat/chat.js';
import { newTicket, newToken } from '../chat/sessions.js';
import { signedIn } from '../http/signed-in.js';
import { Serves } from '../http/served-routes.js';

@Controller()
export class AccountsController {
  constructor(private readonly chat: Chat) {}

  @Serves(routes.signUp)
  signUp(@Body({ schema: signUp }) body: SignUp, @Req() { id: trace, ip: address }: FastifyRequest): Promise<Account> {
    return this.chat.ask(chatOperations.signUp, { ...body, address }, trace);
  }

  @Serves(routes.signIn)
  async signIn(
    @Body({ schema: signIn }) body: SignIn,
    @Req() { id: trace, ip: address }: FastifyRequest,
  ): Promise<OpenedSession> {
    const { token, session } = newToken(body.password === undefined ? 'guest' : 'account');
    return { ...(await this.chat.ask(chatOperations.signIn, { ...body, address, session }, trace)), token };
  }

  @Serves(routes.readSession)
  read(@Req() request: FastifyRequest): Session {
    return signedIn(request).session;
  }

  @Serves(routes.issueTicket)
  async issueTicket(@Req() request: FastifyRequest): Promise<Ticket> {
    const { ticket, digest } = newTicket();
    const asked = { session: signedIn(request).key, ticket: digest };
    return { ticket, ...(await this.chat.askTwice(chatOperations.issueTicket, asked, request.id)) };
  }

  @Serves(routes.signOut)
  async signOut(@Req() request: FastifyRequest): Promise<void> {
    await this.chat.askTwice(chatOperations.signOut, { session: signedIn(request).key }, request.id);
  }
}
