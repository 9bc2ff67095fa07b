# SPDX-License-Identifier: Apache-2.0
# The commands, a file for each subject.
may_use := \
	lib/base \
	lib/users \
	lib/verdict \
	lib/net \
	lib/phone \
	lib/varlink \
	lib/x509 \
	lib/identity \
	lib/trust \
	lib/verify \
	daemon/certprovctl/output \
	daemon/certprovctl/session \
	daemon/certprovctl/peer \
	daemon/certprovctl/check \

packages := libcrypto

sources := \
	certificates.c \
	changes.c \
	check.c \
	device.c \
	expiring.c \
	metrics.c \
	monitor.c \
	runs.c \
	state.c \
	verify.c \
	web-password.c \
