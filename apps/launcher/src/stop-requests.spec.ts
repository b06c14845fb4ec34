import { describe, expect, it } from '@jest/globals';
import { StopRequests } from './stop-requests.js';

describe('a request to stop', () => {
  it('stops at the first and hurries at the second', () => {
    const requests = new StopRequests();
    expect(requests.stopping.aborted).toBe(false);
    requests.request(0);
    expect([requests.stopping.aborted, requests.hurrying.aborted]).toEqual([true, false]);
    requests.request(1_000);
    expect(requests.hurrying.aborted).toBe(true);
  });

  it('is one when the terminal and npm both deliver the same Ctrl-C', () => {
    const requests = new StopRequests();
    requests.request(0);
    requests.request(3);
    expect(requests.hurrying.aborted).toBe(false);
    requests.request(2_000);
    expect(requests.hurrying.aborted).toBe(true);
  });
});
