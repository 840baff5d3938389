# otelc: `make run` and `make test` do everything on a fresh Debian, `make help` lists the rest.

BUILD    ?= build/release
CC       ?= cc
PREFIX   ?= /usr/local
SHELL    := /bin/bash

LIBS     := libcrypt libseccomp libuv libnghttp2 libprotobuf-c yaml-0.1 libcurl openssl libdeflate libzstd libxxhash libpcre2-8
LLHTTP   := /usr/share/llhttp

BUILD_PACKAGES := gcc libc6-dev libcrypt-dev make pkg-config libseccomp-dev libuv1-dev libnghttp2-dev libprotobuf-c-dev \
    protobuf-c-compiler protobuf-compiler libyaml-dev libcurl4-openssl-dev libssl-dev libdeflate-dev libzstd-dev libxxhash-dev libpcre2-dev \
    node-llhttp
TEST_PACKAGES  := check python3 python3-h2 python3-jsonschema python3-yaml nghttp2-client curl openssl zstd groff-base

# Those of the options that this compiler has.
has       = $(foreach option,$1,$(shell $(CC) -Werror $(option) -x c -S -o /dev/null /dev/null 2>/dev/null && echo $(option)))

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
    -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wconversion -Wno-sign-conversion \
    -Wimplicit-fallthrough -Wnull-dereference -Wdouble-promotion -Walloca -Wcast-align \
    $(call has,-Wformat-signedness -Wtrampolines -Wbidi-chars=any) \
    -Werror=format-security -Werror=implicit-function-declaration \
    -Werror=incompatible-pointer-types -Werror=int-conversion -Werror=return-type
HARDEN   := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
    -fPIE -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing \
    $(call has,-ftrivial-auto-var-init=zero -fstrict-flex-arrays=3 -fcf-protection=full -mbranch-protection=standard)
FLAGS    ?= $(HARDEN)
LINK     ?= -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--as-needed \
    -Wl,--no-copy-dt-needed-entries
CPPFLAGS += -D_GNU_SOURCE -DLLHTTP_STRICT_MODE=1 -Isrc -I$(BUILD) -I/usr/include/llhttp \
    -I/usr/share/include/llhttp
CSTD     := -std=c11 -g -fno-omit-frame-pointer -MMD -MP

SOURCES  := $(wildcard src/*/*.c)
PROTOS   := $(wildcard proto/*.proto)
GENERATED := $(PROTOS:proto/%.proto=$(BUILD)/proto/%.pb-c.c)
PAGE     := $(sort $(wildcard src/viewer/web/*))
OBJECTS  := $(SOURCES:%.c=$(BUILD)/%.o) $(GENERATED:.c=.o) $(BUILD)/viewer/page_files.o \
    $(patsubst $(LLHTTP)/%.c,$(BUILD)/llhttp/%.o,$(LLHTTP)/api.c $(LLHTTP)/http.c $(LLHTTP)/llhttp.c)
ARCHIVE  := $(BUILD)/libotelc.a
OTELC    := $(BUILD)/otelc
# `make V=1` shows the commands.
Q        := $(if $(V),,@)
SAY       = $(if $(V),:,printf '  %-7s %s\n')

LDLIBS    = $(shell pkg-config --libs $(LIBS)) -lpthread -lm
UNIT     := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))

.PHONY: all
all: build/packages-build
	@$(MAKE) --no-print-directory $(if $(V),,-s) -j$$(nproc) $(OTELC)

include tests/tests.mk

.PHONY: run
run: all
	@echo 'Point an app at http://localhost:4317 (OTLP/gRPC) or http://localhost:4318 (OTLP/HTTP):'
	@echo '    OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 OTEL_EXPORTER_OTLP_PROTOCOL=grpc your-app'
	@echo 'Without an app, in another terminal:  $(OTELC) generate  (docs/generate.md)'
	@echo 'See the traces at http://localhost:16686; spans are told here too. Ctrl-C ends it.'
	@$(OTELC) --config config/quickstart.yaml

.PHONY: help
help:
	@echo 'make            builds build/release/otelc        make install    [PREFIX=/usr/local]'
	@echo 'make run        starts config/quickstart.yaml     make docker     builds the image'
	@echo 'make test       all tests; ASan: make asan; TSan: make tsan; which lines: make coverage'
	@echo 'make interop    real SDKs and a real Jaeger       make docker-test  the image on a real engine'
	@echo 'make test-page  what the viewer computes, by node  make screenshots  docs/images'
	@echo 'make bench      what a span costs (BENCH_SHORT=1) make fuzz       [FUZZ=...] [FUZZ_SECONDS=60]'
	@echo 'make bench-official  the same for the official collector, beside it'
	@echo 'make soak       load and faults for SOAK_SECONDS=600'
	@echo 'make lint       format, layers, clang-tidy, cppcheck   make docs  docs/configuration.md'

# Installs Debian packages that are missing; the stamp makes it quick the second time.
build/packages-%: Makefile
	@docker/install-packages $(if $(filter build,$*),$(BUILD_PACKAGES),$($(shell echo $* | tr a-z A-Z)_PACKAGES))
	@mkdir -p build && touch $@

$(OTELC): $(BUILD)/src/main.o $(ARCHIVE)
	@$(SAY) LINK $@
	$(Q)$(CC) $(FLAGS) $(LINK) -o $@ $^ $(LDLIBS)

$(ARCHIVE): $(OBJECTS)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(BUILD)/src/%.o: src/%.c Makefile | $(GENERATED)
	@mkdir -p $(@D); $(SAY) CC $<
	$(Q)$(CC) $(CSTD) $(WARNINGS) $(WERROR) $(CPPFLAGS) $(FLAGS) -c -o $@ $<

# The viewer's page in the program: the assembler takes each file as it is (.incbin).
$(BUILD)/viewer/page_files.c: $(PAGE) src/viewer/web Makefile
	@mkdir -p $(@D); $(SAY) EMBED $@
	@{ echo '#include "viewer/page.h"'; n=0; for file in $(PAGE); do n=$$((n + 1)); \
	    printf '__asm__(".section .rodata; page_%d: .incbin \\"%s\\"; page_%d_end: .byte 0; .text");\n' \
	        $$n "$$file" $$n; printf 'extern const char page_%d[], page_%d_end[];\n' $$n $$n; done; \
	  echo 'const struct page_file page_files[] = {'; n=0; for file in $(PAGE); do n=$$((n + 1)); \
	    printf '    {"/%s", page_%d, page_%d_end},\n' "$${file##*/}" $$n $$n; done; \
	  echo '    {NULL, NULL, NULL}};'; } >$@

$(BUILD)/viewer/page_files.o: $(BUILD)/viewer/page_files.c
	$(Q)$(CC) $(CSTD) $(WARNINGS) $(WERROR) $(CPPFLAGS) $(FLAGS) -c -o $@ $<

$(BUILD)/proto/%.pb-c.c: proto/%.proto
	@mkdir -p $(@D); $(SAY) PROTOC $<
	$(Q)protoc-c --proto_path=proto --c_out=$(@D) $<

$(BUILD)/proto/%.o: $(BUILD)/proto/%.c | $(GENERATED)
	$(Q)$(CC) $(CSTD) -I$(BUILD)/proto $(FLAGS) -c -o $@ $<

$(BUILD)/llhttp/%.o: $(LLHTTP)/%.c
	@mkdir -p $(@D); $(SAY) CC $<
	$(Q)$(CC) $(CSTD) $(CPPFLAGS) $(FLAGS) -c -o $@ $<

.PHONY: install
install: all
	install -D -m 755 $(OTELC) $(DESTDIR)$(PREFIX)/bin/otelc
	install -D -m 644 otel-collector-config.yaml $(DESTDIR)$(PREFIX)/share/otelc/otel-collector-config.yaml
	@mkdir -p $(BUILD)/install
	$(OTELC) reference --man >$(BUILD)/install/otelc.1
	$(OTELC) schema >$(BUILD)/install/schema.json
	for shell in bash zsh fish; do $(OTELC) completion $$shell >$(BUILD)/install/$$shell || exit 1; done
	install -D -m 644 $(BUILD)/install/otelc.1 $(DESTDIR)$(PREFIX)/share/man/man1/otelc.1
	install -D -m 644 $(BUILD)/install/schema.json $(DESTDIR)$(PREFIX)/share/otelc/schema.json
	install -D -m 644 $(BUILD)/install/bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/otelc
	install -D -m 644 $(BUILD)/install/zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_otelc
	install -D -m 644 $(BUILD)/install/fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/otelc.fish

.PHONY: docs
docs: all
	$(OTELC) reference >docs/configuration.md

# ---- lint: format, layers, clang-tidy, cppcheck ----

LINT_PACKAGES := clang-format clang-tidy cppcheck
C_FILES = $(wildcard src/*.c src/*/*.[ch] tests/unit/*.[ch] tests/fuzz/*.[ch] tests/bench/*.[ch] \
    tests/integration/harness/*.c)

.PHONY: lint
lint: build/packages-build build/packages-lint all compile_commands.json
	clang-format --dry-run --Werror $(C_FILES)
	tests/layers $(wildcard src/*.c src/*/*.[ch])
	@printf '%s\n' $(SOURCES) src/main.c | xargs -P$$(nproc) -n8 clang-tidy --quiet -p .
	cppcheck -j$$(nproc) --quiet --error-exitcode=1 --inline-suppr --enable=warning,performance,portability \
	    --suppressions-list=tests/cppcheck.suppressions --std=c11 -Isrc src

compile_commands.json: Makefile $(SOURCES)
	@{ separator='['; for file in $(SOURCES) src/main.c; do \
	    printf '%s\n{"directory": "%s", "file": "%s", "command": "cc %s -c %s"}' "$$separator" \
	        "$(CURDIR)" "$$file" '$(subst ",\",$(CSTD) $(WARNINGS) $(CPPFLAGS))' "$$file"; separator=,; \
	done; printf '\n]\n'; } >$@

.PHONY: clean
clean:
	rm -rf build compile_commands.json

-include $(OBJECTS:.o=.d) $(BUILD)/src/main.d
.SECONDARY:
