import { createServer } from 'node:net';
import { LauncherError } from './launcher-error.js';

const REMEDY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'may not be used by this user',
};

/**
 * Sees that a port can be listened at, before anything is started that would have to be stopped again.
 *
 * @param port 0 is always free
 * @throws LauncherError when it is not
 */
export const requireFreePort = (host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = REMEDY[error.code ?? ''] ?? `cannot be listened at (${error.message})`;
      reject(new LauncherError(`Port ${port} ${reason}. Choose another with --port; 0 takes any free one.`));
    });
    server.listen(port, host, () => server.close(() => resolve()));
  });
