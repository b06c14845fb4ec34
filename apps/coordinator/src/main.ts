// The coordinator: gives transactions their numbers and runs ballot 1 of each. Its truth is its forced journal.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Bus, BusServer, brokerAddress } from '@parley/messaging';
import { NestLogger, ServiceFailure, parseConfig, runService } from '@parley/service';
import { Heartbeat } from '@parley/shell';
import { AppModule } from './app.module.js';
import { Attendance } from './attendance.js';
import { coordinatorVariables } from './config.js';
import { COORDINATOR, CoordinatorShell } from './coordinator.shell.js';

await runService({
  name: COORDINATOR,
  async start({ log, environment, keepTime, signal, fail }) {
    const config = parseConfig(coordinatorVariables, environment);
    const address = () => brokerAddress(config, signal);
    // Its own decisions and heartbeats are no news to it.
    const bus = await Bus.connect({ name: COORDINATOR, node: COORDINATOR, address, log, signal, hearsItself: false });
    keepTime(() => bus.lamport);
    const stopBecause = (error: Error): void =>
      fail(new ServiceFailure('cannot-go-on', error.message, { cause: error }));
    const app = await NestFactory.createMicroservice(
      await AppModule.open({ config, bus, log, signal, fail: stopBecause }),
      {
        strategy: new BusServer(bus, { node: COORDINATOR }),
        logger: new NestLogger(log),
        // A failure to start is told to the launcher; Nest would end the process by itself.
        abortOnError: false,
      },
    );
    await app.listen();
    app.get(CoordinatorShell).submit({ type: 'restarted' });
    app.get(Heartbeat).start();
    return {
      async stop() {
        app.get(Heartbeat).stop();
        app.get(Attendance).stop();
        await app.close();
        await app.get(CoordinatorShell).finish();
        await app.get(CoordinatorShell).close();
        await bus.drain();
      },
    };
  },
});
