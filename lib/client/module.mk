# SPDX-License-Identifier: Apache-2.0
# The two client libraries; certprov.h and certprov-openssl.h are what they show.
may_use := \
	lib/base \
	lib/varlink \
	lib/x509 \
	lib/trust \
	lib/verify \

packages := libssl

sources := \
	client-certificate.c \
	client-identity.c \
	client-monitor.c \
	client-status.c \
	client-verdict.c \
	client-verify.c \
	client.c \

# Of libcertprov-openssl alone: needs libssl.
openssl_sources := \
	certprov-local.c \
	certprov-openssl.c \
	local-answers.c \
