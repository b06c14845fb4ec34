// What happens while a client is told of the past: it is held, in its order, and told afterwards. What comes then is told at once.

/** How much may happen while a client is told of the past. */
const MAX_HELD = 10_000;
/** Not more at once than a client that takes it may be sent. */
const TOLD_AT_ONCE = 50;

interface Client<Item> {
  tell(item: Item): void;
  /** Resolves when what was sent has left. */
  taken(): Promise<void>;
  /** More has happened than is held for a client. */
  tooMuch(): void;
}

export class Held<Item> {
  /** Undefined when nothing is held any more. */
  private items: Item[] | undefined = [];

  constructor(private readonly client: Client<Item>) {}

  add(item: Item): void {
    if (this.items === undefined) this.client.tell(item);
    else if (this.items.push(item) > MAX_HELD) this.client.tooMuch();
  }

  /** The past is told. Resolves when what was held is told too. */
  async release(): Promise<void> {
    while (this.items !== undefined && this.items.length > 0) {
      for (const item of this.items.splice(0, TOLD_AT_ONCE)) this.client.tell(item);
      await this.client.taken();
    }
    this.items = undefined;
  }
}
