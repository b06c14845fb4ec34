// How much the gateway takes on at once. What does not fit is refused before its body is read, so that memory and work
// stay bounded whatever arrives. Pure.

/** Counts what is inside, up to a limit. */
export class Gate {
  private inside = 0;

  constructor(readonly limit: number) {}

  /** Whether `amount` more fit; if so they are inside until they leave. */
  enter(amount = 1): boolean {
    if (this.inside + amount > this.limit) return false;
    this.inside += amount;
    return true;
  }

  leave(amount = 1): void {
    this.inside -= amount;
  }
}

export interface AdmissionLimits {
  /** Proposals from their first byte until the coordinator has answered. */
  readonly begins: number;
  /** Proposals that wait for their settlement. */
  readonly waits: number;
  /** Bytes of bodies being read and of proposals held. */
  readonly bytes: number;
  /** Reads of transactions and of participants under way. */
  readonly reads: number;
  /** Ledgers being sent. */
  readonly ledgers: number;
  /** Streams of events. */
  readonly streams: number;
  /** Requests of people who have signed in. */
  readonly users: number;
  /** Logs of rooms that are followed. */
  readonly logs: number;
  /** Sign-ups and sign-ins: whoever floods them keeps nobody from talking who has signed in. */
  readonly newcomers: number;
}

const DEFAULT_ADMISSION: AdmissionLimits = {
  begins: 1_024,
  waits: 4_096,
  bytes: 32 * 1024 * 1024,
  reads: 512,
  ledgers: 64,
  streams: 256,
  users: 512,
  logs: 256,
  newcomers: 128,
};

/** A proposal's place inside. It holds bytes from the first of its body until its answer is sent. */
export interface AdmittedProposal {
  /** The body is read: of the bytes that were reserved so many are still needed. */
  shrink(bytes: number): void;
  /** The coordinator has answered. Whether the proposal may go on to wait for its settlement. */
  begun(wait: boolean): boolean;
  /** The answer is sent, or nobody wants it any more. */
  leave(): void;
}

export class Admission {
  readonly reads: Gate;
  readonly ledgers: Gate;
  readonly streams: Gate;
  readonly users: Gate;
  readonly logs: Gate;
  readonly newcomers: Gate;
  private readonly begins: Gate;
  private readonly waits: Gate;
  private readonly bytes: Gate;

  constructor(limits: AdmissionLimits = DEFAULT_ADMISSION) {
    this.reads = new Gate(limits.reads);
    this.ledgers = new Gate(limits.ledgers);
    this.streams = new Gate(limits.streams);
    this.users = new Gate(limits.users);
    this.logs = new Gate(limits.logs);
    this.newcomers = new Gate(limits.newcomers);
    this.begins = new Gate(limits.begins);
    this.waits = new Gate(limits.waits);
    this.bytes = new Gate(limits.bytes);
  }

  /** A place for a proposal whose body has at most so many bytes, or undefined when there is none. */
  propose(bodyBytes: number): AdmittedProposal | undefined {
    if (!this.begins.enter()) return undefined;
    if (!this.bytes.enter(bodyBytes)) {
      this.begins.leave();
      return undefined;
    }
    return this.place(bodyBytes);
  }

  private place(reserved: number): AdmittedProposal {
    let bytes = reserved;
    let gate: Gate | undefined = this.begins;
    const release = (rest: number): void => {
      this.bytes.leave(bytes - rest);
      bytes = rest;
    };
    return {
      shrink: (needed) => release(Math.min(needed, bytes)),
      begun: (wait) => {
        gate?.leave();
        gate = wait && this.waits.enter() ? this.waits : undefined;
        return gate !== undefined;
      },
      leave: () => {
        gate?.leave();
        gate = undefined;
        release(0);
      },
    };
  }
}
