# SPDX-License-Identifier: Apache-2.0
# libcertprov-provider: keys of the phone for OpenSSL, which sign by call.
may_use := \
	lib/base \
	lib/client \

packages := libcrypto

# Of libcertprov-provider.so alone: no program has it in it.
sources :=

provider_sources := \
	provider-decoder.c \
	provider-error.c \
	provider-key.c \
	provider-keymgmt.c \
	provider-signature.c \
	provider-store.c \
	provider.c \
