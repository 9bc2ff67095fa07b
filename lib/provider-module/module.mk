# SPDX-License-Identifier: Apache-2.0
# libcertprov-provider.so: the keys of lib/provider reached by libcertprov, for OpenSSL to load.
may_use := \
	lib/provider \
	lib/client \

packages := libcrypto

# Of libcertprov-provider.so alone: no program has it in it.
sources :=

provider_sources := \
	provider-module.c \
	provider-transport.c \
