// Errors of the chat, part of the table in problems.ts.
export const chatProblems = {
  'name-blank': {
    status: 400,
    title: 'The name is blank',
    remedy: 'Send a name of at least one letter or digit.',
  },
  'name-too-long': {
    status: 400,
    title: 'The name is too long',
    remedy: 'Shorten it; `detail` says how many characters are allowed.',
  },
  'name-character': {
    status: 400,
    title: 'The name has a character that names cannot have',
    remedy:
      'Use letters and digits, and - _ . between them. `position` is that of the character, in code points from zero.',
  },
  'name-scripts': {
    status: 400,
    title: 'The name mixes scripts',
    remedy: 'Use letters of one script: names of several could be mistaken for others.',
  },
  'name-reserved': {
    status: 400,
    title: 'The name is reserved',
    remedy: 'Choose another: this one is, or looks like, a word that the system itself uses.',
  },
  'text-blank': {
    status: 400,
    title: 'The text is blank',
    remedy: 'Say something: a text of at least one character that is no space.',
  },
  'text-too-long': {
    status: 400,
    title: 'The text is too long',
    remedy: 'Send at most 8,192 bytes of UTF-8. `position` is the first character that no longer fits.',
  },
  'text-character': {
    status: 400,
    title: 'The text has a control character',
    remedy: 'Remove the character at `position` (code points from zero); only tab and line feed may stand in a text.',
  },
  'invalid-message-id': {
    status: 400,
    title: 'The message’s id is no UUID',
    remedy: 'Choose a new UUID for each message, in small letters, and keep it when you repeat the request.',
  },
  'subprotocol-required': {
    status: 400,
    title: 'The WebSocket’s subprotocol is missing',
    remedy: 'Open the WebSocket with the subprotocol `parley.v1+json`.',
  },
  'origin-refused': {
    status: 403,
    title: 'Pages of other sites are not let in',
    remedy: 'Load the page from this gateway, or let a server of the page’s own site open the WebSocket.',
  },
  'invalid-frame': {
    status: 400,
    title: 'The frame is no command',
    remedy: 'Send text frames, each with one JSON object of `id`, `op` and `d`; docs/socket.md lists them.',
  },
  'hello-required': {
    status: 401,
    title: 'The first command is `hello`, once',
    remedy: 'Get a ticket with POST /api/v1/ws-tickets, and send it with `hello` before anything else.',
  },
  'ticket-refused': {
    status: 401,
    title: 'The ticket is not good',
    remedy: 'Get a new one with POST /api/v1/ws-tickets: a ticket is good once, for a minute.',
  },
  'sign-in-failed': {
    status: 401,
    title: 'Name and password do not belong together',
    remedy: 'Try again, within limits. Whether the name or the password is wrong is not told.',
  },
  'guests-refused': {
    status: 403,
    title: 'Guests are not let in here',
    remedy: 'Sign up with POST /api/v1/accounts, then sign in with the password.',
  },
  'account-required': {
    status: 403,
    title: 'Guests cannot do this',
    remedy: 'Sign up with POST /api/v1/accounts, then sign in with the password.',
  },
  'not-admitted': {
    status: 403,
    title: 'The room does not let you in',
    remedy: 'GET /api/v1/rooms/{room} says whom it admits.',
  },
  'membership-required': {
    status: 403,
    title: 'You are not in the room',
    remedy: 'Come in first: PUT /api/v1/rooms/{room}/members/me.',
  },
  'maker-required': {
    status: 403,
    title: 'Only who made the room can change it',
    remedy: 'GET /api/v1/rooms/{room} says who that is. The operator can too.',
  },
  'unknown-room': {
    status: 404,
    title: 'There is no such room',
    remedy: 'GET /api/v1/rooms lists them; POST /api/v1/rooms makes one.',
  },
  'unknown-message': {
    status: 404,
    title: 'There is no such message in the room',
    remedy: 'GET /api/v1/rooms/{room}/messages lists them, each with its offset.',
  },
  'unknown-recipient': {
    status: 404,
    title: 'Nobody has this name',
    remedy: 'Nothing was sent to anybody. Correct the names in `detail`; a guest’s is nobody’s when he has left.',
  },
  'recipient-absent': {
    status: 409,
    title: 'Somebody is not connected',
    remedy:
      'Nothing was sent to anybody. Leave out those in `detail`, or send it as `persistent`: then it waits for them. Who uses HTTP alone is not connected.',
  },
  'inbox-full': {
    status: 409,
    title: 'An inbox is full',
    remedy: 'Nothing was sent to anybody. Repeat when those in `detail` have read what waits, or leave them out.',
  },
  'room-taken': {
    status: 409,
    title: 'There is a room of this name',
    remedy: 'Choose another name, or come in: PUT /api/v1/rooms/{room}/members/me.',
  },
  'rules-changed': {
    status: 409,
    title: 'The rules of the room have been changed meanwhile',
    remedy: 'Read the room, and send the change again with its `rulesAt` if it still is what you want.',
  },
  'room-full': {
    status: 409,
    title: 'The room is full',
    remedy: 'Repeat when somebody has left; `detail` says how many it takes.',
  },
  'too-many-proposals': {
    status: 409,
    title: 'As many proposals wait in the room as can',
    remedy: 'Repeat when one of them is decided; `detail` says how many wait.',
  },
  'too-many-rooms': {
    status: 409,
    title: 'There are as many rooms as there can be',
    remedy: 'Use one that is there: GET /api/v1/rooms lists them.',
  },
  'name-taken': {
    status: 409,
    title: 'The name is taken',
    remedy:
      'Choose another, or sign in with its password if it is yours. A guest’s name is free again when he has left.',
  },
  'too-many-messages': {
    status: 429,
    title: 'You do too much at once',
    remedy: 'Wait for a second, then repeat it under the same UUID: what was said before is not said again.',
  },
  'range-not-satisfiable': {
    status: 416,
    title: 'Nothing of this part is there',
    remedy: 'Content-Range says how many bytes there are. Who has them all asks for the next later, or follows.',
  },
  'too-many-attempts': {
    status: 429,
    title: 'Too many attempts',
    remedy:
      '`detail` says how long to wait; the seconds in Retry-After are always enough. Attempts are counted by name and by network.',
  },
  'chat-unreachable': {
    status: 503,
    title: 'The chat does not answer',
    remedy: 'Nothing was done. Repeat after the seconds in Retry-After; transactions need no chat.',
  },
  'outcome-unknown': {
    status: 503,
    title: 'It is not known whether it was done',
    remedy: 'Repeat it: nothing is done twice. If you signed up and the name is now taken, it is yours: sign in.',
  },
} as const;
