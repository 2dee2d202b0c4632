#!/usr/bin/env bash
# Put a backup back: deploy/restore.sh BACKUP --replace
#
# Stop web, workers and beat first. The database comes back in one transaction: all of it or nothing.
# Files of the same name are replaced, others stay. Messages in Redis may be lost or old: rows are
# the queue, and the sweep sends again what is due.
set -euo pipefail
umask 077

usage="usage: deploy/restore.sh BACKUP --replace   (replaces the database that DATABASE_URL names)"
backup=$(realpath -- "${1:?$usage}")
if [ "${2:-}" != --replace ]; then
  echo "$usage" >&2
  exit 2
fi
self=$(realpath -- "$0")
root=$(dirname "$(dirname "$self")")
home=$(realpath -m -- "${CROSSCOPE_HOME:-$root/var}")
cd "$root"
python=$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)

if [ -z "${DATABASE_URL:-}" ]; then
  exec "$python" -m deploy.embedded run "$home" -- "$self" "$backup" --replace
fi

(cd "$backup" && sha256sum --check --quiet SHA256SUMS) || {
  echo "crosscope: $backup is damaged or incomplete; nothing was changed." >&2
  exit 1
}
pg_restore=$("$python" -c \
  'from deploy.postgres_engine import binaries; print(binaries() / "pg_restore")')
mkdir -p "$home"
tar --extract --file="$backup/files.tar" --directory="$home"
"$pg_restore" --clean --if-exists --no-owner --single-transaction --exit-on-error \
  --dbname="$DATABASE_URL" "$backup/database.dump"
echo "Restored $backup."
