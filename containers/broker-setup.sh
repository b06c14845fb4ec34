#!/bin/sh
# Runs to its end before the broker starts: makes the password once, and writes the configuration at every start. All of
# it is in a volume that only the broker and its clients mount, so that no password is in an argument or a variable.
set -eu
umask 077
cd /broker

if [ ! -s password ]; then
  head -c 24 /dev/urandom | base64 | tr '+/' '-_' >password.new
  sync password.new
  mv password.new password
fi
printf 'authorization {\n  user: parley\n  password: "%s"\n  timeout: 2\n}\n' "$(cat password)" >authorization.conf
cat /parley/containers/nats.conf >nats.conf
