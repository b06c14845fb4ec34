import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program to its end on this terminal.
 *
 * SIGINT and SIGTERM that arrive meanwhile are passed on, and this process ends as a shell would report it (128 + the
 * signal's number) once the program has ended: nothing is left running behind a command that was interrupted.
 *
 * @param {string} program what to run
 * @param {string[]} parameters its arguments
 * @param {string} folder its working directory
 * @returns {Promise<number>} its exit code; 128 + the signal's number when a signal ended it
 * @throws when the program cannot be started
 */
export const run = async (program, parameters, folder) => {
  let interruptedBy;
  const child = spawn(program, parameters, { cwd: folder, stdio: 'inherit' });
  const passOn = (signal) => {
    interruptedBy = signal;
    child.kill(signal);
  };
  process.on('SIGINT', passOn).on('SIGTERM', passOn);
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (exitCode, signal) => resolve(exitCode ?? 128 + constants.signals[signal]));
    });
    if (interruptedBy !== undefined) process.exit(128 + constants.signals[interruptedBy]);
    return code;
  } finally {
    process.off('SIGINT', passOn).off('SIGTERM', passOn);
  }
};
