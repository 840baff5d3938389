# How the tests are built and run; included by the Makefile.

.PHONY: test
test: build/packages-build build/packages-test
	@$(MAKE) --no-print-directory -j$$(nproc) $(OTELC) $(UNIT)
	@tests/run $(BUILD)

.PHONY: asan
asan:
	@$(MAKE) --no-print-directory test BUILD=build/asan LINK= \
	    FLAGS='-O1 -fsanitize=address,undefined,bounds-strict -fno-sanitize-recover=all'

$(BUILD)/unit/%: tests/unit/%.c $(ARCHIVE)
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(WARNINGS) $(CPPFLAGS) -Itests $(FLAGS) -o $@ $< $(ARCHIVE) \
	    $(LDLIBS) $$(pkg-config --libs check)

-include $(UNIT:=.d)

# ---- bench: h2load -> otelc -> sink; BENCH_SHORT=1 takes a few seconds, the whole about a minute ----

.PHONY: bench
bench: build/packages-build build/packages-test
	@$(MAKE) --no-print-directory -j$$(nproc) $(OTELC) $(BUILD)/bench/sink
	@tests/bench/run $(BUILD) $(if $(BENCH_SHORT),short)

$(BUILD)/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(WARNINGS) -D_GNU_SOURCE -O2 -o $@ $<
