// A Compose project of its own for one run, on whatever engine answers: volumes, images and port are not those of a
// system that somebody runs on this machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const workspace = fileURLToPath(new URL('../../', import.meta.url));

/** No engine, or no Compose, to run on. */
export class NoEngine extends Error {
  name = 'NoEngine';
}

/**
 * Runs a program to its end.
 *
 * @param {string[]} command the program and its arguments
 * @param {{ signal?: AbortSignal, env?: object, show?: boolean }} options `show`: on this terminal, instead of captured
 * @returns {Promise<{ code: number | null, stdout: string, stderr: string }>}
 */
const run = async ([program, ...parameters], { signal, env = {}, show = false } = {}) => {
  signal?.throwIfAborted();
  const stdio = show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'];
  const child = spawn(program, parameters, { cwd: workspace, stdio, signal, env: { ...process.env, ...env } });
  const captured = show ? ['', ''] : [text(child.stdout), text(child.stderr)];
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), ...captured]);
  return { code, stdout, stderr };
};

const attempt = async (command) => {
  try {
    return await run(command);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return { code: 127, stdout: '', stderr: `${command[0]} is not installed` };
  }
};

/** The words that Compose is called by here. */
const findCompose = async () => {
  const engine = await attempt(['docker', 'version', '--format', '{{.Server.Version}}']);
  if (engine.code !== 0) {
    throw new NoEngine(`No container engine answers (${engine.stderr.trim()}). Start Docker, then try again.`);
  }
  for (const words of [['docker', 'compose'], ['docker-compose']]) {
    const { code, stdout } = await attempt([...words, 'version', '--short']);
    if (code === 0) {
      console.log(`Docker ${engine.stdout.trim()}, ${words.join(' ')} ${stdout.trim()}`);
      return words;
    }
  }
  throw new NoEngine('Docker has no Compose. Install its Compose plugin, or docker-compose 1.29.');
};

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
};

export class Project {
  #compose;
  #env;
  #signal;

  constructor(compose, port, signal) {
    this.#compose = compose;
    this.#signal = signal;
    this.name = `parley-test-${process.pid}`;
    this.address = `http://127.0.0.1:${port}`;
    this.#env = { COMPOSE_PROJECT_NAME: this.name, PARLEY_PORT: String(port), PARTICIPANTS: '3' };
  }

  /**
   * @param {AbortSignal} signal ends what runs; `remove` and `describe` still work
   * @throws NoEngine
   */
  static async open(signal) {
    return new Project(await findCompose(), await freePort(), signal);
  }

  async #succeed(command, options) {
    const { code, stdout, stderr } = await run(command, { env: this.#env, signal: this.#signal, ...options });
    if (code !== 0) throw new Error(`${command.join(' ')}: exit code ${code}\n${stdout}${stderr}`.trim());
    return stdout;
  }

  /** Runs Compose, showing what it says. */
  compose(...parameters) {
    return this.#succeed([...this.#compose, ...parameters], { show: true });
  }

  /** Runs Compose, whatever its exit code is. */
  tryCompose(...parameters) {
    return run([...this.#compose, ...parameters], { env: this.#env, signal: this.#signal });
  }

  /** Runs a command line as a document has it; only Compose's name and the port are those of this run. */
  shell(line) {
    const here = line.replaceAll('docker compose', this.#compose.join(' '));
    return this.#succeed(['sh', '-euc', here.replaceAll('http://127.0.0.1:7070', this.address)]);
  }

  docker(...parameters) {
    return this.#succeed(['docker', ...parameters]);
  }

  /** Ids of a service's containers, running or not. */
  async containers(service) {
    const labels = [`project=${this.name}`, `service=${service}`, 'oneoff=False'];
    const filters = labels.flatMap((label) => ['--filter', `label=com.docker.compose.${label}`]);
    return (await this.docker('ps', '--all', '--quiet', '--no-trunc', ...filters)).split('\n').filter(Boolean);
  }

  inspect(container, format) {
    return this.docker('inspect', '--format', format, container).then((found) => found.trim());
  }

  /**
   * Asks until the answer is as wanted: an engine tells of containers, but not of what is in them.
   *
   * @param {string} what for the error when `seconds` are over
   * @param {() => Promise<{ done: boolean, seen: unknown }>} look
   */
  async until(what, seconds, look) {
    const endsAt = performance.now() + seconds * 1000;
    for (;;) {
      const { done, seen } = await look();
      if (done) return;
      if (performance.now() > endsAt) throw new Error(`not within ${seconds} s: ${what}; last seen: ${seen}`);
      await sleep(250, undefined, { signal: this.#signal });
    }
  }

  /** What is needed to understand a failure. */
  async describe() {
    for (const parameters of [['ps'], ['logs', '--no-color', '--tail', '40']]) {
      await run([...this.#compose, ...parameters], { env: this.#env, show: true });
    }
  }

  /** Removes containers, volumes and images of this run. */
  async remove() {
    const down = ['down', '--volumes', '--rmi', 'local', '--remove-orphans'];
    const { code, stderr } = await run([...this.#compose, ...down], { env: this.#env });
    if (code !== 0) throw new Error(`${this.name} could not be removed:\n${stderr}`);
  }
}
