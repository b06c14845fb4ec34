// A chat replica's parts and how they hang together. It keeps no truth: all that lasts is in the broker's store.
import { Module, type DynamicModule } from '@nestjs/common';
import type { Bus } from '@parley/messaging';
import { Accounts, defaultLimits, type AttemptLimits } from './accounts/accounts.js';
import { Passwords } from './accounts/passwords.js';
import { Sessions } from './accounts/sessions.js';
import { ChatController } from './chat.controller.js';
import type { Now } from './clock.js';
import { Names } from './names/names.js';

export interface ChatOptions {
  readonly bus: Bus;
  /** Longest name of a user, in code points. */
  readonly nameLength: number;
  readonly guests: boolean;
  readonly limits?: AttemptLimits;
  readonly now?: Now;
}

@Module({})
export class AppModule {
  static of({ bus, nameLength, guests, limits = defaultLimits, now = Date.now }: ChatOptions): DynamicModule {
    const names = new Names(bus, { maxLength: nameLength });
    const sessions = new Sessions(bus, now);
    const accounts = new Accounts({ names, sessions, passwords: new Passwords(), limits, guests, now });
    return {
      module: AppModule,
      controllers: [ChatController],
      providers: [
        { provide: Accounts, useValue: accounts },
        { provide: Sessions, useValue: sessions },
      ],
    };
  }
}
