/** Something that keeps the system from starting and that the user can do something about: `message` says what. */
export class LauncherError extends Error {
  override readonly name = 'LauncherError';
}
