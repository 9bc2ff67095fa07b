# SPDX-License-Identifier: Apache-2.0
# The state of trust in memory and what follows from it: verdicts kept, unknown certificates, exports.
may_use := \
	lib/base \
	lib/phone \
	lib/varlink \
	lib/x509 \
	lib/trust \
	lib/verify \
	lib/provisioning \
	daemon/certprovd/config \
	daemon/certprovd/sys \
	daemon/certprovd/store \

packages := libcjson libsystemd

sources := \
	anchors-used.c \
	authorities-change.c \
	endings.c \
	export-files.c \
	export-record.c \
	export-set.c \
	export.c \
	firmware-change.c \
	last-server.c \
	own-directory.c \
	rejections.c \
	roles.c \
	timekeeping.c \
	trust-state.c \
	unknown-store.c \
	unknown.c \
	verdict-cache.c \
	verdict-messages.c \

hot := \
	verdict-messages.c \
