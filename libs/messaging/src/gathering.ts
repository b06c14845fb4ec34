// One request published to many, and the replies as they come (scatter-gather). It ends for its caller when the expected
// nodes have replied or at the time-out; a reply of a further node, or again of the same one, is still passed on until the
// time-out, because to a protocol a late or repeated reply is a message like any other.

export interface GatheringOptions {
  /** Names of the nodes that are waited for, or how many nodes are when it may be any. */
  readonly expected: readonly string[] | number;
  readonly timeoutMs: number;
}

export class Gathering {
  /** Settles as described above. It never rejects: no answer is not an error here. */
  readonly done: Promise<void>;
  #resolve: () => void = () => undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #nodes = new Set<string>();
  #unnamed = 0;

  constructor(
    private readonly options: GatheringOptions,
    private readonly release: () => void,
  ) {
    this.done = new Promise((resolve) => (this.#resolve = resolve));
    this.#timer = setTimeout(() => this.end(), options.timeoutMs);
    this.#settleIfComplete();
  }

  /** Counts a reply. One that does not name its node counts as a node of its own. */
  count(node: string | undefined): void {
    if (node === undefined) {
      this.#unnamed++;
    } else {
      this.#nodes.add(node);
    }
    this.#settleIfComplete();
  }

  /** Takes no further replies. */
  end(): void {
    clearTimeout(this.#timer);
    this.release();
    this.#resolve();
  }

  #settleIfComplete(): void {
    const { expected } = this.options;
    const isComplete =
      typeof expected === 'number'
        ? this.#nodes.size + this.#unnamed >= expected
        : expected.every((name) => this.#nodes.has(name));
    if (isComplete) {
      this.#resolve();
      // What may still come is no reason to keep the process alive.
      this.#timer.unref();
    }
  }
}
