import { START_ORDER, STOP_ORDER, type ProcessKind } from './services.js';
import type { SupervisedProcess } from './supervised-process.js';

/** A process of the system. */
export interface Member {
  readonly kind: ProcessKind;
  readonly name: string;
  readonly process: SupervisedProcess;
}

/** All processes, started and stopped in order: those of a stage, or of a kind, at once. */
export class System {
  readonly #members: readonly Member[];

  constructor(members: readonly Member[]) {
    this.#members = members;
  }

  /** The kinds of its processes, in the order in which they stop. */
  get kinds(): ProcessKind[] {
    return STOP_ORDER.filter((kind) => this.#of(kind).length > 0);
  }

  /**
   * @param stopping ends the start before its next step
   * @returns the address of each member that has one, by name
   * @throws what kept the first one that failed from being ready; the others are left as they are, for `stop`
   */
  async start(stopping: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const addresses = new Map<string, string>();
    for (const stage of START_ORDER) {
      stopping.throwIfAborted();
      await Promise.all(
        this.#members
          .filter(({ kind }) => stage.includes(kind))
          .map(async ({ name, process }) => {
            const address = await process.start();
            if (address !== undefined) addresses.set(name, address);
          }),
      );
    }
    return addresses;
  }

  /** Stops everything in order, whatever it is doing. Resolved when nothing runs any more. */
  async stop(): Promise<void> {
    for (const kind of STOP_ORDER) await Promise.all(this.#of(kind).map(({ process }) => process.stop()));
  }

  /** Makes a stop a kill. */
  hurry(): void {
    for (const { process } of this.#members) process.hurry();
  }

  #of(kind: ProcessKind): Member[] {
    return this.#members.filter((member) => member.kind === kind);
  }
}
