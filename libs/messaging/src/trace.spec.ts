import { describe, expect, it } from '@jest/globals';
import { newTrace, parseTraceparent, traceparent } from './trace.js';

describe('the trace of a message', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';

  it('is read as it was written, with a span of its own for each message', () => {
    const [first, second] = [parseTraceparent(traceparent(trace)), parseTraceparent(traceparent(trace))];
    expect(first?.trace).toBe(trace);
    expect(first?.span).not.toBe(second?.span);
    expect(newTrace()).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ['there is none', undefined],
    ['it is none', 'c'],
    ['it would be a header of its own', `${trace}\r\nparley-error: internal`],
  ])('is a new one when %s', (_, given) => {
    expect(parseTraceparent(traceparent(given))?.trace).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is read from a later version of the recommendation too', () => {
    expect(parseTraceparent(`cc-${trace}-00f067aa0ba902b7-01-what-the-future-brings`)?.trace).toBe(trace);
  });

  it.each([
    ['there is none', undefined],
    ['it is empty', ''],
    ['it has capital letters', `00-${trace.toUpperCase()}-00f067aa0ba902b7-01`],
    ['the trace is zero', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['the span is zero', `00-${trace}-${'0'.repeat(16)}-01`],
    ['the version is forbidden', `ff-${trace}-00f067aa0ba902b7-01`],
    ['version 00 goes on', `00-${trace}-00f067aa0ba902b7-01-more`],
    ['it is cut short', `00-${trace}-00f067aa0ba902b7`],
  ])('is not taken when %s', (_, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });
});
