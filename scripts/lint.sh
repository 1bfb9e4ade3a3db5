#!/bin/sh
# What can be said of the sources without running them. Stops at the first failure.
set -eu
bin=node_modules/.bin

step() {
	echo "lint: $1"
	shift
	"$@"
}

step "format of C" clang-format --dry-run --Werror bpf/*.c bpf/*.h
step "format and lint of TypeScript" "$bin/biome" check --error-on-warnings .
step "types" "$bin/tsc" -p .
step "import rules" "$bin/tsx" scripts/check-layers.ts
step "PrometheusRule" "$bin/tsx" scripts/prometheus-rules.ts --check
step "METRICS.md" "$bin/tsx" scripts/generate-metrics-md.ts --check
step "dashboards" "$bin/tsx" scripts/generate-dashboards.ts --check
step "instruction budget" "$bin/tsx" scripts/instruction-budget.ts
step "shell scripts" shellcheck scripts/*.sh scripts/image/*.sh scripts/kernels/*.sh scripts/kernels/init test/e2e/install/*.sh .ci/run
