/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/identity/device.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/identity/device-place.h"
#include "daemon/certprovd/identity/key-files.h"
#include "lib/base/date.h"
#include "lib/base/string.h"
#include "lib/identity/identity-check.h"
#include "lib/identity/identity-pem.h"
#include "lib/identity/identity-request.h"
#include "lib/identity/identity-write.h"
#include "lib/phone/device-model.h"

/* Own files. */
#define WAITING "request.pem" /* the key that has no certificate yet */

static void device_key_free_at_end(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

int device_rollback(const struct config *config)
{
	struct device_places choice;
	int r = device_places_read(config->state_directory, &choice);

	if (r < 0)
		return r;
	if (choice.current == DEVICE_PLACE_NONE &&
		choice.former == DEVICE_PLACE_NONE)
		return -ENOENT;
	SWAP(choice.current, choice.former);
	return device_places_write(config->state_directory, choice);
}

/* --- the key that waits --- */

/* 0 and the key, or NULL when there is none. */
static int device_read_waiting(const char *state_directory, EVP_PKEY **ret)
{
	CLEANUP(key_bytes_done) struct bytes text = {0};
	CLEANUP(identity_pem_done) struct identity_pem pem = {0};
	struct identity_refusal refusal = {.verdict = VERDICT__END};
	int r = key_files_read_own(state_directory, WAITING, &text);

	*ret = NULL;
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = identity_pem_read(
			(const char *)text.data, text.len, &pem, &refusal);
	if (r == 0)
		*ret = TAKE_PTR(pem.key);
	return r;
}

static int device_write_waiting(const char *state_directory, EVP_PKEY *key)
{
	CLEANUP(identity_text_done) struct bytes text = {0};
	int r = identity_write(&(struct identity){.key = key}, &text);

	return r < 0 ? r
		     : key_files_write_own(
			       state_directory, WAITING, text.data, text.len);
}

/* A key of this type that waits already is used again: asking twice makes no
 * second key and writes nothing. */
static int device_waiting_key(
	const char *state_directory, const char *type, EVP_PKEY **ret)
{
	__attribute__((cleanup(device_key_free_at_end))) EVP_PKEY *key = NULL;
	int r = device_read_waiting(state_directory, &key);

	if (r < 0)
		return r;
	if (key && EVP_PKEY_is_a(key, strcmp(type, "ec") == 0 ? "EC" : "RSA")) {
		*ret = TAKE_PTR(key);
		return 0;
	}
	EVP_PKEY_free(TAKE_PTR(key));
	r = identity_new_key(type, &key);
	if (r == 0)
		r = device_write_waiting(state_directory, key);
	if (r == 0)
		*ret = TAKE_PTR(key);
	return r;
}

/* --- may this phone have one --- */

void device_refusal_done(struct device_refusal *r)
{
	free(r->reason);
	free(r->remedy);
	*r = (struct device_refusal){.verdict = VERDICT__END};
}

/* The facts may go when this returns. 0 or -ENOMEM. */
static int device_refuse(struct device_refusal *r, enum verdict verdict,
	const struct facts *facts)
{
	int result = verdict_explain(verdict, facts, &r->reason, &r->remedy);

	r->verdict = verdict;
	/* An exception, which helps elsewhere, does not help here. */
	if (result == 0 && verdict_row(verdict)->recoverable)
		result = string_replace(&r->remedy,
			"Have it issued again, and check the phone's clock: "
			"certprovctl status");
	return result;
}

static int device_check_phone(
	const struct device_context *c, struct device_refusal *refusal)
{
	const struct rule *rule = rule_get(RULE_SHA2_DEVICE_CA);
	char since[RULE_TEXT_SIZE];
	struct facts facts = {
		.detail = c->phone->type, .firmware = c->phone->firmware};

	*refusal = (struct device_refusal){.verdict = VERDICT__END};
	if (device_model_shares_certificate(c->phone->type))
		return device_refuse(
			refusal, VERDICT_IDENTITY_SHARED_MODEL, &facts);
	if (!firmware_has(c->firmware, RULE_SHA2_DEVICE_CA)) {
		facts.rule = rule->name;
		facts.since = rule_format(rule->since, since);
		return device_refuse(
			refusal, VERDICT_IDENTITY_SHA2_UNSUPPORTED, &facts);
	}
	return c->phone->mac
		? 0
		: device_refuse(refusal, VERDICT_IDENTITY_NO_MAC, &facts);
}

int device_request(const struct device_context *context, const char *type,
	char **ret, struct device_refusal *ret_refusal)
{
	__attribute__((cleanup(device_key_free_at_end))) EVP_PKEY *key = NULL;
	int r = device_check_phone(context, ret_refusal);

	*ret = NULL;
	if (r < 0 || ret_refusal->verdict != VERDICT__END)
		return r;
	r = device_waiting_key(context->config->state_directory, type, &key);
	return r < 0 ? r : identity_request(key, context->phone->mac, ret);
}

/* --- installing --- */

static int device_decode_chain(const struct bytes *chain, size_t count,
	struct identity_pem *pem, struct device_refusal *refusal)
{
	if (count > IDENTITY_MAX_CHAIN)
		return device_refuse(refusal, VERDICT_IDENTITY_TOO_MANY, NULL);
	for (size_t i = 0; i < count; i++) {
		enum verdict why = VERDICT__END;
		int r = certificate_decode(chain[i].data, chain[i].len,
			&pem->certificates[pem->count], &why);

		if (r < 0)
			return r;
		if (!pem->certificates[pem->count])
			return device_refuse(refusal, why, NULL);
		pem->count++;
	}
	return 0;
}

/* What is wrong with a chain, and with which certificate of it. */
struct device_fault {
	enum verdict verdict; /* VERDICT__END: nothing */
	const struct certificate *of;
};

static bool device_signed_with_sha1(const struct certificate *c)
{
	int digest = NID_undef;

	return X509_get_signature_info(c->x509, &digest, NULL, NULL, NULL) !=
		1 ||
		digest == NID_sha1 || digest == NID_md5;
}

static enum verdict device_judge_dates(const struct certificate *c, int64_t now)
{
	if (now > c->not_after)
		return VERDICT_EXPIRED;
	return now < c->not_before ? VERDICT_NOT_YET_VALID : VERDICT__END;
}

/* One of the chain; the leaf is the first. Nobody relies on the signature of a
 * root. */
static enum verdict device_judge_one(
	const struct certificate *c, bool leaf, int64_t now)
{
	if (!leaf && certificate_why_no_issuer(c))
		return VERDICT_NOT_A_CA;
	if (!c->self_signed && device_signed_with_sha1(c))
		return VERDICT_WEAK_SIGNATURE;
	return device_judge_dates(c, now);
}

/* What is a warning of a built-in one stops an installation. */
static struct device_fault device_judge(
	const struct device_context *c, const struct identity *i)
{
	const struct identity_phone phone = {
		.mac = c->phone->mac,
		.phone_type = c->phone->type,
		.device_cas = (const struct certificate *const *)
				      c->identities->device_cas,
		.device_ca_count = c->identities->device_ca_count,
		.now = c->now,
	};
	struct device_fault f = {VERDICT__END, i->chain[0]};

	if (!identity_is_of_phone(i->chain[0], c->phone->mac))
		f.verdict = VERDICT_IDENTITY_MAC_MISMATCH;
	else if (phone.device_ca_count == 0 ||
		identity_check(i, &phone) &
			WARNING_BIT(WARNING_IDENTITY_ISSUER_UNKNOWN))
		f.verdict = VERDICT_IDENTITY_ISSUER_UNKNOWN;
	for (size_t n = 0; f.verdict == VERDICT__END && n < i->count; n++)
		f = (struct device_fault){
			device_judge_one(i->chain[n], n == 0, c->now),
			i->chain[n]};
	return f;
}

static int device_check_identity(const struct device_context *c,
	const struct identity *i, struct device_refusal *refusal)
{
	const struct device_fault fault = device_judge(c, i);
	enum verdict v = fault.verdict;
	char date[DATE_TEXT_SIZE];
	char now[DATE_TEXT_SIZE];
	const struct facts facts = {
		.subject = certificate_subject(fault.of),
		.issuer = certificate_issuer(i->chain[i->count - 1]),
		.date = date,
		.now = now,
		.detail = v == VERDICT_NOT_A_CA
			? certificate_why_no_issuer(fault.of)
			: NULL,
	};

	date_format(v == VERDICT_EXPIRED ? fault.of->not_after
					 : fault.of->not_before,
		date);
	date_format(c->now, now);
	return v == VERDICT__END ? 0 : device_refuse(refusal, v, &facts);
}

/* The key is of the last request, so the certificates are the wrong ones. */
static int device_refuse_identity(
	struct device_refusal *refusal, enum verdict verdict)
{
	return device_refuse(refusal,
		verdict == VERDICT_IDENTITY_KEY_MISMATCH
			? VERDICT_IDENTITY_NOT_REQUESTED
			: verdict,
		NULL);
}

/* It is what a place has, whole. */
static bool device_is_in_place(
	const char *state_directory, char place, const struct bytes *text)
{
	CLEANUP(key_bytes_done) struct bytes there = {0};
	char name[DEVICE_PLACE_NAME_SIZE];

	(void)snprintf(name, sizeof(name), DEVICE_PLACE_FILE, place);
	return place != DEVICE_PLACE_NONE &&
		key_files_read_own(state_directory, name, &there) == 0 &&
		there.len == text->len &&
		CRYPTO_memcmp(there.data, text->data, text->len) == 0;
}

/* Into the place that is not in force, which then is. */
static int device_change_places(const char *state_directory,
	struct device_places places, const struct bytes *text)
{
	char name[DEVICE_PLACE_NAME_SIZE];
	char place = places.current == DEVICE_PLACE_A ? DEVICE_PLACE_B
						      : DEVICE_PLACE_A;
	int r = 0;

	(void)snprintf(name, sizeof(name), DEVICE_PLACE_FILE, place);
	r = key_files_write_own(state_directory, name, text->data, text->len);
	return r < 0 ? r
		     : device_places_write(state_directory,
			       (struct device_places){place, places.current});
}

/* The key waits until the end. If the power was cut just before that, and the
 * installation is done again, the former one is still there to go back to. */
static int device_put_in_force(
	const char *state_directory, const struct identity *i)
{
	CLEANUP(identity_text_done) struct bytes text = {0};
	struct device_places places;
	int r = device_places_read(state_directory, &places);

	if (r == 0)
		r = identity_write(i, &text);
	if (r == 0 &&
		!device_is_in_place(state_directory, places.current, &text))
		r = device_change_places(state_directory, places, &text);
	return r < 0 ? r : key_files_remove_own(state_directory, WAITING);
}

/* The chain and the key that waits for it. */
static int device_read_install(const struct device_context *context,
	const struct bytes *chain, size_t count, struct identity_pem *pem,
	struct device_refusal *refusal)
{
	int r = device_check_phone(context, refusal);

	if (r == 0 && refusal->verdict == VERDICT__END)
		r = device_decode_chain(chain, count, pem, refusal);
	if (r == 0 && refusal->verdict == VERDICT__END)
		r = device_read_waiting(
			context->config->state_directory, &pem->key);
	if (r == 0 && refusal->verdict == VERDICT__END && !pem->key)
		r = device_refuse(refusal, VERDICT_IDENTITY_NO_REQUEST, NULL);
	return r;
}

int device_install(const struct device_context *context,
	const struct bytes *chain, size_t count,
	struct device_refusal *ret_refusal)
{
	CLEANUP(identity_pem_done) struct identity_pem pem = {0};
	CLEANUP(identity_done) struct identity i = {0};
	struct identity_refusal refusal = {.verdict = VERDICT__END};
	int r = device_read_install(context, chain, count, &pem, ret_refusal);

	if (r < 0 || ret_refusal->verdict != VERDICT__END)
		return r;
	r = identity_make(&pem, IDENTITY_CUSTOM, &i, &refusal);
	if (r == 0)
		r = i.count > 0
			? device_check_identity(context, &i, ret_refusal)
			: device_refuse_identity(ret_refusal, refusal.verdict);
	if (r < 0 || ret_refusal->verdict != VERDICT__END)
		return r;
	return device_put_in_force(context->config->state_directory, &i);
}
