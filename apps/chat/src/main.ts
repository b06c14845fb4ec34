// A chat replica: names, accounts, sessions and rooms. Any number of them serve side by side.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { chatFacts } from '@parley/contracts';
import { Bus, BusServer, brokerAddress } from '@parley/messaging';
import { NestLogger, parseConfig, runService } from '@parley/service';
import { AppModule } from './app.module.js';
import { chatVariables, clockPauseOf } from './config.js';
import { Driver } from './clock-exchange/driver.js';
import { ClockRecord } from './clock-exchange/record.js';
import { GuestNames } from './names/guest-names.js';
import { KnownNames } from './names/known-names.js';
import { Attendance, presenceTimes } from './presence/attendance.js';
import { GuestInboxes } from './direct/guest-inboxes.js';
import { DirectRecord } from './direct/record.js';
import { Departures } from './rooms/departures.js';
import { RoomRecord } from './rooms/record.js';

/** How often a replica tells that it lives, in milliseconds. */
const ALIVE_MS = 1_000;

await runService({
  name: 'chat',
  async start({ log: plainLog, environment, keepTime, signal }) {
    const config = parseConfig(chatVariables, environment);
    const node = config.CHAT_NAME;
    const log = plainLog.child({ node });
    const bus = await Bus.connect({ name: node, node, address: () => brokerAddress(config, signal), log, signal });
    keepTime(() => bus.lamport);
    const module = AppModule.of({
      ...{ node, bus, log, nameLength: config.NAME_LENGTH, guests: config.GUESTS === 'allow' },
      clockPause: clockPauseOf(config),
      presence: presenceTimes(config.LEAVE_AFTER_MS),
    });
    const app = await NestFactory.createMicroservice(module, {
      strategy: new BusServer(bus, { node, service: 'chat' }),
      logger: new NestLogger(log),
      // A failure to start is told to the launcher; Nest would end the process by itself.
      abortOnError: false,
    });
    app.get(RoomRecord).start();
    app.get(ClockRecord).start();
    app.get(DirectRecord).start();
    app.get(GuestInboxes).start();
    app.get(Departures).start();
    app.get(Driver).start();
    app.get(KnownNames).start();
    app.get(GuestNames).start();
    await app.listen();
    app.get(Attendance).start();
    const heartbeat = setInterval(() => bus.publish(chatFacts.alive, { node }), ALIVE_MS);
    return {
      async stop() {
        clearInterval(heartbeat);
        app.get(Departures).stop();
        await app.get(Driver).stop();
        app.get(Attendance).stop();
        await app.close();
        app.get(ClockRecord).stop();
        app.get(RoomRecord).stop();
        app.get(KnownNames).stop();
        app.get(GuestNames).stop();
        app.get(DirectRecord).stop();
        app.get(GuestInboxes).stop();
        await bus.drain();
      },
    };
  },
});
