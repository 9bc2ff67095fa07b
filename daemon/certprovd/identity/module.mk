# SPDX-License-Identifier: Apache-2.0
# The phone's own certificates and private keys, which are opened here alone.
may_use := \
	lib/base \
	lib/verdict \
	lib/phone \
	lib/x509 \
	lib/identity \
	daemon/certprovd/sys \
	daemon/certprovd/config \

sources := \
	identities.c \
	key-files.c \
