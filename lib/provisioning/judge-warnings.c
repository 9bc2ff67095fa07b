/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/judge-warnings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "lib/base/date.h"
#include "lib/base/string.h"
#include "lib/x509/names.h"

/* Of the name of an issuer: more are not looked at to keep a warning back. */
#define JUDGE_MAX_ISSUERS_LOOKED_AT 8

/* --- names --- */

/* A host, or a wildcard; not "Acme PBX". */
static bool judge_cn_is_host(const char *cn)
{
	struct host host;

	return dns_pattern_is_valid(cn, strlen(cn)) ||
		host_parse(cn, &host) == 0;
}

/* Is there any name that a host could have, as far as it is compared? */
static bool judge_names_host(const struct certificate *c)
{
	for (size_t i = 0; i < c->name_count; i++) {
		const char *name = c->names[i];

		if (strncmp(name, "DNS:", 4) == 0 ||
			strncmp(name, "IP:", 3) == 0 ||
			strncmp(name, "URI:sip:", 8) == 0)
			return true;
		if (strncmp(name, "CN:", 3) == 0 && judge_cn_is_host(name + 3))
			return true;
	}
	return c->names_left_out > 0;
}

/* Its CN is the full name of a host: it has a dot. */
static bool judge_names_full_host(const struct certificate *c)
{
	return c->name_count > 0 && strchr(c->names[0], '.') &&
		judge_names_host(c);
}

/* --- issuing --- */

static bool judge_has_extension(const struct certificate *c, int nid)
{
	return X509_get_ext_by_NID(c->x509, nid, -1) >= 0;
}

/*
 * Is it meant to be a CA, whatever its extensions say? It is a server's own
 * when it names a host or says that it is for servers.
 */
static bool judge_looks_like_ca(const struct certificate *c)
{
	uint32_t flags = X509_get_extension_flags(c->x509);

	if (flags & EXFLAG_KUSAGE &&
		X509_get_key_usage(c->x509) & KU_KEY_CERT_SIGN)
		return true;
	if (!c->self_issued || judge_has_extension(c, NID_subject_alt_name))
		return false;
	return !(flags & EXFLAG_BCONS) ||
		(!judge_has_extension(c, NID_ext_key_usage) &&
			!judge_names_full_host(c));
}

/* Is a CA of its issuer's name trusted? The signature is not looked at: this
 * only keeps a warning back. */
static int judge_knows_issuer(
	const struct trust *trust, const struct certificate *c, bool *ret)
{
	const struct anchor *a = NULL;
	size_t cursor = 0;

	*ret = false;
	for (unsigned i = 0; !*ret && i < JUDGE_MAX_ISSUERS_LOOKED_AT; i++) {
		const struct certificate *issuer = NULL;
		int r = 0;

		a = anchors_next_of_subject(
			trust->anchors, c->issuer_sha256, &cursor);
		r = a ? anchor_decode(a, &issuer) : 0;
		if (r < 0 || !a)
			return r;
		*ret = issuer && issuer->ca;
	}
	return 0;
}

/* Nothing that it signs will ever be trusted: say so at once. */
static unsigned judge_warnings_of_ca(const struct certificate *c)
{
	if (!(X509_get_key_usage(c->x509) & KU_KEY_CERT_SIGN))
		return WARNING_BIT(WARNING_CA_MAY_NOT_SIGN);
	return c->for_servers ? 0 : WARNING_BIT(WARNING_CA_NOT_FOR_SERVERS);
}

/* A server's own certificate is often taken for that of its CA. */
static int judge_warnings_of_server(
	const struct trust *trust, const struct certificate *c, unsigned *ret)
{
	bool known = true;
	int r = 0;

	if (trust->policy.name_check && !judge_names_host(c))
		*ret |= WARNING_BIT(WARNING_NAMES_NO_HOST);
	if (!c->self_signed)
		r = judge_knows_issuer(trust, c, &known);
	if (!known)
		*ret |= WARNING_BIT(WARNING_SERVER_CERTIFICATE);
	return r;
}

int judge_warnings_find(const struct trust *trust, const struct certificate *c,
	int64_t now, unsigned *ret)
{
	unsigned w = 0;
	int r = 0;

	if (c->not_before > now)
		w |= WARNING_BIT(WARNING_NOT_YET_VALID);
	if (c->not_after - now < DATE_SOON_SECONDS)
		w |= WARNING_BIT(WARNING_EXPIRES_SOON);
	if (key_is_short(&c->key))
		w |= WARNING_BIT(WARNING_KEY_SHORT);
	if (c->ca)
		w |= judge_warnings_of_ca(c);
	else if (judge_looks_like_ca(c))
		w |= WARNING_BIT(WARNING_ISSUES_NOTHING);
	else if (c->tls_server)
		r = judge_warnings_of_server(trust, c, &w);
	if (!c->ca && !c->tls_server)
		w |= WARNING_BIT(WARNING_NEITHER_CA_NOR_SERVER);
	if (r == 0)
		*ret = w;
	return r;
}

/* --- facts --- */

void judge_warning_facts_done(struct judge_warning_facts *f)
{
	free(f->text);
	*f = (struct judge_warning_facts){.text = NULL};
}

/* What it lacks to be a CA; and that it is no server's either. */
static int judge_put_issues_nothing(
	const struct certificate *c, struct judge_warning_facts *f)
{
	f->facts.detail = certificate_why_no_issuer(c);
	if (!c->self_issued)
		f->facts.remedy = verdict_remedy_issue_as_ca;
	if (judge_names_host(c))
		return 0;
	f->facts.names = "no host";
	if (c->name_count == 0)
		return 0;
	if (certificate_names_text(c, &f->text) < 0)
		return -ENOMEM;
	f->facts.names = f->text;
	return 0;
}

static int judge_put_names(
	const struct certificate *c, struct judge_warning_facts *f)
{
	int r = c->name_count > 0 ? certificate_names_text(c, &f->text) : 0;

	f->facts.names = f->text;
	return r;
}

int judge_warning_facts_fill(enum warning w, const struct certificate *c,
	struct judge_warning_facts *ret)
{
	int r = 0;

	*ret = (struct judge_warning_facts){.text = NULL};
	if (!c)
		return 0;
	ret->facts = (struct facts){
		.subject = certificate_subject(c),
		.issuer = certificate_issuer(c),
		.sha256 = c->sha256_hex,
		.date = ret->date,
	};
	date_format(w == WARNING_NOT_YET_VALID ? c->not_before : c->not_after,
		ret->date);
	if (w == WARNING_ISSUES_NOTHING)
		return judge_put_issues_nothing(c, ret);
	if (w == WARNING_NAMES_NO_HOST)
		return judge_put_names(c, ret);
	if (w == WARNING_KEY_SHORT)
		r = certificate_key_text(c, &ret->text);
	if (w == WARNING_CA_NOT_FOR_SERVERS)
		r = certificate_uses_text(c, &ret->text);
	ret->facts.detail = ret->text;
	return r;
}
