# SPDX-License-Identifier: Apache-2.0
# What a firmware version and the settings of a phone decide.
may_use := \
	lib/base \
	lib/net \
	lib/verdict \

packages := libcjson

sources := \
	backoff.c \
	device-model.c \
	firmware-json.c \
	firmware.c \
	provisioning-order.c \
	settings-explain.c \
	settings-fault.c \
	settings-names.c \
	settings-note.c \
	settings-permission.c \
	settings-table.c \
	settings.c \
