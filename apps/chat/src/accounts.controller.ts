// All that a chat replica hears about accounts and sessions.
import { Controller } from '@nestjs/common';
import {
  chatFacts,
  chatOperations,
  type Account,
  type Session,
  type SessionKey,
  type SignInRequest,
  type SignUpRequest,
} from '@parley/contracts';
import { Answers, Bus } from '@parley/messaging';
import { Accounts } from './accounts/accounts.js';
import { Sessions } from './accounts/sessions.js';
import { Tickets, type Redeemed } from './accounts/tickets.js';
import { Departures } from './rooms/departures.js';
import { byAnyReplica } from './any-replica.js';

@Controller()
export class AccountsController {
  constructor(
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly tickets: Tickets,
    private readonly departures: Departures,
    private readonly bus: Bus,
  ) {}

  @Answers(chatOperations.signUp, byAnyReplica)
  signUp(request: SignUpRequest): Promise<Account> {
    return this.accounts.signUp(request);
  }

  @Answers(chatOperations.signIn, byAnyReplica)
  signIn(request: SignInRequest): Promise<Session> {
    return this.accounts.signIn(request);
  }

  @Answers(chatOperations.authenticate, byAnyReplica)
  async authenticate({ session }: { session: SessionKey }): Promise<{ session: Session | null }> {
    return { session: await this.sessions.use(session) };
  }

  @Answers(chatOperations.isOver, byAnyReplica)
  async isOver({ session }: { session: string }): Promise<{ over: boolean }> {
    return { over: await this.sessions.isOver(session) };
  }

  @Answers(chatOperations.issueTicket, byAnyReplica)
  issueTicket({ session, ticket }: { session: SessionKey; ticket: string }): Promise<{ expiresAt: string }> {
    return this.tickets.issue(ticket, session);
  }

  @Answers(chatOperations.redeemTicket, byAnyReplica)
  async redeemTicket({ ticket }: { ticket: string }): Promise<{ signedIn: Redeemed | null }> {
    return { signedIn: await this.tickets.redeem(ticket) };
  }

  @Answers(chatOperations.signOut, byAnyReplica)
  async signOut({ session }: { session: SessionKey }): Promise<Record<string, never>> {
    await this.sessions.end(session);
    this.bus.publish(chatFacts.sessionEnded, { session: session.digest });
    if (session.kind === 'guest') await this.departures.ended(session.digest);
    return {};
  }
}
