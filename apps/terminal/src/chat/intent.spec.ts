import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { intentOf, type Intent } from './intent.js';

const say = (text: string): Intent => ({ type: 'say', text });
const send = (to: string[], text: string, mode: 'persistent' | 'sync' = 'persistent'): Intent => ({
  ...{ type: 'send', to, text, mode },
});

describe('a line', () => {
  it.each<[string, Intent]>([
    ['hello', say('hello')],
    ['  two  blanks ', say('  two  blanks ')],
    ['', { type: 'nothing' }],
    ['   ', { type: 'nothing' }],
    ['help', { type: 'help' }],
    [' HELP ', { type: 'help' }],
    ['help me', say('help me')],
    ['checkmate', say('checkmate')],
    ['rooms', say('rooms')],
    ['/rooms', { type: 'rooms' }],
    ['/say help', say('help')],
    ['/say /help', say('/help')],
    ['/help', { type: 'help' }],
    ['online', { type: 'online' }],
    ['/Online', { type: 'online' }],
    ['all', { type: 'all' }],
    ['all of you', say('all of you')],
    ['/nodes', { type: 'nodes' }],
    ['check', { type: 'check' }],
    ['commit', { type: 'vote', vote: 'commit', transaction: undefined }],
    ['commit it', say('commit it')],
    ['/commit room_kitchen-7', { type: 'vote', vote: 'commit', transaction: 'room_kitchen-7' }],
    ['abort', { type: 'vote', vote: 'abort', transaction: undefined }],
    ['ack', { type: 'acknowledge', transaction: undefined }],
    ['/ack room_kitchen-7', { type: 'acknowledge', transaction: 'room_kitchen-7' }],
    ['propose Tea at four?', { type: 'propose', text: 'Tea at four?' }],
    ['/propose  Tea', { type: 'propose', text: 'Tea' }],
    ['propose', say('propose')],
    ['proposed already', say('proposed already')],
    ['/join kitchen', { type: 'join', room: 'kitchen' }],
    ['/why 12', { type: 'why', lamport: 12 }],
    ['/clocks', { type: 'clocks', to: 'show' }],
    ['/clocks stop', { type: 'clocks', to: 'stop' }],
    ['/sit participant-1', { type: 'sit', participant: 'participant-1' }],
  ])('%j', (line, intent) => {
    expect(intentOf(line)).toEqual(intent);
  });

  it.each(['{exit}', ':quit', '//exit', 'disconnect', '/disconnect', '/exit', '/quit', ' {Exit} '])(
    'leaves: %s',
    (line) => {
      expect(intentOf(line)).toEqual({ type: 'disconnect' });
    },
  );

  it.each<[string, Intent]>([
    ['Al: are you there?', send(['Al'], 'are you there?')],
    ['@Al,Bo are you there?', send(['Al', 'Bo'], 'are you there?')],
    ['@Al a: b', send(['Al'], 'a: b')],
    ['/sync Al,Bo now', send(['Al', 'Bo'], 'now', 'sync')],
    ['Зоя: привет', send(['Зоя'], 'привет')],
    ['http://example.org', say('http://example.org')],
    ['12:30 is fine', say('12:30 is fine')],
    ['two words: said', say('two words: said')],
    ['-: said', say('-: said')],
  ])('goes to those who are named, if they can be: %j', (line, intent) => {
    expect(intentOf(line)).toEqual(intent);
  });

  it.each([
    ['/nonsense x', /no command \/nonsense.*\/say \/nonsense x says it/],
    ['/constructor', /no command/],
    ['/help me', /nothing after it/],
    ['/join', /\/join ROOM/],
    ['/why me', /number in brackets/],
    ['/clocks now', /\/clocks start/],
    ['@Al', /to whom and what/],
    ['@Al,-x hello', /"-x" can be nobody's name/],
  ])('is not guessed at: %j', (line, why) => {
    expect(intentOf(line)).toEqual({ type: 'unclear', why: expect.stringMatching(why) });
  });

  it('says anything by /say, as it stands', () => {
    const texts = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.trim() === text && text !== '');
    fc.assert(
      fc.property(texts, (text) => {
        expect(intentOf(`/say ${text}`)).toEqual(say(text));
      }),
      { seed: 20_261_121 },
    );
  });
});
