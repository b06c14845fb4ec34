import { Body, Controller, Req, Res } from '@nestjs/common';
import { MAX_WAIT_SECONDS, proposal, routes, transactionId, type Proposal, type Transaction } from '@parley/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { whenClosed } from '../http/closing.js';
import { waitPreference } from '../http/preference.js';
import { principalOf } from '../http/signed-in.js';
import { Serves } from '../http/served-routes.js';
import { Proposals } from '../proposals.js';
import { TransactionViews } from '../views.js';

/** What a proposal takes beside its string, about, in bytes. */
const HELD_BYTES = 2_048;

@Controller()
export class ProposalsController {
  constructor(
    private readonly proposals: Proposals,
    private readonly views: TransactionViews,
  ) {}

  @Serves(routes.propose)
  async propose(
    @Body({ schema: proposal }) body: Proposal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Transaction> {
    const { admitted, headers, id: correlation } = request;
    admitted?.shrink(Buffer.byteLength(body.value) + HELD_BYTES);
    const known = await this.proposals.begin(body, {
      key: oneText(headers['idempotency-key']),
      by: principalOf(request),
      correlation,
    });
    void reply.code(202).header('location', `${routes.propose.path}/${transactionId(known.begin)}`);

    const seconds = waitPreference(oneText(headers['prefer']), MAX_WAIT_SECONDS);
    const mayWait = admitted?.begun(seconds !== undefined) ?? false;
    if (seconds === undefined || !mayWait) return this.views.of(known);

    const wait = this.proposals.wait(known, seconds * 1_000);
    whenClosed(reply.raw, () => wait.stop());
    const end = await wait.ended;
    if (end === 'settled') void reply.code(200).header('preference-applied', `wait=${String(seconds)}`);
    return this.views.of(end === 'stopped' ? known : await this.proposals.current(known, correlation));
  }
}

/** A header field that was given more than once reads as its values joined, as HTTP has it. */
const oneText = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(', ') : value;
