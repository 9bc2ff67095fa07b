# SPDX-License-Identifier: Apache-2.0
# The trust database. SQLite is used here alone.
may_use := \
	lib/base \
	lib/trust \
	daemon/certprovd/sys \

packages := libcjson sqlite3

sources := \
	store-authorities.c \
	store-backup.c \
	store-certificates.c \
	store-check.c \
	store-commit.c \
	store-db.c \
	store-distrusted-file.c \
	store-distrusted.c \
	store-error.c \
	store-files.c \
	store-found.c \
	store-migrate.c \
	store-newer.c \
	store-open.c \
	store-played.c \
	store-recover.c \
	store-reset.c \
	store-runs.c \
	store-schema.c \
	store-settings.c \
	store-statements.c \
	store-wal.c \
