/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask SOCKET TIMEOUT_MS daemon|local - a verdict for each line of standard
 * input, "HOST PURPOSE FILE...": host "-" is none, the files are the chain in
 * DER, leaf first. Prints all a verdict says but its warnings, one line each:
 * those depend on how often was asked. Of the library this uses the public
 * interface alone.
 */
#include <certprov-openssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILES 32
#define MAX_BYTES 400000
#define MAX_LINE 8192

static const char *const purposes[] = {
	[CERTPROV_ANY] = "any",
	[CERTPROV_SIP] = "sip",
	[CERTPROV_HTTPS] = "https",
	[CERTPROV_PROVISIONING] = "provisioning",
	[CERTPROV_LDAP] = "ldap",
};

struct asker {
	struct certprov *handle;
	struct certprov_local *local; /* or NULL */
	struct certprov_der chain[MAX_FILES];
	void *data[MAX_FILES]; /* of the chain */
	size_t count;
};

static void forget_chain(struct asker *a)
{
	while (a->count > 0)
		free(a->data[--a->count]);
}

static int add_file(struct asker *a, const char *path)
{
	FILE *file = fopen(path, "rb");
	void *data = malloc(MAX_BYTES);

	if (!file || !data || a->count == MAX_FILES) {
		perror(path);
		exit(2);
	}
	a->chain[a->count].size = fread(data, 1, MAX_BYTES, file);
	a->chain[a->count].data = data;
	a->data[a->count++] = data;
	return fclose(file);
}

static void show(const struct certprov_verdict *v)
{
	const char *remedy = certprov_verdict_remedy(v);
	const char *anchor = certprov_verdict_anchor(v);

	printf("%s trusted=%d recoverable=%d clock=%d %s/%llu path=",
		certprov_verdict_result(v), certprov_verdict_trusted(v),
		certprov_verdict_recoverable(v),
		certprov_verdict_clock_trusted(v), certprov_verdict_store(v),
		(unsigned long long)certprov_verdict_generation(v));
	for (size_t i = 0; i < certprov_verdict_path_count(v); i++)
		printf("%.8s,", certprov_verdict_path(v, i));
	printf(" anchor=%.8s | %s | %s\n", anchor ? anchor : "none",
		certprov_verdict_reason(v), remedy ? remedy : "-");
}

static void ask(
	struct asker *a, const char *host, enum certprov_purpose purpose)
{
	struct certprov_verdict *v = NULL;
	int r = a->local ? certprov_local_verify(a->local, a->chain, a->count,
				   host, purpose, &v)
			 : certprov_verify(a->handle, a->chain, a->count, host,
				   purpose, &v);

	if (r < 0)
		printf("error %s\n", strerror(-r));
	else
		show(v);
	certprov_verdict_free(v);
	(void)fflush(stdout);
}

static void take_line(struct asker *a, char *line)
{
	char *rest = NULL;
	const char *host = strtok_r(line, " \n", &rest);
	const char *name = strtok_r(NULL, " \n", &rest);
	const char *path = NULL;
	int purpose = CERTPROV_LDAP;

	while (name && purpose > 0 && strcmp(purposes[purpose], name) != 0)
		purpose--;
	while ((path = strtok_r(NULL, " \n", &rest)))
		add_file(a, path);
	if (host)
		ask(a, strcmp(host, "-") == 0 ? NULL : host,
			(enum certprov_purpose)purpose);
	forget_chain(a);
}

int main(int argc, char **argv)
{
	static char line[MAX_LINE];
	struct asker a = {.count = 0};

	if (argc != 4 || certprov_new(&a.handle) < 0 ||
		certprov_set_socket(a.handle, argv[1]) < 0 ||
		certprov_set_timeout(a.handle, (int)strtol(argv[2], NULL, 10)) <
			0)
		return 2;
	if (strcmp(argv[3], "local") == 0 &&
		certprov_local_new(a.handle, 0, &a.local) < 0)
		return 2;
	while (fgets(line, sizeof(line), stdin))
		take_line(&a, line);
	certprov_local_free(a.local);
	certprov_free(a.handle);
	return 0;
}
