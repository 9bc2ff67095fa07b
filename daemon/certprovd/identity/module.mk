# SPDX-License-Identifier: Apache-2.0
# The phone's own certificates and private keys, which are opened here alone.
may_use := \
	lib/base \
	lib/phone \
	lib/identity \
	daemon/certprovd/sys \
	daemon/certprovd/config \

packages := libcrypto

sources := \
	device-place.c \
	device.c \
	identities.c \
	key-files.c \
	key-groups.c \
	webserver-file.c \
