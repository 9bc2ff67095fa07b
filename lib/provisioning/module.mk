# SPDX-License-Identifier: Apache-2.0
# A provisioning run: what is offered, what becomes of it, and the calls of the fetcher.
may_use := \
	lib/base \
	lib/verdict \
	lib/net \
	lib/phone \
	lib/varlink \
	lib/x509 \
	lib/identity \
	lib/trust \
	lib/verify \

packages := libcjson libcrypto

sources := \
	candidates.c \
	decision.c \
	duplicates.c \
	fetch-calls.c \
	fetch-causes.c \
	fetch-certificates.c \
	fetch-claims.c \
	fetch-client.c \
	fetch-guard.c \
	fetch-handlers.c \
	fetch-identity.c \
	fetch-job.c \
	fetch-messages.c \
	fetch-peers.c \
	fetch-server.c \
	fetch-service.c \
	fetch-session.c \
	fetch-sign.c \
	fetch-setting.c \
	guard.c \
	job-plan.c \
	judge-warnings.c \
	judge.c \
	markup.c \
	outcome.c \
	provenance.c \
