#!/bin/bash
# Exports what is committed, into FOLDER, with all times those of the commit: packages are made of nothing else.
#
#   packaging/export.sh FOLDER
set -eu
cd "$(dirname "$0")/.."
mkdir -p "$1"
[ -z "$(git status --porcelain)" ] || echo "export: what is not committed is not in it" >&2
git archive HEAD | tar -x -C "$1"
find "$1" -exec touch -h -d "@$(git log -1 --format=%ct)" {} +
