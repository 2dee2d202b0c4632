#!/usr/bin/env bash
# Install the independent emulator of language models (npm's @copilotkit/aimock) for the tests of
# workers/llm. Without it those tests are skipped and say why, so nothing here fails `make test`.
set -euo pipefail

home=tests/workers/llm/aimock
stamp=$home/node_modules/.installed

if [ -e "$stamp" ] && [ "$stamp" -nt "$home/package-lock.json" ]; then
  exit 0
fi
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  echo "No Node.js found; installing one for the independent emulator ..."
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm || true
  fi
fi
if ! command -v npm >/dev/null 2>&1; then
  echo "crosscope: no npm here; the tests against the independent emulator are skipped." >&2
  exit 0
fi
# The lock names no host: npm takes the package from the registry that it is set to.
if (cd "$home" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error); then
  touch "$stamp"
else
  echo "crosscope: npm could not install the independent emulator; its tests are skipped." >&2
fi
