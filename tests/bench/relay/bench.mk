# make bench-relay: what a packet costs the relay, beside the least it could.
# Included by the Makefile.

BENCH_RELAY := $(BUILD)/bench/relay-load $(BUILD)/bench/relay-limit

$(BUILD)/bench/relay-load: $(BUILD)/release/tests/bench/relay/load.o \
    $(BUILD)/release/tests/bench/relay/page.o \
    $(call objects,release,media/transport media/rtp $(BASE))
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -pie $^ -o $@ $(LIBS_MEDIA)

$(BUILD)/bench/relay-limit: $(BUILD)/release/tests/bench/relay/limit.o \
    $(call objects,release,media/transport $(BASE))
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -pie $^ -o $@ $(LIBS_MEDIA)

.PHONY: bench-relay
bench-relay: $(BUILD)/vestibule-relay $(BENCH_RELAY)
	@$(NODE) BUILD='$(BUILD)' node tests/bench/relay/bench.mjs
