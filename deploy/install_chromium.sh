#!/usr/bin/env bash
# Make sure that a headless Chromium is there for the browser tests; installs one where none is.
# The tests look in the same places, see tests/browser.py.
set -euo pipefail

python=.venv/bin/python

found() {
  local candidate
  for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1; then
      return 0
    fi
  done
  "$python" - <<'PY'
import sys
from pathlib import Path
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    sys.exit(not Path(playwright.chromium.executable_path).exists())
PY
}

if [ -n "${CHROMIUM:-}" ] && ! command -v "$CHROMIUM" >/dev/null 2>&1; then
  echo "crosscope: CHROMIUM is $CHROMIUM, which cannot be run; mend it or unset it." >&2
  exit 1
fi
if found; then
  exit 0
fi

echo "No Chromium found; installing one for the browser tests ..."
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  if apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; then
    found && exit 0
  fi
fi
if "$python" -m playwright install chromium && found; then
  exit 0
fi
cat >&2 <<'SENTENCE'
crosscope: no Chromium could be installed. Install Chromium or Google Chrome by your system's
means, or set CHROMIUM to the path of one, then run `make test` again.
SENTENCE
exit 1
