# SPDX-License-Identifier: Apache-2.0
# What the tests are made of; the targets that run them are in the Makefile.

# Tests mirror the folders; each program of theirs takes all that is there.
unit_runner_src := $(wildcard tests/unit/*.c)
unit_client_src := $(wildcard tests/unit/lib/client/*.c)
unit_lib_src := $(filter-out $(unit_client_src),$(wildcard tests/unit/lib/*.c tests/unit/lib/*/*.c))
$(foreach p,$(names),$(eval unit_$(p)_src := $(wildcard tests/unit/$(p)/*.c tests/unit/$(p)/*/*.c)))
example_src := $(filter-out %/sip-register.c,$(wildcard lib/client/examples/*.c)) tests/client/ask.c
sip_src := lib/client/examples/sip-register.c
fuzz_src := $(wildcard tests/fuzz/fuzz-*.c)
evil_src := $(wildcard tests/evil/evil-*.c)
bench_src := $(wildcard tests/bench/bench-*.c)
bench_shared_src := $(filter-out $(bench_src) tests/bench/unguarded.c,$(wildcard tests/bench/*.c))
corpora_src := $(wildcard tests/corpora/*.c)
clock_src := $(wildcard tests/clock/*.c tests/contract/*.c)
$(foreach p,$(names),$(eval $(call under,tests/unit/$(p)): PKG = check $($(p)_pkg)))
$(call under,tests/unit/lib) $(call under,tests/bench): PKG = check $(call pkg,$(folders))
$(call under,tests): PKG = $(lib_pkg)
$(B)/tests/unit/%.o: private OPTIMIZE = -O0
fuzz-document_src := $(wildcard daemon/certprov-fetch/document*.c) $(addprefix daemon/certprov-fetch/,text-buffer.c wiped-memory.c)
fuzz-document_pkg := libxml-2.0
fuzz-web_src := $(filter-out %/main.c,$(certprov-web_src))
fuzz-web_pkg := $(certprov-web_pkg)

unit_programs := $(foreach u,lib client $(names),$(B)/tests/unit/unit-$(u))
corpora_programs := $(corpora_src:%.c=$(B)/%)
evil_programs := $(evil_src:%.c=$(B)/%)
clock_programs := $(clock_src:%.c=$(B)/%.so)
bench_programs := $(bench_src:%.c=$(B)/%)
counted_program := $(B)/tests/bench/certprovd-counted
sip_programs = $(if $(shell $(PKG_CONFIG) --exists libre && echo yes),$(sip_src:%.c=$(B)/%))
fuzz_names := $(patsubst tests/fuzz/%.c,%,$(fuzz_src))
replay_programs := $(fuzz_names:fuzz-%=$(B)/tests/fuzz/replay-%)

$(B)/tests/unit/unit-lib: $(call objects,$(unit_lib_src) $(unit_runner_src)) $(B)/lib.a
	$(call link,check $(lib_pkg) libssl)
$(B)/tests/unit/unit-client: $(call objects,$(unit_client_src) $(glue_src) $(unit_runner_src)) $(B)/lib.a
	$(call link,check $(lib_pkg) libssl)
define unit_rules
$(B)/tests/unit/unit-$(1): $(call objects,$(unit_$(1)_src) $(filter-out %/main.c,$($(1)_src)) $(unit_runner_src)) $(B)/lib.a
	$$(call link,check $($(1)_pkg))
endef
$(foreach p,$(names),$(eval $(call unit_rules,$(p))))
# A bench that asserts something as well; and identities as the tests of lib/ make them.
$(B)/tests/unit/unit-certprovd: $(B)/tests/bench/fleet.o $(B)/tests/unit/lib/identity/identity-fixture.o

$(corpora_programs): $(B)/%: $(B)/%.o $(B)/lib.a
	$(call link,libcrypto)
# Each with the list of the program that it was.
$(B)/tests/evil/evil-daemon: $(B)/daemon/certprovd/daemon-rights.o
$(B)/tests/evil/evil-fetch: $(B)/daemon/certprov-fetch/rights.o
$(B)/tests/evil/evil-handshake: $(B)/daemon/certprovctl/peer/handshake-rights.o
$(evil_programs): $(B)/%: $(B)/%.o $(B)/tests/evil/attempts.o $(B)/lib.a
	$(call link,libcrypto libcjson libseccomp)
# With all the daemon's libraries, whether used or not: the measure of its start.
$(B)/tests/bench/bench-empty: $(B)/tests/bench/bench-empty.o
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,--no-as-needed -o $@ $< $(call libs_of,$(certprovd_pkg))
$(filter-out %/bench-empty,$(bench_programs)): $(B)/%: $(B)/%.o $(call objects,$(bench_shared_src)) $(B)/daemon/certprovd/sys/schedule.o \
		$(B)/libcertprov-openssl.a $(B)/libcertprov.a $(B)/lib.a
	$(call link,libssl $(certprovd_pkg))
# The daemon as it is, less its sandbox.
$(counted_program): $(call objects,$(certprovd_src) tests/bench/unguarded.c) $(B)/lib.a
	$(call link,$(certprovd_pkg))
$(counted_program): private ALL_LDFLAGS += -Wl,--wrap=sandbox_enter
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

# Functions that the tests put theirs before: tests/unit/certprovd/api/provision-double.c,
# sys/clock-double.c, identity/key-files-double.c and run/commit-batch.c, certprov-web/users/exchange-double.c,
# lib/client/local.c, lib/x509/decoder-context.c, and digest-double.c for all.
wrap = $(1:%=-Wl,--wrap=%)
$(unit_programs): private ALL_LDFLAGS += $(call wrap,EVP_Digest)
$(B)/tests/unit/unit-lib: private ALL_LDFLAGS += $(call wrap,OSSL_PROVIDER_add_builtin)
$(B)/tests/unit/unit-certprovd: private ALL_LDFLAGS += \
	$(call wrap,$(addprefix provision_,start cancel current finished next find_source offer loop) run_unwatch clock_wall clock_read free) \
	$(call wrap,$(addprefix key_files_,write_own remove_own))
$(B)/tests/unit/unit-certprov-web: private ALL_LDFLAGS += $(call wrap,exchange_secure exchange_peer password_check)
$(B)/tests/unit/unit-client: private ALL_LDFLAGS += $(call wrap,verify_peer)

$(B)/tests/fuzz/fuzz-web $(B)/tests/fuzz/replay-web: private ALL_LDFLAGS += \
	$(call wrap,exchange_secure RAND_bytes password_check web_log web_log_own call_begin)

# The same target twice: for libFuzzer, and with a plain driver for its seeds.
define fuzz_rules
$(B)/tests/fuzz/$(1): $(call objects,tests/fuzz/$(1).c $($(1)_src)) $(B)/lib.a
	$$(call link,$(lib_pkg) $($(1)_pkg)) -fsanitize=fuzzer
$(B)/tests/fuzz/$(1:fuzz-%=replay-%): $(call objects,tests/fuzz/$(1).c tests/fuzz/replay.c $($(1)_src)) $(B)/lib.a
	$$(call link,$(lib_pkg) $($(1)_pkg))
endef
$(foreach f,$(fuzz_names),$(eval $(call fuzz_rules,$(f))))
