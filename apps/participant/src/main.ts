// A participant: votes on transactions, logs what it promises, writes the ledgers, and runs recovery ballots. Its truth
// is its own forced journal.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Bus, BusServer, brokerAddress } from '@parley/messaging';
import { NestLogger, ServiceFailure, parseConfig, runService } from '@parley/service';
import { Heartbeat } from '@parley/shell';
import { AppModule } from './app.module.js';
import { participantVariables } from './config.js';
import { ParticipantShell } from './participant.shell.js';

await runService({
  name: 'participant',
  async start({ log: plainLog, environment, keepTime, signal, fail }) {
    const config = parseConfig(participantVariables, environment);
    const node = config.PARTICIPANT_NAME;
    const log = plainLog.child({ node });
    const bus = await Bus.connect({ name: node, node, address: () => brokerAddress(config, signal), log, signal });
    keepTime(() => bus.lamport);
    const stopBecause = (error: Error): void =>
      fail(new ServiceFailure('cannot-go-on', error.message, { cause: error }));
    const app = await NestFactory.createMicroservice(
      await AppModule.open({ config, bus, log, signal, fail: stopBecause }),
      {
        strategy: new BusServer(bus, { node, service: 'participant' }),
        logger: new NestLogger(log),
        // A failure to start is told to the launcher; Nest would end the process by itself.
        abortOnError: false,
      },
    );
    await app.listen();
    app.get(ParticipantShell).start();
    app.get(Heartbeat).start();
    return {
      async stop() {
        app.get(Heartbeat).stop();
        await app.close();
        await app.get(ParticipantShell).close();
        await bus.drain();
      },
    };
  },
});
