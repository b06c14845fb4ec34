// Who somebody is. A password is asked for and not shown, or comes from a file; never from the command line, where everybody on
// the machine could read it. What is refused can be tried again.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HttpClient, ProblemAnswer } from '@parley/client';
import type { Problem, Session } from '@parley/contracts';
import { plain } from '../plain.js';
import { CommandFailure } from '../surroundings.js';
import type { Console } from './console.js';

export interface Identity {
  readonly name: string | undefined;
  readonly isGuest: boolean;
  /** Signs up first. */
  readonly isNew: boolean;
  readonly passwordFile: string | undefined;
}

export interface SignedIn {
  readonly http: HttpClient;
  readonly user: Session['user'];
}

/** Exit code of a command that could not come in. */
export const NOT_IN = 1;

/** @throws CommandFailure when there is nobody to ask; ProblemAnswer and others of the client */
export async function signIn(
  http: HttpClient,
  identity: Identity,
  console: Console,
  folder: string,
): Promise<SignedIn> {
  let name = identity.name ?? (await ask(console, 'Name: '));
  let password = await firstPassword(identity, name, console, folder);
  let { isNew } = identity;
  for (;;) {
    try {
      if (isNew) await http.ask('signUp', { body: { name, password: password ?? '' } });
      isNew = false;
      const { body } = await http.ask('signIn', { body: { name, ...(password !== undefined && { password }) } });
      return { http: http.as(body.token), user: body.user };
    } catch (error) {
      if (!(error instanceof ProblemAnswer) || !console.isPerson) throw error;
      const again = whatToAskAgain(error.problem);
      if (again === undefined) throw error;
      console.print(plain(error.message));
      if (again === 'name') name = await ask(console, 'Name: ');
      if (!identity.isGuest) password = await askPassword(console, name, isNew);
    }
  }
}

function whatToAskAgain({ code, field }: Problem): 'name' | 'password' | undefined {
  if (code.startsWith('name-') || code === 'guests-refused' || field === '/name') return 'name';
  return code === 'sign-in-failed' || field === '/password' ? 'password' : undefined;
}

async function firstPassword(
  { isGuest, isNew, passwordFile }: Identity,
  name: string,
  console: Console,
  folder: string,
): Promise<string | undefined> {
  if (isGuest) return undefined;
  if (passwordFile !== undefined) return passwordIn(resolve(folder, passwordFile));
  if (console.isPerson) return askPassword(console, name, isNew);
  if (isNew)
    throw new CommandFailure('a new account needs a password: name its file with --password-file', {
      exitCode: NOT_IN,
    });
  return undefined;
}

async function askPassword(console: Console, name: string, isNew: boolean): Promise<string | undefined> {
  const hint = isNew ? '' : ' (nothing: as a guest)';
  const password = await console.readSecret(`Password of ${plain(name)}${hint}: `);
  if (password === undefined) throw new CommandFailure('no password was given', { exitCode: NOT_IN });
  return password === '' && !isNew ? undefined : password;
}

async function ask(console: Console, prompt: string): Promise<string> {
  const given = console.isPerson ? await console.read(prompt) : undefined;
  if (given === undefined) throw new CommandFailure('say who you are with --name', { exitCode: NOT_IN });
  return given.trim();
}

/** Its first line. */
async function passwordIn(file: string): Promise<string> {
  try {
    const [password = ''] = (await readFile(file, 'utf8')).split(/\r?\n/);
    return password;
  } catch (error) {
    throw new CommandFailure(`the password cannot be read: ${(error as Error).message}`, {
      cause: error,
      exitCode: NOT_IN,
    });
  }
}
