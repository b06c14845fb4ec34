/** Keeps what is printed, and waits for more of it. */
export class Terminal {
  #text = '';
  #watchers: (() => void)[] = [];

  readonly print = (text: string): void => {
    this.#text += `${text}\n`;
    for (const watcher of this.#watchers.splice(0)) watcher();
  };

  get text(): string {
    return this.#text;
  }

  /** Resolved with the match when what was printed so far, or is printed later, matches. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#text);
      if (match) return match;
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }
}
