// Proposals that go on while a system in containers is changed: some are refused meanwhile, some fail on the way, and what
// was told of the others must hold afterwards.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const CLIENTS = 4;
const PAUSE_MS = 100;
const ANSWER_MS = 30_000;

export class Traffic {
  #address;
  #token;
  /** Transactions whose proposer was told that they are committed. */
  #committed = [];
  #count = 0;

  constructor(address, token) {
    this.#address = address;
    this.#token = token;
  }

  /** Proposes until the work is done, and returns what it gives. */
  async during(work) {
    const over = new AbortController();
    const clients = Array.from({ length: CLIENTS }, () => this.#proposeUntil(over.signal));
    try {
      return await work();
    } finally {
      over.abort();
      await Promise.all(clients);
    }
  }

  /** How many transactions were committed with a list of so many. */
  committedBy(participants) {
    return this.#committed.filter((transaction) => transaction.participants.length === participants).length;
  }

  /** What was told of each transaction holds in the lines of the ledgers. */
  assertHolds(lines) {
    for (const { id, number, value } of this.#committed)
      assert.equal(lines[number - 1], value, `${id} was told to be committed`);
  }

  async #proposeUntil(over) {
    while (!over.aborted) {
      this.#count += 1;
      await this.#propose(`meanwhile ${this.#count}`);
      await sleep(PAUSE_MS);
    }
  }

  /** Whatever the answer is: nobody may be there to give one. */
  async #propose(value) {
    try {
      const response = await fetch(`${this.#address}/api/v1/transactions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.#token}`,
          'content-type': 'application/json',
          prefer: 'wait=10',
        },
        body: JSON.stringify({ value }),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const answer = await response.json();
      if (answer.state === 'committed') this.#committed.push(answer);
    } catch (error) {
      // fetch has no answer: the gateway is away, or was stopped before it had answered.
      if (!(error instanceof TypeError) && error.name !== 'TimeoutError') throw error;
    }
  }
}
