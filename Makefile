# nimgate: a container starts only if its model is the one that was signed.
#
#   make               build the programs into build/bin
#   make demo          install what is missing, build, and show the main job on a real runc (root)
#   make check         install what is missing and run the tests, on real runc and crun (root)
#   make deps          install what is missing: build libraries, runc, crun, busybox (Debian, Ubuntu; root)
#   make check-unit    the library's tests, with address and undefined-behaviour sanitizers
#   make check-gate    the gate on real runc and crun
#   make check-static  gcc -fanalyzer, clang, clang-tidy, cppcheck
#   make check-valgrind  the library's tests under valgrind
#   make interop       both directions against the reference implementation (Python, from PyPI)
#   make bench         what the hook costs a container that is no NIM, and the memory of a large model
#   make format        lay out the code (clang-format 14)
#   make clean         remove build/
#   make help          this text
#
# Settings: CC=gcc|clang, HOOK_LINK=static|dynamic, B=build (folder), V=1 shows commands, WERROR=0 for compilers that we have not met.

SHELL := /bin/bash
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
HOOK_LINK ?= static
V ?= 0
B ?= build
WERROR ?= 1
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),@:,@printf '  %-8s %s\n' $(1) $(2))

RELEASE := 0.1.0

# A flag that the compiler drops fails the build: -Werror turns its complaint into an error.
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
	-Wcast-qual -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wnull-dereference -Wconversion -Wno-sign-conversion \
	$(if $(filter 1,$(WERROR)),-Werror)
HARDENING := -fstack-protector-strong -fcf-protection -fPIE -fno-common -fno-strict-aliasing \
	-ffunction-sections -fdata-sections
ifneq ($(shell uname -m),x86_64)
HARDENING := $(filter-out -fcf-protection,$(HARDENING))
endif
# gcc 12 and later know level 3; clang 14 takes it for level 2, silently and harmlessly.
RELEASE_FLAGS := -O2 -g -D_FORTIFY_SOURCE=3
SANITIZE_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
CPPFLAGS += -Ilib -I. -D_GNU_SOURCE -DNIMGATE_RELEASE='"$(RELEASE)"'
CFLAGS_ALL = -std=gnu11 $(WARNINGS) $(HARDENING) $(CFLAGS)
LDFLAGS_ALL := -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--gc-sections -Wl,--fatal-warnings $(LDFLAGS)
LIBRARIES := -lyajl -lyaml -lseccomp -lcrypto -lpthread
STATIC_LIBRARIES := -l:libyajl_s.a -l:libyaml.a -l:libseccomp.a -l:libcrypto.a -lpthread

LIB_SOURCES := $(wildcard lib/*/*.c)
HOOK_SOURCES := $(wildcard hook/*.c)
CLI_SOURCES := $(wildcard cli/*.c)
UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
# The sanitizers need system calls that our children's filters forbid: these tests run without them.
FILTERED_TESTS := test_filter test_contain test_spawn test_hasher test_parser

R := $(B)/release-$(CC)
S := $(B)/sanitize-$(CC)
objects = $(patsubst %.c,$(1)/%.o,$(2))
PROGRAMS := $(if $(HOOK_SOURCES),$(B)/bin/nimgate-hook) $(if $(CLI_SOURCES),$(B)/bin/nimgate)
UNIT_NAMES := $(notdir $(UNIT_SOURCES:.c=))
UNIT_TESTS := $(foreach t,$(UNIT_NAMES),$(if $(filter $(t),$(FILTERED_TESTS)),$(R),$(S))/tests/$(t))
PLAIN_TESTS := $(addprefix $(R)/tests/,$(UNIT_NAMES))

.PHONY: all deps demo check check-unit check-gate check-static check-valgrind check-clang interop bench format clean help
all: $(PROGRAMS)

$(R)/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) $(RELEASE_FLAGS) -MMD -MP -c -o $@ $<

$(S)/%.o: %.c
	$(call say,CC.san,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) $(SANITIZE_FLAGS) -MMD -MP -c -o $@ $<

$(R)/libnimgate.a: $(call objects,$(R),$(LIB_SOURCES))
$(S)/libnimgate.a: $(call objects,$(S),$(LIB_SOURCES))
%/libnimgate.a:
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# What an engine runs: static, so that no image and no environment can preload into it.
ifeq ($(HOOK_LINK),static)
HOOK_FLAGS := -static-pie
HOOK_LIBRARIES := $(STATIC_LIBRARIES)
# libcrypto brings getaddrinfo and dlopen along, which a static program never reaches; ld only warns of them.
HOOK_FLAGS += -Wl,--no-fatal-warnings
HOOK_QUIET := 2> >(grep -v -e 'statically linked applications requires at runtime' -e 'in function .*:$$' >&2)
else
HOOK_FLAGS := -pie
HOOK_LIBRARIES := $(LIBRARIES)
endif
$(B)/bin/nimgate-hook: $(call objects,$(R),$(HOOK_SOURCES)) $(R)/libnimgate.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(HOOK_FLAGS) -o $@ $^ $(HOOK_LIBRARIES) $(HOOK_QUIET)

$(B)/bin/nimgate: $(call objects,$(R),$(CLI_SOURCES)) $(R)/libnimgate.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -pie -o $@ $^ $(LIBRARIES)

$(R)/tests/%: $(R)/tests/unit/%.o $(R)/libnimgate.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -pie -o $@ $^ $(LIBRARIES)

$(S)/tests/%: $(S)/tests/unit/%.o $(S)/libnimgate.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE_FLAGS) $(LDFLAGS_ALL) -pie -o $@ $^ $(LIBRARIES)

.SECONDARY:

deps:
	@tests/deps.sh

check-unit: $(UNIT_TESTS)
	@tests/run.sh $(UNIT_TESTS)

format:
	@clang-format-14 -i $$(git ls-files -co --exclude-standard '*.c' '*.h') 2>/dev/null || \
		clang-format -i $$(git ls-files -co --exclude-standard '*.c' '*.h')

clean:
	rm -rf $(B)

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

-include $(wildcard $(shell find $(B) -name '*.d' 2>/dev/null))
