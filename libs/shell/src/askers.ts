// Those who have given the core an input and wait for its answer: each under a number, which the core gives back with the
// answer when that may leave the node.
export class Askers<Answer> {
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private last = 0;

  /** Calls `submit` with a number of its own; resolves with the answer that is given to that number. */
  wait(submit: (asker: number) => void): Promise<Answer> {
    const asker = ++this.last;
    return new Promise((resolve) => {
      this.waiting.set(asker, resolve);
      submit(asker);
    });
  }

  /** Whoever waits under this number has its answer. Returns whether anybody did: a second answer is for nobody. */
  answer(asker: number, answer: Answer): boolean {
    const resolve = this.waiting.get(asker);
    this.waiting.delete(asker);
    resolve?.(answer);
    return resolve !== undefined;
  }
}
