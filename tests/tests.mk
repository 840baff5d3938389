# How the tests are built and run; included by the Makefile.

# What several tests use: tests/unit/*.c that are no test themselves.
TOOLS  := $(patsubst tests/unit/%.c,$(BUILD)/unit/%.o,\
    $(filter-out tests/unit/test_%.c,$(wildcard tests/unit/*.c)))
# The fuzz targets: make test replays their corpora, make fuzz searches on from there.
FUZZ   ?= $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY := $(FUZZ:%=$(BUILD)/replay/%)
FUZZ_PACKAGES := clang libclang-rt-14-dev
FUZZ_SECONDS  ?= 60

.PHONY: test
test: build/packages-build build/packages-test
	@$(MAKE) --no-print-directory $(if $(V),,-s) -j$$(nproc) $(OTELC) $(UNIT) $(REPLAY)
	@tests/run $(BUILD)

.PHONY: asan
asan:
	@$(MAKE) --no-print-directory test BUILD=build/asan LINK= \
	    FLAGS='-O1 -fsanitize=address,undefined,bounds-strict -fno-sanitize-recover=all'

.PHONY: tsan
tsan:
	@TSAN_OPTIONS='suppressions=$(CURDIR)/tests/tsan.suppressions print_suppressions=0' \
	    $(MAKE) --no-print-directory test BUILD=build/tsan LINK= FLAGS='-O1 -fsanitize=thread'

# Which lines the tests pass, by gcc's gcov. Without the sandbox, as counters are written at the end.
.PHONY: coverage
coverage: build/packages-build build/packages-test
	@mkdir -p build/coverage && find build/coverage -name '*.gcda' -delete
	@OTELC_SANDBOX=off $(MAKE) --no-print-directory -i test BUILD=build/coverage LINK= FLAGS='-O0 --coverage'
	@tests/coverage build/coverage

# Each target for FUZZ_SECONDS; what is new and interesting is kept in build/fuzz/corpus, a finding
# in build/fuzz. `make fuzz FUZZ=fuzz_otlp_protobuf` runs one.
.PHONY: fuzz
fuzz: build/packages-build build/packages-fuzz
	@$(MAKE) --no-print-directory $(if $(V),,-s) -j$$(nproc) $(FUZZ:%=build/fuzz/%) BUILD=build/fuzz CC=clang LINK= \
	    FLAGS='-O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'
	@for target in $(FUZZ:fuzz_%=%); do \
	    mkdir -p build/fuzz/corpus/$$target tests/fuzz/corpus/$$target; \
	    build/fuzz/fuzz_$$target -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -timeout=5 \
	        -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix=build/fuzz/$$target- \
	        $$(ls tests/fuzz/$$target.dict 2>/dev/null | sed 's/^/-dict=/') \
	        build/fuzz/corpus/$$target tests/fuzz/corpus/$$target || exit 1; \
	done

COMPILE_TEST = @mkdir -p $(@D); $(SAY) CC $<; $(if $(V),set -x;) $(CC) $(CSTD) $(WARNINGS) $(WERROR) $(CPPFLAGS) -Itests $(FLAGS)

$(BUILD)/unit/tools.a: $(TOOLS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/unit/%.o: tests/unit/%.c $(ARCHIVE)
	$(COMPILE_TEST) -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/unit/tools.a $(ARCHIVE)
	$(COMPILE_TEST) -o $@ $(filter-out %.h src/%,$^) $(LDLIBS) $$(pkg-config --libs check)

# Refuses the n-th reservation of memory.
$(BUILD)/unit/test_torture: LDLIBS += -Wl,--wrap=budget_reserve

$(BUILD)/replay/%: tests/fuzz/%.c tests/fuzz/replay.c $(BUILD)/unit/tools.a $(ARCHIVE)
	$(COMPILE_TEST) -DCORPUS='"tests/fuzz/corpus/$(*:fuzz_%=%)"' -o $@ $(filter-out %.h,$^) $(LDLIBS)

$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(BUILD)/unit/tools.a $(ARCHIVE)
	$(COMPILE_TEST) -fsanitize=fuzzer -o $@ $(filter-out %.h,$^) $(LDLIBS)

# Nothing is sent, and no name looked up.
$(BUILD)/fuzz_words $(BUILD)/replay/fuzz_words: LDLIBS += -Wl,--wrap=getaddrinfo

# The sockets are the target's, and the time.
GRPC_PEER := peer_socket_new peer_socket_free peer_socket_send peer_socket_receive peer_socket_want_write \
    uv_now uv_timer_start uv_timer_stop
$(BUILD)/fuzz_grpc_peer $(BUILD)/replay/fuzz_grpc_peer: LDLIBS += $(GRPC_PEER:%=-Wl,--wrap=%)

-include $(UNIT:=.d) $(TOOLS:.o=.d) $(REPLAY:=.d)

# ---- bench: h2load -> otelc -> sink; BENCH_SHORT=1 takes a few seconds, the whole about a minute ----

.PHONY: bench
bench: build/packages-build build/packages-test
	@$(MAKE) --no-print-directory $(if $(V),,-s) -j$$(nproc) $(OTELC) $(BUILD)/bench/sink
	@tests/bench/run $(BUILD) $(if $(BENCH_SHORT),short)

# Beside the official collector, which is built at first: some minutes; then BENCH_SHORT=1 as above.
.PHONY: bench-official
bench-official: all build/packages-test
	@tests/interop/install-tools build/tools official
	@tests/bench/run_official $(BUILD) build/tools/official $(if $(BENCH_SHORT),short)

$(BUILD)/bench/sink: tests/bench/sink.c tests/bench/sink_grpc.c tests/bench/sink_grpc.h
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(WARNINGS) -D_GNU_SOURCE -O2 -o $@ $(filter %.c,$^)

# ---- soak: load and faults for a long time; `make soak SOAK_SEED=5` repeats a run ----

SOAK_SECONDS ?= 600
SOAK_SEED    ?=

.PHONY: soak
soak: all build/packages-test
	@tests/soak/run $(BUILD) $(SOAK_SECONDS) $(SOAK_SEED)

# ---- interop: the SDKs' own exporters, a browser, a real Jaeger, h2spec ----

.PHONY: interop-tools
interop-tools:
	@tests/interop/install-tools build/tools

.PHONY: interop
interop: all build/packages-test interop-tools test-page
	@tests/integration/run --in tests/interop $(BUILD)

# What the viewer's page computes, without a browser.
.PHONY: test-page
test-page: interop-tools
	@command -v node >/dev/null || { echo 'test-page: no node, skipped'; exit 0; }; \
	    node --test tests/viewer/*.test.mjs >build/test-page.log || { cat build/test-page.log; exit 1; }

# The pictures of the docs, taken of the program as it is.
.PHONY: screenshots
screenshots: all interop-tools
	@mkdir -p docs/images
	@OTELC_PICTURES=$(CURDIR)/docs/images tests/integration/run --in tests/interop $(BUILD) 'pictures of'

# ---- docker: the image, and whether it behaves as the official one ----

IMAGE ?= otelc

.PHONY: docker
docker:
	docker build --tag $(IMAGE) --file docker/Dockerfile .

.PHONY: docker-test
docker-test: build/packages-test interop-tools
	@docker/test
