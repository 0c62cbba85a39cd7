# Fuzzing with clang's libFuzzer; included by the Makefile, or by itself:
#   make -f tests/fuzz/fuzz.mk fuzz SECONDS=60     every target, a minute each
#   make -f tests/fuzz/fuzz.mk fuzz-regress        the seeds only, once each
# A crash is left in $(BUILD)/fuzz; after the repair it becomes a file in
# tests/fuzz/seeds/<target>/, which every later run starts from.

BUILD ?= build
SECONDS ?= 60
FUZZ_CC ?= clang-14
FUZZ_FLAGS := -std=c11 -D_GNU_SOURCE -I. -g -O1 -MMD -MP \
              -fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow \
              -fno-sanitize-recover=all
FUZZ_LINK = -fsanitize=fuzzer,address,undefined -Wl,--as-needed \
            $(shell pkg-config --libs libssl libcrypto libsrtp2 jansson)

# target: the sources it is made of, besides base
FUZZ_stun := media/transport/*.c
FUZZ_demux := media/transport/*.c
FUZZ_frame := media/transport/ice_tcp.c
FUZZ_dtls := media/transport/*.c
FUZZ_sdp := media/sdp/*.c
FUZZ_rtp := media/rtp/*.c
FUZZ_rtcp := media/rtp/*.c
FUZZ_stream := media/rtp/*.c
FUZZ_feedback := media/rtp/*.c media/rate/*.c
FUZZ_control := media/control_line.c media/sdp/*.c \
                signaling/relay/relay_line.c
FUZZ_wire := signaling/edge/wire_*.c signaling/core/*.c
FUZZ_view := signaling/edge/wire_*.c signaling/core/*.c
FUZZ_record := signaling/app/record.c signaling/core/*.c
FUZZ_link := signaling/app/link.c
FUZZ_webhook := signaling/outbox/stripe_event.c
FUZZ_config := signaling/config.c signaling/bus/redis_place.c \
               signaling/relay/relay_address.c signaling/store/master_key.c
FUZZ_auth := signaling/edge/auth.c signaling/edge/address.c \
             signaling/edge/headers.c
FUZZ_TARGETS := stun demux frame dtls sdp rtp rtcp stream feedback control wire \
                view record link webhook config auth
FUZZ_BASE := base/writer.c base/secret.c base/text.c

FUZZ_SEEDS_sdp := tests/vector
FUZZ_OPTIONS_sdp := -max_len=65536 -dict=tests/fuzz/sdp.dict
FUZZ_OPTIONS_frame := -max_len=16384
FUZZ_OPTIONS_dtls := -max_len=4096
FUZZ_OPTIONS_control := -max_len=16384 -dict=tests/fuzz/control.dict
FUZZ_OPTIONS_wire := -max_len=8192 -dict=tests/fuzz/wire.dict
FUZZ_OPTIONS_view := -max_len=4096
FUZZ_OPTIONS_record := -max_len=4096
FUZZ_OPTIONS_webhook := -max_len=4096 -dict=tests/fuzz/webhook.dict
FUZZ_OPTIONS_config := -max_len=4096 -dict=tests/fuzz/config.dict
FUZZ_OPTIONS_auth := -max_len=4096 -dict=tests/fuzz/auth.dict
FUZZ_OPTIONS := -max_len=1600

.PHONY: fuzz fuzz-regress fuzz-programs $(FUZZ_TARGETS:%=fuzz-%)
fuzz: $(FUZZ_TARGETS:%=fuzz-%)
fuzz-programs: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%)
fuzz-regress: fuzz-programs
	@BUILD='$(BUILD)' tests/run fuzz

$(BUILD)/fuzz/o/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC  ' $< '(to fuzz)'
	@$(FUZZ_CC) $(FUZZ_FLAGS) -c $< -o $@

define fuzz_target
$(BUILD)/fuzz/$(1): $(patsubst %.c,$(BUILD)/fuzz/o/%.o,\
    tests/fuzz/$(1)_fuzz.c $(wildcard $(FUZZ_$(1))) $(FUZZ_BASE))
	@echo '  FUZZ' $$@
	@$(FUZZ_CC) $$^ -o $$@ $$(FUZZ_LINK)

fuzz-$(1): $(BUILD)/fuzz/$(1)
	@mkdir -p $(BUILD)/fuzz/$(1).corpus
	@echo '  RUN ' $$< for $(SECONDS) s
	@$$< -max_total_time=$(SECONDS) -print_final_stats=1 \
	    -verbosity=0 -artifact_prefix=$(BUILD)/fuzz/$(1)- \
	    $(FUZZ_OPTIONS) $(FUZZ_OPTIONS_$(1)) $(BUILD)/fuzz/$(1).corpus \
	    $(wildcard tests/fuzz/seeds/$(1)) $(FUZZ_SEEDS_$(1))
endef
$(foreach target,$(FUZZ_TARGETS),$(eval $(call fuzz_target,$(target))))
.SECONDARY:
