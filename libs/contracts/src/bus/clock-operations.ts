// What gateways ask of the chat about the exchange of clocks. Any replica answers.
import { z } from 'zod';
import { clocksSwitch, roomClocks } from '../clock-exchange.js';
import type { Operation } from './operation.js';
import { inRoom } from './room-operations.js';

export const clockOperations = {
  read: { subject: 'parley.v1.chat.read-clocks', request: inRoom, reply: roomClocks },
  /** Starts or stops; nothing happens when it is so already. */
  run: { subject: 'parley.v1.chat.run-clocks', request: inRoom.extend(clocksSwitch.shape), reply: roomClocks },
} as const satisfies Record<string, Operation>;
export type RunClocksRequest = z.infer<typeof clockOperations.run.request>;
