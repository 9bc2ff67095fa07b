# SPDX-License-Identifier: Apache-2.0
# The static checks: every line can fail the build. make lint runs all, lint-quick those
# for every commit.

ANALYZER_CC ?= gcc
UNIT_EXPOSURE ?= 20
checks := format tidy leaks cppcheck layers names linked exports man config readme shell units tracked page web-api
# What differs from here is all that tidy and leaks look at in lint-quick.
LINT_BASE ?= HEAD
quick := $(filter-out tidy leaks cppcheck,$(checks))
once = $(Q)tests/lint/once $(B)/lint
$(patsubst %.c,$(B)/%.tidy,$(example_src) $(sip_src)) $(patsubst %.c,$(B)/%.leaks,$(example_src) $(sip_src)): INSTALLED = -Ilib/client
lint_flags = $(ALL_CPPFLAGS) $(INSTALLED) -std=c17 $(warnings) $(call cflags_of,$(PKG))

parallel = $(again) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 1)) -k -Otarget
.PHONY: lint lint-now lint-quick lint-quick-now $(checks:%=lint-%)
lint: ## all static checks (each alone: make lint-tidy, ...)
	$(parallel) lint-now
lint-now: $(checks:%=lint-%)
	$(Q)echo 'lint: $(words $(checks)) checks passed'
lint-quick: ## those for every commit, tidy and leaks only for what changed (LINT_BASE=HEAD)
	$(parallel) lint-quick-now CHANGED="$$(git diff --name-only $(LINT_BASE) -- '*.c'; git ls-files -o --exclude-standard -- '*.c')"
changed := $(filter $(all_src),$(CHANGED))
lint-quick-now: $(quick:%=lint-%) $(changed:%.c=$(B)/%.tidy) $(changed:%.c=$(B)/%.leaks)
	$(Q)echo 'lint-quick: $(words $(quick)) checks passed, and of $(words $(changed)) files tidy and leaks'
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
# It reads no headers of OpenSSL's, whose templates end in a macro.
lint-cppcheck: | $(generated)
	$(Q)mkdir -p $(B)/lint/cppcheck
	$(Q)cppcheck -q --error-exitcode=1 --std=c11 --inline-suppr -I. -I$(B) -D_GNU_SOURCE \
		'-Dstatic_ASN1_SEQUENCE_END_name(type,name)=;' --enable=warning,performance,portability --suppress=memleak --suppress=resourceLeak \
		--suppress=legacyUninitvar:tests/* \
		--cppcheck-build-dir=$(B)/lint/cppcheck $(all_src)
lint-layers: $(sort $(call objects,$(call src,$(folders)) $(glue_src) $(provider_src)))
	$(Q)tests/lint/folders $(B) $(folders)
	$(Q)tests/lint/layers
lint-linked: $(programs) $(shared)
	$(Q)tests/lint/linked $(programs) $(shared)
lint-exports: $(libraries) $(B)/tree
	$(Q)tests/lint/exports $(B)
lint-names lint-man lint-tracked lint-page lint-web-api: lint-%:
	$(Q)tests/lint/$*
lint-config: $(programs)
	$(Q)tests/lint/config $(B)/certprovd $(B)/certprov-web
lint-readme:
	$(Q)tests/lint/readme $(WRITE) $(folders)
lint-shell:
	$(Q)tests/lint/shell $(B)/lint/shell
lint-units: $(programs)
	$(Q)tests/lint/units $(B) $(UNIT_EXPOSURE)
