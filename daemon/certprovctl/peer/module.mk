# SPDX-License-Identifier: Apache-2.0
# Asks a TLS server for its certificate chain.
may_use := \
	lib/base \
	lib/sandbox \
	lib/varlink \
	lib/x509 \
	daemon/certprovctl/session \

packages := libcrypto libssl

sources := \
	chain.c \
	connection.c \
	handshake-rights.c \
	handshake.c \
	peer-report.c \
	peer.c \
	presented.c \
	starttls.c \
