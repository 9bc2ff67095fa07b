/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/users/password.h"

#include <crypt.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"

#define PREFIX "$y$"
#define ALPHABET                                                               \
	"./0123456789"                                                         \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGEST_CHARS 43

/* The parameters of yescrypt that are accepted, by what they cost; the first
 * is what crypt(5) calls the default. */
static const char *const costs[] = {"j9T", "jAT"};
#define MADE_COST 5

/* Its place in the table, or ARRAY_SIZE(costs). */
static size_t password_cost(const char *hash)
{
	size_t i = 0;

	for (; i < ARRAY_SIZE(costs); i++) {
		size_t len = strlen(costs[i]);

		if (strncmp(hash + strlen(PREFIX), costs[i], len) == 0 &&
			hash[strlen(PREFIX) + len] == '$')
			break;
	}
	return i;
}

const char *password_fault(const char *hash)
{
	const char *salt = NULL;
	size_t len = 0;

	if (strncmp(hash, PREFIX, strlen(PREFIX)) != 0)
		return "the hash is not one of yescrypt, which begin with $y$";
	if (password_cost(hash) == ARRAY_SIZE(costs))
		return "the cost of the hash is not one that is allowed, which "
		       "are $y$j9T$ and $y$jAT$";
	salt = strchr(hash + strlen(PREFIX), '$') + 1;
	len = strspn(salt, ALPHABET);
	if (strlen(hash) > PASSWORD_MAX_HASH || len == 0 || salt[len] != '$' ||
		strspn(salt + len + 1, ALPHABET) != DIGEST_CHARS ||
		salt[len + 1 + DIGEST_CHARS] != '\0')
		return "the hash is not complete";
	return NULL;
}

const char *password_dearer(const char *a, const char *b)
{
	return password_cost(b) > password_cost(a) ? b : a;
}

/* In static size it would stay in memory for good. */
static struct crypt_data *password_data_free(struct crypt_data *data)
{
	if (data)
		OPENSSL_cleanse(data, sizeof(*data));
	free(data);
	return NULL;
}
DEFINE_CLEANUP(struct crypt_data, password_data_free);

/* In new memory. */
static int password_crypt(const char *password, const char *setting, char **ret)
{
	CLEANUP(password_data_free)
	struct crypt_data *data = calloc(1, sizeof(*data));
	const char *hash = NULL;

	if (!data)
		return -ENOMEM;
	errno = 0;
	hash = crypt_r(password, setting, data);
	if (!hash || hash[0] == '*')
		return errno == ENOMEM ? -ENOMEM : -EIO;
	return string_replace(ret, hash);
}

int password_hash(const char *password, char **ret)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	size_t len = strlen(password);

	if (len < PASSWORD_MIN_BYTES || len > PASSWORD_MAX_BYTES)
		return -EINVAL;
	/* Without bytes of ours it takes the system's. */
	if (!crypt_gensalt_rn(
		    PREFIX, MADE_COST, NULL, 0, setting, sizeof(setting)))
		return -EIO;
	return password_crypt(password, setting, ret);
}

int password_check(const char *hash, const char *password, bool *ret)
{
	CLEANUP(free) char *made = NULL;
	bool too_long = strlen(password) > PASSWORD_MAX_BYTES;
	int r = password_crypt(too_long ? "" : password, hash, &made);

	if (r < 0)
		return r;
	*ret = !too_long && strlen(made) == strlen(hash) &&
		CRYPTO_memcmp(made, hash, strlen(hash)) == 0;
	return 0;
}
