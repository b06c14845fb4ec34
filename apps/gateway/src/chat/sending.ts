// A message to chosen people, until it can be said who has received it. Storing it and waiting for receipts are asked for one
// after the other, each for a short while, so that it does not matter which replica dies meanwhile.
import {
  directOperations,
  type NewDirectMessage,
  type RoomUser,
  type SendReply,
  type SentMessage,
} from '@parley/contracts';
import type { Chat } from './chat.js';

/** Stores it. @throws ProblemError as the chat refuses */
export function send(
  chat: Chat,
  user: RoomUser,
  message: NewDirectMessage & { readonly id: string },
  trace: string,
): Promise<SendReply> {
  // The same UUID never makes a second message, so it is asked twice without harm.
  return chat.askTwice(directOperations.send, { ...message, user }, trace);
}

/**
 * Waits until everybody has received it, or until receipts are waited for no longer.
 *
 * @param sent what `send` has answered
 * @throws ProblemError `chat-unreachable`, `broker-unreachable`: it is stored all the same
 */
export async function withReceipts(
  chat: Chat,
  user: RoomUser,
  { message, offset, missing }: Omit<SendReply, 'repeated'>,
  trace: string,
): Promise<SentMessage> {
  let isOver = missing.length === 0;
  while (!isOver) ({ missing, isOver } = await chat.read(directOperations.receipts, { user, offset }, trace));
  return { message, missing };
}
