// Who is told of each request that was served and of each command that was refused.
import type { ProblemCode } from '@parley/contracts';

export interface ServedRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly correlation: string;
  /** The problem that it was answered with. */
  readonly code?: ProblemCode | undefined;
  /** The client was gone before the answer was sent. */
  readonly abandoned?: true | undefined;
}

export interface RefusedCommand {
  /** Null for a frame that names none. */
  readonly op: string | null;
  readonly code: ProblemCode;
  readonly correlation: string;
}

export interface RequestObserver {
  served(request: ServedRequest): void;
  refusedCommand(command: RefusedCommand): void;
}

export const observedBy = (...observers: readonly RequestObserver[]): RequestObserver => ({
  served: (request) => observers.forEach((observer) => observer.served(request)),
  refusedCommand: (command) => observers.forEach((observer) => observer.refusedCommand(command)),
});
