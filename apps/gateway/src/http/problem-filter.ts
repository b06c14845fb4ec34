// The one place where whatever went wrong becomes an answer.
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { ClientGone, discardRest } from './body.js';
import { notJson, ProblemError, problemDocument, problemHeaders } from './problem.js';
import { problemOf } from './problem-of.js';
import { nothingServed } from './served-routes.js';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(exception, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Answers with a problem document. What nobody expected is logged with its stack, and told without it. */
  answer(exception: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (exception instanceof ClientGone) return;
    const problem = exception instanceof HttpException ? routingProblem(exception, request) : problemOf(exception);
    if (problem.code === 'internal') this.log.error({ correlation: request.id, err: exception }, 'a request failed');
    request.problem = problem.code;
    // Fastify closes the connection when it could not parse a body; it goes on here when the body has been taken.
    reply.removeHeader('connection');
    void reply
      .code(problem.status)
      .headers({ 'x-correlation-id': request.id, ...problemHeaders(problem) })
      .type('application/problem+json')
      .send(JSON.stringify(problemDocument(problem, request.id)));
    discardRest(request.raw);
  }
}

/** Nest and Fastify report with these what concerns the address and the type of the body. */
function routingProblem(exception: HttpException, { method, url }: FastifyRequest): ProblemError {
  const status = exception.getStatus();
  if (status === 415) return notJson();
  if (status !== 404) return new ProblemError('internal', 'an error that was not expected', {}, { cause: exception });
  return nothingServed(method, url);
}
