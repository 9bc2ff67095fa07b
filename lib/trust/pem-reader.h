/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blocks of a PEM file that people put together by hand: indented, with no
 * newline between two of them, with lines that end in CR, damaged. Each block
 * is found, also one that has lost its first or last line, and nothing is
 * guessed: RFC 7468. Knows nothing of what is in a block.
 */
#ifndef CERTPROV_PEM_READER_H
#define CERTPROV_PEM_READER_H

#include <stdbool.h>
#include <stddef.h>

/* Of a label, with its zero byte; a longer one is no label. */
#define PEM_LABEL_SIZE 64

struct bytes;

enum pem_state {
	PEM_COMPLETE,
	PEM_NO_END,    /* another block begins, or the file ends, before it */
	PEM_BAD_END,   /* its END line is misspelt */
	PEM_OTHER_END, /* its END line has another label */
	PEM_BAD_BEGIN, /* a misspelt BEGIN line; it has no body */
	PEM_NO_BEGIN,  /* an END line alone */
};

struct pem_block {
	enum pem_state state;
	char label[PEM_LABEL_SIZE];
	char end_label[PEM_LABEL_SIZE]; /* of PEM_OTHER_END */
	unsigned line;                  /* its first, from 1 */
	unsigned end_line;              /* of its END line, or of what comes
					   instead; 0: the file ends */
	const char *body;               /* borrowed from the text */
	size_t body_len;
	unsigned body_line; /* where the body begins */
};

struct pem_reader {
	const char *at;
	const char *end;
	unsigned line;
	bool orphan; /* the next END belongs to a bad BEGIN */
};

void pem_reader_init(struct pem_reader *r, const char *text, size_t len);
/* False at the end of the text. */
bool pem_reader_next(struct pem_reader *r, struct pem_block *ret);

/* Where a body is not base64. */
struct pem_fault {
	unsigned line; /* 0: it is too short, too long, or wrong at its end */
	unsigned char byte;
};
/* The bytes of a body. 0; -EINVAL and *ret_fault; -ENOMEM. */
int pem_reader_decode(const struct pem_block *b, struct bytes *ret,
	struct pem_fault *ret_fault);

#endif
