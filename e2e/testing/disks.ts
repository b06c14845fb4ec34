// Disks as they may be, for a process that is started by one of these commands and becomes the service: the errors are the
// system's own, on any machine and without a mount.

/** No file may grow beyond so many bytes (RLIMIT_FSIZE): writing more fails as on a full disk. */
export const withRoomFor = (bytes: number): string[] => [
  ...['/bin/sh', '-c', `ulimit -f ${String(Math.ceil(bytes / 512))}; exec "$@"`, 'sh'],
];

const PRIVILEGES = '-dac_override,-dac_read_search';

/** Permissions of files count also when the tests run as the superuser, whom they would not concern. */
export const HEEDING_PERMISSIONS: readonly string[] =
  process.geteuid?.() === 0 ? ['setpriv', `--inh-caps=${PRIVILEGES}`, `--bounding-set=${PRIVILEGES}`] : [];
