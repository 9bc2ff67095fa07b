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
$(addprefix $(B)/lib/sandbox/sandbox-filter,.o .tidy .leaks): PKG = libseccomp
$(call under,daemon/certprovd): PKG = $(certprovd_pkg)
$(call under,daemon/certprov-fetch): PKG = $(certprov-fetch_pkg)
$(call under,daemon/certprovctl): PKG = $(certprovctl_pkg)
$(call under,pic/lib): PKG = $(lib_pkg)
$(call under,tests/unit): PKG = check $(lib_pkg)
$(call under,tests/unit/certprovd): PKG = check $(certprovd_pkg)
$(call under,tests/unit/certprov-fetch): PKG = check $(certprov-fetch_pkg)
$(call under,tests/unit/certprovctl): PKG = check $(certprovctl_pkg)
$(call under,tests/unit/lib/client): PKG = check libssl $(lib_pkg)
$(call under,tests/fuzz): PKG = $(lib_pkg)
$(call under,tests/corpora): PKG = $(lib_pkg)
$(call under,tests/bench): PKG = libssl $(certprovd_pkg)

# --- sources, one a line, sorted -----------------------------------------------

lib_src := \
	lib/base/base64.c \
	lib/base/date.c \
	lib/base/der.c \
	lib/base/digest.c \
	lib/base/sha256.c \
	lib/base/text.c \
	lib/base/utf8.c \
	lib/base/util.c \
	lib/client/client-certificate.c \
	lib/client/client-monitor.c \
	lib/client/client-status.c \
	lib/client/client-verdict.c \
	lib/client/client-verify.c \
	lib/client/client.c \
	lib/net/address.c \
	lib/net/url-names.c \
	lib/net/url-redact.c \
	lib/net/url.c \
	lib/phone/backoff.c \
	lib/phone/firmware-json.c \
	lib/phone/firmware.c \
	lib/phone/settings.c \
	lib/provisioning/candidates.c \
	lib/provisioning/duplicates.c \
	lib/provisioning/fetch-calls.c \
	lib/provisioning/fetch-certificates.c \
	lib/provisioning/fetch-claims.c \
	lib/provisioning/fetch-handlers.c \
	lib/provisioning/fetch-job.c \
	lib/provisioning/fetch-messages.c \
	lib/provisioning/fetch-service.c \
	lib/provisioning/judge.c \
	lib/provisioning/outcome.c \
	lib/sandbox/sandbox-filter.c \
	lib/sandbox/sandbox-landlock.c \
	lib/sandbox/sandbox.c \
	lib/trust/anchors.c \
	lib/trust/authorities.c \
	lib/trust/intermediate-cache.c \
	lib/trust/snapshot.c \
	lib/trust/trust-distrust.c \
	lib/trust/trust.c \
	lib/varlink/json-check.c \
	lib/varlink/json-fields.c \
	lib/varlink/varlink-client.c \
	lib/varlink/varlink-request.c \
	lib/varlink/varlink-service.c \
	lib/varlink/varlink-socket.c \
	lib/varlink/varlink.c \
	lib/verdict/verdict-rows.c \
	lib/verdict/verdict.c \
	lib/verify/verify-attempt.c \
	lib/verify/verify-distrust.c \
	lib/verify/verify-explain.c \
	lib/verify/verify-faults.c \
	lib/verify/verify-names.c \
	lib/verify/verify-openssl.c \
	lib/verify/verify-policy.c \
	lib/verify/verify-search.c \
	lib/verify/verify-strict.c \
	lib/verify/verify.c \
	lib/x509/certificate.c \
	lib/x509/decode.c \
	lib/x509/issuing.c \
	lib/x509/key-forms.c \
	lib/x509/key.c \
	lib/x509/names.c \
	lib/x509/recognise.c \
	lib/x509/signature-malleability.c \
	lib/x509/skeleton.c \

# The client libraries: all that is in them; lib/client/certprov.h says what for.

libcertprov_src := \
	lib/base/base64.c \
	lib/base/date.c \
	lib/base/der.c \
	lib/base/sha256.c \
	lib/base/utf8.c \
	lib/base/util.c \
	lib/client/client-certificate.c \
	lib/client/client-monitor.c \
	lib/client/client-status.c \
	lib/client/client-verdict.c \
	lib/client/client-verify.c \
	lib/client/client.c \
	lib/varlink/json-check.c \
	lib/varlink/json-fields.c \
	lib/varlink/varlink-client.c \
	lib/varlink/varlink-socket.c \
	lib/varlink/varlink.c \

# Needs libssl, so it is not in lib.a.
openssl_glue_src := \
	lib/client/certprov-local.c \
	lib/client/certprov-openssl.c \

libcertprov-openssl_src := $(openssl_glue_src) \
	lib/trust/anchors.c \
	lib/x509/certificate.c \
	lib/base/date.c \
	lib/base/der.c \
	lib/base/digest.c \
	lib/phone/firmware.c \
	lib/varlink/json-check.c \
	lib/x509/key-forms.c \
	lib/x509/key.c \
	lib/trust/intermediate-cache.c \
	lib/x509/names.c \
	lib/x509/skeleton.c \
	lib/trust/snapshot.c \
	lib/base/text.c \
	lib/trust/trust-distrust.c \
	lib/trust/trust.c \
	lib/x509/signature-malleability.c \
	lib/base/utf8.c \
	lib/base/util.c \
	lib/verdict/verdict-rows.c \
	lib/verdict/verdict.c \
	lib/verify/verify-attempt.c \
	lib/verify/verify-distrust.c \
	lib/verify/verify-faults.c \
	lib/verify/verify-names.c \
	lib/verify/verify-openssl.c \
	lib/verify/verify-policy.c \
	lib/verify/verify-search.c \
	lib/verify/verify-strict.c \
	lib/verify/verify-explain.c \
	lib/verify/verify.c \

unit_lib_src := \
	tests/unit/digest-double.c \
	tests/unit/lib/base/base64.c \
	tests/unit/lib/base/date.c \
	tests/unit/lib/base/der.c \
	tests/unit/lib/base/digest.c \
	tests/unit/lib/base/sha256.c \
	tests/unit/lib/base/text.c \
	tests/unit/lib/base/utf8.c \
	tests/unit/lib/base/util.c \
	tests/unit/lib/main.c \
	tests/unit/lib/net/address.c \
	tests/unit/lib/net/url-names.c \
	tests/unit/lib/net/url-redact.c \
	tests/unit/lib/net/url.c \
	tests/unit/lib/phone/backoff.c \
	tests/unit/lib/phone/firmware.c \
	tests/unit/lib/phone/settings.c \
	tests/unit/lib/provisioning/candidates.c \
	tests/unit/lib/provisioning/duplicates.c \
	tests/unit/lib/provisioning/fetch-calls.c \
	tests/unit/lib/provisioning/fetch-handlers.c \
	tests/unit/lib/provisioning/fetch-job.c \
	tests/unit/lib/provisioning/fetch-messages.c \
	tests/unit/lib/provisioning/fetch-rig.c \
	tests/unit/lib/provisioning/fetch-service.c \
	tests/unit/lib/provisioning/judge-roles.c \
	tests/unit/lib/provisioning/judge.c \
	tests/unit/lib/provisioning/outcome.c \
	tests/unit/lib/trust/anchors.c \
	tests/unit/lib/trust/authorities.c \
	tests/unit/lib/trust/distrust.c \
	tests/unit/lib/trust/intermediate-cache.c \
	tests/unit/lib/trust/snapshot.c \
	tests/unit/lib/trust/trust.c \
	tests/unit/lib/varlink/json-check.c \
	tests/unit/lib/varlink/json-fields.c \
	tests/unit/lib/varlink/varlink-client.c \
	tests/unit/lib/varlink/varlink-service.c \
	tests/unit/lib/varlink/varlink-socket.c \
	tests/unit/lib/varlink/varlink.c \
	tests/unit/lib/verdict/verdict.c \
	tests/unit/lib/verify/ask.c \
	tests/unit/lib/verify/verify-bytes.c \
	tests/unit/lib/verify/verify-cost.c \
	tests/unit/lib/verify/verify-explain.c \
	tests/unit/lib/verify/verify-issued.c \
	tests/unit/lib/verify/verify-names.c \
	tests/unit/lib/verify/verify-policy.c \
	tests/unit/lib/verify/verify-roles.c \
	tests/unit/lib/verify/verify-search.c \
	tests/unit/lib/verify/verify-table.c \
	tests/unit/lib/verify/verify.c \
	tests/unit/lib/x509/certificate.c \
	tests/unit/lib/x509/decode-corpora.c \
	tests/unit/lib/x509/decode.c \
	tests/unit/lib/x509/issuing.c \
	tests/unit/lib/x509/key.c \
	tests/unit/lib/x509/made.c \
	tests/unit/lib/x509/names.c \
	tests/unit/lib/x509/signature-malleability.c \
	tests/unit/lib/x509/skeleton.c \

# A program comes into being when its main.c is listed; unit tests link the rest.

certprovd_main := daemon/certprovd/main.c
certprovd_src := \
	daemon/certprovd/api/admin-api.c \
	daemon/certprovd/api/admin-change.c \
	daemon/certprovd/api/admin-clock.c \
	daemon/certprovd/api/admin-exception.c \
	daemon/certprovd/api/admin-provision.c \
	daemon/certprovd/api/admin-remove.c \
	daemon/certprovd/api/admin-runs.c \
	daemon/certprovd/api/admin-settings.c \
	daemon/certprovd/api/admin-trust.c \
	daemon/certprovd/api/admin-upload.c \
	daemon/certprovd/api/describe.c \
	daemon/certprovd/api/monitors.c \
	daemon/certprovd/api/status.c \
	daemon/certprovd/api/trust-api.c \
	daemon/certprovd/api/trust-verify.c \
	daemon/certprovd/config/config-keys.c \
	daemon/certprovd/config/config-values.c \
	daemon/certprovd/config/config.c \
	daemon/certprovd/config/phone.c \
	daemon/certprovd/daemon.c \
	daemon/certprovd/listen.c \
	daemon/certprovd/rights.c \
	daemon/certprovd/run/commit-batch.c \
	daemon/certprovd/run/provision.c \
	daemon/certprovd/run/run-job.c \
	daemon/certprovd/run/run-owner.c \
	daemon/certprovd/run/run.c \
	daemon/certprovd/store/store-certificates.c \
	daemon/certprovd/store/store-distrusted.c \
	daemon/certprovd/store/store-files.c \
	daemon/certprovd/store/store-open.c \
	daemon/certprovd/store/store-runs.c \
	daemon/certprovd/store/store-schema.c \
	daemon/certprovd/store/store-settings.c \
	daemon/certprovd/store/store-versions.c \
	daemon/certprovd/store/store.c \
	daemon/certprovd/sys/clock.c \
	daemon/certprovd/sys/durable-file.c \
	daemon/certprovd/sys/log.c \
	daemon/certprovd/sys/schedule.c \
	daemon/certprovd/sys/server-connection.c \
	daemon/certprovd/sys/server.c \
	daemon/certprovd/sys/stream.c \
	daemon/certprovd/sys/turns.c \
	daemon/certprovd/timekeeping.c \
	daemon/certprovd/trust/export-files.c \
	daemon/certprovd/trust/export-set.c \
	daemon/certprovd/trust/export.c \
	daemon/certprovd/trust/own-directory.c \
	daemon/certprovd/trust/rejections.c \
	daemon/certprovd/trust/roles.c \
	daemon/certprovd/trust/trust-state.c \
	daemon/certprovd/trust/unknown-store.c \
	daemon/certprovd/trust/unknown.c \
	daemon/certprovd/trust/verdict-cache.c \

certprov-fetch_main := daemon/certprov-fetch/main.c
certprov-fetch_src := \
	daemon/certprov-fetch/connection.c \
	daemon/certprov-fetch/daemon-client.c \
	daemon/certprov-fetch/document-grammar.c \
	daemon/certprov-fetch/document.c \
	daemon/certprov-fetch/download.c \
	daemon/certprov-fetch/listen.c \
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
	daemon/certprovctl/check/check-matrix.c \
	daemon/certprovctl/check/check-run.c \
	daemon/certprovctl/check/document-file.c \
	daemon/certprovctl/check/fetcher-process.c \
	daemon/certprovctl/commands/certificates.c \
	daemon/certprovctl/commands/check.c \
	daemon/certprovctl/commands/clock.c \
	daemon/certprovctl/commands/exceptions.c \
	daemon/certprovctl/commands/monitor.c \
	daemon/certprovctl/commands/provision.c \
	daemon/certprovctl/commands/runs.c \
	daemon/certprovctl/commands/settings-commands.c \
	daemon/certprovctl/commands/state.c \
	daemon/certprovctl/commands/upload.c \
	daemon/certprovctl/commands/verdict-view.c \
	daemon/certprovctl/commands/verify.c \
	daemon/certprovctl/output/progress.c \
	daemon/certprovctl/output/screen.c \
	daemon/certprovctl/output/table.c \
	daemon/certprovctl/output/text-width.c \
	daemon/certprovctl/output/view.c \
	daemon/certprovctl/output/when.c \
	daemon/certprovctl/peer/chain.c \
	daemon/certprovctl/peer/connection.c \
	daemon/certprovctl/peer/handshake.c \
	daemon/certprovctl/peer/peer-report.c \
	daemon/certprovctl/peer/peer.c \
	daemon/certprovctl/peer/presented.c \
	daemon/certprovctl/peer/rights.c \
	daemon/certprovctl/peer/starttls.c \
	daemon/certprovctl/session/arguments.c \
	daemon/certprovctl/session/change.c \
	daemon/certprovctl/session/fingerprint.c \
	daemon/certprovctl/session/listing.c \
	daemon/certprovctl/session/outcomes.c \
	daemon/certprovctl/session/service-errors.c \
	daemon/certprovctl/session/service.c \
	daemon/certprovctl/session/session.c \
	daemon/certprovctl/verbs.c \

unit_certprovd_src := \
	tests/unit/certprovd/api/admin-api.c \
	tests/unit/certprovd/api/admin-exception.c \
	tests/unit/certprovd/api/admin-provision.c \
	tests/unit/certprovd/api/admin-runs.c \
	tests/unit/certprovd/api/admin-upload.c \
	tests/unit/certprovd/api/api-fixture.c \
	tests/unit/certprovd/api/provision-double.c \
	tests/unit/certprovd/api/status.c \
	tests/unit/certprovd/api/trust-api.c \
	tests/unit/certprovd/api/trust-verify.c \
	tests/unit/certprovd/config/config.c \
	tests/unit/certprovd/config/phone.c \
	tests/unit/certprovd/main.c \
	tests/unit/certprovd/rights.c \
	tests/unit/certprovd/run/commit-batch.c \
	tests/unit/certprovd/scratch.c \
	tests/unit/certprovd/store/store-fixture.c \
	tests/unit/certprovd/store/store-recovery.c \
	tests/unit/certprovd/store/store-reports.c \
	tests/unit/certprovd/store/store-system.c \
	tests/unit/certprovd/store/store-versions.c \
	tests/unit/certprovd/store/store.c \
	tests/unit/certprovd/sys/clock-double.c \
	tests/unit/certprovd/sys/clock.c \
	tests/unit/certprovd/sys/durable-file.c \
	tests/unit/certprovd/sys/log.c \
	tests/unit/certprovd/sys/schedule.c \
	tests/unit/certprovd/sys/server-limits.c \
	tests/unit/certprovd/sys/server-readers.c \
	tests/unit/certprovd/sys/server-rig.c \
	tests/unit/certprovd/sys/server-turns.c \
	tests/unit/certprovd/sys/server.c \
	tests/unit/certprovd/sys/turns.c \
	tests/unit/certprovd/timekeeping.c \
	tests/unit/certprovd/trust/digest.c \
	tests/unit/certprovd/trust/export-files.c \
	tests/unit/certprovd/trust/export-set.c \
	tests/unit/certprovd/trust/export.c \
	tests/unit/certprovd/trust/own-directory.c \
	tests/unit/certprovd/trust/rejections.c \
	tests/unit/certprovd/trust/roles.c \
	tests/unit/certprovd/trust/unknown-store.c \
	tests/unit/certprovd/trust/unknown.c \
	tests/unit/certprovd/trust/verdict-cache.c \
	tests/unit/digest-double.c \

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
	tests/unit/certprovctl/canned.c \
	tests/unit/certprovctl/check/check-matrix.c \
	tests/unit/certprovctl/check/check-run.c \
	tests/unit/certprovctl/check/document-file.c \
	tests/unit/certprovctl/commands/certificates.c \
	tests/unit/certprovctl/commands/check.c \
	tests/unit/certprovctl/commands/clock.c \
	tests/unit/certprovctl/commands/exceptions.c \
	tests/unit/certprovctl/commands/monitor.c \
	tests/unit/certprovctl/commands/provision.c \
	tests/unit/certprovctl/commands/runs.c \
	tests/unit/certprovctl/commands/settings-commands.c \
	tests/unit/certprovctl/commands/state.c \
	tests/unit/certprovctl/commands/upload.c \
	tests/unit/certprovctl/commands/verify.c \
	tests/unit/certprovctl/main.c \
	tests/unit/certprovctl/output/progress.c \
	tests/unit/certprovctl/output/screen.c \
	tests/unit/certprovctl/output/table.c \
	tests/unit/certprovctl/output/text-width.c \
	tests/unit/certprovctl/output/view.c \
	tests/unit/certprovctl/output/when.c \
	tests/unit/certprovctl/paper.c \
	tests/unit/certprovctl/peer/chain.c \
	tests/unit/certprovctl/peer/peer-report.c \
	tests/unit/certprovctl/peer/peer.c \
	tests/unit/certprovctl/peer/presented.c \
	tests/unit/certprovctl/peer/starttls.c \
	tests/unit/certprovctl/scrap.c \
	tests/unit/certprovctl/session/arguments.c \
	tests/unit/certprovctl/session/fingerprint.c \
	tests/unit/certprovctl/session/service.c \
	tests/unit/certprovctl/verbs.c \

unit_client_src := \
	tests/unit/lib/client/answers.c \
	tests/unit/lib/client/client.c \
	tests/unit/lib/client/local.c \
	tests/unit/lib/client/main.c \
	tests/unit/lib/client/monitor.c \
	tests/unit/lib/client/openssl.c \
	tests/unit/lib/client/service.c \

# Compiled by their test as any program would be, from what is installed.
example_src := \
	lib/client/examples/list.c \
	lib/client/examples/monitor.c \
	lib/client/examples/tls-client.c \
	lib/client/examples/verify.c \
	tests/client/ask.c \

unit_runner_src := tests/unit/runner.c tests/unit/pki.c

# Drivers for files of outside cases; built with everything, never installed.

corpora_src := \
	tests/corpora/verify-cases.c \

# fuzz-NAME_src and fuzz-NAME_pkg: what a target links beyond lib/.

fuzz-document_src := \
	daemon/certprov-fetch/document-grammar.c \
	daemon/certprov-fetch/document.c \
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

sip_src := lib/client/examples/sip-register.c

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

# The interface definitions as text in the programs; lib/varlink/interfaces.h.
interfaces := \
	daemon/certprovd/api/io.certprov.admin.varlink \
	daemon/certprovd/api/io.certprov.identity.varlink \
	daemon/certprovd/api/io.certprov.trust.varlink \
	lib/provisioning/io.certprov.fetch.varlink \
	lib/varlink/org.varlink.service.varlink \

generated := $(B)/lib/varlink/interfaces.c $(B)/daemon/certprovd/store/store.sql.h

$(B)/lib/varlink/interfaces.c: $(interfaces) Makefile
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q){ echo '#include "lib/varlink/interfaces.h"'; for f in $(interfaces); do \
		n=$${f%.varlink}; echo "const char varlink_$${n##*.}_description[] = {"; \
		od -v -An -tu1 $$f | sed 's/ *\([0-9][0-9]*\)/\1,/g'; echo '0};'; done; } > $@.new
	$(Q)mv $@.new $@

$(B)/lib/varlink/interfaces.o: $(B)/lib/varlink/interfaces.c $(B)/flags
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/lib.a: $(call objects,$(lib_src)) $(B)/lib/varlink/interfaces.o
# The schema becomes an array of its statements, each with the step it belongs to.
$(B)/daemon/certprovd/store/store.sql.h: daemon/certprovd/store/store.sql
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)awk '/^-- step [0-9]/ { step = $$3 + 0 } /^--/ || !NF { next } \
		{ gsub(/[\\"]/, "\\\\&"); text = text " " $$0 } \
		/;$$/ { printf "{%d, \"%s\"},\n", step, text; text = "" }' $< > $@.new
	$(Q)mv $@.new $@
$(B)/daemon/certprovd/store/store-schema.o: $(B)/daemon/certprovd/store/store.sql.h

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
$(B)/$(1).so.$(SOVERSION).$(VERSION): $(patsubst %.c,$(B)/pic/%.o,$($(1)_src)) lib/client/$(1:lib%=%).map $(2)
	$$(call say,LD,$$@)
	$(Q)$$(CC) $$(pic_cflags) -shared $$(filter-out -pie,$$(ALL_LDFLAGS)) $$($(1)_ldflags) \
		$(if $(SANITIZE),,-Wl,-z,defs) -Wl,-soname,$(1).so.$(SOVERSION) \
		-Wl,--version-script=lib/client/$(1:lib%=%).map -o $$@ $$(filter %.o %.so,$$^) $$(call libs_of,$$($(1)_pkg))
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
$(B)/tests/evil/evil-handshake: $(B)/daemon/certprovctl/peer/rights.o
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
$(sip_src:%.c=$(B)/%.o): private ALL_CPPFLAGS += -idirafter lib/client
$(sip_src:%.c=$(B)/%): $(B)/%: $(B)/%.o $(libraries)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< -L$(B) -lcertprov-openssl -lcertprov \
		-Wl,-Bstatic $(call libs_of,libre) -Wl,-Bdynamic $(call libs_of,libssl libcrypto) -lz -lpthread

# Calls of the handlers under test come to tests/unit/certprovd/api/provision-double.c first.
provision_double := start unwatch cancel current next
# And the time comes from tests/unit/certprovd/sys/clock-double.c.
clock_double := wall read
$(B)/tests/unit/unit-certprovd: private ALL_LDFLAGS += $(provision_double:%=-Wl,--wrap=provision_%) \
	$(clock_double:%=-Wl,--wrap=clock_%)
# tests/unit/lib/client/local.c holds up some verdicts.
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
$(B)/tree: $(programs) $(libraries) $(wildcard lib/client/*.h lib/client/*.in)
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
$(patsubst %.c,$(B)/%.tidy,$(example_src) $(sip_src)) $(patsubst %.c,$(B)/%.leaks,$(example_src) $(sip_src)): INSTALLED = -Ilib/client
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
man_pages := $(wildcard lib/client/certprov.3 lib/client/certprov-openssl.3 daemon/certprovd/certprovd.8 daemon/certprovd/certprovd.conf.5 \
	daemon/certprov-fetch/certprov-fetch.8 daemon/certprovctl/certprovctl.1)
samples := $(sort $(foreach s,*.xml *.expect */*.xml certificates/*,$(wildcard provisioning-samples/$(s))) \
	$(wildcard provisioning-samples/README.md))
headers := lib/client/certprov.h lib/client/certprov-openssl.h
pkgconfigs := $(patsubst lib/client/%.in,$(B)/%,$(wildcard lib/client/*.pc.in))
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
$(B)/%.pc: lib/client/%.pc.in $(B)/flags
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
