# nimgate: a container starts only if its model is the one that was signed.
#
#   make               build the programs into build/bin
#   make demo          install what is missing, build, and show the main job on a real runc (root)
#   make check         install what is missing and run the tests, on real runc and crun (root)
#   make deps          install what is missing: build libraries, runc, crun, busybox (Debian, Ubuntu; root)
#   make check-unit    the library's tests, with address and undefined-behaviour sanitizers
#   make check-cli     the command, among others on the vectors beside the project
#   make check-supply  fetch and trust, against a server that plays NGC (python3)
#   make check-gate    the gate on real runc and crun
#   make check-house   layers, borders, names, layout, and whether that is found
#   make check-static  gcc -fanalyzer, clang, clang-tidy, cppcheck
#   make check-units   the systemd units: understood, hardened, and at work under a systemd of their own (installs systemd; root)
#   make check-valgrind  the library's tests under valgrind
#   make check-engines  podman, dockerd and containerd, in folders of their own (installs their packages; root), and Debian 13's, unpacked
#   make check-kubernetes  the DaemonSets and the Job in a cluster that runs: builds Kubernetes once, in a quarter of an hour (root)
#   make check-vm      receipts on Debian's 6.1 kernel, and a boot of systemd with the units, in QEMU (no KVM; root)
#   make check-fault   starts that are killed, starved, hindered and attacked, and children that misbehave (installs strace and clang; root)
#   make check-arm    the hash kernels for Arm, emulated
#   make interop       both directions against the reference implementation (Python, from PyPI)
#   make coverage      which branches of lib/oms and lib/border the library's tests take
#   make fuzz SECONDS=10  every parser of foreign documents, so long each (clang), once each has found a planted bug
#   make coverage-fuzz SECONDS=60  which branches of lib/oms and lib/border the fuzzers alone take
#   make bench         what the hook costs a container that is no NIM, the memory of a large model, and the next two
#   make bench-speed   verify beside its peers, on models in memory and on the disk (docs/performance.md)
#   make bench-start   what the hook costs the second start of a NIM, step by step (docs/performance.md; root)
#   make bench-kernels the speed of each hash kernel beside OpenSSL and ipsec-mb
#   make install       into DESTDIR, below PREFIX=/usr (docs/install.md); the packages use it
#   make deb, make rpm packages of what is committed, into build/packages; the same bytes whenever and wherever they are made
#   make check-pages   man pages, completions and --help
#   make check-packages  the packages: reproducible, clean, and at work in a Debian of their own (debootstrap; root)
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
PREFIX ?= /usr
# Of what is committed; of a tree without git, today.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH

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
RELEASE_FLAGS := -O2 -g -D_FORTIFY_SOURCE=3 -ffile-prefix-map=$(CURDIR)=.
SANITIZE_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
CPPFLAGS += -Ilib -I. -D_GNU_SOURCE -DNIMGATE_RELEASE='"$(RELEASE)"'
ifneq ($(PREFIX),/usr)
CPPFLAGS += -DNIMGATE_PREFIX='"$(PREFIX)"'
endif
CFLAGS_ALL = -std=gnu11 $(WARNINGS) $(HARDENING) $(CFLAGS)
LDFLAGS_ALL := -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--gc-sections -Wl,--fatal-warnings $(LDFLAGS)
LIBRARIES := -lyajl -lyaml -lseccomp -lcrypto -lpthread
# Of the command and the tests alone: what engines run has no network (lib/border/http.c).
CURL_LIBRARIES := -Wl,--push-state,--as-needed -lcurl -Wl,--pop-state
# What a static libcrypto calls itself (zlib and zstd, from Debian 13 on) its .pc file tells.
CRYPTO_LIBRARIES := $(filter -lz -lzstd,$(shell sed -n "s/^Libs.private://p" /usr/lib*/pkgconfig/libcrypto.pc \
	/usr/lib/*/pkgconfig/libcrypto.pc 2>/dev/null))
STATIC_LIBRARIES := -l:libyajl_s.a -l:libyaml.a -l:libseccomp.a -l:libcrypto.a $(CRYPTO_LIBRARIES) -lpthread

LIB_SOURCES := $(wildcard lib/*/*.c)
RUNTIME_SOURCES := $(wildcard hook/runtime*.c)
HOOK_SOURCES := $(filter-out $(RUNTIME_SOURCES),$(wildcard hook/*.c))
CLI_SOURCES := $(wildcard cli/*.c)
UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
# The sanitizers need system calls that our children's filters forbid: these tests run without them.
FILTERED_TESTS := test_filter test_tables test_contain test_spawn test_hasher test_parser test_reading test_pool test_contents test_placement_hasher test_view test_layout

R := $(B)/release-$(CC)
S := $(B)/sanitize-$(CC)
objects = $(patsubst %.c,$(1)/%.o,$(2))
PROGRAMS := $(addprefix $(B)/bin/,nimgate-hook nimgate-runtime nimgate)
UNIT_NAMES := $(notdir $(UNIT_SOURCES:.c=))
UNIT_TESTS := $(foreach t,$(UNIT_NAMES),$(if $(filter $(t),$(FILTERED_TESTS)),$(R),$(S))/tests/$(t))
CLI_CHECKS := $(wildcard tests/cli/*.sh)
SUPPLY_CHECKS := $(wildcard tests/supply/*.sh)
GATE_CHECKS := tests/engines/gate.sh tests/engines/runtime.sh tests/engines/starts.sh tests/engines/hostile.sh tests/engines/view.sh \
	tests/engines/second.sh tests/engines/pending.sh tests/engines/arrive.sh tests/engines/record.sh
INTEROP_CHECKS := $(wildcard tests/interop/*.sh)
HOUSE_CHECKS := tests/hygiene/check.sh tests/hygiene/threats.sh
# Does the first of these find what it is to find? Twenty times as long as it.
HOUSE_SELFTEST := tests/hygiene/selftest.sh
PLAIN_TESTS := $(addprefix $(R)/tests/,$(UNIT_NAMES))

.PHONY: all deps demo format clean help
.PHONY: check check-unit check-cli check-supply check-gate check-house check-static check-units check-valgrind check-clang check-engines check-kubernetes check-fault check-vm check-arm
.PHONY: interop fuzz coverage coverage-fuzz
.PHONY: bench bench-kernels bench-speed bench-start
.PHONY: install pages deb rpm check-pages check-packages
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

# libcrypto brings getaddrinfo and dlopen along, which a static program never reaches; ld only warns of them.
STATIC_FLAGS := -static-pie -Wl,--no-fatal-warnings
# Newer linkers add notes about these warnings, on standard output.
STATIC_QUIET := >/dev/null 2> >(grep -v -e 'statically linked applications requires at runtime' -e 'in function .*:$$' >&2)

# What an engine runs: static, so that no image and no environment can preload into it.
ifeq ($(HOOK_LINK),static)
HOOK_FLAGS := $(STATIC_FLAGS)
HOOK_LIBRARIES := $(STATIC_LIBRARIES)
HOOK_QUIET := $(STATIC_QUIET)
else
HOOK_FLAGS := -pie
HOOK_LIBRARIES := $(LIBRARIES)
endif
$(B)/bin/nimgate-hook: $(call objects,$(R),$(HOOK_SOURCES)) $(R)/libnimgate.a
$(B)/bin/nimgate-runtime: $(call objects,$(R),$(RUNTIME_SOURCES)) $(R)/libnimgate.a
$(B)/bin/nimgate-hook $(B)/bin/nimgate-runtime:
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(HOOK_FLAGS) -o $@ $^ $(HOOK_LIBRARIES) $(HOOK_QUIET)

$(B)/bin/nimgate: $(call objects,$(R),$(CLI_SOURCES)) $(R)/libnimgate.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -pie -o $@ $^ $(LIBRARIES) $(CURL_LIBRARIES)

# The command's parts but its main(), for the unit tests.
CLI_PARTS := $(filter-out cli/main.c,$(CLI_SOURCES))
$(R)/libcli.a: $(call objects,$(R),$(CLI_PARTS))
$(S)/libcli.a: $(call objects,$(S),$(CLI_PARTS))
%/libcli.a:
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(R)/tests/%: $(R)/tests/unit/%.o $(R)/libcli.a $(R)/libnimgate.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -pie -o $@ $^ $(LIBRARIES) $(CURL_LIBRARIES)

$(S)/tests/%: $(S)/tests/unit/%.o $(S)/libcli.a $(S)/libnimgate.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE_FLAGS) $(LDFLAGS_ALL) -pie -o $@ $^ $(LIBRARIES) $(CURL_LIBRARIES)

# The kernels are laid out by hand: gcc's schedulers lengthen their chains and spill more.
KERNEL_FLAGS := $(if $(findstring clang,$(CC)),,-fno-schedule-insns -fno-schedule-insns2)
$(foreach d,$(R) $(S),$(foreach k,avx512 shani armv8,$(d)/lib/hash/kernel_$(k).o)): CFLAGS_ALL += $(KERNEL_FLAGS)
# This file alone may use the extension, and asks the CPU first.
ARMV8_FLAGS := -march=armv8-a+crypto
%/lib/hash/kernel_armv8.o: CPPFLAGS += $(if $(filter aarch64,$(shell uname -m)),$(ARMV8_FLAGS))

.SECONDARY:

# Installs nothing that is there already; the build below then finds it.
deps:
	@tests/deps.sh

demo: deps
	@$(MAKE) --no-print-directory all
	@tests/private.sh tests/engines/demo.sh

# Everything that this machine can run, in one sum. Each part alone: check-unit, check-gate, ...
check: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all $(UNIT_TESTS)
	@tests/run.sh $(UNIT_TESTS) $(CLI_CHECKS) $(SUPPLY_CHECKS) $(GATE_CHECKS) $(HOUSE_CHECKS)

check-unit: $(UNIT_TESTS)
	@tests/run.sh $(UNIT_TESTS)

check-cli: all
	@tests/run.sh $(CLI_CHECKS)

check-supply: all
	@tests/run.sh $(SUPPLY_CHECKS)

check-gate: all
	@tests/run.sh $(GATE_CHECKS)

check-house: all
	@tests/run.sh $(HOUSE_CHECKS) $(HOUSE_SELFTEST)

check-valgrind:
	@tests/deps.sh valgrind
	@$(MAKE) --no-print-directory -j$$(nproc) $(PLAIN_TESTS)
	@tests/static/valgrind.sh $(filter-out $(addprefix $(R)/tests/,$(FILTERED_TESTS)),$(PLAIN_TESTS))

check-static:
	@tests/deps.sh static
	@tests/static/check.sh

check-units:
	@tests/deps.sh units
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tests/run.sh tests/units/check.sh tests/units/fetch.sh tests/units/boot.sh

check-engines:
	@tests/deps.sh engines
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tests/run.sh tests/engines/engines.sh tests/engines/engines_debian13.sh

check-kubernetes:
	@tests/deps.sh kubernetes
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tests/run.sh tests/kubernetes/kubernetes.sh

# Programs of the machine that is emulated, which has no libraries: static.
VM_PROGRAMS := $(R)/vm/receipts
$(VM_PROGRAMS): $(R)/vm/%: $(R)/tests/vm/%.o $(R)/libnimgate.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(STATIC_FLAGS) -o $@ $^ $(STATIC_LIBRARIES) $(STATIC_QUIET)

check-vm:
	@tests/deps.sh vm
	@$(MAKE) --no-print-directory -j$$(nproc) all $(VM_PROGRAMS)
	@tests/run.sh tests/vm/receipts.sh tests/vm/systemd.sh

FAULT_PROGRAMS := $(addprefix $(R)/fault/,kill rows mounts writer peek)
$(FAULT_PROGRAMS): $(R)/fault/%: $(R)/tests/fault/%.o $(R)/libnimgate.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -pie -o $@ $^ $(LIBRARIES)

# The hook with faults in front of the same objects: children that misbehave, a heap that refuses.
FAULT_WRAP := -Wl,--wrap=spawn_start,--wrap=wire_send
$(R)/fault/faulty-hook: $(call objects,$(R),$(HOOK_SOURCES) tests/fault/faulty.c tests/fault/deeds.c) $(R)/libnimgate.a
$(R)/fault/faulty-runtime: $(call objects,$(R),$(RUNTIME_SOURCES) tests/fault/faulty.c tests/fault/deeds.c) $(R)/libnimgate.a
$(R)/fault/faulty-nimgate: $(call objects,$(R),$(CLI_SOURCES) tests/fault/faulty.c tests/fault/deeds.c) $(R)/libnimgate.a
FAULTY := $(addprefix $(R)/fault/,faulty-hook faulty-runtime faulty-nimgate)
$(FAULTY):
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) $(FAULT_WRAP) -pie -o $@ $^ $(LIBRARIES) $(if $(findstring nimgate,$(@F)),$(CURL_LIBRARIES))

check-fault:
	@tests/deps.sh fault
	@$(MAKE) --no-print-directory -j$$(nproc) all $(FAULT_PROGRAMS) $(FAULTY)
	@$(MAKE) --no-print-directory -j$$(nproc) CC=clang B=$(B)/clang $(B)/clang/bin/nimgate-hook
	@HOOKS="$(B)/bin/nimgate-hook $(B)/clang/bin/nimgate-hook" FAULTY=$(abspath $(R)/fault/faulty-hook) FAULT_TOOLS=$(abspath $(R)/fault) tests/run.sh $(filter-out %/lib.sh %/held.sh,$(wildcard tests/fault/*.sh))

check-clang:
	@$(MAKE) --no-print-directory CC=clang all check-unit

# The kernels for Arm, cross-compiled and emulated: what else they need of the library, and plain C for OpenSSL.
A := $(B)/arm
ARM_CC := aarch64-linux-gnu-gcc
ARM_SOURCES := $(addprefix lib/,hash/kernel.c hash/kernel_plan.c base/error.c base/reason.c base/text.c) tests/arm/digest.c

$(A)/kernel_armv8.o: lib/hash/kernel_armv8.c lib/hash/kernel_family.h lib/hash/kernel.h
	$(call say,CC.arm,$<)
	@mkdir -p $(@D)
	$(Q)$(ARM_CC) $(CPPFLAGS) $(ARMV8_FLAGS) -std=gnu11 $(WARNINGS) -O2 -fno-schedule-insns -fno-schedule-insns2 -c -o $@ $<

$(A)/test_%: tests/unit/test_%.c $(ARM_SOURCES) $(A)/kernel_armv8.o $(wildcard lib/hash/kernel*.h)
	$(call say,CC.arm,$<)
	$(Q)$(ARM_CC) $(CPPFLAGS) -std=gnu11 $(WARNINGS) -O2 -static -o $@ $(filter %.c %.o,$^)

check-arm:
	@tests/deps.sh arm
	@$(MAKE) --no-print-directory $(A)/test_kernel $(A)/test_kernel_plan
	@tests/run.sh tests/arm/kernels.sh

interop:
	@tests/deps.sh interop
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tests/run.sh $(INTEROP_CHECKS)

# Without the sanitizers, whose checks would be branches of their own, and without an optimiser that merges branches.
C := $(B)/coverage
COVERAGE_FLAGS := -O0 -g --coverage -fprofile-update=atomic
# So that a child which ends by _exit() can leave its record, too.
COVERAGE_LINK := -Wl,--undefined=__gcov_dump
COVERAGE_TESTS := $(addprefix $(C)/tests/,$(UNIT_NAMES))

$(C)/obj/%.o: %.c
	$(call say,CC.cov,$<)
	@mkdir -p $(@D)
	$(Q)gcc $(CPPFLAGS) -std=gnu11 $(COVERAGE_FLAGS) -MMD -MP -c -o $@ $<

$(C)/obj/libnimgate.a: $(call objects,$(C)/obj,$(LIB_SOURCES))
$(C)/obj/libcli.a: $(call objects,$(C)/obj,$(CLI_PARTS))

$(C)/tests/%: $(C)/obj/tests/unit/%.o $(C)/obj/libcli.a $(C)/obj/libnimgate.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)gcc $(COVERAGE_FLAGS) $(COVERAGE_LINK) -o $@ $^ $(LIBRARIES) $(CURL_LIBRARIES)

coverage:
	@tests/deps.sh
	@$(MAKE) --no-print-directory -j$$(nproc) $(COVERAGE_TESTS)
	@tests/coverage/run.sh $(C)/obj $(COVERAGE_TESTS)

# Every parser of foreign documents, SECONDS each.
SECONDS ?= 10
F := $(B)/fuzz
FUZZ_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
# Without the release, whose quotes tests/fuzz/run.sh could not hand on.
FUZZ_COMPILE = clang $(filter-out -DNIMGATE_RELEASE=%,$(CPPFLAGS)) -std=gnu11 -Wall -Wextra -Werror $(FUZZ_FLAGS)
FUZZ_LINK := clang $(FUZZ_FLAGS) -fsanitize=fuzzer
# The harness refuses allocations; those of libyaml too, which is therefore linked statically.
comma := ,
FUZZ_LIBRARIES := $(foreach f,malloc calloc realloc reallocarray strdup,-Wl$(comma)--wrap=$f) \
	-lyajl -l:libyaml.a -lseccomp -lcrypto -lpthread
FUZZ_NAMES := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_TARGETS := $(addprefix $(F)/,$(FUZZ_NAMES))
FUZZ_HELPERS := $(filter-out $(addprefix tests/fuzz/,fuzz_%.c mutator_%.c harness.c hasher_inside.c make_seeds.c replay.c), \
	$(wildcard tests/fuzz/*.c))

$(F)/obj/%.o: %.c
	$(call say,CC.fuzz,$<)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_COMPILE) $(filter -DNIMGATE_RELEASE=%,$(CPPFLAGS)) -MMD -MP -c -o $@ $<

$(F)/obj/libnimgate.a: $(call objects,$(F)/obj,$(LIB_SOURCES))
$(F)/obj/libhelpers.a: $(call objects,$(F)/obj,$(FUZZ_HELPERS))
%/libhelpers.a:
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# The objects are named in a file: its self-test links the target once more, with an object that has a bug in front.
$(F)/fuzz_%: $(addprefix $(F)/obj/,tests/fuzz/fuzz_%.o tests/fuzz/harness.o libhelpers.a libnimgate.a)
	$(call say,LINK,$@)
	@echo $(filter %.o,$^) $(filter %.a,$^) $(FUZZ_LIBRARIES) >$@.objects
	$(Q)$(FUZZ_LINK) -o $@ @$@.objects

$(addprefix $(F)/fuzz_,bundle json ngc_answer start state statement): $(F)/obj/tests/fuzz/mutator_json.o
$(F)/fuzz_verdict: $(addprefix $(F)/obj/tests/fuzz/,mutator_verdict.o hasher_inside.o)

$(F)/make_seeds: $(addprefix $(F)/obj/,tests/fuzz/make_seeds.o libhelpers.a libnimgate.a)
	$(call say,LINK,$@)
	$(Q)clang $(FUZZ_FLAGS) -o $@ $^ $(LIBRARIES)

$(F)/seeds: $(F)/make_seeds
	@rm -rf $@ && $< $@

fuzz:
	@tests/deps.sh fuzz
	@$(MAKE) --no-print-directory -j$$(nproc) $(FUZZ_TARGETS) $(F)/seeds
	@FUZZ_COMPILE="$(FUZZ_COMPILE)" FUZZ_LINK="$(FUZZ_LINK)" tests/fuzz/run.sh $(SECONDS) $(FUZZ_TARGETS)

# What the inputs that were kept reach, by the measure of make coverage.
FUZZ_REPLAYS := $(addprefix $(C)/fuzz/,$(FUZZ_NAMES))

$(C)/obj/libhelpers.a: $(call objects,$(C)/obj,$(FUZZ_HELPERS))

$(C)/fuzz/fuzz_%: $(addprefix $(C)/obj/,$(addprefix tests/fuzz/,fuzz_%.o harness.o replay.o) libhelpers.a libnimgate.a)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)gcc $(COVERAGE_FLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(FUZZ_LIBRARIES)

$(C)/fuzz/fuzz_verdict: $(C)/obj/tests/fuzz/hasher_inside.o

coverage-fuzz:
	@FUZZ_PLANTS=0 $(MAKE) --no-print-directory fuzz SECONDS=$(SECONDS)
	@$(MAKE) --no-print-directory -j$$(nproc) $(FUZZ_REPLAYS)
	@tests/fuzz/coverage.sh $(C)/obj $(FUZZ_REPLAYS)

bench: all bench-kernels
	@tests/bench/hook.sh
	@tests/bench/memory.sh
	@tests/bench/verify.sh
	@$(MAKE) --no-print-directory bench-speed

# Compared with ipsec-mb where that is installed (tests/deps.sh bench).
KERNEL_PEER := $(if $(wildcard /usr/include/intel-ipsec-mb.h),-lIPSec_MB)
$(R)/bench/kernels: $(R)/tests/bench/kernels.o $(R)/libnimgate.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -pie -o $@ $^ $(LIBRARIES) $(KERNEL_PEER)

bench-kernels: $(R)/bench/kernels
	@$<

BENCH_PROGRAMS := $(addprefix $(R)/bench/,ratio cache keystream evp direct peak)
$(BENCH_PROGRAMS): $(R)/bench/%: $(R)/tests/bench/%.o
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -pie -o $@ $^ -lcrypto -lpthread

# The hook, with a clock at every step.
BENCH_STEPS := $(shell sed -n 's/^\tX(\([a-z_]*\)).*/\1/p' tests/bench/steps.c)
$(B)/bench/nimgate-hook-steps: $(call objects,$(R),$(HOOK_SOURCES) tests/bench/steps.c) $(R)/libnimgate.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(HOOK_FLAGS) $(addprefix -Wl$(comma)--wrap=,$(BENCH_STEPS)) -o $@ $^ $(HOOK_LIBRARIES) $(HOOK_QUIET)

# BENCH_ROUNDS=N pairs a row.
bench-start: all $(B)/bench/nimgate-hook-steps
	@B=$(abspath $(B)) CC=$(CC) tests/bench/start.sh

# BENCH_ROUNDS=N pairs a row, BENCH_SCALE=PERCENT of the sizes.
bench-speed: all $(BENCH_PROGRAMS)
	@B=$(B) CC=$(CC) BENCH_PROGRAMS=$(abspath $(R)/bench) tests/bench/speed.sh

# Man pages and completions, made of the programs' --help, of docs/ and of the units.
pages: all
	@packaging/man/make.sh $(B)/bin $(B)/man
	@packaging/completion.sh bash $(B)/bin/nimgate >$(B)/nimgate.bash
	@packaging/completion.sh zsh $(B)/bin/nimgate >$(B)/_nimgate

install: pages
	@B="$(B)" DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" SYSCONFDIR="$(SYSCONFDIR)" UNITDIR="$(UNITDIR)" ZSHDIR="$(ZSHDIR)" packaging/install.sh

deb rpm:
	@packaging/make-$@.sh $(B)/packages

PAGE_CHECKS := tests/packages/completion.sh tests/packages/man.sh tests/packages/install.sh
check-pages:
	@tests/deps.sh pages
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tests/run.sh $(PAGE_CHECKS)

check-packages:
	@tests/deps.sh pages packages
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tests/run.sh $(PAGE_CHECKS) tests/packages/packages.sh tests/packages/chroot.sh tests/packages/containerfile.sh

format:
	@clang-format-14 -i $$(git ls-files -co --exclude-standard '*.c' '*.h') 2>/dev/null || \
		clang-format -i $$(git ls-files -co --exclude-standard '*.c' '*.h')

clean:
	rm -rf $(B)

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

# The root file systems of check-vm and check-kubernetes hold folders with such names.
-include $(shell find $(B) -path $(B)/vm -prune -o -path $(B)/kubernetes -prune -o -name '*.d' -print 2>/dev/null)
