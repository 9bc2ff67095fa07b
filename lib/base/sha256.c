/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/sha256.h"

#include <string.h>

#define ROUNDS 64
#define WORDS 8

/* FIPS 180-4 section 4.2.2: fractions of the cube roots of primes. */
static const uint32_t constants[ROUNDS] = {
	0x428a2f98,
	0x71374491,
	0xb5c0fbcf,
	0xe9b5dba5,
	0x3956c25b,
	0x59f111f1,
	0x923f82a4,
	0xab1c5ed5,
	0xd807aa98,
	0x12835b01,
	0x243185be,
	0x550c7dc3,
	0x72be5d74,
	0x80deb1fe,
	0x9bdc06a7,
	0xc19bf174,
	0xe49b69c1,
	0xefbe4786,
	0x0fc19dc6,
	0x240ca1cc,
	0x2de92c6f,
	0x4a7484aa,
	0x5cb0a9dc,
	0x76f988da,
	0x983e5152,
	0xa831c66d,
	0xb00327c8,
	0xbf597fc7,
	0xc6e00bf3,
	0xd5a79147,
	0x06ca6351,
	0x14292967,
	0x27b70a85,
	0x2e1b2138,
	0x4d2c6dfc,
	0x53380d13,
	0x650a7354,
	0x766a0abb,
	0x81c2c92e,
	0x92722c85,
	0xa2bfe8a1,
	0xa81a664b,
	0xc24b8b70,
	0xc76c51a3,
	0xd192e819,
	0xd6990624,
	0xf40e3585,
	0x106aa070,
	0x19a4c116,
	0x1e376c08,
	0x2748774c,
	0x34b0bcb5,
	0x391c0cb3,
	0x4ed8aa4a,
	0x5b9cca4f,
	0x682e6ff3,
	0x748f82ee,
	0x78a5636f,
	0x84c87814,
	0x8cc70208,
	0x90befffa,
	0xa4506ceb,
	0xbef9a3f7,
	0xc67178f2,
};

/* Section 5.3.3: fractions of the square roots of the first eight primes. */
static const uint32_t beginning[WORDS] = {
	0x6a09e667,
	0xbb67ae85,
	0x3c6ef372,
	0xa54ff53a,
	0x510e527f,
	0x9b05688c,
	0x1f83d9ab,
	0x5be0cd19,
};

static uint32_t sha256_right(uint32_t x, unsigned bits)
{
	return x >> bits | x << (32 - bits);
}

static uint32_t sha256_big_endian(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | p[3];
}

/* Section 6.2.2, step 1. */
static void sha256_schedule(const uint8_t *block, uint32_t w[ROUNDS])
{
	for (size_t t = 0; t < 16; t++)
		w[t] = sha256_big_endian(block + 4 * t);
	for (size_t t = 16; t < ROUNDS; t++) {
		uint32_t s0 = sha256_right(w[t - 15], 7) ^
			sha256_right(w[t - 15], 18) ^ w[t - 15] >> 3;
		uint32_t s1 = sha256_right(w[t - 2], 17) ^
			sha256_right(w[t - 2], 19) ^ w[t - 2] >> 10;

		w[t] = s1 + w[t - 7] + s0 + w[t - 16];
	}
}

/* Step 3, once: the working variables a to h are v[0] to v[7]. */
static void sha256_turn(uint32_t v[WORDS], uint32_t add)
{
	uint32_t s1 = sha256_right(v[4], 6) ^ sha256_right(v[4], 11) ^
		sha256_right(v[4], 25);
	uint32_t s0 = sha256_right(v[0], 2) ^ sha256_right(v[0], 13) ^
		sha256_right(v[0], 22);
	uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
	uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
	uint32_t t1 = v[7] + s1 + choice + add;

	memmove(v + 1, v, (WORDS - 1) * sizeof(*v));
	v[4] += t1;
	v[0] = t1 + s0 + majority;
}

static void sha256_compress(uint32_t state[WORDS], const uint8_t *block)
{
	uint32_t w[ROUNDS];
	uint32_t v[WORDS];

	sha256_schedule(block, w);
	memcpy(v, state, sizeof(v));
	for (size_t t = 0; t < ROUNDS; t++)
		sha256_turn(v, constants[t] + w[t]);
	for (size_t i = 0; i < WORDS; i++)
		state[i] += v[i];
}

void sha256_init(struct sha256 *s)
{
	*s = (struct sha256){.total = 0};
	memcpy(s->state, beginning, sizeof(s->state));
}

void sha256_add(struct sha256 *s, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		size_t at = s->total % SHA256_BLOCK_BYTES;
		size_t n = SHA256_BLOCK_BYTES - at;

		n = n < len ? n : len;
		memcpy(s->block + at, p, n);
		s->total += n;
		p += n;
		len -= n;
		if (at + n == SHA256_BLOCK_BYTES)
			sha256_compress(s->state, s->block);
	}
}

/* Section 5.1.1: a one bit, zeroes, the length in bits. */
void sha256_get(struct sha256 *s, uint8_t ret[SHA256_BYTES])
{
	static const uint8_t zeroes[SHA256_BLOCK_BYTES];
	uint64_t bits = 8 * s->total;
	uint8_t length[8];
	size_t pad = 0;

	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (uint8_t)(bits >> (56 - 8 * i));
	sha256_add(s, "\x80", 1);
	pad = ((size_t)2 * SHA256_BLOCK_BYTES - sizeof(length) -
		      s->total % SHA256_BLOCK_BYTES) %
		SHA256_BLOCK_BYTES;
	sha256_add(s, zeroes, pad);
	sha256_add(s, length, sizeof(length));
	for (size_t i = 0; i < SHA256_BYTES; i++)
		ret[i] = (uint8_t)(s->state[i / 4] >> (24 - 8 * (i % 4)));
}
