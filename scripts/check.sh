#!/bin/sh
# What needs no root and under a minute. Stops at the first failure.
set -eu
bin=node_modules/.bin

step() {
	echo "check: $1"
	shift
	"$@"
}

step "format of C" clang-format --dry-run --Werror bpf/*.c bpf/*.h
step "format and lint of TypeScript" "$bin/biome" check --error-on-warnings .
step "types" "$bin/tsc" -p .
step "import rules" "$bin/tsx" scripts/check-layers.ts
step "METRICS.md" "$bin/tsx" scripts/generate-metrics-md.ts --check
step "unit and golden tests" "$bin/vitest" run --project unit
