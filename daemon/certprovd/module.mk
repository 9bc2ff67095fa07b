# SPDX-License-Identifier: Apache-2.0
# The daemon as one object, and its way from start to end.
may_use := \
	lib/base \
	lib/sandbox \
	lib/phone \
	lib/x509 \
	daemon/certprovd/config \
	daemon/certprovd/sys \
	daemon/certprovd/store \
	daemon/certprovd/identity \
	daemon/certprovd/trust \
	daemon/certprovd/run \
	daemon/certprovd/api \

packages := libsystemd

sources := \
	daemon-config.c \
	daemon-rights.c \
	daemon-trust.c \
	daemon.c \
	endpoints.c \
	main.c \
