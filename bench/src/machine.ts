// The machine that figures belong to.
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';

export function describeMachine(): string {
  const [cpu] = cpus();
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const [load = 0] = loadavg();
  return [
    `machine   ${String(cpus().length)} x ${cpu?.model.trim() ?? 'unknown processor'}, ${memory}, ${type()} ${release()}`,
    `disk      ${filesystemOf(tmpdir())}`,
    `node      ${process.version}, load before the run ${load.toFixed(1)}`,
    `at        ${new Date().toISOString()}`,
  ].join('\n');
}

/** File system and device of a folder, as `df` tells. */
function filesystemOf(folder: string): string {
  const [, line = ''] = execFileSync('df', ['-P', folder], { encoding: 'utf8' }).split('\n');
  return `${line.split(/\s+/)[0] ?? 'unknown'} (for ${folder})`;
}
