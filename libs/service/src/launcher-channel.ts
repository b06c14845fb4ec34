// What a service tells the process that started it, over Node's IPC channel. Without a channel there is nobody to tell.

/** From a service to its launcher. */
export type LifecycleMessage =
  | { readonly type: 'ready'; readonly address?: string }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

const tellMs = 1_000;

/** Resolves when the message has left this process, or when that is not to be had: the launcher may be gone. */
export function tellLauncher(message: LifecycleMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) {
      resolve();
      return;
    }
    const limit = setTimeout(resolve, tellMs);
    process.send(message, undefined, undefined, () => {
      clearTimeout(limit);
      resolve();
    });
  });
}
