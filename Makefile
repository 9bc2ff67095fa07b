# SPDX-License-Identifier: Apache-2.0
# certprov: `make help` tells the targets. One build directory per variant.

# --- paths ------------------------------------------------------------------

PREFIX ?= /usr
SBINDIR ?= $(PREFIX)/sbin
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
MODULESDIR ?= $(LIBDIR)/ossl-modules
MANDIR ?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
DATADIR ?= $(PREFIX)/share/certprov
# Asked when needed, not when read: pkg-config may just have been installed.
systemd_dir = $(or $(shell $(PKG_CONFIG) --variable=$(1) systemd 2>/dev/null),$(2))
UNITDIR ?= $(call systemd_dir,systemdsystemunitdir,/lib/systemd/system)
SYSUSERSDIR ?= $(call systemd_dir,sysusersdir,/usr/lib/sysusers.d)
TMPFILESDIR ?= $(call systemd_dir,tmpfilesdir,/usr/lib/tmpfiles.d)
CATALOGDIR ?= $(call systemd_dir,catalogdir,/usr/lib/systemd/catalog)

comma := ,
VARIANT ?= $(or $(subst $(comma),-,$(SANITIZE)),$(if $(COVERAGE),coverage),$(CROSS:%-=%),release)
B := build/$(VARIANT)
VERSION := 0.1.0
# When VERSION was made, in seconds since the epoch: the clock is never taken to be earlier.
VERSION_TIME := 1782864000
BUILD_TIME := $(or $(SOURCE_DATE_EPOCH),$(VERSION_TIME))

# --- flags ------------------------------------------------------------------

# CROSS=arm-linux-gnueabihf- takes the tools of that name, and SYSROOT= what they build with.
ifeq ($(origin CC),default)
CC := $(if $(CROSS),$(CROSS)gcc,cc) $(SYSROOT:%=--sysroot=%)
endif
ifeq ($(origin AR),default)
AR := $(CROSS)ar
endif
OBJCOPY ?= $(CROSS)objcopy
PKG_CONFIG ?= $(if $(SYSROOT),env PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) \
	PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/$(CROSS:%-=%)/pkgconfig:$(SYSROOT)/usr/lib/pkgconfig:$(SYSROOT)/usr/share/pkgconfig) \
	pkg-config
Q := $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-7s %s\n' '$(1)' '$(2)')

warnings := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla \
	-Wformat=2 -Wundef -Wimplicit-fallthrough -Wswitch-enum
# What the compiler takes for the machine it builds for; asked once.
takes = $(shell $(CC) -O2 -Werror $(1) -x c -c /dev/null -o /dev/null 2>/dev/null && echo yes)
takes_of = $(foreach f,$(1),$(if $(call takes,$(f)),$(f)))
fortify = $(if $(call takes,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -include features.h),3,2)
hardening = $(eval hardening := -fPIE -fstack-protector-strong \
	$(call takes_of,-fstack-clash-protection -fcf-protection -mbranch-protection=standard) \
	$(if $(SANITIZE)$(COVERAGE),,$(call takes_of,-ftrivial-auto-var-init=zero) \
		-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(fortify)))$(hardening)
# Flash is dear on a phone: for size, but for the files that module.mk calls hot. Unit tests
# are on no phone and are to be compiled soon: they alone take half of the compiler's time.
CFLAGS ?= -Os -g
OPTIMIZE := -Os
# The library's own checks of bounds are made by the optimizer.
checked = $(if $(filter -O0,$(CFLAGS:-Os=$(OPTIMIZE))),$(filter-out %_FORTIFY_SOURCE -D_FORTIFY_SOURCE=%,$(hardening)),$(hardening))
# Nobody unwinds the programs, and debuggers have .debug_frame. The libraries keep their
# tables: they live in programs of others.
no_unwinding := -fno-asynchronous-unwind-tables -fno-unwind-tables
small := $(if $(SANITIZE)$(COVERAGE),,-ffunction-sections -fdata-sections $(no_unwinding))
ALL_CFLAGS = -std=c17 $(warnings) $(if $(WERROR),-Werror) $(CFLAGS:-Os=$(OPTIMIZE)) $(small) $(checked) \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all) \
	$(if $(COVERAGE),--coverage -O0)
# Of 64 bits on 32-bit machines too; no library is given or gives one (lint-layers), as
# their own differ there.
wide := -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
ALL_CPPFLAGS = -I. -I$(B) -D_GNU_SOURCE $(wide) -DCERTPROV_VERSION='"$(VERSION)"' \
	-DCERTPROV_BUILD_TIME=$(BUILD_TIME) \
	-DCERTPROV_LIBEXECDIR='"$(LIBEXECDIR)"' -DCERTPROV_SYSCONFDIR='"$(SYSCONFDIR)"' $(if $(COVERAGE),-DCERTPROV_COVERAGE) $(CPPFLAGS)
# The loader of glibc 2.36 knows relative relocations in a bit each.
relr_flag := -Wl,-z,pack-relative-relocs
relr = $(eval relr := $(shell echo '_Static_assert(__GLIBC_PREREQ(2, 36), "it would not start"); int main(void) { return 0; }' | \
	$(CC) -include features.h -Wl,--fatal-warnings $(relr_flag) -x c - -o /dev/null 2>/dev/null && echo $(relr_flag)))$(relr)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed \
	$(if $(SANITIZE)$(COVERAGE),,-Wl,-O1,--gc-sections $(relr)) $(LDFLAGS) \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(if $(COVERAGE),--coverage)

# --- folders: module.mk in each says what it is made of and what it may use ---------

# Bottom to top: a folder uses only folders that stand before it (make lint-layers).
folders := $(addprefix lib/,base sandbox users verdict net tls phone varlink x509 identity trust verify provisioning provider client provider-module) \
	$(addprefix daemon/certprovd,/config /sys /store /identity /trust /run /api) daemon/certprovd \
	daemon/certprov-fetch \
	$(addprefix daemon/certprovctl,/output /session /peer /check /commands) daemon/certprovctl \
	$(addprefix daemon/certprov-web,/http /users /calls /page) daemon/certprov-web
names := certprovd certprov-fetch certprovctl certprov-web

# .tidy and .leaks are what lint leaves behind, under the flags of the object.
under = $(addprefix $(B)/$(1)/%,.o .tidy .leaks) $(B)/pic/$(1)/%.o
define folder
hot :=
include $(1)/module.mk
hot_$(1) := $$(addprefix $(1)/,$$(hot))
src_$(1) := $$(addprefix $(1)/,$$(sources))
pkg_$(1) := $$(sort $$(packages) $$(foreach f,$$(may_use),$$(pkg_$$(f))))
$(call under,$(1)): PKG = $$(pkg_$(1))
$$(src_$(1):%.c=$(B)/%.o) $$(src_$(1):%.c=$(B)/pic/%.o): $(1)/module.mk
endef
$(foreach f,$(folders),$(eval $(call folder,$(f))))
src = $(foreach f,$(1),$(src_$(f)))
hot := $(foreach f,$(folders),$(hot_$(f)))
$(hot:%.c=$(B)/%.o) $(hot:%.c=$(B)/pic/%.o): private OPTIMIZE = -O2
pkg = $(sort $(foreach f,$(1),$(pkg_$(f))))

lib_folders := $(filter lib/%,$(folders))
lib_src := $(call src,$(lib_folders))
lib_pkg := $(filter-out libssl,$(call pkg,$(lib_folders)))
glue_src := $(addprefix lib/client/,$(openssl_sources))
provider_src := $(call src,lib/provider) $(addprefix lib/provider-module/,$(provider_sources))
folders_of = $(filter daemon/$(1) daemon/$(1)/%,$(folders))
$(foreach p,$(names),$(eval $(p)_src := $(call src,$(call folders_of,$(p)))))
$(foreach p,$(names),$(eval $(p)_pkg := $(call pkg,$(call folders_of,$(p)))))

# --- rules ------------------------------------------------------------------

.DEFAULT_GOAL := all
objects = $(patsubst %.c,$(B)/%.o,$(1))
# Each package is asked once.
asked = $(if $(filter undefined,$(origin $(1).$(2))),$(eval $(1).$(2) := $(shell $(PKG_CONFIG) --$(1) $(2))))$($(1).$(2))
cflags_of = $(foreach p,$(1),$(call asked,cflags,$(p)))
libs_of = $(foreach p,$(1),$(call asked,libs,$(p)))

programs := $(names:%=$(B)/%)
libraries := $(foreach l,libcertprov libcertprov-openssl,$(B)/$(l).so $(B)/$(l).a) $(B)/libcertprov-provider.so
# What OpenSSL loads by its path has no version.
modules := $(filter %-provider.so,$(libraries))
shared := $(filter-out $(modules),$(filter %.so,$(libraries)))
include tests/module.mk
all_src := $(sort $(call src,$(folders)) $(glue_src) $(provider_src) $(example_src) $(sip_src) $(unit_runner_src) $(unit_lib_src) $(unit_client_src) \
	$(foreach p,$(names),$(unit_$(p)_src)) $(wildcard tests/fuzz/*.c tests/evil/*.c tests/bench/*.c) $(corpora_src) $(clock_src))

.PHONY: all
all: $(programs) $(libraries) $(B)/lib.a $(corpora_programs) ## build the programs (never installs anything)

$(B)/flags: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(subst ','\'',$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS))' | cmp -s - $@ || \
		echo '$(subst ','\'',$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS))' > $@
.PHONY: FORCE
FORCE:

# An interface definition, and the schema, are text in the one file that includes them.
interfaces := $(wildcard lib/*/*.varlink daemon/*/*/*.varlink)
generated := $(interfaces:%=$(B)/%.h) $(B)/daemon/certprovd/store/store.sql.h \
	$(B)/daemon/certprov-web/page/page-files.h $(B)/daemon/certprov-web/calls/openapi.json.h
define text
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q){ n='$(*F)'; echo "static const char $(1)[] = {"; \
		od -v -An -tu1 $< | sed 's/ *\([0-9][0-9]*\)/\1,/g'; echo '0};'; } > $@.new
	$(Q)mv $@.new $@
endef
$(B)/%.varlink.h: %.varlink
	$(call text,varlink_$${n##*.}_description)
$(B)/%.json.h: %.json
	$(call text,$${n}_json)
# The schema as its statements, each with the step it belongs to.
$(B)/%.sql.h: %.sql
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)awk '/^-- step [0-9]/ { step = $$3 + 0 } /^--/ || !NF { next } \
		{ gsub(/[\\"]/, "\\\\&"); text = text " " $$0 } \
		/;$$/ { printf "{%d, \"%s\"},\n", step, text; text = "" }' $< > $@.new
	$(Q)mv $@.new $@
# The page, compressed as it is sent, and PAGE_FILES, with a row for each file.
page_files := $(wildcard $(addprefix daemon/certprov-web/page/*.,html css js))
$(B)/daemon/certprov-web/page/page-files.h: $(page_files) Makefile
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q){ rows= i=0; for file in $(page_files); do \
		i=$$((i + 1)) name=$${file##*/}; \
		echo "static const unsigned char page_file_$$i[] = {"; gzip -9nc $$file | od -v -An -tu1 | sed 's/ *\([0-9][0-9]*\)/\1,/g'; echo '};'; \
		rows="$$rows PAGE_FILE(\"$$name\", PAGE_$$(echo "$${name##*.}" | tr a-z A-Z), page_file_$$i),"; \
	done; echo "#define PAGE_FILES $$rows"; } > $@.new
	$(Q)mv $@.new $@

compile = $(Q)mkdir -p $(@D) && $(CC) $(ALL_CPPFLAGS) $(1) $(call cflags_of,$(PKG)) -MMD -MP -c -o $@ $<
pic_cflags = $(filter-out -fPIE $(no_unwinding),$(ALL_CFLAGS)) -fPIC -fvisibility=hidden
$(B)/pic/%.o: %.c $(B)/flags | $(generated)
	$(call say,CC,$< (pic))
	$(call compile,$(pic_cflags))
$(B)/%.o: %.c $(B)/flags | $(generated)
	$(call say,CC,$<)
	$(call compile,$(ALL_CFLAGS))

define archive
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
endef
define link
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(call libs_of,$(1)) -lm
endef

$(B)/lib.a: $(call objects,$(lib_src))
	$(archive)
define program_rules
$(B)/$(1): $(call objects,$($(1)_src)) $(B)/lib.a
	$$(call link,$($(1)_pkg))
endef
$(foreach p,$(names),$(eval $(call program_rules,$(p))))

# The client libraries: their own sources, and what these need of lib/ by the linker's
# choice. Nobody sees more than a map says; an archive is one object, so the same is true.
SOVERSION := 1
libcertprov_own := $(src_lib/client)
libcertprov-openssl_own := $(glue_src)
libcertprov_pkg := libcjson
libcertprov-openssl_pkg := libcrypto libcjson libssl
# OpenSSL keeps pointers into the glue.
libcertprov-openssl_ldflags := -Wl,-z,nodelete
$(B)/pic/lib.a: $(patsubst %.c,$(B)/pic/%.o,$(call src,$(filter-out %/client %/provider %/provider-module %/sandbox %/provisioning,$(lib_folders))))
	$(archive)
define library_rules
$(B)/$(1).so.$(SOVERSION).$(VERSION): $($(1)_own:%.c=$(B)/pic/%.o) $(B)/pic/lib.a lib/client/$(1:lib%=%).map $(2)
	$$(call say,LD,$$@)
	$(Q)$$(CC) $$(pic_cflags) -shared $$(filter-out -pie,$$(ALL_LDFLAGS)) $$($(1)_ldflags) \
		$(if $(SANITIZE),,-Wl,-z,defs) -Wl,-soname,$(1).so.$(SOVERSION) \
		-Wl,--version-script=lib/client/$(1:lib%=%).map -o $$@ $$(filter %.o,$$^) $$(filter %.a %.so,$$^) $$(call libs_of,$$($(1)_pkg))
$(B)/$(1).so: $(B)/$(1).so.$(SOVERSION).$(VERSION)
	$(Q)ln -sf $(1).so.$(SOVERSION).$(VERSION) $(B)/$(1).so.$(SOVERSION)
	$(Q)ln -sf $(1).so.$(SOVERSION) $$@
$(B)/$(1).a: $($(1)_own:%.c=$(B)/pic/%.o) $(B)/pic/lib.a
	$$(call say,AR,$$@)
	$(Q)$$(CC) -r -nostdlib -o $(B)/pic/$(1).o $$^
	$(Q)$$(OBJCOPY) --localize-hidden $(B)/pic/$(1).o
	$(Q)rm -f $$@ && $$(AR) rcs $$@ $(B)/pic/$(1).o
endef
$(eval $(call library_rules,libcertprov))
$(eval $(call library_rules,libcertprov-openssl,$(B)/libcertprov.so))
# OpenSSL loads it by its path: it has no version, and needs no other library of ours.
$(B)/libcertprov-provider.so: $(provider_src:%.c=$(B)/pic/%.o) $(libcertprov_own:%.c=$(B)/pic/%.o) $(B)/pic/lib.a lib/provider-module/provider-module.map
	$(call say,LD,$@)
	$(Q)$(CC) $(pic_cflags) -shared $(filter-out -pie,$(ALL_LDFLAGS)) $(if $(SANITIZE),,-Wl,-z,defs) \
		-Wl,--version-script=lib/provider-module/provider-module.map -o $@ $(filter %.o,$^) $(filter %.a,$^) $(call libs_of,libcrypto libcjson)

-include $(shell find $(B) -type f -name '*.d' 2>/dev/null)

# --- tests ------------------------------------------------------------------

# What the tests are told. CERTPROV_CORPORA: outside data, where there is some.
CERTPROV_CORPORA ?= $(abspath $(wildcard ../shared/corpora))
export CERTPROV_CORPORA SANITIZE
TESTS ?= $(sort $(wildcard tests/integration/[0-9][0-9]-*.sh)) $(wildcard tests/corpora/*.sh)
FUZZ_TIME ?= 60
FUZZ_TARGETS ?= $(fuzz_names)
COVERAGE_MIN ?= 90
again = $(Q)+$(MAKE) --no-print-directory
run_tests = $(Q)$(if $(CASE),CK_RUN_CASE='$(notdir $(CASE))') B='$(abspath $(B))' tests/run
# Scripts by their path or a part of their name: 10-provision, 10 or provision.
scripts = $(foreach t,$(2),$(or $(wildcard $(t) $(foreach d,$(1),$(d)/$(t).sh $(d)/$(t)-*.sh $(d)/[0-9][0-9]-$(t).sh)), \
	$(error there is no test "$(t)" in $(1))))
run_scripts = $(run_tests) $(call scripts,tests/integration tests/corpora,$(TESTS))
# The programs with the case that CASE= names (each is named as its file); the program or
# the folders may stand before it: lib/base/digest.
in_unit = $(and $(filter %/$(notdir $(CASE)).c,$(unit_$(1)_src)), \
	$(or $(filter ./ $(1)/,$(dir $(CASE))),$(filter tests/unit/$(CASE).c,$(unit_$(1)_src))))
unit_wanted := $(if $(CASE),$(or $(strip $(foreach u,lib client $(names),$(if $(call in_unit,$(u)),$(B)/tests/unit/unit-$(u)))), \
	$(error there is no unit test "$(CASE)")),$(unit_programs))
fuzz_wanted = $(foreach t,$(FUZZ_TARGETS:fuzz-%=%),$(or $(filter fuzz-$(t),$(fuzz_names)),$(error there is no fuzz target "$(t)")))
test_programs := $(B)/tree $(programs) $(corpora_programs) $(evil_programs) $(clock_programs) $(bench_programs) $(counted_program) $(unit_programs) $(replay_programs)

.PHONY: deps
deps: ## install what is missing (Debian packages; NO_DEPS=1 skips)
	$(Q).ci/deps build test lint

# Made anew after installing, so that nothing is remembered from before.
.PHONY: check check-now unit replay integration
check: ## install what tests need, then run them all
	$(Q).ci/deps build test
	$(again) check-now
check-now: $(test_programs)
	$(run_scripts) $(unit_programs) $(replay_programs)
# What is installed, for tests of programs that are compiled with it.
$(B)/tree: $(programs) $(libraries) $(wildcard lib/client/*.h lib/client/*.in lib/client/*.3)
	$(Q)rm -rf $@
	$(again) install DESTDIR=$(abspath $@) >/dev/null
unit: $(unit_wanted) ## unit tests only (CASE=url picks a module)
	$(run_tests) $^
replay: $(replay_programs) ## the fuzzers' seeds only, without a fuzzer
	$(run_tests) $^
integration: $(B)/tree $(programs) $(corpora_programs) $(evil_programs) $(clock_programs) ## integration tests only (TESTS=10-provision picks one)
	$(run_scripts)

# Under a real systemd, in roots of their own: 200 MB each, made once. BOX_TREE is as a package is.
SYSTEM_TESTS ?= $(sort $(wildcard tests/system/[0-9][0-9]-*.sh))
.PHONY: check-system check-system-now
check-system: ## the installed programs under a systemd of their own (root, 400 MB)
	$(Q).ci/deps build system
	$(again) check-system-now
check-system-now: $(programs) $(sip_programs)
	$(Q)rm -rf build/system/tree
	$(again) install DESTDIR=build/system/tree >/dev/null
	$(Q)tests/system/root build/system/root || [ $$? = 77 ]
	$(Q)for s in $$(sed -n 's/^# suite: //p' $(call scripts,tests/system,$(SYSTEM_TESTS)) | sort -u); do \
		tests/system/root build/system/root-$$s $$s || [ $$? = 77 ]; done
	$(run_tests) $(call scripts,tests/system,$(SYSTEM_TESTS))

# The page in a real browser. What drives it is installed below build/web, by npm; where that
# cannot be, or there is no Chromium, the tests are skipped and say so.
WEB_TESTS ?= $(sort $(wildcard tests/web/[0-9][0-9]-*.js))
web_scripts = $(foreach t,$(WEB_TESTS),$(or $(wildcard $(t) tests/web/$(t).js tests/web/$(t)-*.js tests/web/[0-9][0-9]-$(t).js), \
	$(error there is no test "$(t)" in tests/web)))
.PHONY: check-web check-web-now
check-web: ## the certificates page in a real browser (Chromium; npm fetches what drives it)
	$(Q).ci/deps build test web
	$(again) check-web-now
check-web-now: $(programs) $(clock_programs) $(sip_programs)
	$(Q)tests/web/install build/web || [ $$? = 77 ]
	$(run_tests) $(web_scripts)

# The pictures in README.md, from the real page.
.PHONY: screenshots screenshots-now
screenshots: ## make the pictures of the certificates page in README.md anew
	$(Q).ci/deps build test web
	$(again) screenshots-now
screenshots-now: $(programs)
	$(Q)tests/web/install build/web
	$(Q)B='$(abspath $(B))' tests/web/pictures.js daemon/certprov-web/pictures

# For a phone: Debian's cross compiler, and its packages to build with. The unit tests run
# under an emulator of the processor, where everything takes so many times as long.
EMULATOR_TIMES := 15
ARCH ?= armhf
triplet_armhf := arm-linux-gnueabihf
triplet_arm64 := aarch64-linux-gnu
emulator_armhf := qemu-arm
emulator_arm64 := qemu-aarch64
sysroot := $(abspath build/cross/$(ARCH))
across = $(again) CROSS=$(triplet_$(ARCH))- SYSROOT=$(sysroot) VARIANT=$(ARCH) WERROR=1
.PHONY: cross check-cross cross-now check-cross-now
cross: ## build for a phone (ARCH=armhf or arm64)
	$(Q)test -n '$(triplet_$(ARCH))' || { echo 'cross: ARCH=armhf or ARCH=arm64' >&2; exit 2; }
	$(Q).ci/deps cross
	$(Q).ci/sysroot $(sysroot) $(ARCH)
	$(across) cross-now
check-cross: cross ## the same, then its unit tests under an emulator
	$(across) check-cross-now
cross-now: all $(B)/tree
	$(Q)tests/lint/linked $(programs) $(shared)
check-cross-now: $(unit_programs)
	$(Q)CERTPROV_EMULATOR=$(emulator_$(ARCH)) QEMU_LD_PREFIX=$(sysroot) TEST_TIME_FACTOR=$(EMULATOR_TIMES) \
		B='$(abspath $(B))' tests/run $(unit_programs)

.PHONY: demo demo-now
demo: ## install what it needs, then watch a phone being provisioned
	$(Q).ci/deps build demo
	$(again) demo-now
demo-now: $(programs)
	$(Q)test -x provisioning-samples/demo || { echo "demo: it is not there yet"; exit 1; }
	$(Q)B='$(abspath $(B))' provisioning-samples/demo

.PHONY: fuzz fuzz-programs test-programs
fuzz: ## fuzz each target FUZZ_TIME=60 seconds (FUZZ_TARGETS=url picks)
	$(again) CC=clang VARIANT=fuzz SANITIZE=address,undefined CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' fuzz-programs
	$(Q)FUZZ_TIME=$(FUZZ_TIME) tests/fuzz/run build/fuzz $(fuzz_wanted)
fuzz-programs: $(fuzz_wanted:%=$(B)/tests/fuzz/%)
test-programs: all $(test_programs)

.PHONY: coverage coverage-now
coverage: ## lines of lib/ that its unit tests reach; fails below COVERAGE_MIN=90
	$(again) COVERAGE=1 VARIANT=coverage coverage-now
# Tests of programs say nothing of what those of lib/ reach.
lib_unit_programs := $(filter %/unit-lib %/unit-client,$(unit_programs))
coverage-now: $(lib_unit_programs)
	$(Q)find $(B) -name '*.gcda' -delete
	$(run_tests) $(lib_unit_programs)
	$(Q)tests/coverage $(B) $(COVERAGE_MIN) $(lib_src)

# Nothing but figures on standard output; they are in $(B)/bench.json as well.
.PHONY: deps-bench bench bench-programs bench-profile benchmarks
deps-bench: ## install what make bench compares with and measures by
	$(Q).ci/deps build bench >&2
bench: deps-bench ## one figure a line, as ratios (BENCH_FLAGS=--json; PARTS=verdicts: only that)
	$(again) bench-programs >&2
	$(Q)B='$(abspath $(B))' tests/bench/run $(BENCH_FLAGS) $(PARTS)
benchmarks: ## BENCHMARKS.md of what make bench measured last
	$(Q)tests/bench/table.py $(B)/bench.json >$(B)/BENCHMARKS.md && cp $(B)/BENCHMARKS.md BENCHMARKS.md
bench-profile: deps-bench ## where the instructions of warm and cold verdicts go: $(B)/profile-*.txt
	$(again) bench-programs >&2
	$(Q)B='$(abspath $(B))' tests/bench/profile
bench-programs: $(programs) $(libraries) $(bench_programs) $(counted_program)

# --- for whoever works on it, and the release ---------------------------------------

.PHONY: debug debug-now tags compile_commands.json dist
debug: ## a daemon and a fetcher in a scratch directory (GDB=1: under gdb)
	$(Q).ci/deps build debug
	$(again) debug-now
debug-now: $(programs)
	$(Q)B='$(abspath $(B))' scripts/debug
tags: ## an index of names for editors
	$(Q).ci/deps tags
	$(Q)git ls-files '*.c' '*.h' | ctags -L - -f tags
compile_commands.json: ## how each file is compiled, for clangd
	$(Q)$(MAKE) -nB V=1 all test-programs | scripts/compile-commands >$@
dist: ## the release, build/certprov-VERSION.tar.gz, from the last commit
	$(Q)scripts/dist $(VERSION) $(VERSION_TIME)

include tests/lint/module.mk

# --- install: copies files; starts, enables and chowns nothing ------------------------

INSTALL ?= install
to = $(foreach f,$(3),$(1)|$(f)|$(2)/$(notdir $(f)))
tree = $(foreach f,$(3),$(1)|$(f)|$(2)/$(f))
man_pages := $(wildcard lib/client/certprov.3 lib/client/certprov-openssl.3 lib/provider-module/certprov-provider.7 daemon/certprovd/certprovd.8 daemon/certprovd/certprovd.conf.5 \
	daemon/certprov-fetch/certprov-fetch.8 daemon/certprov-web/*.[578] daemon/certprovctl/certprovctl.1)
# Every function of the libraries has a page of its name, a link to the one that describes it.
functions_of = $(shell sed -n '/^\.Sh SYN/,/^\.Sh DESC/s/^\.F[no] \(certprov_[a-z0-9_]*\).*/\1/p' $(1))
man_links = $(foreach m,$(filter %.3,$(man_pages)),$(foreach f,$(call functions_of,$(m)),ln|$(notdir $(m))|$(MANDIR)/man3/$(f).3))
samples := $(sort $(foreach s,*.xml *.expect */*.xml */*.conf certificates/*,$(wildcard provisioning-samples/$(s))) \
	$(wildcard provisioning-samples/README.md))
headers := lib/client/certprov.h lib/client/certprov-openssl.h
pkgconfigs := $(patsubst lib/client/%.in,$(B)/%,$(wildcard lib/client/*.pc.in))
completions := $(wildcard daemon/*/*.bash)
systemd = $(patsubst systemd/%.in,$(B)/systemd/%,$(wildcard $(1:%=systemd/%)))
units := $(call systemd,*.service.in *.socket.in *.path.in *.timer.in *.target.in)
sysusers := $(call systemd,*.sysusers.in)
tmpfiles := $(call systemd,*.tmpfiles.in)
catalog := $(wildcard systemd/*.catalog)
hooks := $(call systemd,*-hook.in)

# Units and their kin name programs as @SBINDIR@ and so on.
$(B)/systemd/%: systemd/%.in $(B)/flags
	$(Q)mkdir -p $(@D)
	$(Q)sed -e 's|@SBINDIR@|$(SBINDIR)|g' -e 's|@BINDIR@|$(BINDIR)|g' \
		-e 's|@LIBEXECDIR@|$(LIBEXECDIR)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' $< > $@

# Where things are, for whoever compiles with them.
$(B)/%.pc: lib/client/%.pc.in $(B)/flags
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@LIBDIR@|$(LIBDIR:$(PREFIX)/%=$${prefix}/%)|g' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR:$(PREFIX)/%=$${prefix}/%)|g' -e 's|@VERSION@|$(VERSION)|g' $< > $@

# mode|source|destination; what is a link stays one
installed = $(call to,755,$(SBINDIR),$(filter %/certprovd,$(programs))) \
	$(call to,755,$(LIBEXECDIR),$(filter %/certprov-fetch %/certprov-web,$(programs)) $(hooks)) \
	$(call to,755,$(BINDIR),$(filter %/certprovctl,$(programs))) \
	$(call to,644,$(LIBDIR),$(shared:%=%.$(SOVERSION).$(VERSION)) $(filter %.a,$(libraries))) \
	$(call to,link,$(LIBDIR),$(shared) $(shared:%=%.$(SOVERSION))) \
	$(call to,644,$(MODULESDIR),$(modules)) \
	$(call to,644,$(INCLUDEDIR),$(headers)) \
	$(call to,644,$(PKGCONFIGDIR),$(pkgconfigs)) \
	$(foreach m,$(man_pages),$(call to,644,$(MANDIR)/man$(subst .,,$(suffix $(m))),$(m))) \
	$(man_links) \
	$(foreach c,$(completions),644|$(c)|$(COMPLETIONDIR)/$(basename $(notdir $(c)))) \
	$(call to,644,$(DATADIR),$(filter-out lib/varlink/%,$(interfaces))) \
	$(call tree,644,$(DATADIR),$(samples)) \
	$(call to,644,$(UNITDIR),$(units)) \
	$(foreach f,$(sysusers),644|$(f)|$(SYSUSERSDIR)/$(notdir $(f:%.sysusers=%.conf))) \
	$(foreach f,$(tmpfiles),644|$(f)|$(TMPFILESDIR)/$(notdir $(f:%.tmpfiles=%.conf))) \
	$(call to,644,$(CATALOGDIR),$(catalog))

.PHONY: install uninstall clean help
install: $(programs) $(libraries) $(pkgconfigs) $(units) $(sysusers) $(tmpfiles) $(hooks) ## copy files (DESTDIR=, PREFIX=)
	$(Q)set -e; for f in $(foreach i,$(installed),'$(i)'); do IFS='|'; set -- $$f; unset IFS; \
		echo "  INSTALL $(DESTDIR)$$3"; case $$1 in \
		link) cp -P "$$2" "$(DESTDIR)$$3" ;; \
		ln) ln -sf "$$2" "$(DESTDIR)$$3" ;; \
		*) $(INSTALL) -D -m $$1 "$$2" "$(DESTDIR)$$3" ;; esac; done
uninstall: ## remove what install copied; state and configuration stay
	$(Q)set -e; for f in $(foreach i,$(installed),'$(lastword $(subst |, ,$(i)))'); do \
		echo "  RM      $(DESTDIR)$$f"; rm -f "$(DESTDIR)$$f"; done
clean: ## remove all that was built
	$(Q)rm -rf build
help: ## this list
	$(Q)awk -F ':.*## ' '/^[a-z_.-]+:.* ## / { printf "  %-21s %s\n", $$1, $$2 }' $(filter-out %.d,$(MAKEFILE_LIST))
	$(Q)printf '\n  %s\n  %s\n' 'SANITIZE=address,undefined  WERROR=1  V=1  PREFIX=/usr  DESTDIR=' \
		'CC=  AR=  PKG_CONFIG=  CFLAGS=  LDFLAGS=  (another compiler: give it a VARIANT=)'
