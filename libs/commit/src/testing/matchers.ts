// Assertions in the words of the stories.
import { expect } from '@jest/globals';

declare module 'expect' {
  interface Matchers<R> {
    /** Every node of a record of states, outcomes or ledgers has this one. */
    toAllBe(expected: unknown): R;
  }
}

expect.extend({
  toAllBe(received: unknown, expected: unknown) {
    const values = Object.values(received as Record<string, unknown>);
    return {
      pass: values.length > 0 && values.every((value) => this.equals(value, expected)),
      message: () =>
        `expected all ${this.isNot ? 'not ' : ''}to be ${this.utils.printExpected(expected)}, but there is ${this.utils.printReceived(received)}`,
    };
  },
});
