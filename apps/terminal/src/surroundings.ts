/** What a command has around it. */
export interface Surroundings {
  /** Where relative paths start. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether a person reads what is printed. */
  readonly isTerminal: boolean;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

/** A command cannot be carried out. The message is for the person at the terminal. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}
