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
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c17 $(warnings) $(if $(WERROR),-Werror) $(CFLAGS) $(hardening) \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all) \
	$(if $(COVERAGE),--coverage -O0)
# Of 64 bits on 32-bit machines too; no library is given or gives one (lint-layers), as
# their own differ there.
wide := -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
ALL_CPPFLAGS = -I. -I$(B) -D_GNU_SOURCE $(wide) -DCERTPROV_VERSION='"$(VERSION)"' \
	-DCERTPROV_BUILD_TIME=$(BUILD_TIME) \
	-DCERTPROV_LIBEXECDIR='"$(LIBEXECDIR)"' -DCERTPROV_SYSCONFDIR='"$(SYSCONFDIR)"' $(CPPFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(LDFLAGS) \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(if $(COVERAGE),--coverage)

# --- packages: which program may use what; no libcurl, no libxml2 in the daemon, ever ---

lib_pkg := libcrypto libcjson
certprovd_pkg := libsystemd libcrypto sqlite3 libcjson inih libseccomp
certprov-fetch_pkg := libcurl libxml-2.0 libssl libcrypto libcjson libseccomp
certprovctl_pkg := libssl libcrypto libcjson libseccomp
libcertprov_pkg := libcjson
libcertprov-openssl_pkg := libssl libcrypto

# .tidy and .leaks are what lint leaves behind, under the flags of the object.
under = $(addprefix $(B)/$(1)/%,.o .tidy .leaks)
$(call under,lib): PKG = $(lib_pkg)
$(addprefix $(B)/lib/sandbox-filter,.o .tidy .leaks): PKG = libseccomp
$(call under,daemon/certprovd): PKG = $(certprovd_pkg)
$(call under,daemon/certprov-fetch): PKG = $(certprov-fetch_pkg)
$(call under,daemon/certprovctl): PKG = $(certprovctl_pkg)
$(call under,pic/lib): PKG = $(lib_pkg)
$(call under,tests/unit): PKG = check $(lib_pkg)
$(call under,tests/unit/certprovd): PKG = check $(certprovd_pkg)
$(call under,tests/unit/certprov-fetch): PKG = check $(certprov-fetch_pkg)
$(call under,tests/unit/certprovctl): PKG = check $(certprovctl_pkg)
$(call under,tests/unit/client): PKG = check libssl $(lib_pkg)
$(call under,tests/fuzz): PKG = $(lib_pkg)
$(call under,tests/corpora): PKG = $(lib_pkg)
$(call under,tests/bench): PKG = libssl $(certprovd_pkg)

# --- sources, one a line, sorted -----------------------------------------------

lib_src := \
	lib/address.c \
	lib/anchors.c \
	lib/authorities.c \
	lib/backoff.c \
	lib/base64.c \
	lib/candidates.c \
	lib/certificate.c \
	lib/client-certificate.c \
	lib/client-monitor.c \
	lib/client-status.c \
	lib/client-verdict.c \
	lib/client-verify.c \
	lib/client.c \
	lib/date.c \
	lib/der.c \
	lib/digest.c \
	lib/duplicates.c \
	lib/fetch-calls.c \
	lib/fetch-certificates.c \
	lib/fetch-claims.c \
	lib/fetch-handlers.c \
	lib/fetch-job.c \
	lib/fetch-messages.c \
	lib/fetch-service.c \
	lib/firmware-json.c \
	lib/firmware.c \
	lib/intake.c \
	lib/issuing.c \
	lib/json-check.c \
	lib/json-fields.c \
	lib/judge.c \
	lib/key-forms.c \
	lib/key.c \
	lib/known.c \
	lib/names.c \
	lib/outcome.c \
	lib/outline.c \
	lib/recognise.c \
	lib/sandbox-filter.c \
	lib/sandbox-landlock.c \
	lib/sandbox.c \
	lib/settings.c \
	lib/sha256.c \
	lib/snapshot.c \
	lib/text.c \
	lib/trust-distrust.c \
	lib/trust.c \
	lib/twin.c \
	lib/url-names.c \
	lib/url-redact.c \
	lib/url.c \
	lib/utf8.c \
	lib/util.c \
	lib/varlink-client.c \
	lib/varlink-request.c \
	lib/varlink-service.c \
	lib/varlink-socket.c \
	lib/varlink.c \
	lib/verdict-rows.c \
	lib/verdict.c \
	lib/verify-attempt.c \
	lib/verify-distrust.c \
	lib/verify-faults.c \
	lib/verify-names.c \
	lib/verify-openssl.c \
	lib/verify-policy.c \
	lib/verify-search.c \
	lib/verify-strict.c \
	lib/verify-words.c \
	lib/verify.c \

# The client libraries: all that is in them; lib/certprov.h says what for.

libcertprov_src := \
	lib/base64.c \
	lib/client-certificate.c \
	lib/client-monitor.c \
	lib/client-status.c \
	lib/client-verdict.c \
	lib/client-verify.c \
	lib/client.c \
	lib/date.c \
	lib/der.c \
	lib/json-check.c \
	lib/json-fields.c \
	lib/sha256.c \
	lib/utf8.c \
	lib/util.c \
	lib/varlink-client.c \
	lib/varlink-socket.c \
	lib/varlink.c \

# Needs libssl, so it is not in lib.a.
openssl_glue_src := \
	lib/certprov-local.c \
	lib/certprov-openssl.c \

libcertprov-openssl_src := $(openssl_glue_src) \
	lib/anchors.c \
	lib/certificate.c \
	lib/date.c \
	lib/der.c \
	lib/digest.c \
	lib/firmware.c \
	lib/json-check.c \
	lib/key-forms.c \
	lib/key.c \
	lib/known.c \
	lib/names.c \
	lib/outline.c \
	lib/snapshot.c \
	lib/text.c \
	lib/trust-distrust.c \
	lib/trust.c \
	lib/twin.c \
	lib/utf8.c \
	lib/util.c \
	lib/verdict-rows.c \
	lib/verdict.c \
	lib/verify-attempt.c \
	lib/verify-distrust.c \
	lib/verify-faults.c \
	lib/verify-names.c \
	lib/verify-openssl.c \
	lib/verify-policy.c \
	lib/verify-search.c \
	lib/verify-strict.c \
	lib/verify-words.c \
	lib/verify.c \

unit_lib_src := \
	tests/unit/digest-double.c \
	tests/unit/lib/address.c \
	tests/unit/lib/anchors.c \
	tests/unit/lib/ask.c \
	tests/unit/lib/authorities.c \
	tests/unit/lib/backoff.c \
	tests/unit/lib/base64.c \
	tests/unit/lib/candidates.c \
	tests/unit/lib/certificate.c \
	tests/unit/lib/date.c \
	tests/unit/lib/der.c \
	tests/unit/lib/digest.c \
	tests/unit/lib/distrust.c \
	tests/unit/lib/duplicates.c \
	tests/unit/lib/fetch-calls.c \
	tests/unit/lib/fetch-handlers.c \
	tests/unit/lib/fetch-job.c \
	tests/unit/lib/fetch-messages.c \
	tests/unit/lib/fetch-rig.c \
	tests/unit/lib/fetch-service.c \
	tests/unit/lib/firmware.c \
	tests/unit/lib/intake-corpora.c \
	tests/unit/lib/intake.c \
	tests/unit/lib/issuing.c \
	tests/unit/lib/json-check.c \
	tests/unit/lib/json-fields.c \
	tests/unit/lib/judge-roles.c \
	tests/unit/lib/judge.c \
	tests/unit/lib/key.c \
	tests/unit/lib/known.c \
	tests/unit/lib/made.c \
	tests/unit/lib/main.c \
	tests/unit/lib/names.c \
	tests/unit/lib/outcome.c \
	tests/unit/lib/outline.c \
	tests/unit/lib/settings.c \
	tests/unit/lib/sha256.c \
	tests/unit/lib/snapshot.c \
	tests/unit/lib/text.c \
	tests/unit/lib/trust.c \
	tests/unit/lib/twin.c \
	tests/unit/lib/url-names.c \
	tests/unit/lib/url-redact.c \
	tests/unit/lib/url.c \
	tests/unit/lib/utf8.c \
	tests/unit/lib/util.c \
	tests/unit/lib/varlink-client.c \
	tests/unit/lib/varlink-service.c \
	tests/unit/lib/varlink-socket.c \
	tests/unit/lib/varlink.c \
	tests/unit/lib/verdict.c \
	tests/unit/lib/verify-bytes.c \
	tests/unit/lib/verify-cost.c \
	tests/unit/lib/verify-issued.c \
	tests/unit/lib/verify-names.c \
	tests/unit/lib/verify-policy.c \
	tests/unit/lib/verify-roles.c \
	tests/unit/lib/verify-search.c \
	tests/unit/lib/verify-table.c \
	tests/unit/lib/verify-words.c \
	tests/unit/lib/verify.c \

# A program comes into being when its main.c is listed; unit tests link the rest.

certprovd_main := daemon/certprovd/main.c
certprovd_src := \
	daemon/certprovd/admin-api.c \
	daemon/certprovd/admin-change.c \
	daemon/certprovd/admin-clock.c \
	daemon/certprovd/admin-exception.c \
	daemon/certprovd/admin-provision.c \
	daemon/certprovd/admin-remove.c \
	daemon/certprovd/admin-runs.c \
	daemon/certprovd/admin-settings.c \
	daemon/certprovd/admin-trust.c \
	daemon/certprovd/admin-upload.c \
	daemon/certprovd/clock.c \
	daemon/certprovd/config-keys.c \
	daemon/certprovd/config-values.c \
	daemon/certprovd/config.c \
	daemon/certprovd/daemon.c \
	daemon/certprovd/describe.c \
	daemon/certprovd/durable-file.c \
	daemon/certprovd/export-files.c \
	daemon/certprovd/export-set.c \
	daemon/certprovd/export.c \
	daemon/certprovd/group.c \
	daemon/certprovd/listen.c \
	daemon/certprovd/log.c \
	daemon/certprovd/monitors.c \
	daemon/certprovd/own-directory.c \
	daemon/certprovd/peers.c \
	daemon/certprovd/phone.c \
	daemon/certprovd/provision.c \
	daemon/certprovd/rejections.c \
	daemon/certprovd/rights.c \
	daemon/certprovd/roles.c \
	daemon/certprovd/run-job.c \
	daemon/certprovd/run-owner.c \
	daemon/certprovd/run.c \
	daemon/certprovd/schedule.c \
	daemon/certprovd/server-connection.c \
	daemon/certprovd/server.c \
	daemon/certprovd/state.c \
	daemon/certprovd/status.c \
	daemon/certprovd/store-certificates.c \
	daemon/certprovd/store-distrusted.c \
	daemon/certprovd/store-files.c \
	daemon/certprovd/store-open.c \
	daemon/certprovd/store-runs.c \
	daemon/certprovd/store-schema.c \
	daemon/certprovd/store-settings.c \
	daemon/certprovd/store-versions.c \
	daemon/certprovd/store.c \
	daemon/certprovd/stream.c \
	daemon/certprovd/timekeeping.c \
	daemon/certprovd/trust-api.c \
	daemon/certprovd/trust-verify.c \
	daemon/certprovd/turns.c \
	daemon/certprovd/unknown-store.c \
	daemon/certprovd/unknown.c \

certprov-fetch_main := daemon/certprov-fetch/main.c
certprov-fetch_src := \
	daemon/certprov-fetch/connection.c \
	daemon/certprov-fetch/daemon.c \
	daemon/certprov-fetch/document.c \
	daemon/certprov-fetch/download.c \
	daemon/certprov-fetch/listen.c \
	daemon/certprov-fetch/places.c \
	daemon/certprov-fetch/queue.c \
	daemon/certprov-fetch/rights.c \
	daemon/certprov-fetch/session-documents.c \
	daemon/certprov-fetch/session-downloads.c \
	daemon/certprov-fetch/session.c \
	daemon/certprov-fetch/text-buffer.c \
	daemon/certprov-fetch/tls.c \
	daemon/certprov-fetch/transfer-result.c \
	daemon/certprov-fetch/transfer.c \

certprovctl_main := daemon/certprovctl/main.c
certprovctl_src := \
	daemon/certprovctl/arguments.c \
	daemon/certprovctl/certificates.c \
	daemon/certprovctl/chain.c \
	daemon/certprovctl/change.c \
	daemon/certprovctl/check-matrix.c \
	daemon/certprovctl/check-run.c \
	daemon/certprovctl/check.c \
	daemon/certprovctl/clock.c \
	daemon/certprovctl/document-file.c \
	daemon/certprovctl/exceptions.c \
	daemon/certprovctl/fetcher-process.c \
	daemon/certprovctl/fingerprint.c \
	daemon/certprovctl/handshake.c \
	daemon/certprovctl/listing.c \
	daemon/certprovctl/monitor.c \
	daemon/certprovctl/outcomes.c \
	daemon/certprovctl/peer-report.c \
	daemon/certprovctl/peer.c \
	daemon/certprovctl/presented.c \
	daemon/certprovctl/progress.c \
	daemon/certprovctl/provision.c \
	daemon/certprovctl/rights.c \
	daemon/certprovctl/runs.c \
	daemon/certprovctl/screen.c \
	daemon/certprovctl/service-errors.c \
	daemon/certprovctl/service.c \
	daemon/certprovctl/session.c \
	daemon/certprovctl/settings-commands.c \
	daemon/certprovctl/starttls.c \
	daemon/certprovctl/state.c \
	daemon/certprovctl/table.c \
	daemon/certprovctl/text-width.c \
	daemon/certprovctl/upload.c \
	daemon/certprovctl/verbs.c \
	daemon/certprovctl/verdict-view.c \
	daemon/certprovctl/verify.c \
	daemon/certprovctl/view.c \
	daemon/certprovctl/when.c \
	daemon/certprovctl/wire.c \

unit_certprovd_src := \
	tests/unit/digest-double.c \
	tests/unit/certprovd/admin-api.c \
	tests/unit/certprovd/admin-exception.c \
	tests/unit/certprovd/admin-provision.c \
	tests/unit/certprovd/admin-runs.c \
	tests/unit/certprovd/admin-upload.c \
	tests/unit/certprovd/api-fixture.c \
	tests/unit/certprovd/clock-double.c \
	tests/unit/certprovd/clock.c \
	tests/unit/certprovd/config.c \
	tests/unit/certprovd/digest.c \
	tests/unit/certprovd/durable-file.c \
	tests/unit/certprovd/export-files.c \
	tests/unit/certprovd/export-set.c \
	tests/unit/certprovd/export.c \
	tests/unit/certprovd/group.c \
	tests/unit/certprovd/log.c \
	tests/unit/certprovd/main.c \
	tests/unit/certprovd/own-directory.c \
	tests/unit/certprovd/peers.c \
	tests/unit/certprovd/phone.c \
	tests/unit/certprovd/provision-double.c \
	tests/unit/certprovd/rejections.c \
	tests/unit/certprovd/rights.c \
	tests/unit/certprovd/roles.c \
	tests/unit/certprovd/schedule.c \
	tests/unit/certprovd/scratch.c \
	tests/unit/certprovd/server-limits.c \
	tests/unit/certprovd/server-readers.c \
	tests/unit/certprovd/server-rig.c \
	tests/unit/certprovd/server-turns.c \
	tests/unit/certprovd/server.c \
	tests/unit/certprovd/status.c \
	tests/unit/certprovd/store-fixture.c \
	tests/unit/certprovd/store-recovery.c \
	tests/unit/certprovd/store-reports.c \
	tests/unit/certprovd/store-system.c \
	tests/unit/certprovd/store-versions.c \
	tests/unit/certprovd/store.c \
	tests/unit/certprovd/timekeeping.c \
	tests/unit/certprovd/trust-api.c \
	tests/unit/certprovd/trust-verify.c \
	tests/unit/certprovd/turns.c \
	tests/unit/certprovd/unknown-store.c \
	tests/unit/certprovd/unknown.c \

unit_certprov-fetch_src := \
	tests/unit/certprov-fetch/connection.c \
	tests/unit/certprov-fetch/document-limits.c \
	tests/unit/certprov-fetch/document-log.c \
	tests/unit/certprov-fetch/document.c \
	tests/unit/certprov-fetch/download.c \
	tests/unit/certprov-fetch/http-server.c \
	tests/unit/certprov-fetch/main.c \
	tests/unit/certprov-fetch/queue.c \
	tests/unit/certprov-fetch/rights.c \
	tests/unit/certprov-fetch/samples.c \
	tests/unit/certprov-fetch/session.c \

unit_certprovctl_src := \
	tests/unit/certprovctl/arguments.c \
	tests/unit/certprovctl/canned.c \
	tests/unit/certprovctl/certificates.c \
	tests/unit/certprovctl/chain.c \
	tests/unit/certprovctl/check-matrix.c \
	tests/unit/certprovctl/check-run.c \
	tests/unit/certprovctl/check.c \
	tests/unit/certprovctl/clock.c \
	tests/unit/certprovctl/document-file.c \
	tests/unit/certprovctl/exceptions.c \
	tests/unit/certprovctl/fingerprint.c \
	tests/unit/certprovctl/main.c \
	tests/unit/certprovctl/monitor.c \
	tests/unit/certprovctl/paper.c \
	tests/unit/certprovctl/peer-report.c \
	tests/unit/certprovctl/peer.c \
	tests/unit/certprovctl/presented.c \
	tests/unit/certprovctl/progress.c \
	tests/unit/certprovctl/provision.c \
	tests/unit/certprovctl/runs.c \
	tests/unit/certprovctl/scrap.c \
	tests/unit/certprovctl/screen.c \
	tests/unit/certprovctl/service.c \
	tests/unit/certprovctl/settings-commands.c \
	tests/unit/certprovctl/starttls.c \
	tests/unit/certprovctl/state.c \
	tests/unit/certprovctl/table.c \
	tests/unit/certprovctl/text-width.c \
	tests/unit/certprovctl/upload.c \
	tests/unit/certprovctl/verbs.c \
	tests/unit/certprovctl/verify.c \
	tests/unit/certprovctl/view.c \
	tests/unit/certprovctl/when.c \

unit_client_src := \
	tests/unit/client/answers.c \
	tests/unit/client/client.c \
	tests/unit/client/local.c \
	tests/unit/client/main.c \
	tests/unit/client/monitor.c \
	tests/unit/client/openssl.c \
	tests/unit/client/service.c \

# Compiled by their test as any program would be, from what is installed.
example_src := \
	lib/examples/list.c \
	lib/examples/monitor.c \
	lib/examples/tls-client.c \
	lib/examples/verify.c \
	tests/client/ask.c \

unit_runner_src := tests/unit/runner.c tests/unit/pki.c

# Drivers for files of outside cases; built with everything, never installed.

corpora_src := \
	tests/corpora/verify-cases.c \

# fuzz-NAME_src and fuzz-NAME_pkg: what a target links beyond lib/.

fuzz-document_src := \
	daemon/certprov-fetch/document.c \
	daemon/certprov-fetch/places.c \
	daemon/certprov-fetch/text-buffer.c \

fuzz-document_pkg := libxml-2.0

fuzz_src := \
	tests/fuzz/fuzz-document.c \
	tests/fuzz/fuzz-fetch-calls.c \
	tests/fuzz/fuzz-firmware.c \
	tests/fuzz/fuzz-intake.c \
	tests/fuzz/fuzz-json.c \
	tests/fuzz/fuzz-snapshot.c \
	tests/fuzz/fuzz-url.c \
	tests/fuzz/fuzz-varlink.c \
	tests/fuzz/fuzz-verify.c \

evil_src := \
	tests/evil/evil-daemon.c \
	tests/evil/evil-fetch.c \
	tests/evil/evil-handshake.c \

evil_shared_src := tests/evil/attempts.c

# A clock for tests to set; preloaded, so that sanitizers stay with the program.

clock_src := tests/clock/set-clock.c

# A phone for the tests under a real systemd; needs a SIP stack, so it is built for them alone.

sip_src := lib/examples/sip-register.c

# What make bench measures with.

bench_src := \
	tests/bench/bench-echo.c \
	tests/bench/bench-empty.c \
	tests/bench/bench-mint.c \
	tests/bench/bench-start.c \
	tests/bench/bench-verify.c \
	tests/bench/bench-worst-mint.c \
	tests/bench/bench-worst.c \

bench_shared_src := \
	tests/bench/bench.c \
	tests/bench/dirmngr.c \

# --- rules ------------------------------------------------------------------

objects = $(patsubst %.c,$(B)/%.o,$(1))
cflags_of = $(if $(1),$(shell $(PKG_CONFIG) --cflags $(1)))
libs_of = $(if $(1),$(shell $(PKG_CONFIG) --libs $(1)))

names := certprovd certprov-fetch certprovctl
programs := $(foreach p,$(names),$(if $($(p)_main),$(B)/$(p)))
unit_programs := $(foreach u,lib client $(names),$(if $(unit_$(u)_src),$(B)/tests/unit/unit-$(u)))
libraries := $(foreach l,libcertprov libcertprov-openssl,$(B)/$(l).so $(B)/$(l).a)
shared := $(filter %.so,$(libraries))
corpora_programs := $(corpora_src:%.c=$(B)/%)
evil_programs := $(evil_src:%.c=$(B)/%)
clock_programs := $(clock_src:%.c=$(B)/%.so)
bench_programs := $(bench_src:%.c=$(B)/%)
sip_programs = $(if $(shell $(PKG_CONFIG) --exists libre && echo yes),$(sip_src:%.c=$(B)/%))
fuzz_names := $(patsubst tests/fuzz/%.c,%,$(fuzz_src))
replay_programs := $(fuzz_names:fuzz-%=$(B)/tests/fuzz/replay-%)
all_src := $(sort $(lib_src) $(openssl_glue_src) $(example_src) $(unit_lib_src) $(unit_client_src) $(unit_runner_src) $(fuzz_src) tests/fuzz/replay.c $(corpora_src) $(evil_src) $(evil_shared_src) $(clock_src) $(sip_src) \
	$(foreach p,$(names),$($(p)_main) $($(p)_src) $(unit_$(p)_src)))
all_src += $(bench_src) $(bench_shared_src)

.PHONY: all
all: $(programs) $(libraries) $(B)/lib.a $(corpora_programs) ## build the programs (never installs anything)

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

# The interface definitions as text in the programs; lib/interfaces.h.
interfaces := \
	lib/io.certprov.admin.varlink \
	lib/io.certprov.fetch.varlink \
	lib/io.certprov.identity.varlink \
	lib/io.certprov.trust.varlink \
	lib/org.varlink.service.varlink \

generated := $(B)/lib/interfaces.c $(B)/daemon/certprovd/store.sql.h

$(B)/lib/interfaces.c: $(interfaces) Makefile
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q){ echo '#include "lib/interfaces.h"'; for f in $(interfaces); do \
		n=$${f%.varlink}; echo "const char varlink_$${n##*.}_description[] = {"; \
		od -v -An -tu1 $$f | sed 's/ *\([0-9][0-9]*\)/\1,/g'; echo '0};'; done; } > $@.new
	$(Q)mv $@.new $@

$(B)/lib/interfaces.o: $(B)/lib/interfaces.c $(B)/flags
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/lib.a: $(call objects,$(lib_src)) $(B)/lib/interfaces.o
# The schema becomes an array of its statements, each with the step it belongs to.
$(B)/daemon/certprovd/store.sql.h: daemon/certprovd/store.sql
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)awk '/^-- step [0-9]/ { step = $$3 + 0 } /^--/ || !NF { next } \
		{ gsub(/[\\"]/, "\\\\&"); text = text " " $$0 } \
		/;$$/ { printf "{%d, \"%s\"},\n", step, text; text = "" }' $< > $@.new
	$(Q)mv $@.new $@
$(B)/daemon/certprovd/store-schema.o: $(B)/daemon/certprovd/store.sql.h

$(B)/lib.a: $(call objects,$(lib_src))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

define link
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(call libs_of,$(1)) -lm
endef

$(B)/tests/unit/unit-lib: $(call objects,$(unit_lib_src) $(unit_runner_src)) $(B)/lib.a
	$(call link,check $(lib_pkg))

$(B)/tests/unit/unit-client: $(call objects,$(unit_client_src) $(openssl_glue_src) $(unit_runner_src)) $(B)/lib.a
	$(call link,check $(lib_pkg) libssl)

define program_rules
$(B)/$(1): $(call objects,$($(1)_main) $($(1)_src)) $(B)/lib.a
	$$(call link,$($(1)_pkg))
$(B)/tests/unit/unit-$(1): $(call objects,$(unit_$(1)_src) $($(1)_src) $(unit_runner_src)) $(B)/lib.a
	$$(call link,check $($(1)_pkg))
endef
$(foreach p,$(names),$(eval $(call program_rules,$(p))))

# A shared library has objects of its own, and nobody sees more of it than its map
# says; an archive has one object, in which the same is true.
SOVERSION := 1
pic_cflags = $(filter-out -fPIE,$(ALL_CFLAGS)) -fPIC -fvisibility=hidden
$(B)/pic/%.o: %.c $(B)/flags
	$(call say,CC,$< (pic))
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(pic_cflags) $(call cflags_of,$(PKG)) -MMD -MP -c -o $@ $<

# nodelete: OpenSSL keeps pointers into the glue.
libcertprov-openssl_ldflags := -Wl,-z,nodelete
define library_rules
$(B)/$(1).so.$(SOVERSION).$(VERSION): $(patsubst %.c,$(B)/pic/%.o,$($(1)_src)) lib/$(1:lib%=%).map $(2)
	$$(call say,LD,$$@)
	$(Q)$$(CC) $$(pic_cflags) -shared $$(filter-out -pie,$$(ALL_LDFLAGS)) $$($(1)_ldflags) \
		$(if $(SANITIZE),,-Wl,-z,defs) -Wl,-soname,$(1).so.$(SOVERSION) \
		-Wl,--version-script=lib/$(1:lib%=%).map -o $$@ $$(filter %.o %.so,$$^) $$(call libs_of,$$($(1)_pkg))
$(B)/$(1).so: $(B)/$(1).so.$(SOVERSION).$(VERSION)
	$(Q)ln -sf $(1).so.$(SOVERSION).$(VERSION) $(B)/$(1).so.$(SOVERSION)
	$(Q)ln -sf $(1).so.$(SOVERSION) $$@
$(B)/$(1).a: $(patsubst %.c,$(B)/pic/%.o,$($(1)_src))
	$$(call say,AR,$$@)
	$(Q)$$(CC) -r -nostdlib -o $(B)/pic/$(1).o $$^
	$(Q)$$(OBJCOPY) --localize-hidden $(B)/pic/$(1).o
	$(Q)rm -f $$@ && $$(AR) rcs $$@ $(B)/pic/$(1).o
endef
$(eval $(call library_rules,libcertprov))
$(eval $(call library_rules,libcertprov-openssl,$(B)/libcertprov.so))

$(corpora_programs): $(B)/%: $(B)/%.o $(B)/lib.a
	$(call link,libcrypto)

# Each with the list of the program that it was.
$(B)/tests/evil/evil-daemon: $(B)/daemon/certprovd/rights.o
$(B)/tests/evil/evil-fetch: $(B)/daemon/certprov-fetch/rights.o
$(B)/tests/evil/evil-handshake: $(B)/daemon/certprovctl/rights.o
$(evil_programs): $(B)/%: $(B)/%.o $(call objects,$(evil_shared_src)) $(B)/lib.a
	$(call link,libcrypto libcjson libseccomp)

# With all the daemon's libraries, whether used or not: the measure of its start.
$(B)/tests/bench/bench-empty: $(B)/tests/bench/bench-empty.o
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,--no-as-needed -o $@ $< $(call libs_of,$(certprovd_pkg))

$(filter-out %/bench-empty,$(bench_programs)): $(B)/%: $(B)/%.o $(call objects,$(bench_shared_src)) \
		$(B)/libcertprov-openssl.a $(B)/libcertprov.a $(B)/lib.a
	$(call link,libssl $(certprovd_pkg))

$(clock_programs): $(B)/%.so: %.c $(B)/flags
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(wide) $(warnings) $(if $(WERROR),-Werror) -O2 -g -fPIC -shared -o $@ $< -ldl

# libre is linked in, as each Debian has another; the client libraries are those installed.
$(sip_src:%.c=$(B)/%.o): private ALL_CPPFLAGS += -idirafter lib
$(sip_src:%.c=$(B)/%): $(B)/%: $(B)/%.o $(libraries)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< -L$(B) -lcertprov-openssl -lcertprov \
		-Wl,-Bstatic $(call libs_of,libre) -Wl,-Bdynamic $(call libs_of,libssl libcrypto) -lz -lpthread

# Calls of the handlers under test come to tests/unit/certprovd/provision-double.c first.
provision_double := start unwatch cancel current next
# And the time comes from tests/unit/certprovd/clock-double.c.
clock_double := wall read
$(B)/tests/unit/unit-certprovd: private ALL_LDFLAGS += $(provision_double:%=-Wl,--wrap=provision_%) \
	$(clock_double:%=-Wl,--wrap=clock_%)
# tests/unit/client/local.c holds up some verdicts.
$(B)/tests/unit/unit-client: private ALL_LDFLAGS += -Wl,--wrap=verify_peer
# Each digest may fail, as tests/unit/digest-double.c says.
$(B)/tests/unit/unit-certprovd $(B)/tests/unit/unit-lib: private ALL_LDFLAGS += -Wl,--wrap=EVP_Digest

# The same target twice: for libFuzzer, and with a plain driver for its seeds.
define fuzz_rules
$(B)/tests/fuzz/$(1): $(call objects,tests/fuzz/$(1).c $($(1)_src)) $(B)/lib.a
	$$(call link,$(lib_pkg) $($(1)_pkg)) -fsanitize=fuzzer
$(B)/tests/fuzz/$(1:fuzz-%=replay-%): $(call objects,tests/fuzz/$(1).c tests/fuzz/replay.c $($(1)_src)) $(B)/lib.a
	$$(call link,$(lib_pkg) $($(1)_pkg))
endef
$(foreach f,$(fuzz_names),$(eval $(call fuzz_rules,$(f))))

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
run_tests = $(Q)B='$(abspath $(B))' tests/run
test_programs := $(B)/tree $(programs) $(corpora_programs) $(evil_programs) $(clock_programs) $(bench_programs) $(unit_programs) $(replay_programs)

.PHONY: deps
deps: ## install what is missing (Debian packages; NO_DEPS=1 skips)
	$(Q).ci/deps build test lint

# Made anew after installing, so that nothing is remembered from before.
.PHONY: check check-now unit replay integration
check: ## install what tests need, then run them all
	$(Q).ci/deps build test
	$(again) check-now
check-now: $(test_programs)
	$(run_tests) $(unit_programs) $(replay_programs) $(TESTS)
# What is installed, for tests of programs that are compiled with it.
$(B)/tree: $(programs) $(libraries) $(wildcard lib/*.h lib/*.in)
	$(Q)rm -rf $@
	$(again) install DESTDIR=$(abspath $@) >/dev/null
unit: $(unit_programs) ## unit tests only (CK_RUN_CASE=module picks one)
	$(run_tests) $^
replay: $(replay_programs) ## the fuzzers' seeds only, without a fuzzer
	$(run_tests) $^
integration: $(B)/tree $(programs) $(corpora_programs) $(evil_programs) $(clock_programs) ## integration tests only (TESTS=file picks one)
	$(run_tests) $(TESTS)

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
	$(Q)for s in $$(sed -n 's/^# suite: //p' $(SYSTEM_TESTS) | sort -u); do \
		tests/system/root build/system/root-$$s $$s || [ $$? = 77 ]; done
	$(run_tests) $(SYSTEM_TESTS)

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
fuzz: ## fuzz each target FUZZ_TIME=60 seconds (FUZZ_TARGETS=fuzz-url picks)
	$(again) CC=clang VARIANT=fuzz SANITIZE=address,undefined CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' fuzz-programs
	$(Q)FUZZ_TIME=$(FUZZ_TIME) tests/fuzz/run build/fuzz $(FUZZ_TARGETS)
fuzz-programs: $(FUZZ_TARGETS:%=$(B)/tests/fuzz/%)
test-programs: all $(test_programs)

.PHONY: coverage coverage-now
coverage: ## lines of lib/ the unit tests reach; fails below COVERAGE_MIN=90
	$(again) COVERAGE=1 VARIANT=coverage coverage-now
coverage-now: $(unit_programs)
	$(Q)find $(B) -name '*.gcda' -delete
	$(run_tests) $(unit_programs)
	$(Q)tests/coverage $(B) $(COVERAGE_MIN) $(lib_src)

# Nothing but figures on standard output.
.PHONY: bench bench-programs
bench: ## install what it needs, then one figure a line, as ratios (BENCH_FLAGS=--json)
	$(Q).ci/deps build bench >&2
	$(again) bench-programs >&2
	$(Q)B='$(abspath $(B))' tests/bench/run $(BENCH_FLAGS)
bench-programs: $(programs) $(bench_programs)

# --- lint: every line can fail the build ------------------------------------------

ANALYZER_CC ?= gcc
UNIT_EXPOSURE ?= 20
checks := format tidy leaks cppcheck layers linked exports man config readme shell units tracked
once = $(Q)tests/lint/once $(B)/lint
$(patsubst %.c,$(B)/%.tidy,$(example_src) $(sip_src)) $(patsubst %.c,$(B)/%.leaks,$(example_src) $(sip_src)): INSTALLED = -Ilib
lint_flags = $(ALL_CPPFLAGS) $(INSTALLED) -std=c17 $(warnings) $(call cflags_of,$(PKG))

.PHONY: lint lint-now $(checks:%=lint-%)
lint: ## all static checks (each alone: make lint-tidy, ...)
	$(again) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 1)) -k -Otarget lint-now
lint-now: $(checks:%=lint-%)
	$(Q)echo 'lint: $(words $(checks)) checks passed'
lint-format:
	$(Q)files=$$(git ls-files '*.c' '*.h') && test -n "$$files" && clang-format --dry-run -Werror $$files
lint-tidy: $(all_src:%.c=$(B)/%.tidy)
$(B)/%.tidy: %.c FORCE | $(generated)
	$(once) clang-tidy .clang-tidy $< clang-tidy --quiet $< -- $(lint_flags)
# A test that runs out of memory may well crash.
$(B)/tests/%.leaks: LEAKS_FLAGS = -Wno-analyzer-possible-null-argument -Wno-analyzer-possible-null-dereference
lint-leaks: $(all_src:%.c=$(B)/%.leaks)
$(B)/%.leaks: %.c FORCE | $(generated)
	$(once) leaks .clang-tidy $< $(ANALYZER_CC) $(lint_flags) -O2 -fanalyzer -fno-analyzer-state-merge -Werror $(LEAKS_FLAGS) -c -o /dev/null $<
lint-cppcheck: | $(generated)
	$(Q)mkdir -p $(B)/lint/cppcheck
	$(Q)cppcheck -q --error-exitcode=1 --std=c11 --inline-suppr -I. -I$(B) -D_GNU_SOURCE \
		--enable=warning,performance,portability --suppress=memleak --suppress=resourceLeak \
		--suppress=legacyUninitvar:tests/* \
		--cppcheck-build-dir=$(B)/lint/cppcheck $(all_src)
lint-layers:
	$(Q)tests/lint/layers
lint-linked: $(programs) $(shared)
	$(Q)tests/lint/linked $(programs) $(shared)
lint-exports: $(libraries)
	$(Q)tests/lint/exports $(B)
lint-man:
	$(Q)tests/lint/man
lint-config: $(programs)
	$(Q)tests/lint/config $(B)/certprovd
lint-readme:
	$(Q)tests/lint/readme
lint-shell:
	$(Q)tests/lint/shell
lint-units: $(programs)
	$(Q)tests/lint/units $(B) $(UNIT_EXPOSURE)
lint-tracked:
	$(Q)tests/lint/tracked

# --- install: copies files; starts, enables and chowns nothing ------------------------

INSTALL ?= install
to = $(foreach f,$(3),$(1)|$(f)|$(2)/$(notdir $(f)))
tree = $(foreach f,$(3),$(1)|$(f)|$(2)/$(f))
man_pages := $(wildcard lib/certprov.3 lib/certprov-openssl.3 daemon/certprovd/certprovd.8 daemon/certprovd/certprovd.conf.5 \
	daemon/certprov-fetch/certprov-fetch.8 daemon/certprovctl/certprovctl.1)
samples := $(sort $(foreach s,*.xml *.expect */*.xml certificates/*,$(wildcard provisioning-samples/$(s))) \
	$(wildcard provisioning-samples/README.md))
headers := lib/certprov.h lib/certprov-openssl.h
pkgconfigs := $(patsubst lib/%.in,$(B)/%,$(wildcard lib/*.pc.in))
completion := $(wildcard daemon/certprovctl/certprovctl.bash)
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
$(B)/%.pc: lib/%.pc.in $(B)/flags
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@LIBDIR@|$(LIBDIR:$(PREFIX)/%=$${prefix}/%)|g' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR:$(PREFIX)/%=$${prefix}/%)|g' -e 's|@VERSION@|$(VERSION)|g' $< > $@

# mode|source|destination; what is a link stays one
installed = $(call to,755,$(SBINDIR),$(filter %/certprovd,$(programs))) \
	$(call to,755,$(LIBEXECDIR),$(filter %/certprov-fetch,$(programs)) $(hooks)) \
	$(call to,755,$(BINDIR),$(filter %/certprovctl,$(programs))) \
	$(call to,644,$(LIBDIR),$(shared:%=%.$(SOVERSION).$(VERSION)) $(filter %.a,$(libraries))) \
	$(call to,link,$(LIBDIR),$(shared) $(shared:%=%.$(SOVERSION))) \
	$(call to,644,$(INCLUDEDIR),$(headers)) \
	$(call to,644,$(PKGCONFIGDIR),$(pkgconfigs)) \
	$(foreach m,$(man_pages),$(call to,644,$(MANDIR)/man$(subst .,,$(suffix $(m))),$(m))) \
	$(completion:%=644|%|$(COMPLETIONDIR)/certprovctl) \
	$(call to,644,$(DATADIR),$(wildcard lib/io.certprov.*.varlink)) \
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
		*) $(INSTALL) -D -m $$1 "$$2" "$(DESTDIR)$$3" ;; esac; done
uninstall: ## remove what install copied; state and configuration stay
	$(Q)set -e; for f in $(foreach i,$(installed),'$(lastword $(subst |, ,$(i)))'); do \
		echo "  RM      $(DESTDIR)$$f"; rm -f "$(DESTDIR)$$f"; done
clean: ## remove all that was built
	$(Q)rm -rf build
help: ## this list
	$(Q)awk -F ':.*## ' '/^[a-z-]+:.* ## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile
	$(Q)printf '\n  %s\n  %s\n' 'SANITIZE=address,undefined  WERROR=1  V=1  PREFIX=/usr  DESTDIR=' \
		'CC=  AR=  PKG_CONFIG=  CFLAGS=  LDFLAGS=  (another compiler: give it a VARIANT=)'
