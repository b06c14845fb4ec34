// What a person can type.
export const CONVERSATION_HELP = `What you type is said to the room, except:

  name: text            to that person alone; @name,name text to those alone
  /sync name,name text  the same, but only if all of them are there
  check                 what waits for you
  online, all           who is there, and where; every name that is known
  propose TEXT          proposes a line to the room: everybody writes it, or nobody
  commit, abort, ack    your vote, and your acknowledgement, when you are asked; with /commit ID of that transaction
  /sit P, /stand P      takes participant P's seat, so that you are asked; gives it up
  /requests             what you are asked now
  /join ROOM, /leave    comes into a room; leaves it
  /rooms, /members      the rooms; who is in this one
  /nodes                the processes of the system
  /why N                why the message with [N] before it stands where it stands
  /clocks               the clocks that the members exchange; /clocks start, /clocks stop
  /say TEXT             says it as it is: /say help
  help                  this
  disconnect            leaves, as do {exit} :quit //exit, Ctrl-D and Ctrl-C

Each word is also a command with a slash, as /online. A word is a command only as the whole line: "help me" is said.`;
