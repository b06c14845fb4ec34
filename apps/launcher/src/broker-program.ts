import { startBroker, type Broker } from '@parley/broker';
import { join } from 'node:path';
import { gatewayMustNotPublish } from './gateway-limits.js';
import type { InstanceExit, Program } from './instance.js';

/** The broker of a data folder. Started again, it has the port and the credentials of its first start. `environment` says which nats-server. */
export const brokerProgram = (dataFolder: string, environment: NodeJS.ProcessEnv): Program => {
  let connection: Broker | undefined;
  return {
    name: 'broker',
    logFile: join(dataFolder, 'log', 'broker.log'),
    start: async () => {
      const limited = { gateway: gatewayMustNotPublish };
      const broker = await startBroker({ folder: dataFolder, environment, limited, ...(connection && { connection }) });
      connection = broker;
      return {
        pid: broker.pid,
        ready: Promise.resolve({ address: broker.url }),
        exited: broker.exited.then(({ error, ...exit }): InstanceExit =>
          error ? { ...exit, detail: error.message } : exit,
        ),
        stop: () => void broker.stop(),
        kill: () => void broker.kill(),
      };
    },
  };
};
