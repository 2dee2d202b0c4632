#!/usr/bin/env bash
# Back up the database and the files: deploy/backup.sh FOLDER
#
# Works while people work. The database goes first: every file that a row of it names was written
# before the row, so the files packed afterwards hold them all. The checksums are written last and
# the folder gets its name only then, so a backup that has its name is complete.
set -euo pipefail
umask 077

usage="usage: deploy/backup.sh FOLDER"
target=$(realpath -m -- "${1:?$usage}")
self=$(realpath -- "$0")
root=$(dirname "$(dirname "$self")")
home=$(realpath -m -- "${CROSSCOPE_HOME:-$root/var}")
cd "$root"
python=$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)

if [ -z "${DATABASE_URL:-}" ]; then
  exec "$python" -m deploy.embedded run "$home" -- "$self" "$target"
fi

pg_dump=$("$python" -c 'from deploy.postgres_engine import binaries; print(binaries() / "pg_dump")')
name=crosscope-$(date -u +%Y%m%dT%H%M%SZ)
partial=$target/.$name.partial
mkdir -p "$partial"
trap 'rm -rf -- "$partial"' EXIT

"$pg_dump" --format=custom --no-owner --dbname="$DATABASE_URL" --file="$partial/database.dump"
# Not the engines' own files (the dump is the database), nor what is made again by itself.
tar --create --file="$partial/files.tar" --directory="$home" \
  --exclude=./postgres --exclude=./postgres.new --exclude=./redis --exclude=./run --exclude=./log \
  --exclude=./static --exclude='./*.lock' . || [ $? -eq 1 ] # 1: a file grew meanwhile, such as an upload
(cd "$partial" && sha256sum database.dump files.tar >SHA256SUMS)
mv "$partial" "$target/$name"
trap - EXIT
echo "$target/$name"
