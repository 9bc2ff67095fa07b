/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a message keep to the .varlink files? The test doubles ask it of every
 * message that they send or see: a member that the interface does not have, one
 * that is missing, a wrong type, an error that is not declared.
 */
#ifndef CERTPROV_TESTS_CONTRACT_H
#define CERTPROV_TESTS_CONTRACT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/*
 * Each returns NULL, or a sentence that names the method and what is wrong; it
 * lives until the next check of the thread. Methods are full names.
 */
const char *contract_call(const char *method, const cJSON *parameters);
const char *contract_reply(const char *method, const cJSON *parameters);
const char *contract_error(
	const char *method, const char *error, const cJSON *parameters);

/* The same for whole messages. A call may be NULL parsed: it is refused. */
const char *contract_call_message(const cJSON *message);
const char *contract_reply_message(const char *method, const cJSON *message);

/*
 * An answer to a call: besides what contract_reply_message says, a service must
 * not succeed at a call that does not keep to its interface.
 */
const char *contract_exchange(const char *method, const cJSON *parameters,
	const cJSON *reply_message);

/*
 * A double may say only what its test is about: adds the members that are
 * missing to the reply, empty or zero, then checks it. new memory in *ret.
 */
const char *contract_complete(
	const char *method, const char *message, char **ret);

/* Fails the test that is running. */
#define ASSERT_CONTRACT(check)                                                 \
	do {                                                                   \
		const char *fault_ = (check);                                  \
		ck_assert_msg(!fault_, "%s", fault_);                          \
	} while (0)

/*
 * For those who compare tables: what a method takes, or what it replies, member
 * by member with the text of its type. False when there is no such method.
 */
typedef void contract_member(
	void *userdata, const char *name, const char *type);
bool contract_members(const char *method, bool reply, contract_member *member,
	void *userdata);

#endif
