/** How a process ended. */
export interface InstanceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What else there is to say about it, for the user. */
  readonly detail?: string;
}

/** One run of a program. */
export interface Instance {
  readonly pid: number;
  /** Resolved when it serves, with its address if it has one; rejected with the reason when it does not come to that. */
  readonly ready: Promise<{ readonly address?: string }>;
  /** Resolved, never rejected, when it has ended. */
  readonly exited: Promise<InstanceExit>;
  /** Asks it to end in order; it is killed when it does not within its deadline. */
  stop(): void;
  /** Ends it with SIGKILL. */
  kill(): void;
}

/** Something that can be run again and again, one instance at a time. */
export interface Program {
  readonly name: string;
  readonly logFile: string;
  /** @throws a LauncherError or BrokerError that says why it cannot be started */
  start(): Promise<Instance>;
}
