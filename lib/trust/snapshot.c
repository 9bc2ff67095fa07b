/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/net/tls-offer.h"

/*
 * All numbers are big-endian. First comes a magic number and the version;
 * then policy, clock, store and generation; then anchors, distrusted and
 * exceptions, each with a count and their lengths; then what TLS clients
 * offer. There is one encoding only: what decodes encodes to the same bytes.
 */
#define MAGIC "certprov"
#define MAGIC_BYTES 8
#define VERSION 3
#define LISTS_ALL                                                              \
	((unsigned)ANCHOR_AUTHORITY | ANCHOR_SERVERS |                         \
		(unsigned)ANCHOR_AUTHENTICATED)
#define NAME_FLAGS_ALL 31U
#define HOST_MAX_BYTES 320
#define STORE_ID_CHARS (STORE_ID_SIZE - 1)
#define NO_HOST 0

/* --- the policy, in both directions --- */

/* A member of struct policy, in so many bytes and not greater than max. */
struct policy_field {
	size_t offset;
	bool is_bool; /* else an enum or an unsigned int */
	size_t width;
	uint32_t max;
};

#define FIELD(member, bytes, maximum)                                          \
	{                                                                      \
		.offset = offsetof(struct policy, member),                     \
		.is_bool = sizeof(((struct policy *)NULL)->member) ==          \
			sizeof(bool),                                          \
		.width = (bytes), .max = (maximum),                            \
	}
/* In the order of the bytes, after the firmware. */
static const struct policy_field policy_fields[] = {
	FIELD(profile, 1, PROFILE_STRICT),
	FIELD(verification, 1, VERIFICATION_FORCED),
	FIELD(name_check, 1, true),
	FIELD(name_flags, 1, NAME_FLAGS_ALL),
	FIELD(sip_names, 1, true),
	FIELD(sip_strict, 1, true),
	FIELD(rsa_max_bits, 2, KEY_RSA_LIMIT_BITS),
};
_Static_assert(sizeof(enum profile) == sizeof(unsigned) &&
		sizeof(enum verification) == sizeof(unsigned) &&
		sizeof(bool) != sizeof(unsigned),
	"a field is a bool or as wide as an unsigned int");

static unsigned snapshot_get_field(
	const struct policy *p, const struct policy_field *f)
{
	const char *at = (const char *)p + f->offset;
	unsigned value = 0;

	if (f->is_bool)
		return *(const bool *)at;
	memcpy(&value, at, sizeof(value));
	return value;
}

static void snapshot_set_field(
	struct policy *p, const struct policy_field *f, unsigned value)
{
	char *at = (char *)p + f->offset;

	if (f->is_bool)
		*(bool *)at = value;
	else
		memcpy(at, &value, sizeof(value));
}

/* --- writing --- */

/* A buffer that grows; the first failure stays. */
struct writer {
	struct bytes bytes;
	size_t room;
	int error;
};

static void snapshot_put(struct writer *w, const void *data, size_t len)
{
	if (w->error == 0 && len > SNAPSHOT_MAX_BYTES - w->bytes.len)
		w->error = -EFBIG;
	if (w->error == 0 && w->bytes.len + len > w->room) {
		size_t room = 2 * (w->bytes.len + len) + 4096;
		uint8_t *more = realloc(w->bytes.data, room);

		if (!more) {
			w->error = -ENOMEM;
			return;
		}
		w->bytes.data = more;
		w->room = room;
	}
	if (w->error < 0 || len == 0)
		return;
	memcpy(w->bytes.data + w->bytes.len, data, len);
	w->bytes.len += len;
}

static void snapshot_put_number(struct writer *w, uint64_t number, size_t width)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < width; i++)
		bytes[i] = (uint8_t)(number >> (8 * (width - 1 - i)));
	snapshot_put(w, bytes, width);
}

static void snapshot_put_policy(struct writer *w, const struct policy *p)
{
	snapshot_put_number(w, p->firmware.count, 1);
	for (size_t i = 0; i < p->firmware.count; i++)
		snapshot_put_number(w, p->firmware.part[i], 4);
	for (size_t i = 0; i < ARRAY_SIZE(policy_fields); i++)
		snapshot_put_number(w, snapshot_get_field(p, &policy_fields[i]),
			policy_fields[i].width);
}

/* The store's id; one that was never set is all zero bytes. */
static void snapshot_put_place(struct writer *w, const struct trust *t)
{
	snapshot_put_number(w, (uint64_t)t->clock_floor, 8);
	snapshot_put(w, t->store, STORE_ID_CHARS);
	snapshot_put_number(w, t->generation, 8);
}

static void snapshot_put_anchors(
	struct writer *w, const struct anchors *anchors)
{
	const struct anchor *a = NULL;
	size_t cursor = 0;
	size_t count = 0;

	while (anchors_next(anchors, &cursor))
		count++;
	snapshot_put_number(w, count, 4);
	cursor = 0;
	while ((a = anchors_next(anchors, &cursor)) != NULL) {
		const struct bytes der = anchor_der(a);

		snapshot_put_number(w, a->lists, 1);
		snapshot_put_number(w, der.len, 4);
		snapshot_put(w, der.data, der.len);
	}
}

static void snapshot_put_distrusted(struct writer *w, const struct trust *t)
{
	snapshot_put_number(w, t->distrusted_count, 4);
	for (size_t i = 0; i < t->distrusted_count; i++) {
		snapshot_put_number(w, (uint64_t)t->distrusted[i].kind, 1);
		snapshot_put(w, t->distrusted[i].sha256, SHA256_BYTES);
	}
}

/* All that is required of a host here is short, printable text. */
static bool snapshot_is_host_text(const void *text, size_t len)
{
	const uint8_t *c = text;

	for (size_t i = 0; i < len; i++)
		if (c[i] <= ' ' || c[i] > '~')
			return false;
	return len <= HOST_MAX_BYTES;
}

static void snapshot_put_exceptions(struct writer *w, const struct trust *t)
{
	snapshot_put_number(w, t->exception_count, 4);
	for (size_t i = 0; i < t->exception_count; i++) {
		const struct exception *e = &t->exceptions[i];
		size_t len = e->host ? strlen(e->host) : NO_HOST;

		if (!snapshot_is_host_text(e->host, len) && w->error == 0)
			w->error = -EINVAL;
		snapshot_put(w, e->sha256, SHA256_BYTES);
		snapshot_put_number(w, (uint64_t)e->expires, 8);
		snapshot_put_number(w, len, 2);
		snapshot_put(w, e->host, len);
	}
}

static void snapshot_put_list(struct writer *w, const char *list)
{
	size_t len = strlen(list);

	if (!tls_list_is_text(list, len) && w->error == 0)
		w->error = -EINVAL;
	snapshot_put_number(w, len, 2);
	snapshot_put(w, list, len);
}

static void snapshot_put_tls(struct writer *w, const struct tls_offer *tls)
{
	snapshot_put_number(w, tls->minimum, 1);
	snapshot_put_list(w, tls->ciphers);
	snapshot_put_list(w, tls->suites);
}

int snapshot_encode(const struct trust *trust, struct bytes *ret)
{
	struct writer w = {.error = 0};

	snapshot_put(&w, MAGIC, MAGIC_BYTES);
	snapshot_put_number(&w, VERSION, 4);
	snapshot_put_policy(&w, &trust->policy);
	snapshot_put_place(&w, trust);
	snapshot_put_anchors(&w, trust->anchors);
	snapshot_put_distrusted(&w, trust);
	snapshot_put_exceptions(&w, trust);
	snapshot_put_tls(&w, &trust->policy.tls);
	if (w.error < 0) {
		bytes_done(&w.bytes);
		return w.error;
	}
	*ret = w.bytes;
	return 0;
}

/* --- reading --- */

/* What is left to read. The first error stays, and from then on everything
 * reads as zero; loops check the error and end. */
struct snapshot_reader {
	const uint8_t *data;
	size_t len;
	int error;
};

static const uint8_t *snapshot_take(struct snapshot_reader *r, size_t len)
{
	const uint8_t *data = r->data;

	if (r->error == 0 && len > r->len)
		r->error = -EBADMSG;
	if (r->error < 0)
		return NULL;
	r->data += len;
	r->len -= len;
	return data;
}

static uint64_t snapshot_take_number(struct snapshot_reader *r, size_t width)
{
	const uint8_t *data = snapshot_take(r, width);
	uint64_t number = 0;

	for (size_t i = 0; data && i < width; i++)
		number = number << 8 | data[i];
	return number;
}

/* A number that must not be greater than max. */
static uint32_t snapshot_take_upto(
	struct snapshot_reader *r, size_t width, uint32_t max)
{
	uint64_t number = snapshot_take_number(r, width);

	if (r->error == 0 && number > max)
		r->error = -EBADMSG;
	return r->error < 0 ? 0 : (uint32_t)number;
}

static void snapshot_keep_error(struct snapshot_reader *r, int error)
{
	if (r->error == 0 && error < 0)
		r->error = error == -ENOMEM || error == -EIO ? error : -EBADMSG;
}

static void snapshot_read_policy(struct snapshot_reader *r, struct policy *p)
{
	p->firmware.count = snapshot_take_upto(r, 1, FIRMWARE_MAX_COMPONENTS);
	if (p->firmware.count > 0 &&
		p->firmware.count < FIRMWARE_MIN_COMPONENTS)
		snapshot_keep_error(r, -EBADMSG);
	for (size_t i = 0; i < p->firmware.count; i++)
		p->firmware.part[i] =
			snapshot_take_upto(r, 4, FIRMWARE_COMPONENT_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(policy_fields); i++) {
		const struct policy_field *f = &policy_fields[i];

		snapshot_set_field(
			p, f, snapshot_take_upto(r, f->width, f->max));
	}
}

static bool snapshot_is_store_id(const uint8_t *id)
{
	for (size_t i = 0; i < STORE_ID_CHARS; i++)
		if (!(id[i] >= '0' && id[i] <= '9') &&
			!(id[i] >= 'a' && id[i] <= 'f'))
			return false;
	return true;
}

static void snapshot_read_place(struct snapshot_reader *r, struct trust *t)
{
	static const uint8_t never_set[STORE_ID_CHARS];
	const uint8_t *store = NULL;

	t->clock_floor = (int64_t)snapshot_take_number(r, 8);
	store = snapshot_take(r, STORE_ID_CHARS);
	if (store && !snapshot_is_store_id(store) &&
		memcmp(store, never_set, STORE_ID_CHARS) != 0)
		snapshot_keep_error(r, -EBADMSG);
	else if (store)
		memcpy(t->store, store, STORE_ID_CHARS);
	t->generation = snapshot_take_number(r, 8);
}

/* In one list at least, and not both anchor and intermediate. */
static bool snapshot_lists_are_valid(unsigned lists)
{
	return (lists & ~(unsigned)ANCHOR_AUTHENTICATED) != 0 &&
		(lists & ANCHOR_SERVERS) != ANCHOR_SERVERS;
}

static size_t snapshot_count_anchors(const struct anchors *anchors)
{
	size_t cursor = 0;
	size_t count = 0;

	while (anchors_next(anchors, &cursor))
		count++;
	return count;
}

static void snapshot_read_anchors(
	struct snapshot_reader *r, struct anchors *anchors)
{
	uint64_t count = snapshot_take_upto(r, 4, ANCHORS_MAX);

	for (uint64_t i = 0; i < count && r->error == 0; i++) {
		unsigned lists = snapshot_take_upto(r, 1, LISTS_ALL);
		size_t len = snapshot_take_upto(r, 4, CERTIFICATE_MAX_BYTES);
		const uint8_t *der = snapshot_take(r, len);

		if (!der || !snapshot_lists_are_valid(lists)) {
			snapshot_keep_error(r, -EBADMSG);
			return;
		}
		snapshot_keep_error(r, anchors_add(anchors, der, len, lists));
	}
	/* One that came twice was counted twice. */
	if (r->error == 0 && snapshot_count_anchors(anchors) != count)
		r->error = -EBADMSG;
}

static void snapshot_read_distrusted(struct snapshot_reader *r, struct trust *t)
{
	uint64_t count = snapshot_take_upto(r, 4, TRUST_MAX_DISTRUSTED);

	for (uint64_t i = 0; i < count && r->error == 0; i++) {
		enum distrust_kind kind =
			(enum distrust_kind)snapshot_take_upto(
				r, 1, DISTRUST_PUBLIC_KEY);
		const uint8_t *sha256 = snapshot_take(r, SHA256_BYTES);

		if (!sha256)
			return;
		snapshot_keep_error(r, trust_add_distrusted(t, kind, sha256));
		/* In their order, and none twice: the new one is the last. */
		if (r->error == 0 &&
			(t->distrusted_count != i + 1 ||
				t->distrusted[i].kind != kind ||
				memcmp(t->distrusted[i].sha256, sha256,
					SHA256_BYTES) != 0))
			r->error = -EBADMSG;
	}
}

/* Printable text of this length; NULL in *ret for none. */
static int snapshot_read_host(struct snapshot_reader *r, char **ret)
{
	size_t len = snapshot_take_upto(r, 2, HOST_MAX_BYTES);
	const uint8_t *text = snapshot_take(r, len);

	if (!text || len == NO_HOST)
		return r->error;
	if (!snapshot_is_host_text(text, len))
		return -EBADMSG;
	*ret = strndup((const char *)text, len);
	return *ret ? 0 : -ENOMEM;
}

static void snapshot_read_exceptions(struct snapshot_reader *r, struct trust *t)
{
	uint64_t count = snapshot_take_upto(r, 4, TRUST_MAX_EXCEPTIONS);

	for (uint64_t i = 0; i < count && r->error == 0; i++) {
		CLEANUP(free) char *host = NULL;
		const uint8_t *sha256 = snapshot_take(r, SHA256_BYTES);
		int64_t expires = (int64_t)snapshot_take_number(r, 8);

		snapshot_keep_error(r, snapshot_read_host(r, &host));
		if (r->error < 0 || !sha256)
			return;
		snapshot_keep_error(
			r, trust_add_exception(t, sha256, host, expires));
		/* In their order, and none twice: the new one is the last. */
		if (r->error == 0 &&
			(t->exception_count != i + 1 ||
				memcmp(t->exceptions[i].sha256, sha256,
					SHA256_BYTES) != 0 ||
				!string_equal(t->exceptions[i].host, host)))
			r->error = -EBADMSG;
	}
}

static void snapshot_read_list(
	struct snapshot_reader *r, char list[TLS_LIST_SIZE])
{
	size_t len = snapshot_take_upto(r, 2, TLS_LIST_SIZE - 1);
	const uint8_t *text = snapshot_take(r, len);

	if (!text)
		return;
	if (!tls_list_is_text((const char *)text, len))
		snapshot_keep_error(r, -EBADMSG);
	memset(list, 0, TLS_LIST_SIZE);
	memcpy(list, text, len);
}

static void snapshot_read_tls(struct snapshot_reader *r, struct tls_offer *tls)
{
	tls->minimum =
		(enum tls_minimum)snapshot_take_upto(r, 1, TLS_MINIMUM_1_3);
	snapshot_read_list(r, tls->ciphers);
	snapshot_read_list(r, tls->suites);
}

static int snapshot_read_version(struct snapshot_reader *r)
{
	const uint8_t *magic = snapshot_take(r, MAGIC_BYTES);
	uint64_t version = 0;

	if (!magic || memcmp(magic, MAGIC, MAGIC_BYTES) != 0)
		return -EBADMSG;
	version = snapshot_take_number(r, 4);
	if (r->error < 0)
		return r->error;
	return version == VERSION ? 0 : -EPROTONOSUPPORT;
}

int snapshot_decode(const void *data, size_t len, struct trust **ret)
{
	CLEANUP(trust_free) struct trust *t = NULL;
	struct snapshot_reader r = {.data = data, .len = len};
	int error =
		len > SNAPSHOT_MAX_BYTES ? -EBADMSG : snapshot_read_version(&r);

	if (error < 0)
		return error;
	error = trust_new(&t);
	if (error < 0)
		return error;
	snapshot_read_policy(&r, &t->policy);
	snapshot_read_place(&r, t);
	snapshot_read_anchors(&r, t->anchors);
	snapshot_read_distrusted(&r, t);
	snapshot_read_exceptions(&r, t);
	snapshot_read_tls(&r, &t->policy.tls);
	if (r.error < 0)
		return r.error;
	if (r.len > 0)
		return -EBADMSG;
	anchors_forget_digests(t->anchors);
	*ret = TAKE_PTR(t);
	return 0;
}

/* --- descriptors --- */

int snapshot_seal(const struct bytes *snapshot, int *ret_fd)
{
	return fd_seal(
		"certprov-snapshot", snapshot->data, snapshot->len, ret_fd);
}

/* The size of a file that nobody can change any more, or -EBADMSG. */
static int snapshot_sealed_size(int fd, size_t *ret)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & FD_SEALS) != FD_SEALS)
		return -EBADMSG;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size <= 0 || (uint64_t)st.st_size > SNAPSHOT_MAX_BYTES)
		return -EBADMSG;
	*ret = (size_t)st.st_size;
	return 0;
}

int snapshot_open(int fd, struct trust **ret)
{
	size_t len = 0;
	void *data = NULL;
	int r = snapshot_sealed_size(fd, &len);

	if (r < 0)
		return r;
	/* Mapped, because all who share it share its read position. */
	data = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	r = snapshot_decode(data, len, ret);
	(void)munmap(data, len);
	return r;
}
