// What a person means by a line. Pure.
//
//   help                     a codeword: a command when it is the whole line, whatever its case
//   help me                  said: it only begins like one
//   propose Tea at four?     the one codeword with words after it
//   /say help                said as it stands, as is all else that would be taken for something
//   /online                  each codeword is a slash command too, and there are more of these
//   Al: are you there?       to Al alone; @Al,Bo and /sync Al,Bo to those alone
//   {exit} :quit //exit      leaves, as does disconnect
import { findNameFault } from '@parley/contracts';

export type DirectMode = 'persistent' | 'sync';

type Bare<Type extends string> = Type extends string ? { readonly type: Type } : never;

export type Intent =
  | { readonly type: 'nothing' }
  | { readonly type: 'say'; readonly text: string }
  | { readonly type: 'send'; readonly to: readonly string[]; readonly text: string; readonly mode: DirectMode }
  | Bare<'online' | 'all' | 'nodes' | 'check' | 'help' | 'disconnect' | 'rooms' | 'members' | 'requests'>
  | { readonly type: 'join'; readonly room: string }
  | { readonly type: 'leave' }
  | { readonly type: 'why'; readonly lamport: number }
  | { readonly type: 'clocks'; readonly to: 'show' | 'start' | 'stop' }
  | { readonly type: 'propose'; readonly text: string }
  /** Without a transaction: the only one that is asked for. */
  | { readonly type: 'vote'; readonly vote: 'commit' | 'abort'; readonly transaction: string | undefined }
  | { readonly type: 'acknowledge'; readonly transaction: string | undefined }
  | { readonly type: 'sit' | 'stand'; readonly participant: string }
  /** It looks like a command and is none; `why` is for the person. */
  | { readonly type: 'unclear'; readonly why: string };

type Parse = (rest: string) => Intent;

const bare =
  (intent: Intent): Parse =>
  (rest) =>
    rest === '' ? intent : unclear('that command takes nothing after it');

const unclear = (why: string): Intent => ({ type: 'unclear', why });

/** What stands after a command, which needs it. */
const needed =
  (what: string, intent: (given: string) => Intent): Parse =>
  (rest) =>
    rest === '' ? unclear(`say which: ${what}`) : intent(rest);

const aboutTransaction =
  (intent: (transaction: string | undefined) => Intent): Parse =>
  (rest) =>
    intent(rest === '' ? undefined : rest);

const commands: Readonly<Record<string, Parse>> = {
  online: bare({ type: 'online' }),
  all: bare({ type: 'all' }),
  nodes: bare({ type: 'nodes' }),
  help: bare({ type: 'help' }),
  check: bare({ type: 'check' }),
  disconnect: bare({ type: 'disconnect' }),
  rooms: bare({ type: 'rooms' }),
  members: bare({ type: 'members' }),
  requests: bare({ type: 'requests' }),
  exit: bare({ type: 'disconnect' }),
  quit: bare({ type: 'disconnect' }),
  leave: bare({ type: 'leave' }),
  join: needed('/join ROOM', (room) => ({ type: 'join', room })),
  say: needed('/say TEXT', (text) => ({ type: 'say', text })),
  sync: needed('/sync NAME,NAME TEXT', (rest) => addressed(rest, 'sync')),
  why: needed('/why NUMBER', (rest) =>
    /^[1-9]\d{0,14}$/.test(rest)
      ? { type: 'why', lamport: Number(rest) }
      : unclear('/why takes the number in brackets before a message'),
  ),
  clocks: (rest) => {
    if (rest === '') return { type: 'clocks', to: 'show' };
    return rest === 'start' || rest === 'stop'
      ? { type: 'clocks', to: rest }
      : unclear('say /clocks, /clocks start or /clocks stop');
  },
  propose: needed('propose TEXT', (text) => ({ type: 'propose', text })),
  commit: aboutTransaction((transaction) => ({ type: 'vote', vote: 'commit', transaction })),
  abort: aboutTransaction((transaction) => ({ type: 'vote', vote: 'abort', transaction })),
  ack: aboutTransaction((transaction) => ({ type: 'acknowledge', transaction })),
  sit: needed('/sit PARTICIPANT', (participant) => ({ type: 'sit', participant })),
  stand: needed('/stand PARTICIPANT', (participant) => ({ type: 'stand', participant })),
};

/** These are commands as a whole line; the others only with a slash. */
const codewords = new Set(['online', 'all', 'help', 'check', 'disconnect', 'commit', 'abort', 'ack']);
const leavers = new Set(['{exit}', ':quit', '//exit']);

/** @param line without its end */
export function intentOf(line: string): Intent {
  const words = line.trim();
  const key = words.toLowerCase();
  if (words === '') return { type: 'nothing' };
  if (leavers.has(key)) return { type: 'disconnect' };
  if (codewords.has(key)) return parse(key, '');
  if (/^propose\s/i.test(words)) return parse('propose', words.slice('propose'.length).trim());
  if (words.startsWith('/')) return slashed(words);
  if (words.startsWith('@')) return addressed(words.slice(1), 'persistent');
  return toOne(words) ?? { type: 'say', text: line };
}

const parse = (name: string, rest: string): Intent => commands[name]?.(rest) ?? unclear('there is no such command');

function slashed(words: string): Intent {
  const [, name = '', rest = ''] = /^\/(\S*)\s*(.*)$/s.exec(words) ?? [];
  const key = name.toLowerCase();
  if (Object.hasOwn(commands, key)) return parse(key, rest);
  return unclear(`there is no command /${name}. help lists them; /say ${words} says it`);
}

/** `Al: text`, if what stands before the colon can be a name. An address such as `http://…` has no blank after it. */
function toOne(words: string): Intent | undefined {
  const [, name, text] = /^(\S+):\s+(.+)$/s.exec(words) ?? [];
  if (name === undefined || text === undefined || findNameFault(name)) return undefined;
  return { type: 'send', to: [name], text, mode: 'persistent' };
}

/** `a,b text` */
function addressed(words: string, mode: DirectMode): Intent {
  const [, names = '', text = ''] = /^(\S+)\s+(.+)$/s.exec(words) ?? [];
  const to = names.split(',').filter((name) => name !== '');
  const wrong = to.find((name) => findNameFault(name));
  if (text === '' || to.length === 0)
    return unclear('say to whom and what: @NAME,NAME TEXT; /say says a line as it is');
  if (wrong !== undefined) return unclear(`${JSON.stringify(wrong)} can be nobody's name; /say says a line as it is`);
  return { type: 'send', to, text, mode };
}
