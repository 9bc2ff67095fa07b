# SPDX-License-Identifier: Apache-2.0
# The trust database. SQLite is used here alone.
may_use := \
	lib/base \
	lib/trust \
	daemon/certprovd/sys \

packages := sqlite3

sources := \
	store-certificates.c \
	store-distrusted.c \
	store-files.c \
	store-open.c \
	store-runs.c \
	store-schema.c \
	store-settings.c \
	store-versions.c \
	store.c \
