# SPDX-License-Identifier: Apache-2.0
# One function a command.
may_use := \
	lib/base \
	lib/verdict \
	lib/net \
	lib/phone \
	lib/varlink \
	lib/x509 \
	lib/trust \
	lib/verify \
	daemon/certprovctl/output \
	daemon/certprovctl/session \
	daemon/certprovctl/peer \
	daemon/certprovctl/check \

packages := libcjson

sources := \
	certificates.c \
	check.c \
	clock.c \
	exceptions.c \
	monitor.c \
	provision.c \
	runs.c \
	settings-commands.c \
	state.c \
	upload.c \
	verdict-view.c \
	verify.c \
