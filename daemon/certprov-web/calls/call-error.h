/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of calls as HTTP has them: certprovd's own as they are, with a status;
 * and those for which there is no reply of certprovd.
 */
#ifndef CERTPROV_WEB_CALL_ERROR_H
#define CERTPROV_WEB_CALL_ERROR_H

#include <cjson/cJSON.h>

struct exchange;

enum call_failure {
	CALL_ABSENT,        /* nobody listens on the socket */
	CALL_BUSY,          /* nobody accepts there */
	CALL_KEPT_OUT,      /* we may not use it */
	CALL_GONE,          /* certprovd went before it answered */
	CALL_LATE,          /* it does not answer */
	CALL_NONSENSE,      /* it does not keep to the protocol */
	CALL_NOT_RECORDED,  /* it would not know for whom the call is */
	CALL_TOO_MANY,      /* for us */
	CALL_NOT_SIGNED_IN, /* any more */
	CALL_NOT_READ,      /* of a stream: what was sent */
	CALL_NOT_JSON,
	CALL_NO_OBJECT,
	CALL_NOT_TYPED,
	CALL_TOO_LARGE,
	CALL_NO_MEMORY, /* nor descriptors */
	CALL_FAILURE__END,
};

/* Of an error that certprovd answered with. */
int call_error_status(const char *error);
/* Of a negative errno of upstream.h. */
enum call_failure call_error_of(int error);

/* {"error": error, "parameters": parameters}; they are lent. NULL: no memory.
 */
cJSON *call_error_body(const char *error, const cJSON *parameters);
/* Of a failure; NULL: no memory. */
cJSON *call_error_failure_body(enum call_failure failure);

/* Answer; e is gone afterwards. */
void call_error_answer(
	struct exchange *e, const char *error, const cJSON *parameters);
void call_error_answer_failure(struct exchange *e, enum call_failure failure);

#endif
