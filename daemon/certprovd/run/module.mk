# SPDX-License-Identifier: Apache-2.0
# A provisioning run in the daemon: what it asks for and what it commits.
may_use := \
	lib/base \
	lib/verdict \
	lib/net \
	lib/phone \
	lib/varlink \
	lib/x509 \
	lib/identity \
	lib/trust \
	lib/provisioning \
	daemon/certprovd/config \
	daemon/certprovd/sys \
	daemon/certprovd/store \
	daemon/certprovd/identity \
	daemon/certprovd/trust \

packages := libcjson libsystemd

sources := \
	commit-batch.c \
	findings.c \
	pass.c \
	provision.c \
	run-identity.c \
	run-job.c \
	run-listener.c \
	run-server.c \
	run-state.c \
	run.c \
	sources.c \
	withdrawn.c \
