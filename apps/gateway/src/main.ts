// The gateway as a process: configuration, the operator's token, the bus, then HTTP; stopped in the reverse order.
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { Bus, brokerAddress } from '@parley/messaging';
import { runService, ServiceFailure } from '@parley/service';
import { gatewayConfig, tokenFile } from './config.js';
import { startGateway } from './gateway.js';
import { operatorToken } from './token.js';

await runService({
  name: 'gateway',
  start: async ({ log, environment, keepTime, signal }) => {
    const config = gatewayConfig(environment);
    const token = await tokenOrFailure(tokenFile(config));
    const name = `gateway-${randomBytes(4).toString('hex')}`;
    const bus = await Bus.connect({ name, address: () => brokerAddress(config, signal, 'gateway'), log, signal });
    keepTime(() => bus.lamport);
    const gateway = await startGateway({
      name,
      host: config.HOST,
      port: config.PORT,
      token,
      bus,
      log,
      verbose: config.PARLEY_VERBOSE,
      chatReplicas: config.CHAT_REPLICAS,
    });
    return {
      address: gateway.address,
      stop: async () => {
        await gateway.stop();
        await bus.drain();
      },
    };
  },
});

async function tokenOrFailure(file: string): Promise<string> {
  try {
    return await operatorToken(file);
  } catch (cause) {
    const message = `The operator's token cannot be had: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new ServiceFailure('operator-token', message, { cause });
  }
}
