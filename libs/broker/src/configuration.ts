import type { Credential } from './connection.js';

/** A user that may do anything but publish to these subjects. */
export interface LimitedUser extends Credential {
  readonly mustNotPublish: readonly string[];
}

/** What one run of a broker is configured with. Paths are absolute. */
export interface BrokerConfiguration {
  /** -1 lets the kernel choose one. */
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Beside the user above, who may do anything. */
  readonly limitedUsers: readonly LimitedUser[];
  /** JetStream keeps its files in the folder `jetstream` in here. */
  readonly storeFolder: string;
  readonly portsFolder: string;
  readonly pidFile: string;
  readonly logFile: string;
  /** Lines of nats-server's own configuration that come last, for example of leaf nodes: they override those before. */
  readonly extra?: string | undefined;
}

/**
 * The text of a nats-server configuration file. It holds the password, so the file must be readable by its owner alone.
 *
 * `sync_interval: always`, because the default (two minutes) loses acknowledged writes when the power fails:
 * https://jepsen.io/analyses/nats-2.12.1.
 */
export const configurationText = (configuration: BrokerConfiguration): string => {
  const quoted = (value: string) => JSON.stringify(value);
  const limited = configuration.limitedUsers.map(
    ({ user, password, mustNotPublish }) =>
      `    { user: ${quoted(user)}, password: ${quoted(password)}, permissions: { publish: { deny: ${JSON.stringify(mustNotPublish)} } } }\n`,
  );
  return `# Written at every start; changes are lost.
listen: "127.0.0.1:${configuration.port}"
ports_file_dir: ${quoted(configuration.portsFolder)}
pid_file: ${quoted(configuration.pidFile)}

log_file: ${quoted(configuration.logFile)}
logfile_size_limit: 10MB
logfile_max_num: 3

max_payload: 1MB
max_connections: 1024
max_control_line: 4KB
write_deadline: "10s"

authorization {
  users: [
    { user: ${quoted(configuration.user)}, password: ${quoted(configuration.password)} }
${limited.join('')}  ]
  timeout: 2
}

jetstream {
  store_dir: ${quoted(configuration.storeFolder)}
  sync_interval: always
  max_memory_store: 64MB
  max_file_store: 16GB
}
${configuration.extra ?? ''}`;
};
