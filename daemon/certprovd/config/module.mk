# SPDX-License-Identifier: Apache-2.0
# The configuration file and the identity of the phone.
may_use := \
	lib/base \
	lib/net \
	lib/tls \

packages := inih

sources := \
	config-keys.c \
	config-values.c \
	config.c \
	phone.c \
