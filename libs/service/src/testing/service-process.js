// A service of one line, run as a real process from the built library: argv[2] says how it behaves. Plain JavaScript,
// because every Node runs it as it is.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { ServiceFailure, parseConfig, runService } from '@parley/service';
import { z } from 'zod';

const forever = () => new Promise(() => undefined);

/** Keeps the process alive, and gives it an address. */
async function serve() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const close = async () => {
    server.close();
    await once(server, 'close');
  };
  return { address: `http://127.0.0.1:${String(port)}`, close };
}

const behaviours = {
  serves: async () => {
    const { address, close } = await serve();
    return { address, stop: close };
  },
  'is misconfigured': async ({ environment }) => {
    parseConfig(z.object({ PORT: z.coerce.number(), HOST: z.string() }), environment);
    return forever();
  },
  'finds its port taken': async () => {
    const { address } = await serve();
    const second = createServer().listen(Number(new URL(address).port), '127.0.0.1');
    await once(second, 'listening');
    return forever();
  },
  'waits for its broker': async ({ log, signal }) => {
    const { close } = await serve();
    log.info('waiting');
    await once(signal, 'abort');
    await close();
    throw new Error('there was no broker yet');
  },
  'throws later': async () => {
    const { address, close } = await serve();
    setTimeout(() => {
      throw new Error('out of the blue');
    }, 50);
    return { address, stop: close };
  },
  'rejects later': async () => {
    const { address, close } = await serve();
    setTimeout(() => void Promise.reject(new Error('nobody waits for this')), 50);
    return { address, stop: close };
  },
  'declares itself failed': async ({ fail }) => {
    const { address } = await serve();
    setTimeout(() => fail(new ServiceFailure('journal-corrupt', 'record 7 is damaged')), 50);
    return { address, stop: forever };
  },
  'never stops': async () => {
    const { address } = await serve();
    return { address, stop: forever };
  },
  'stops badly': async () => {
    const { address } = await serve();
    return { address, stop: () => Promise.reject(new Error('the file is gone')) };
  },
};

const behaviour = behaviours[process.argv[2] ?? ''];
if (behaviour === undefined) {
  throw new Error(`no such behaviour: ${String(process.argv[2])}`);
}
await runService({ name: 'example', start: behaviour, stopWithinMs: 400 });
