/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document read into one text, an event a line, so that a test compares
 * everything that was found and not only what it thought of.
 */
#ifndef CERTPROV_TESTS_DOCUMENT_LOG_H
#define CERTPROV_TESTS_DOCUMENT_LOG_H

#include "daemon/certprov-fetch/document.h"

#define DOCUMENT_LOG_SIZE 8192

struct document_log {
	char text[DOCUMENT_LOG_SIZE]; /* events that fit */
	size_t len;
	unsigned links;
	unsigned base64;
	unsigned urls;
	unsigned settings;
	unsigned refused;
	int64_t last_line;
	struct document_result result;
};

/* Read all of it, piece_bytes at a time. The log must be zeroed. */
void document_log_read(struct document_log *log, const void *data, size_t len,
	size_t piece_bytes);
/* The same for a string, in whole and byte by byte: both must agree. */
void document_log_read_text(struct document_log *log, const char *text);

extern const struct document_handler document_log_handler;

#endif
