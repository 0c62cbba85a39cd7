# make bench-relay: what a packet costs the relay, beside Janus and beside the
# least it could. Included by the Makefile.

BENCH_RELAY := $(BUILD)/bench/relay-load $(BUILD)/bench/relay-limit
BENCH_LOAD := $(patsubst %.c,$(BUILD)/release/%.o, \
    $(filter-out %/limit.c,$(wildcard tests/bench/relay/*.c)) \
    $(wildcard tests/client/*.c))

$(BUILD)/bench/relay-load: $(BENCH_LOAD) \
    $(call objects,release,media/transport media/rtp $(BASE))
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -pie $^ -o $@ $(LIBS_MEDIA) $(call pkg,--libs,libcurl)

$(BUILD)/bench/relay-limit: $(BUILD)/release/tests/bench/relay/limit.o \
    $(call objects,release,media/transport $(BASE))
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -pie $^ -o $@ $(LIBS_MEDIA)

# A network namespace of its own: Janus does not use loopback, and nobody else
# is on the way.
.PHONY: bench-relay deps-bench
deps-bench: deps
	@deploy/packages/install deploy/packages/bench.txt
bench-relay: deps-bench
	@$(MAKE) --no-print-directory $(BUILD)/vestibule-relay $(BENCH_RELAY)
	@$(NODE) BUILD='$(BUILD)' tests/in-netns node tests/bench/relay/bench.mjs
