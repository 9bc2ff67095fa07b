# SPDX-License-Identifier: Apache-2.0
# certprov: `make help` tells the targets. One build directory per variant.

# --- paths ------------------------------------------------------------------

PREFIX ?= /usr
SBINDIR ?= $(PREFIX)/sbin
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec
MANDIR ?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions

comma := ,
VARIANT ?= $(or $(subst $(comma),-,$(SANITIZE)),release)
B := build/$(VARIANT)
VERSION := 0.1.0

# --- flags ------------------------------------------------------------------

PKG_CONFIG ?= pkg-config
Q := $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-7s %s\n' '$(1)' '$(2)')

warnings := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla \
	-Wformat=2 -Wundef -Wimplicit-fallthrough -Wswitch-enum
hardening := -fPIE -fstack-protector-strong -fstack-clash-protection \
	$(if $(SANITIZE),,-D_FORTIFY_SOURCE=2)
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c17 $(warnings) $(if $(WERROR),-Werror) $(CFLAGS) $(hardening) \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all) \
	$(if $(COVERAGE),--coverage -O0)
ALL_CPPFLAGS = -I. -I$(B) -D_GNU_SOURCE -DCERTPROV_VERSION='"$(VERSION)"' \
	-DCERTPROV_LIBEXECDIR='"$(LIBEXECDIR)"' -DCERTPROV_SYSCONFDIR='"$(SYSCONFDIR)"' $(CPPFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(LDFLAGS) \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(if $(COVERAGE),--coverage)

# --- packages: which program may use what; no libcurl, no libxml2 in the daemon, ever ---

lib_pkg := libcrypto libcjson
certprovd_pkg := libsystemd libcrypto sqlite3 libcjson inih
certprov-fetch_pkg := libcurl libxml-2.0 libssl libcrypto libcjson libseccomp
certprovctl_pkg := libssl libcrypto libcjson

$(B)/lib/%.o: PKG = $(lib_pkg)
$(B)/daemon/certprovd/%.o: PKG = $(certprovd_pkg)
$(B)/daemon/certprov-fetch/%.o: PKG = $(certprov-fetch_pkg)
$(B)/daemon/certprovctl/%.o: PKG = $(certprovctl_pkg)
$(B)/tests/unit/%.o: PKG = check $(lib_pkg)
$(B)/tests/unit/certprovd/%.o: PKG = check $(certprovd_pkg)
$(B)/tests/unit/certprov-fetch/%.o: PKG = check $(certprov-fetch_pkg)
$(B)/tests/unit/certprovctl/%.o: PKG = check $(certprovctl_pkg)
$(B)/tests/fuzz/%.o: PKG = $(lib_pkg)
$(B)/tests/corpora/%.o: PKG = $(lib_pkg)

# --- sources, one a line, sorted -----------------------------------------------

lib_src := \
	lib/util.c \

unit_lib_src := \
	tests/unit/lib/main.c \
	tests/unit/lib/util.c \

# A program comes into being when its main.c is listed; unit tests link the rest.

certprovd_main :=
certprovd_src := \

certprov-fetch_main :=
certprov-fetch_src := \

certprovctl_main :=
certprovctl_src := \

unit_certprovd_src := \

unit_certprov-fetch_src := \

unit_certprovctl_src := \

unit_runner_src := tests/unit/runner.c

# --- rules ------------------------------------------------------------------

objects = $(patsubst %.c,$(B)/%.o,$(1))
cflags_of = $(if $(1),$(shell $(PKG_CONFIG) --cflags $(1)))
libs_of = $(if $(1),$(shell $(PKG_CONFIG) --libs $(1)))

names := certprovd certprov-fetch certprovctl
programs := $(foreach p,$(names),$(if $($(p)_main),$(B)/$(p)))
unit_programs := $(foreach u,lib $(names),$(if $(unit_$(u)_src),$(B)/tests/unit/unit-$(u)))

.PHONY: all
all: $(programs) $(B)/lib.a

$(B)/flags: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(subst ','\'',$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS))' | cmp -s - $@ || \
		echo '$(subst ','\'',$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS))' > $@
.PHONY: FORCE
FORCE:

$(B)/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(call cflags_of,$(PKG)) -MMD -MP -c -o $@ $<

$(B)/lib.a: $(call objects,$(lib_src))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

define link
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(call libs_of,$(1))
endef

$(B)/tests/unit/unit-lib: $(call objects,$(unit_lib_src) $(unit_runner_src)) $(B)/lib.a
	$(call link,check $(lib_pkg))

define program_rules
$(B)/$(1): $(call objects,$($(1)_main) $($(1)_src)) $(B)/lib.a
	$$(call link,$($(1)_pkg))
$(B)/tests/unit/unit-$(1): $(call objects,$(unit_$(1)_src) $($(1)_src) $(unit_runner_src)) $(B)/lib.a
	$$(call link,check $($(1)_pkg))
endef
$(foreach p,$(names),$(eval $(call program_rules,$(p))))

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# --- tests ------------------------------------------------------------------

.PHONY: unit
unit: $(unit_programs)
	$(Q)for t in $(unit_programs); do $$t || exit 1; done
