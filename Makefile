# lbscope. `make run` and `make test` install what is missing, build, and go.

SHELL    := /bin/sh
BIN      := node_modules/.bin
CLANG    ?= clang
# What make bench compares with, and how many pairs it reads; FIGURE=name measures one.
PEERS    := $(basename $(patsubst bench/peers/%,dist/bench/%,$(wildcard bench/peers/*.c bench/peers/*.go)))
PAIRS    ?= 1000000
# Of Node.js, as the exporter is started.
OPTIONS  := $(shell sed -n '1s/.* node //p' src/main.ts)
# Where make install puts things; DESTDIR is put in front of all of them.
PREFIX   ?= /usr/local
DESTDIR  ?=
OBJECTS  := $(patsubst bpf/%.bpf.c,dist/objects/%.bpf.o,$(wildcard bpf/*.bpf.c))
# The folders, too: they change when a file goes.
SOURCES  := $(shell find src -name '*.ts' -o -type d)
# linux/types.h includes asm/types.h, which Debian keeps in the folder of the architecture.
TRIPLET  := $(shell $(CC) -print-multiarch 2>/dev/null || echo $(shell uname -m)-linux-gnu)
# -mcpu=v3: compare-and-exchange needs it (Linux 5.12).
BPFFLAGS := -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare \
            -I/usr/include/$(TRIPLET)

.PHONY: run test test-kernels soak check lint build bpf bench budget format manifests docs install uninstall clean install-run install-test install-bench install-modules help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: install-run build ## count on a small network of its own; with CONFIG=file on this host's interfaces
ifdef CONFIG
	exec node dist/main.js run --config $(CONFIG)
else
# Not the command tsx: at a second Ctrl-C it kills a demo that is busy, and its network would stay.
	exec node --import tsx scripts/lab/demo.ts
endif

test: install-test build lint ## run every test (root)
	$(BIN)/vitest run

test-kernels: install-test build ## the tests that depend on the kernel, in Debian's 6.1 and 6.12 (root); ALL=1 for more, an hour
	$(if $(ALL),LBSCOPE_KERNELS=all) $(BIN)/vitest run --project kernels

soak: install-test build ## faults at random amid traffic, for so many MINUTES, 5 unless told (root); SEED=1 for those of a run before
	SOAK_MINUTES=$(or $(MINUTES),5) $(if $(SEED),SOAK_SEED=$(SEED)) $(BIN)/vitest run --project root test/e2e/soak

check: install-modules bpf lint ## what needs no root: format, lint, types, layers, generated files, unit and golden tests
	$(BIN)/vitest run --project unit

lint: bpf
	scripts/lint.sh

build: bpf dist/main.js ## compile everything

dist/main.js: $(SOURCES) package.json tsconfig.json tsconfig.build.json
	@mkdir -p dist
# What is made of a source that is gone would be packed.
	@find dist \( -name '*.js' -o -name '*.js.map' \) -delete
	$(BIN)/tsc -p tsconfig.build.json
	@touch $@

bpf: $(OBJECTS) ## compile the BPF programs

dist/objects/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h)
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS) -c $< -o $@

dist/objects/%.bpf.o: bench/%.bpf.c
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS) -c $< -o $@

bench: install-bench build dist/objects/empty.bpf.o $(PEERS) ## measure, as ratios against a peer in the same run (root)
	node $(OPTIONS) --import tsx bench/main.ts --pairs $(PAIRS) $(if $(FIGURE),--figure $(FIGURE))

dist/bench/%: bench/peers/%.c
	@mkdir -p $(@D)
	$(CC) -O2 -Wall -Wextra -Werror -o $@ $< -lbpf

# Debian's packages of Go libraries are sources in a tree of their own.
dist/bench/%: bench/peers/%.go
	@mkdir -p $(@D)
	GO111MODULE=off GOPATH=/usr/share/gocode go build -o $@ $<

budget: bpf ## accept the sizes of the BPF programs as they are (root)
	$(BIN)/tsx scripts/instruction-budget.ts --accept

format: ## format C and TypeScript
	clang-format -i bpf/*.c bpf/*.h
	$(BIN)/biome check --write .

manifests: ## render deploy/ anew for the tests that hold it against Kubernetes' schemas
	$(BIN)/tsx scripts/prometheus-rules.ts
	$(BIN)/tsx scripts/render-manifests.ts

docs: ## make METRICS.md and dashboards/ anew
	$(BIN)/tsx scripts/generate-metrics-md.ts
	$(BIN)/tsx scripts/generate-dashboards.ts

install: build ## put lbscope, its unit and /etc/lbscope/config.yaml in place: DESTDIR=, PREFIX=/usr/local
	DESTDIR=$(DESTDIR) scripts/install-files.sh install $(PREFIX)

uninstall: ## take that away again, but for /etc/lbscope; `lbscope cleanup` first
	DESTDIR=$(DESTDIR) scripts/install-files.sh uninstall $(PREFIX)

clean: ## remove what was built
	rm -rf dist

install-run:
	scripts/install.sh run

install-test:
	scripts/install.sh test

install-bench:
	scripts/install.sh bench

install-modules:
	@scripts/install.sh modules
