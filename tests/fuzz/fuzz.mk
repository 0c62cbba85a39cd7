# Fuzzing with clang's libFuzzer; included by the Makefile, or by itself:
#   make -f tests/fuzz/fuzz.mk fuzz SECONDS=60
# A crash is left in $(BUILD)/fuzz; after the repair it becomes a file in
# tests/fuzz/seeds/<target>/, which every later run starts from.

BUILD ?= build
SECONDS ?= 60
FUZZ_CC ?= clang-14
FUZZ_FLAGS := -std=c11 -D_GNU_SOURCE -I. -g -O1 \
              -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_LIBS = $(shell pkg-config --libs libssl libcrypto libsrtp2 jansson)

# target: the sources it is made of
FUZZ_stun := $(wildcard media/transport/*.c)
FUZZ_demux := $(wildcard media/transport/*.c)
FUZZ_dtls := $(wildcard media/transport/*.c)
FUZZ_sdp := $(wildcard media/sdp/*.c)
FUZZ_wire := $(wildcard signaling/edge/wire_*.c) $(wildcard signaling/core/*.c) \
             base/text.c
FUZZ_BASE := base/reader.c base/writer.c base/secret.c
FUZZ_TARGETS := stun demux sdp dtls wire

.PHONY: fuzz $(FUZZ_TARGETS:%=fuzz-%)
fuzz: $(FUZZ_TARGETS:%=fuzz-%)

define fuzz_target
$(BUILD)/fuzz/$(1): tests/fuzz/$(1)_fuzz.c $(FUZZ_$(1)) $(FUZZ_BASE)
	@mkdir -p $$(@D)
	@echo '  FUZZ' $$@
	@$(FUZZ_CC) $(FUZZ_FLAGS) $$^ -o $$@ $(FUZZ_LIBS)

fuzz-$(1): $(BUILD)/fuzz/$(1)
	@mkdir -p $(BUILD)/fuzz/$(1).corpus
	@$(BUILD)/fuzz/$(1) -max_total_time=$(SECONDS) -print_final_stats=1 \
	    -verbosity=0 -artifact_prefix=$(BUILD)/fuzz/$(1)- \
	    $(FUZZ_OPTIONS_$(1)) $(BUILD)/fuzz/$(1).corpus \
	    $(wildcard tests/fuzz/seeds/$(1)) $(FUZZ_SEEDS_$(1))
endef

FUZZ_SEEDS_sdp := tests/vector
FUZZ_OPTIONS_sdp := -max_len=65536 -dict=tests/fuzz/sdp.dict
FUZZ_OPTIONS_dtls := -max_len=4096
FUZZ_OPTIONS_wire := -max_len=8192
FUZZ_OPTIONS_stun := -max_len=1600
FUZZ_OPTIONS_demux := -max_len=1600
$(foreach target,$(FUZZ_TARGETS),$(eval $(call fuzz_target,$(target))))
