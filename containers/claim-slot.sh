#!/bin/sh
# claim-slot.sh COMMAND...: becomes the command under the first free identity of participant-1 ... participant-$PARTICIPANTS.
#
# An identity is held by a lock on <PARLEY_DATA>/<name>.lock, through a descriptor that the command inherits: the kernel
# frees it in the moment the process ends, however it ends, and never before (docs/decisions/0005-participant-slots.md).
set -eu
readonly taken=75

slot=1
while [ "$slot" -le "$PARTICIPANTS" ]; do
  name=participant-$slot
  exec 9>>"$PARLEY_DATA/$name.lock"
  if flock --nonblock --conflict-exit-code "$taken" 9; then
    echo "$name" >/tmp/participant-name
    export PARTICIPANT_NAME="$name" PARTICIPANT_DATA="$PARLEY_DATA/$name"
    exec "$@"
  elif [ $? -ne "$taken" ]; then
    echo "claim-slot: $PARLEY_DATA/$name.lock cannot be locked; the volume must support flock(2)" >&2
    exit 1
  fi
  slot=$((slot + 1))
done
echo "claim-slot: all $PARTICIPANTS identities are taken; set PARTICIPANTS to the number of replicas, or start fewer" >&2
exit "$taken"
