/** What a person asked for cannot be done, for a reason that lies on this side. The message is for the person. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
