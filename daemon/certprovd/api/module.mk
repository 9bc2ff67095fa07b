# SPDX-License-Identifier: Apache-2.0
# What the sockets answer: one short handler a method.
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
	lib/provisioning \
	daemon/certprovd/config \
	daemon/certprovd/sys \
	daemon/certprovd/store \
	daemon/certprovd/identity \
	daemon/certprovd/trust \
	daemon/certprovd/run \

packages := libcjson libsystemd

sources := \
	admin-act-for.c \
	admin-api.c \
	admin-change.c \
	admin-clock.c \
	admin-exception.c \
	admin-offer.c \
	admin-provision.c \
	admin-remove.c \
	admin-reset.c \
	admin-runs.c \
	admin-settings.c \
	admin-trust.c \
	admin-upload.c \
	concerns-ends.c \
	concerns-identity.c \
	concerns.c \
	counters.c \
	identity-api.c \
	identity-device.c \
	identity-key.c \
	identity-reply.c \
	monitors.c \
	reply-certificate.c \
	reply-run.c \
	reply-trust.c \
	status.c \
	trust-api.c \
	trust-counters.c \
	trust-endings.c \
	trust-verify.c \
