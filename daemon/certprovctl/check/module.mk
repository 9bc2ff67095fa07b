# SPDX-License-Identifier: Apache-2.0
# Provisioning files judged without a phone.
may_use := \
	lib/base \
	lib/net \
	lib/phone \
	lib/varlink \
	lib/trust \
	lib/provisioning \
	daemon/certprovctl/output \

packages :=

sources := \
	check-file.c \
	check-json.c \
	check-junit.c \
	check-list.c \
	check-map.c \
	check-matrix.c \
	check-pool.c \
	check-problems.c \
	check-run.c \
	check-sarif.c \
	check-summary.c \
	check-text.c \
	document-file.c \
	fetcher-process.c \
