# make bench-signaling: what sockets, commands and lists cost the server, beside
# bare libwebsockets, SQLite and PostgreSQL. Included by the Makefile.

BENCH_SIGNALING := $(BUILD)/bench/crowd $(BUILD)/bench/bare-socket \
    $(BUILD)/bench/work $(BUILD)/bench/bare-commit
signaling_bench = $(patsubst %,$(BUILD)/release/tests/bench/signaling/%.o,$(1))

$(BUILD)/bench/crowd: $(call signaling_bench,crowd plays line) \
    $(call objects,release,$(BASE))
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -pie $^ -o $@ $(LIBS_SIGNALING)

$(BUILD)/bench/bare-socket: $(call signaling_bench,bare_socket)
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -pie $^ -o $@ $(LIBS_SIGNALING)

$(BUILD)/bench/work: $(call signaling_bench,work clinic book commands year) \
    $(call objects,release,$(ROOM_app))
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -pie $^ -o $@ $(LIBS_SIGNALING)

$(BUILD)/bench/bare-commit: $(call signaling_bench,bare_commit) \
    $(call objects,release,$(STORE))
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -pie $^ -o $@ $(LIBS_SIGNALING)

.PHONY: bench-signaling
bench-signaling: deps-test
	@$(MAKE) --no-print-directory -j2 $(BUILD)/vestibule $(BENCH_SIGNALING) pages
	@$(NODE) BUILD='$(BUILD)' tests/bench/signaling/run
