/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts for the sentence of a refusal that the search does not keep: which
 * rule a name fails, what makes an issuer none. Decides nothing.
 */
#include "lib/verify/verify-parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/phone/firmware.h"

/* Names are read again for each look. */
#define NAME_LOOKS 8

/* --- the name --- */

static bool reasons_are_constrained(const struct failure *why)
{
	for (size_t i = 1; i < why->path_count; i++)
		if (X509_get_ext_by_NID(
			    why->path[i]->x509, NID_name_constraints, -1) >= 0)
			return true;
	return false;
}

/* A host, or a wildcard for hosts, that one could connect to instead. */
static bool reasons_is_host(const char *name)
{
	struct host host;
	size_t len = strlen(name);

	if (strncmp(name, "IP:", 3) == 0)
		return true;
	if (strncmp(name, "DNS:", 4) != 0 || name[len - 1] == '.')
		return false;
	name += 4;
	if (strncmp(name, "*.", 2) == 0) {
		name += 2;
		if (!strchr(name, '.'))
			return false;
	}
	return host_parse(name, &host) == 0 && host.kind == HOST_DNS;
}

static bool reasons_has_host(const struct certificate *c)
{
	for (size_t i = 0; i < c->name_count; i++)
		if (reasons_is_host(c->names[i]))
			return true;
	return false;
}

static void reasons_of_name(
	struct context *ctx, const struct failure *why, struct reasons *ret)
{
	bool constrained = reasons_are_constrained(why);
	const struct name_rules rules = verify_names_rules(ctx, constrained);
	const struct name_mismatch_case c = {
		.leaf = ctx->leaf,
		.host = &ctx->host,
		.rules = &rules,
		.strict = ctx->trust->policy.profile == PROFILE_STRICT,
		.constrained = constrained,
		.sip = ctx->for_sip,
	};
	struct name_mismatch m;
	uint64_t names = ctx->leaf->alternative_names;

	if (!context_spend_on_words(ctx,
		    names * NAME_LOOKS / NAMES_A_UNIT +
			    ctx->leaf->der.len * NAME_LOOKS / NAME_BYTES_A_UNIT,
		    names))
		return;
	name_mismatch_find(&c, &m);
	(void)snprintf(ret->detail, DETAIL_SIZE, "%s", m.why);
	(void)snprintf(ret->wanted, sizeof(ret->wanted), "%s", m.wanted);
	(void)snprintf(ret->cure, sizeof(ret->cure), "%s", m.cure);
	ret->clause = m.clause;
	if (!reasons_has_host(ctx->leaf))
		ret->remedy = verdict_remedy_no_names;
}

/* --- where an issuer is from --- */

static const char *reasons_origin(
	const struct context *ctx, const struct certificate *c)
{
	const struct anchor *a =
		anchors_find_certificate(ctx->trust->anchors, c);

	if (!a)
		return "the server sent it";
	if (a->lists & ANCHOR_AUTHORITY)
		return "it is trusted itself (list authorities)";
	if (a->lists & ANCHOR_SERVER)
		return "it is trusted itself (list servers)";
	return "it is an intermediate (list servers)";
}

/* --- a CA that is none --- */

static void reasons_of_ca(
	struct context *ctx, const struct failure *why, struct reasons *ret)
{
	const struct certificate *c = why->about;
	const struct anchor *a =
		anchors_find_certificate(ctx->trust->anchors, c);
	bool chained = firmware_has(
		&ctx->trust->policy.firmware, RULE_PROVISIONED_CHAIN_REQUIRED);

	(void)snprintf(ret->detail, DETAIL_SIZE, "%s; %s",
		certificate_why_no_issuer(c), reasons_origin(ctx, c));
	if (!c->self_issued)
		return;
	if (a && a->lists & ANCHOR_AUTHORITY)
		ret->remedy = verdict_remedy_new_authority;
	else
		ret->remedy = chained ? verdict_remedy_other_issuer
				      : verdict_remedy_new_root;
}

/* --- use --- */

/* Under the chain rule a root cannot be replaced by publishing another. */
static const char *reasons_remedy_of_use(
	const struct context *ctx, const struct certificate *c)
{
	const struct anchor *a =
		anchors_find_certificate(ctx->trust->anchors, c);

	if (!a || !anchor_begins_trust(a))
		return verdict_remedy_ca_for_servers;
	if (a->lists & ANCHOR_AUTHORITY &&
		firmware_has(&ctx->trust->policy.firmware,
			RULE_PROVISIONED_CHAIN_REQUIRED))
		return verdict_remedy_authority_for_servers;
	return verdict_remedy_anchor_for_servers;
}

static void reasons_of_use(
	struct context *ctx, const struct failure *why, struct reasons *ret)
{
	const struct certificate *c = why->about;
	bool issuer = c != ctx->leaf;
	CLEANUP(free) char *uses = NULL;
	const char *which = issuer
		? "it is a CA, and its extended key usage, which limits what "
		  "it issues, is"
		: "its extended key usage is";

	/* Without memory the sentence only says less. */
	(void)certificate_uses_text(c, &uses);
	if (!c->for_servers && uses)
		(void)snprintf(ret->detail, DETAIL_SIZE, "%s %.*s%s%s", which,
			DETAIL_SIZE / 2, uses, issuer ? "; " : "",
			issuer ? reasons_origin(ctx, c) : "");
	else if (issuer)
		(void)snprintf(ret->detail, DETAIL_SIZE,
			"it is a CA, and its extensions let it issue nothing "
			"for TLS servers; %s",
			reasons_origin(ctx, c));
	else
		(void)snprintf(ret->detail, DETAIL_SIZE,
			"its key usage has none of digitalSignature, "
			"keyEncipherment and keyAgreement");
	if (issuer)
		ret->remedy = reasons_remedy_of_use(ctx, c);
}

/* --- length --- */

static void reasons_of_length(
	struct context *ctx, const struct failure *why, struct reasons *ret)
{
	long most = X509_get_pathlen(why->about->x509);
	unsigned below = 0;

	for (size_t i = 1; i < why->path_count && why->path[i] != why->about;
		i++)
		below += why->path[i]->self_issued ? 0 : 1;
	if (most >= 0)
		(void)snprintf(ret->detail, DETAIL_SIZE,
			"its pathlen is %ld, and %u CA%s below it; %s", most,
			below, below == 1 ? " is" : "s are",
			reasons_origin(ctx, why->about));
}

void reasons_find(
	struct context *ctx, const struct failure *why, struct reasons *ret)
{
	static const struct {
		enum verdict verdict;
		void (*find)(struct context *ctx, const struct failure *why,
			struct reasons *ret);
	} rows[] = {
		{VERDICT_NAME_MISMATCH, reasons_of_name},
		{VERDICT_NAME_CONSTRAINTS, violation_find},
		{VERDICT_NOT_A_CA, reasons_of_ca},
		{VERDICT_NOT_FOR_SERVERS, reasons_of_use},
		{VERDICT_PATH_TOO_LONG, reasons_of_length},
	};

	*ret = (struct reasons){.clause = NULL};
	for (size_t i = 0; why->about && i < ARRAY_SIZE(rows); i++)
		if (rows[i].verdict == why->verdict)
			rows[i].find(ctx, why, ret);
}
