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

# ---- interop: the SDKs' own exporters, a real Jaeger, h2spec ----

.PHONY: interop-tools
interop-tools:
	@tests/interop/install-tools build/tools

.PHONY: interop
interop: all build/packages-test interop-tools
	@tests/integration/run --in tests/interop $(BUILD)

# ---- docker: the image, and whether it behaves as the official one ----

IMAGE ?= otelc

.PHONY: docker
docker:
	docker build --tag $(IMAGE) --file docker/Dockerfile .

.PHONY: docker-test
docker-test: build/packages-test interop-tools
	@docker/test
