// What a service hears, said at the method that hears it:
//
//   @Answers(participantOperations.vote) vote(request: VoteRequest, call: Call): Promise<VoteReply> …
//   @AnswersAs(namedParticipantOperations.ledger) ledger(request: LedgerRequest): LedgerReply …
//   @Hears(facts.decided) decided(fact: Decided): void …
//
// A method whose types do not fit the contract does not compile. The body was parsed before; the second argument says
// where the message comes from.
import { Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import type { Fact, NodeOperation, Operation } from '@parley/contracts';
import { throwError, type Observable } from 'rxjs';
import type { z } from 'zod';
import type { Call } from './message.js';

/** What the decorators note beside a pattern, for the BusServer. */
export type Contract =
  | { readonly kind: 'operation'; readonly operation: Operation; readonly queue?: string }
  | { readonly kind: 'node-operation'; readonly operation: NodeOperation }
  | { readonly kind: 'fact'; readonly fact: Fact };

/** Stands where the node's name comes in; no node can have this name. */
const anyNode = '*';

type Answering<O extends { request: z.ZodType; reply: z.ZodType }> = (
  request: z.output<O['request']>,
  call: Call,
) => z.input<O['reply']> | Promise<z.input<O['reply']>>;

type MethodDecoratorFor<Handler> = <Method extends Handler>(
  target: object,
  key: string,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/** Nest would turn an exception into a text before the BusServer, which codes and logs it, could see it. */
@Catch()
class Unchanged implements RpcExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}

function received<Method>(target: object, key: string, descriptor: TypedPropertyDescriptor<Method>): void {
  Payload()(target, key, 0);
  Ctx()(target, key, 1);
  UseFilters(Unchanged)(target, key, descriptor);
}

/**
 * The method answers the operation. Without a queue every replica hears every request, which suits a gather; replicas
 * with the same `queue` share the requests among them.
 */
export function Answers<O extends Operation>(
  operation: O,
  options: { queue?: string } = {},
): MethodDecoratorFor<Answering<O>> {
  const contract: Contract = { kind: 'operation', operation, ...options };
  return (target, key, descriptor) => {
    received(target, key, descriptor);
    MessagePattern(operation.subject, { contract })(target, key, descriptor);
  };
}

/** The method answers the operation under the name of the node it runs in. */
export function AnswersAs<O extends NodeOperation>(operation: O): MethodDecoratorFor<Answering<O>> {
  const contract: Contract = { kind: 'node-operation', operation };
  return (target, key, descriptor) => {
    received(target, key, descriptor);
    MessagePattern(operation.subjectOf(anyNode), { contract })(target, key, descriptor);
  };
}

/** The method hears the fact. */
export function Hears<F extends Fact>(
  fact: F,
): MethodDecoratorFor<(body: z.output<F['body']>, call: Call) => void | Promise<void>> {
  const contract: Contract = { kind: 'fact', fact };
  return (target, key, descriptor) => {
    received(target, key, descriptor);
    EventPattern<unknown>(fact.subject, { contract })(target, key, descriptor);
  };
}
