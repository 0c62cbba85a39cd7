# Vestibule: `make run` and `make test` are all a newcomer needs.
#
#   make            build both servers and the pages into build/
#   make run        install what is missing, build, start the demo clinic
#   make cluster    the same clinic on several nodes, with PostgreSQL, Redis, HAProxy
#   make test       install what is missing, build, run every test
#   make bench      measure; figures go to build/bench.json
#   make bench-relay   what a packet costs the relay, beside Janus and a bare loop
#   make bench-signaling   what sockets, commands and lists cost the server
#   make chaos ROUNDS=500   end processes at random while people hold visits
#   make power ROUNDS=100   take the power away while the record is written
#   make fuzz SECONDS=60   feed the parsers what nobody would send
#   make check      before a release: test, lint and fuzz
#   make lint fmt sizes

BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
HOST ?=
PORT ?= 8443

WARN := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes \
        -Wmissing-prototypes -Wvla -Wwrite-strings -Wformat=2 \
        -Wimplicit-fallthrough -Wundef -Werror
CFLAGS ?= -O2 -g
COMMON := -std=c11 -D_GNU_SOURCE -I. $(WARN) -fno-strict-aliasing -MMD -MP
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
            -fno-omit-frame-pointer

# ---- folders -------------------------------------------------------------

BASE := base
CORE := signaling/core $(BASE)
STORE := signaling/store $(CORE)
SIGNALING := signaling/edge signaling/app signaling/store signaling/bus signaling/net \
             signaling/relay signaling/outbox signaling/paper signaling $(CORE)
MEDIA := media media/transport media/rtp media/sdp media/rate media/sound $(BASE)

PKG_SIGNALING := libwebsockets sqlite3 libpq hiredis libssl libcrypto jansson libcurl \
                 libsodium pangocairo pangoft2 libqrencode
PKG_MEDIA := libssl libcrypto libsrtp2 opus jansson libseccomp
pkg = $(shell pkg-config $(1) $(2) 2>/dev/null)

INCLUDES := $(call pkg,--cflags,$(PKG_SIGNALING) $(PKG_MEDIA))
LIBS_SIGNALING = -Wl,--as-needed $(call pkg,--libs,$(PKG_SIGNALING)) -lev -lpthread -lm
LIBS_MEDIA = -Wl,--as-needed $(call pkg,--libs,$(PKG_MEDIA)) -lpthread -lm

# Intel's AES-GCM, where there is one (x86-64): media/transport/aead.
ifneq ($(wildcard /usr/include/intel-ipsec-mb.h),)
$(BUILD)/release/media/transport/aead.o $(BUILD)/san/media/transport/aead.o: \
    COMMON += -DHAVE_IPSEC_MB
LIBS_MEDIA += -lIPSec_MB
endif

# Sources of folders, without the file that holds main.
sources = $(filter-out %/main.c,$(foreach d,$(1),$(wildcard $(d)/*.c)))
objects = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(call sources,$(2)))

.PHONY: all deps deps-test deps-lint deps-fuzz deps-cluster run cluster test unit unit-programs check bench bench-visit chaos power \
        fmt lint sizes clean pages
all: $(BUILD)/vestibule $(BUILD)/vestibule-relay pages

$(BUILD)/release/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC  ' $<
	@$(CC) $(CFLAGS) $(HARDEN) $(COMMON) $(INCLUDES) $(CONVERSION) -c $< -o $@

$(BUILD)/san/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC  ' $< '(sanitized)'
	@$(CC) $(SANITIZE) $(COMMON) $(INCLUDES) $(CONVERSION) -c $< -o $@

# The assembler takes the schema in, unseen by -MMD.
$(BUILD)/release/signaling/store/schema.o $(BUILD)/san/signaling/store/schema.o: \
    $(wildcard signaling/store/schema/*.sql)

# Packet code and base are held to exact integer conversions.
$(BUILD)/release/media/%.o $(BUILD)/san/media/%.o: CONVERSION := -Wconversion
$(BUILD)/release/base/%.o $(BUILD)/san/base/%.o: CONVERSION := -Wconversion

$(BUILD)/vestibule: $(BUILD)/release/signaling/main.o $(call objects,release,$(SIGNALING))
	@echo '  LD  ' $@
	@$(CC) $(CFLAGS) -pie $^ -o $@ $(LIBS_SIGNALING)

$(BUILD)/vestibule-relay: $(BUILD)/release/media/main.o $(call objects,release,$(MEDIA))
	@echo '  LD  ' $@
	@$(CC) $(CFLAGS) -pie $^ -o $@ $(LIBS_MEDIA)

$(BUILD)/san/vestibule: $(BUILD)/san/signaling/main.o $(call objects,san,$(SIGNALING))
	@echo '  LD  ' $@
	@$(CC) $(SANITIZE) $^ -o $@ $(LIBS_SIGNALING)

$(BUILD)/san/vestibule-relay: $(BUILD)/san/media/main.o $(call objects,san,$(MEDIA))
	@echo '  LD  ' $@
	@$(CC) $(SANITIZE) $^ -o $@ $(LIBS_MEDIA)

# ---- unit tests: tests/unit/<room>/<noun>_test.c and tests/story/*_test.c ----
# Each is linked with its room and the rooms that room may see.

ROOM_base := $(BASE)
ROOM_core := $(CORE)
ROOM_store := $(STORE)
ROOM_bus := signaling/bus signaling/net $(BASE)
ROOM_relay := signaling/relay signaling/net $(CORE)
ROOM_outbox := signaling/outbox $(CORE)
ROOM_paper := signaling/paper $(CORE)
ROOM_app := $(filter-out signaling/edge signaling,$(SIGNALING))
ROOM_edge := $(SIGNALING)
ROOM_media := $(MEDIA) tests/client
ROOM_transport := media/transport $(BASE)
ROOM_rtp := media/rtp $(BASE)
ROOM_sdp := media/sdp $(BASE)
ROOM_rate := media/rate media/rtp $(BASE)
ROOM_sound := media/sound media/rtp $(BASE)
ROOMS := base core store bus relay outbox paper app edge media transport rtp \
         sdp rate sound

define room_tests
$(BUILD)/tests/unit/$(1)/%: $(BUILD)/san/tests/unit/$(1)/%.o \
    $(call objects,san,$(ROOM_$(1)))
	@mkdir -p $$(@D)
	@$$(CC) $$(SANITIZE) $$^ -o $$@ -lcmocka \
	    $(if $(filter media transport rtp sdp rate sound,$(1)),$$(LIBS_MEDIA),$$(LIBS_SIGNALING))
UNIT_TESTS += $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/$(1)/*_test.c))
endef
$(foreach room,$(ROOMS),$(eval $(call room_tests,$(room))))

$(BUILD)/tests/story/%: $(BUILD)/san/tests/story/%.o \
    $(BUILD)/san/tests/story/story.o $(call objects,san,$(CORE))
	@mkdir -p $(@D)
	@echo '  LD  ' $@
	@$(CC) $(SANITIZE) $^ -o $@ -lcmocka $(LIBS_SIGNALING)
UNIT_TESTS += $(patsubst %.c,$(BUILD)/%,$(wildcard tests/story/*_test.c))

# Programs through which tests in other languages call our code.
$(BUILD)/tests/probe/%: $(BUILD)/san/tests/probe/%.o \
    $(call objects,san,$(ROOM_outbox))
	@mkdir -p $(@D)
	@echo '  LD  ' $@
	@$(CC) $(SANITIZE) $^ -o $@ $(LIBS_SIGNALING)
PROBES := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/probe/*.c))

# Asks the kernel in another process's name (x86-64 only).
$(BUILD)/tests/inject: tests/relay/inject.c
	@mkdir -p $(@D)
	@echo '  CC  ' $@
	@$(CC) $(CFLAGS) $(COMMON) $< -o $@
ifeq ($(shell uname -m),x86_64)
PROBES += $(BUILD)/tests/inject
endif

# What nobody should do to the real relay.
$(BUILD)/tests/abuse: $(patsubst %.c,$(BUILD)/release/%.o, \
    $(wildcard tests/abuse/*.c tests/client/*.c)) \
    $(call objects,release,media/transport media/rtp $(BASE))
	@mkdir -p $(@D)
	@echo '  LD  ' $@
	@$(CC) $(CFLAGS) -pie $^ -o $@ $(LIBS_MEDIA)
PROBES += $(BUILD)/tests/abuse

# What `make power` runs, and what knows which of its writes were synced.
$(BUILD)/tests/power-writer: $(BUILD)/release/tests/power/writer.o \
    $(call objects,release,$(ROOM_store))
	@mkdir -p $(@D)
	@echo '  LD  ' $@
	@$(CC) $(CFLAGS) -pie $^ -o $@ $(LIBS_SIGNALING)

$(BUILD)/tests/power-cut.so: tests/power/cut.c
	@mkdir -p $(@D)
	@echo '  CC  ' $@
	@$(CC) $(CFLAGS) $(filter-out -MMD -MP,$(COMMON)) -fPIC -shared $< -o $@ -ldl

POWER := $(BUILD)/tests/power-writer $(BUILD)/tests/power-cut.so
PROBES += $(POWER)

# `make unit` runs all; `make unit-core` one room's.
unit: $(UNIT_TESTS)
	@tests/run-unit $(UNIT_TESTS)

unit-%:
	@$(MAKE) --no-print-directory $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/$*/*_test.c))
	@tests/run-unit $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/$*/*_test.c))

unit-story:
	@$(MAKE) --no-print-directory $(patsubst %.c,$(BUILD)/%,$(wildcard tests/story/*_test.c))
	@tests/run-unit $(patsubst %.c,$(BUILD)/%,$(wildcard tests/story/*_test.c))

# ---- the pages -------------------------------------------------------------

NODE = PATH="$$(deploy/packages/node):$$PATH"

# npm writes this file last, so an installation that was cut off is begun anew.
INSTALLED := node_modules/.package-lock.json
%/$(INSTALLED): %/package-lock.json
	@$(NODE) npm --prefix $* ci --silent --no-audit --no-fund
	@touch $@

pages: web/dist/desk.html
web/dist/desk.html: web/$(INSTALLED) $(shell find web/src web/*.html web/*.ts web/public -type f 2>/dev/null)
	@echo '  WEB ' web/dist
	@cd web && PATH="$$(../deploy/packages/node):$$PATH" npm run --silent build

# ---- what people type ------------------------------------------------------

# Packages first, then everything that pkg-config has to find: a second make.
deps:
	@deploy/packages/install deploy/packages/build.txt
deps-test: deps
	@deploy/packages/install deploy/packages/test.txt
deps-cluster: deps
	@deploy/packages/install deploy/packages/cluster.txt

run: deps
	@$(MAKE) --no-print-directory all deploy/demo/$(INSTALLED)
	@$(NODE) HOST='$(HOST)' PORT='$(PORT)' BUILD='$(BUILD)' exec node deploy/demo/demo.mjs

cluster: deps-cluster
	@$(MAKE) --no-print-directory all deploy/demo/$(INSTALLED)
	@$(NODE) HOST='$(HOST)' PORT='$(PORT)' BUILD='$(BUILD)' exec node deploy/demo/cluster.mjs

test: deps-test
	@$(MAKE) --no-print-directory -j2 all $(BUILD)/san/vestibule \
	    $(BUILD)/san/vestibule-relay tests/$(INSTALLED) deploy/demo/$(INSTALLED)
	@$(MAKE) --no-print-directory -j2 unit-programs
	@BUILD='$(BUILD)' tests/run

# Before a release: with clang there, `test` runs the fuzz targets' seeds too.
check: deps-fuzz
	@ABUSE=1000000 $(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory fuzz SECONDS='$(SECONDS)'
deps-fuzz:
	@deploy/packages/install deploy/packages/fuzz.txt

# Built in a make of its own: the wildcards see what `all` may have made.
unit-programs: $(UNIT_TESTS) $(PROBES)

# Figures of one visit in real browsers; they go to build/bench.json.
bench: bench-visit bench-relay bench-signaling
bench-visit: deps-test
	@$(MAKE) --no-print-directory -j2 all tests/$(INSTALLED) deploy/demo/$(INSTALLED)
	@$(NODE) BUILD='$(BUILD)' tests/in-netns node tests/bench/visit.mjs

# Faults at random while people hold visits (docs/performance.md, "Faults").
chaos: deps-test
	@$(MAKE) --no-print-directory -j2 $(BUILD)/vestibule $(BUILD)/vestibule-relay tests/$(INSTALLED)
	@$(NODE) BUILD='$(BUILD)' ROUNDS='$(ROUNDS)' SEED='$(SEED)' tests/in-netns tests/with-postgres node tests/chaos/chaos.mjs

# The power goes while somebody writes (docs/performance.md, "Faults").
power: deps-test
	@$(MAKE) --no-print-directory -j2 $(POWER)
	@for driver in sqlite postgres; do \
	    for lies in 1 0; do \
	        $(NODE) BUILD='$(BUILD)' DRIVER=$$driver LIES=$$lies ROUNDS='$(or $(ROUNDS),100)' \
	            node tests/power/power.mjs || exit 1; \
	    done; \
	    for fault in sync write; do \
	        $(NODE) BUILD='$(BUILD)' DRIVER=$$driver FAULT=$$fault ROUNDS='$(or $(ROUNDS),100)' \
	            node tests/power/power.mjs || exit 1; \
	    done; \
	done

C_FILES = $(shell git ls-files '*.c' '*.h')
fmt:
	@clang-format-14 -i $(C_FILES)
lint: deps-lint
	@tests/includes
	@clang-format-14 --dry-run --Werror $(C_FILES)
	@cppcheck --quiet --enable=warning,performance,portability --std=c11 \
	    --inline-suppr --error-exitcode=1 --suppress=missingIncludeSystem \
	    -I. base signaling media
	@clang-tidy-14 --quiet $(filter %.c,$(C_FILES)) -- -std=c11 -D_GNU_SOURCE -I. $(INCLUDES) 2>/dev/null
	@cd web && PATH="$$(../deploy/packages/node):$$PATH" npm run --silent lint
deps-lint: deps
	@deploy/packages/install deploy/packages/lint.txt

sizes:
	@tests/sizes

clean:
	rm -rf $(BUILD) web/dist

include tests/fuzz/fuzz.mk
include tests/bench/relay/bench.mk
include tests/bench/signaling/bench.mk

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
