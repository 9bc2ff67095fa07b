/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify HOST FILE... - is the chain in these DER files, leaf first, trusted
 * for a SIP connection to HOST? Prints the verdict; 0 yes, 1 no, 2 no answer.
 * CERTPROV_EXAMPLE_SOCKET is another place to ask.
 */
#include <certprov.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILES 16
#define MAX_BYTES 65536

/* Whole, into memory the caller frees; NULL and a message otherwise. */
static void *read_file(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	void *data = file ? malloc(MAX_BYTES) : NULL;

	if (data)
		*ret_size = fread(data, 1, MAX_BYTES, file);
	else
		perror(path);
	if (file)
		(void)fclose(file);
	return data;
}

static void show(const struct certprov_verdict *v)
{
	const char *remedy = certprov_verdict_remedy(v);

	printf("%s: %s\n", certprov_verdict_result(v),
		certprov_verdict_reason(v));
	if (remedy)
		printf("what to do: %s\n", remedy);
	for (size_t i = 0; i < certprov_verdict_path_count(v); i++)
		printf("path: %s\n", certprov_verdict_path(v, i));
}

static int ask(const char *host, const struct certprov_der *chain, size_t count)
{
	struct certprov *handle = NULL;
	struct certprov_verdict *verdict = NULL;
	int trusted = 0;
	int r = certprov_new(&handle);

	if (r == 0)
		r = certprov_set_socket(
			handle, getenv("CERTPROV_EXAMPLE_SOCKET"));
	if (r == 0)
		r = certprov_verify(
			handle, chain, count, host, CERTPROV_SIP, &verdict);
	if (r < 0) {
		(void)fprintf(stderr, "no verdict: %s\n", strerror(-r));
		certprov_free(handle);
		return 2;
	}
	show(verdict);
	trusted = certprov_verdict_trusted(verdict);
	certprov_verdict_free(verdict);
	certprov_free(handle);
	return trusted ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct certprov_der chain[MAX_FILES];
	void *data[MAX_FILES] = {NULL};
	size_t count = 0;
	int status = 2;

	if (argc < 3 || argc - 2 > MAX_FILES) {
		(void)fprintf(stderr, "usage: verify HOST FILE...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++, count++) {
		data[count] = read_file(argv[i], &chain[count].size);
		if (!data[count])
			break;
		chain[count].data = data[count];
	}
	if (count == (size_t)argc - 2)
		status = ask(argv[1], chain, count);
	for (size_t i = 0; i < count; i++)
		free(data[i]);
	return status;
}
