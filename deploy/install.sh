#!/usr/bin/env bash
# Make a virtual environment from a locked requirements file: deploy/install.sh VENV REQUIREMENTS
set -euo pipefail

venv=$1
requirements=$2

# Any Python that really runs and is new enough; wheels exist for 3.11 and 3.12, so they come first.
find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3.11 python3.12 python3 python3.13; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
      >/dev/null 2>&1; then
      echo "$candidate"
      return
    fi
  done
  echo "crosscope: no Python 3.11 or newer with venv found; install one or set PYTHON." >&2
  exit 1
}

if ! "$venv/bin/python" -c '' >/dev/null 2>&1; then
  python=$(find_python)
  echo "Making $venv with $("$python" --version) ..."
  rm -rf "$venv"
  "$python" -m venv "$venv"
fi
echo "Installing $requirements ..."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
  --only-binary :all: -r "$requirements"
