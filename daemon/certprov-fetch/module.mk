# SPDX-License-Identifier: Apache-2.0
# The fetcher: the only program that reads the network and XML.
may_use := \
	lib/base \
	lib/sandbox \
	lib/verdict \
	lib/net \
	lib/tls \
	lib/phone \
	lib/varlink \
	lib/x509 \
	lib/trust \
	lib/verify \
	lib/provisioning \
	lib/provider \

packages := libcjson libcrypto libcurl libssl libxml-2.0

sources := \
	connection.c \
	daemon-client.c \
	document-bytes.c \
	document-elements.c \
	document-error.c \
	document-fault.c \
	document-grammar.c \
	document-head.c \
	document-names.c \
	document-root.c \
	document-state.c \
	document-stray.c \
	document.c \
	download.c \
	http-users.c \
	listen.c \
	main.c \
	queue.c \
	replay.c \
	rights.c \
	session-documents.c \
	session-downloads.c \
	session-state.c \
	session.c \
	text-buffer.c \
	tls-client.c \
	tls-level.c \
	tls-watch.c \
	tls.c \
	transfer-failure.c \
	transfer-replay.c \
	transfer-result.c \
	transfer-retry.c \
	transfer-tell.c \
	transfer.c \
	wiped-memory.c \
