// A place in the stream of events, as clients are given it: which stream, which batch, which event of the batch. Pure.

export interface EventPlace {
  readonly stream: string;
  readonly sequence: number;
  readonly index: number;
}

export const placeText = ({ stream, sequence, index }: EventPlace): string =>
  `${stream}.${String(sequence)}.${String(index)}`;

/** The place that a text names, or undefined when it is none that an answer gave. */
export function parsePlace(text: string): EventPlace | undefined {
  const [, stream, sequence, index] = /^([a-z0-9]{1,16})\.([0-9]{1,15})\.([0-9]{1,6})$/.exec(text) ?? [];
  return stream === undefined ? undefined : { stream, sequence: Number(sequence), index: Number(index) };
}
