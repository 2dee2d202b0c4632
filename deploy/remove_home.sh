#!/usr/bin/env bash
# Remove a CROSSCOPE_HOME, and nothing else: deploy/remove_home.sh FOLDER
set -euo pipefail

home=$1
[ -e "$home" ] || exit 0
# A folder that we did not make could be anything, up to somebody's documents.
if [ ! -e "$home/engines.lock" ] && [ ! -e "$home/secret_key" ] && [ ! -e "$home/demo.lock" ] &&
  [ -n "$(ls -A "$home")" ]; then
  echo "crosscope: $home does not look like a CROSSCOPE_HOME; remove it yourself." >&2
  exit 1
fi
echo "Removing $home ..."
rm -rf -- "$home"
