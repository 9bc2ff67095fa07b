# SPDX-License-Identifier: Apache-2.0
# Provisioning files judged without a phone.
may_use := \
	lib/base \
	lib/phone \
	lib/varlink \
	lib/trust \
	lib/provisioning \
	daemon/certprovctl/output \

packages :=

sources := \
	check-matrix.c \
	check-problems.c \
	check-run.c \
	check-text.c \
	document-file.c \
	fetcher-process.c \
