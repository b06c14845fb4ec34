// Runs one nats-server and sees to it that it ends with the process that asked for it, even when that one is killed with
// SIGKILL: nats-server has no channel to watch, this process has. Plain JavaScript, because it is run as a program both
// from the sources and from a build.
//
// Arguments: the binary, its configuration file, and the connection file, which must not outlive the server.
// Says to its parent: { type: 'spawned', pid }, then { type: 'exited', code, signal }; or { type: 'failed', message }.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

const STOP_MS = 5_000;

const [binary, configurationFile, connectionFile] = process.argv.slice(2);
const server = spawn(binary, ['-c', configurationFile], { stdio: ['ignore', 'inherit', 'inherit'] });

let deadline;
const stop = () => {
  if (deadline !== undefined) return;
  server.kill('SIGTERM');
  deadline = setTimeout(() => server.kill('SIGKILL'), STOP_MS);
};
process.on('SIGTERM', stop).on('SIGINT', stop).on('disconnect', stop);

const lastWord = (message) => {
  rmSync(connectionFile, { force: true });
  if (!process.connected) process.exit(0);
  process.send(message, () => process.exit(0));
};
server.once('spawn', () => process.connected && process.send({ type: 'spawned', pid: server.pid }));
server.once('error', (error) => lastWord({ type: 'failed', message: error.message }));
server.once('exit', (code, signal) => lastWord({ type: 'exited', code, signal }));
