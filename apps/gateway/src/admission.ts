// How much the gateway takes on at once. What does not fit is refused before its body is read, so that memory and work
// stay bounded whatever arrives. Pure.

/** Counts what is inside, up to a limit. */
export class Gate {
  private inside = 0;

  constructor(readonly limit: number) {}

  fits(amount = 1): boolean {
    return this.inside + amount <= this.limit;
  }

  /** Whether `amount` more fit; if so they are inside until they leave. */
  enter(amount = 1): boolean {
    if (!this.fits(amount)) return false;
    this.inside += amount;
    return true;
  }

  leave(amount = 1): void {
    this.inside -= amount;
  }
}

/** What one network has at most of what there is for all. */
const SHARE = 3 / 4;

/** A gate for many networks, at which none has more than three quarters of the places: others get in whatever one of them sends. */
export class FairGate {
  private readonly gate: Gate;
  private readonly share: number;
  /** How many of a network are inside, if any. */
  private readonly inside = new Map<string, number>();

  constructor(limit: number) {
    this.gate = new Gate(limit);
    this.share = Math.ceil(limit * SHARE);
  }

  /** Why one more of this network does not fit: its share is used, or all is. */
  obstacle(network: string): 'network' | 'full' | undefined {
    if ((this.inside.get(network) ?? 0) >= this.share) return 'network';
    return this.gate.fits() ? undefined : 'full';
  }

  /** Whether one more of this network fits; if so it is inside until it leaves. */
  enter(network: string): boolean {
    if (this.obstacle(network) !== undefined) return false;
    this.inside.set(network, (this.inside.get(network) ?? 0) + 1);
    return this.gate.enter();
  }

  leave(network: string): void {
    const left = (this.inside.get(network) ?? 0) - 1;
    if (left > 0) this.inside.set(network, left);
    else this.inside.delete(network);
    this.gate.leave();
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
  /** Sign-ups and sign-ins: whoever floods them keeps nobody from talking who has signed in. Of these three no network has all. */
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
  readonly users: FairGate;
  readonly logs: FairGate;
  readonly newcomers: FairGate;
  private readonly begins: Gate;
  private readonly waits: Gate;
  private readonly bytes: Gate;

  constructor(limits: AdmissionLimits = DEFAULT_ADMISSION) {
    this.reads = new Gate(limits.reads);
    this.ledgers = new Gate(limits.ledgers);
    this.streams = new Gate(limits.streams);
    this.users = new FairGate(limits.users);
    this.logs = new FairGate(limits.logs);
    this.newcomers = new FairGate(limits.newcomers);
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
