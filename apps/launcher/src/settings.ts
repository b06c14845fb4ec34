/** What a start of the system is asked to be. */
export interface Settings {
  /** An absolute path. */
  readonly dataFolder: string;
  readonly participants: number;
  readonly chatReplicas: number;
  readonly gateways: number;
  /** The first gateway's port on 127.0.0.1, further ones have the next; 0 lets the kernel choose. */
  readonly port: number;
  /** Whether failpoints may be armed. */
  readonly faults: boolean;
  /** Whether a process that dies is started again. */
  readonly restart: boolean;
  /** Whether the logs, with all requests and answers, are shown on the screen too. */
  readonly verbose?: true;
}
