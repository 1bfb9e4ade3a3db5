#!/bin/sh
# Puts the program and what it needs from npm into a directory: scripts/install-program.sh DIRECTORY
# To be called in the built checkout. No sources, no tools, and of koffi's binaries that of this machine.
set -eu
program=$1
cd "$(dirname "$0")/.."

rm -rf "$program"
mkdir -p "$program/dist"
cp package.json package-lock.json LICENSE METRICS.md "$program/"
(cd "$program" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm package-lock.json)
# What `make bench` or an older build has put beside it stays out.
(cd dist && tar -cf - --exclude=./bench --exclude=./objects .) | tar -xf - -C "$program/dist"
mkdir "$program/dist/objects"
for source in bpf/*.bpf.c; do
	cp "dist/objects/$(basename "$source" .c).o" "$program/dist/objects/"
done
find "$program" \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete
chmod 755 "$program/dist/main.js"
