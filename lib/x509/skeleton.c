/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/skeleton.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/der.h"
#include "lib/base/macros.h"

/* [0] to [3] of a TBSCertificate */
enum skeleton_tag {
	TAG_VERSION = 0xa0,
	TAG_ISSUER_UNIQUE_ID = 0x81,
	TAG_SUBJECT_UNIQUE_ID = 0x82,
	TAG_EXTENSIONS = 0xa3,
};

#define VERSION_3 2
/* keyCertSign is bit 5 of keyUsage; bits count from the highest. */
#define KEY_CERT_SIGN 0x04

/* The second of two dates. A caller that needs it checks for it. */
static struct span skeleton_read_not_after(struct span validity)
{
	struct der_item first;
	struct der_item second;

	if (!der_take(&validity, &first) || !der_take(&validity, &second))
		return (struct span){0};
	return second.whole;
}

static struct span skeleton_read_version(struct span explicit)
{
	struct der_item version;

	if (!der_take_tag(&explicit, DER_INTEGER, &version))
		return (struct span){0};
	return version.content;
}

/* What follows the key: two old identifiers, and the extensions. */
static struct span skeleton_read_extensions(struct span rest)
{
	struct der_item item;

	(void)der_take_tag(&rest, TAG_ISSUER_UNIQUE_ID, &item);
	(void)der_take_tag(&rest, TAG_SUBJECT_UNIQUE_ID, &item);
	if (!der_take_tag(&rest, TAG_EXTENSIONS, &item))
		return (struct span){0};
	rest = item.content;
	if (!der_take_tag(&rest, DER_SEQUENCE, &item))
		return (struct span){0};
	return item.content;
}

/* The fields of a TBSCertificate up to the key, in their order. */
static int skeleton_read_tbs(struct span tbs, struct skeleton *ret)
{
	static const uint8_t fields[] = {
		DER_INTEGER,  /* serialNumber */
		DER_SEQUENCE, /* signature */
		DER_SEQUENCE, /* issuer */
		DER_SEQUENCE, /* validity */
		DER_SEQUENCE, /* subject */
		DER_SEQUENCE, /* subjectPublicKeyInfo */
	};
	struct der_item items[ARRAY_SIZE(fields)];
	struct der_item version = {0};

	/* Version 1 certificates have no version field. */
	(void)der_take_tag(&tbs, TAG_VERSION, &version);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!der_take_tag(&tbs, fields[i], &items[i]))
			return -EINVAL;
	*ret = (struct skeleton){
		.version = skeleton_read_version(version.content),
		.issuer = items[2].whole,
		.not_after = skeleton_read_not_after(items[3].content),
		.subject = items[4].whole,
		.spki = items[5].whole,
		.extensions = skeleton_read_extensions(tbs),
	};
	return 0;
}

int skeleton_read(const void *der, size_t len, struct skeleton *ret)
{
	struct span in = {der, len};
	struct der_item certificate;
	struct der_item tbs;
	struct der_item item;

	if (!der_take_tag(&in, DER_SEQUENCE, &certificate) || in.len > 0)
		return -EINVAL;
	in = certificate.content;
	if (!der_take_tag(&in, DER_SEQUENCE, &tbs) ||
		!der_take_tag(&in, DER_SEQUENCE, &item) ||
		!der_take_tag(&in, DER_BIT_STRING, &item) || in.len > 0)
		return -EINVAL;
	return skeleton_read_tbs(tbs.content, ret);
}

bool skeleton_not_after(const struct skeleton *o, int64_t *ret)
{
	struct span in = o->not_after;
	struct der_item time;

	return der_take(&in, &time) &&
		date_read_asn1(
			time.tag, time.content.data, time.content.len, ret);
}

/* --- what it costs to decode --- */

/* Values in a row and the values in them: the one after the head of a
 * constructed value is its first member. */
static size_t skeleton_count_values(struct span in)
{
	const uint8_t *p = in.data;
	const uint8_t *end = in.data + in.len;
	struct der_value v;
	size_t count = 0;

	while (p < end && der_read(p, (size_t)(end - p), &v)) {
		p = v.constructed ? v.content : v.end;
		count++;
	}
	/* The rest is not DER: another reader might read anything there. */
	return count + (size_t)(end - p);
}

/* The values in the octet string of one extension. */
static size_t skeleton_count_held(struct span extension)
{
	struct der_item item;

	(void)der_take_tag(&extension, DER_OID, &item);
	(void)der_take_tag(&extension, DER_BOOLEAN, &item);
	if (!der_take_tag(&extension, DER_OCTET_STRING, &item))
		return extension.len;
	return skeleton_count_values(item.content);
}

unsigned skeleton_parts(const void *der, size_t len, const struct skeleton *o)
{
	size_t count = skeleton_count_values((struct span){der, len});
	struct span in = o->extensions;
	struct der_item extension;

	while (der_take_tag(&in, DER_SEQUENCE, &extension))
		count += skeleton_count_held(extension.content);
	count += in.len;
	return count < UINT_MAX ? (unsigned)count : UINT_MAX;
}

unsigned skeleton_extensions(const struct skeleton *o)
{
	struct span in = o->extensions;
	struct der_item extension;
	unsigned count = 0;

	while (der_take_tag(&in, DER_SEQUENCE, &extension))
		count++;
	return count + (unsigned)in.len;
}

/* --- may it issue? --- */

/* The content of the two extensions that decide; NULL without them. */
struct skeleton_extensions {
	struct span basic_constraints;
	struct span key_usage;
};

static bool skeleton_read_issuer_extension(
	struct span in, struct skeleton_extensions *ret)
{
	static const struct der_oid basic_constraints = {{0x55, 0x1d, 0x13}, 3};
	static const struct der_oid key_usage = {{0x55, 0x1d, 0x0f}, 3};
	struct der_item oid;
	struct der_item critical;
	struct der_item value;
	struct span *to = NULL;

	if (!der_take_tag(&in, DER_OID, &oid))
		return false;
	(void)der_take_tag(&in, DER_BOOLEAN, &critical);
	if (!der_take_tag(&in, DER_OCTET_STRING, &value) || in.len > 0)
		return false;
	if (der_is_oid(oid.content, &basic_constraints))
		to = &ret->basic_constraints;
	else if (der_is_oid(oid.content, &key_usage))
		to = &ret->key_usage;
	if (!to)
		return true;
	/* RFC 5280 4.2: no extension may occur twice. */
	if (to->data ||
		!der_is_canonical(value.content.data, value.content.len))
		return false;
	*to = value.content;
	return true;
}

static bool skeleton_read_issuer_extensions(
	struct span in, struct skeleton_extensions *ret)
{
	struct der_item extension;

	while (in.len > 0)
		if (!der_take_tag(&in, DER_SEQUENCE, &extension) ||
			!skeleton_read_issuer_extension(extension.content, ret))
			return false;
	return true;
}

static bool skeleton_is_ca(struct span basic_constraints)
{
	struct span in = basic_constraints;
	struct der_item item;

	if (!der_take_tag(&in, DER_SEQUENCE, &item) || in.len > 0)
		return false;
	in = item.content;
	if (!der_take_tag(&in, DER_BOOLEAN, &item) || item.content.len != 1 ||
		item.content.data[0] == 0)
		return false;
	if (in.len == 0)
		return true;
	/* A path length is never negative. */
	return der_take_tag(&in, DER_INTEGER, &item) && in.len == 0 &&
		item.content.len > 0 && !(item.content.data[0] & 0x80);
}

static bool skeleton_may_sign_certificates(struct span key_usage)
{
	struct span in = key_usage;
	struct der_item bits;

	/* The first byte counts the unused bits of the last. */
	return der_take_tag(&in, DER_BIT_STRING, &bits) && in.len == 0 &&
		bits.content.len >= 2 && bits.content.data[1] & KEY_CERT_SIGN;
}

static bool skeleton_extensions_permit(struct span in)
{
	struct skeleton_extensions e = {0};

	return skeleton_read_issuer_extensions(in, &e) &&
		e.basic_constraints.data &&
		skeleton_is_ca(e.basic_constraints) &&
		(!e.key_usage.data ||
			skeleton_may_sign_certificates(e.key_usage));
}

void skeleton_read_issuer(
	const void *der, size_t len, struct skeleton_issuer *ret)
{
	struct skeleton o;

	*ret = (struct skeleton_issuer){0};
	if (skeleton_read(der, len, &o) < 0)
		return;
	key_read(o.spki, &ret->key);
	/* What is not DER could be read in two ways. */
	ret->may_issue = der_is_canonical(der, len) && o.version.len == 1 &&
		o.version.data[0] == VERSION_3 &&
		skeleton_extensions_permit(o.extensions) && ret->key.used &&
		!key_is_weak(&ret->key) &&
		skeleton_not_after(&o, &ret->not_after);
}
