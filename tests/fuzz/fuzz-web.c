/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stranger who speaks to the certificates page. The first byte picks the way:
 * by HTTPS, where alice is signed in (as if TLS had been undone); as a client
 * of the web server in front; or a file of users. The rest is what is sent, and
 * goes through evhttp, the checks of requests, paths, cookies, origins, tokens
 * and bodies, up to a certprovd that is not there. Whatever it is, nobody calls
 * without a session or a user who is in the file, nobody changes anything
 * without a token, and each answer has the headers that keep other sites out.
 */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/certprov-web/calls/call.h"
#include "daemon/certprov-web/calls/calls.h"
#include "daemon/certprov-web/http/http-server.h"
#include "daemon/certprov-web/http/web-log.h"
#include "daemon/certprov-web/routes.h"
#include "daemon/certprov-web/users/asker.h"
#include "daemon/certprov-web/users/sessions.h"
#include "daemon/certprov-web/users/users-file.h"
#include "lib/users/password.h"

#define PASSWORD "correct horse"
#define NO_SOCKET "/nonexistent/socket"
#define TURNS 64
#define QUIET 3
#define ANSWER_BYTES ((size_t)256 * 1024)
#define FIRST_SECRET 'a'
#define FIRST_ID 'b'
#define FIRST_TOKEN 'c'
#define LAST_SECRET 'f'

/* NOLINTNEXTLINE(readability-identifier-naming): the name libFuzzer calls */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char users_text[] = "alice:change:"
				 "$y$j9T$dOaQvWu8taVLLs.3Idyqf.$MrjxqR"
				 "wKSbm3EHVxu1MmbPElvcckc4zeWkDwU4RwadC\n"
				 "bob:look:*\n"
				 "carol:change:*\n";

enum way {
	BY_TLS,
	BY_FRONT_END,
	FILE_OF_USERS,
	WAYS,
};

/* Of the input under way. */
static bool secure;
static int next_secret;
static const uint8_t *sent;
static size_t sent_size;
static bool asked; /* what is sent is of the input */

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool was_sent(const char *text)
{
	return memmem(sent, sent_size, text, strlen(text)) != NULL;
}

/* --- what the program has instead (tests/module.mk) --- */

/* NOLINTBEGIN(readability-identifier-naming) the names that the linker makes */
bool __wrap_exchange_secure(const struct exchange *e);
int __wrap_RAND_bytes(unsigned char *ret, int size);
int __wrap_password_check(const char *hash, const char *password, bool *ret);
void __wrap_web_log(int level, const char *format, ...) PRINTF_LIKE(2, 3);
void __wrap_web_log_own(int level, const char *format, ...) PRINTF_LIKE(2, 3);
void __wrap_call_begin(struct call_list *list, const struct call_row *row,
	cJSON *parameters, const struct call_output *output);
void __real_call_begin(struct call_list *list, const struct call_row *row,
	cJSON *parameters, const struct call_output *output);

bool __wrap_exchange_secure(const struct exchange *e)
{
	(void)e;
	return secure;
}

/* In hex a letter again and again, of each the next. */
int __wrap_RAND_bytes(unsigned char *ret, int size)
{
	memset(ret, 0x11 * (next_secret - FIRST_SECRET + 0xa), (size_t)size);
	next_secret += next_secret < LAST_SECRET;
	return 1;
}

int __wrap_password_check(const char *hash, const char *password, bool *ret)
{
	(void)hash;
	*ret = strcmp(password, PASSWORD) == 0;
	return 0;
}

void __wrap_web_log(int level, const char *format, ...)
{
	(void)level;
	(void)format;
}

void __wrap_web_log_own(int level, const char *format, ...)
{
	(void)level;
	(void)format;
}

/* The first is the key of the front end's tokens; then each session has an id
 * and a token, in this order, as long as there are letters. */
static bool secret_was_sent(int first)
{
	char secret[SESSIONS_SECRET_SIZE] = {0};

	for (int c = first; c <= LAST_SECRET; c += c == 'e' ? 1 : 2) {
		memset(secret, c, sizeof(secret) - 1);
		if (was_sent(secret))
			return true;
	}
	return false;
}

/* Of alice or carol, as they were for the key. */
static const char *const front_end_tokens[] = {
	"dc47999f5a3076e68bd93545b9d1e786646f0ca48de5b5e35004516fe6f0e557",
	"31806cfad418b1512759a244e06482924c00b3c5dd0d8f9f30bce24089b072c9",
};

static bool token_was_sent(void)
{
	if (secure)
		return secret_was_sent(FIRST_TOKEN);
	return was_sent(front_end_tokens[0]) || was_sent(front_end_tokens[1]);
}

/* None, or of the host that is asked. */
static bool origin_is_ours(const struct exchange *e)
{
	const char *origin = exchange_header(e, "Origin");
	const char *host = exchange_header(e, "Host");
	const char *at = origin ? strstr(origin, "://") : NULL;

	return !origin || (at && host && strcasecmp(at + 3, host) == 0);
}

void __wrap_call_begin(struct call_list *list, const struct call_row *row,
	cJSON *parameters, const struct call_output *output)
{
	require(asked && output->exchange);
	require(!parameters || cJSON_IsObject(parameters));
	require(user_name_is(output->user.name));
	require(output->user.role >= row->role);
	require(secure ? secret_was_sent(FIRST_ID)
		       : was_sent(output->user.name));
	require(!call_table_changes(row) || token_was_sent());
	require(origin_is_ours(output->exchange));
	__real_call_begin(list, row, parameters, output);
}

/* NOLINTEND(readability-identifier-naming) */

/* --- a page, and a connection to it --- */

struct fuzz_page {
	struct event_base *base;
	struct http_config config;
	struct routes routes;
	struct web_server *server;
	struct sockaddr_un address;
	socklen_t address_size;
};

/* Once; it stays. */
static const char *users_path(void)
{
	static char path[32];
	int fd = -1;

	if (path[0])
		return path;
	(void)signal(SIGPIPE, SIG_IGN);
	fd = memfd_create("users", MFD_CLOEXEC);
	require(fd >= 0 && fchmod(fd, 0600) == 0 &&
		write(fd, users_text, strlen(users_text)) ==
			(ssize_t)strlen(users_text));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

/* Its name is one that the kernel makes. */
static int page_socket(struct fuzz_page *p)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	p->address.sun_family = AF_UNIX;
	p->address_size = sizeof(p->address);
	require(fd >= 0);
	require(bind(fd, (struct sockaddr *)&p->address, sizeof(sa_family_t)) ==
		0);
	require(getsockname(fd, (struct sockaddr *)&p->address,
			&p->address_size) == 0);
	require(listen(fd, SOMAXCONN) == 0);
	return fd;
}

static void page_start(struct fuzz_page *p)
{
	static const struct calls_config sockets = {
		.trust_socket = NO_SOCKET,
		.admin_socket = NO_SOCKET,
		.identity_socket = NO_SOCKET,
	};
	const struct access_config access = {
		.users_path = users_path(),
		.idle_end = 60,
		.absolute_end = 60,
	};

	next_secret = FIRST_SECRET;
	p->config.user_header = "X-User";
	p->base = event_base_new();
	require(p->base && access_new(&access, &p->routes.access) == 0);
	require(calls_new(p->base, &sockets, p->routes.access,
			&p->routes.calls) == 0);
	require(http_server_new(p->base, &p->config, routes_handle, &p->routes,
			&p->server) == 0);
	require(http_server_add(p->server, page_socket(p), HTTP_FRONT_END) ==
		0);
}

static void page_turn(struct fuzz_page *p)
{
	for (int i = 0; i < QUIET; i++)
		(void)event_base_loop(p->base, EVLOOP_NONBLOCK);
}

static void page_stop(struct fuzz_page *p)
{
	page_turn(p);
	p->server = http_server_free(p->server);
	p->routes.calls = calls_free(p->routes.calls);
	event_base_free(p->base);
	p->routes.access = access_free(p->routes.access);
}

/* What is answered until nothing comes any more, as text. */
static void page_say(
	struct fuzz_page *p, const void *data, size_t size, char *ret)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t said = 0;
	size_t got = 0;

	require(fd >= 0 &&
		connect(fd, (struct sockaddr *)&p->address, p->address_size) ==
			0);
	for (int turn = 0, quiet = 0; turn < TURNS && quiet < QUIET; turn++) {
		ssize_t out = said < size
			? send(fd, (const char *)data + said, size - said, 0)
			: 0;
		ssize_t in = 0;

		page_turn(p);
		in = recv(fd, ret + got, ANSWER_BYTES - 1 - got, 0);
		said += out > 0 ? (size_t)out : 0;
		got += in > 0 ? (size_t)in : 0;
		quiet = out > 0 || in > 0 ? 0 : quiet + 1;
	}
	ret[got] = '\0';
	(void)close(fd);
}

/* --- the ways --- */

/* Behind "HTTP/1.1 ", or any other version: what evhttp says itself it says in
 * the one that was asked for. NULL when there is none. */
static const char *status_of(const char *answer)
{
	const char *blank = strchr(answer, ' ');

	return blank && strncmp(answer, "HTTP/", strlen("HTTP/")) == 0
		? blank + 1
		: NULL;
}

/* That is no answer yet, and need not be followed by one. */
static const char *behind_continue(const char *answer)
{
	static const char go_on[] = "100 Continue\r\n\r\n";
	const char *status = status_of(answer);

	return status && strncmp(status, go_on, strlen(go_on)) == 0
		? status + strlen(go_on)
		: answer;
}

static bool is_refused_by_evhttp(const char *answer)
{
	static const char *const refused[] = {
		"400 ", "413 ", "417 ", "501 ", "503 "};
	const char *status = status_of(answer);

	for (size_t i = 0; status && i < ARRAY_SIZE(refused); i++)
		if (strncmp(status, refused[i], strlen(refused[i])) == 0)
			return true;
	return false;
}

static void check_answer(const char *all)
{
	const char *answer = behind_continue(all);
	const char *end = strstr(answer, "\r\n\r\n");

	if (!*answer)
		return;
	require(strncmp(answer, "HTTP/1.", strlen("HTTP/1.")) == 0 ||
		is_refused_by_evhttp(answer));
	if (!end)
		return;
	for (const char *const *h =
			(const char *const[]){"\r\nContent-Security-Policy: "
					      "default-src 'none';",
				"\r\nX-Content-Type-Options: nosniff\r\n",
				"\r\nX-Frame-Options: DENY\r\n", NULL};
		*h; h++) {
		const char *at = strstr(answer, *h);

		require(at && at < end);
	}
}

/* alice has a session: b is its cookie, and c its token. */
static void sign_in(struct fuzz_page *p, char *answer)
{
	static const char request[] =
		"POST /session HTTP/1.1\r\nHost: phone\r\n"
		"Content-Type: application/json\r\nContent-Length: 43\r\n\r\n"
		"{\"user\":\"alice\",\"password\":\"" PASSWORD "\"}";

	page_say(p, request, strlen(request), answer);
	require(strstr(answer, "\"csrf\":\"ccc"));
}

static void fuzz_http(const uint8_t *data, size_t size)
{
	static char answer[ANSWER_BYTES];
	struct fuzz_page p = {0};

	asked = false;
	page_start(&p);
	if (secure)
		sign_in(&p, answer);
	asked = true;
	page_say(&p, data, size, answer);
	check_answer(answer);
	page_stop(&p);
}

static void fuzz_users(const char *text, size_t size)
{
	static struct users users;
	struct users_fault fault = {0};
	int r = 0;

	users = (struct users){0};
	r = users_parse(text, size, &users, &fault);
	require(r == 0 || (r == -EINVAL && fault.reason));
	if (r < 0)
		return;
	require(users.count <= USERS_MAX);
	for (size_t i = 0; i < users.count; i++) {
		const struct user_line *line = &users.lines[i];

		require(user_name_is(line->name));
		require(line->role == ACCESS_LOOK ||
			line->role == ACCESS_CHANGE);
		require(!line->hash[0] || !password_fault(line->hash));
		require(users_find(&users, line->name) == line);
		require(memmem(text, size, line->name, strlen(line->name)));
	}
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum way way = size > 0 ? (enum way)(data[0] % WAYS) : WAYS;

	if (way == WAYS)
		return 0;
	secure = way == BY_TLS;
	sent = data + 1;
	sent_size = size - 1;
	if (way == FILE_OF_USERS)
		fuzz_users((const char *)sent, sent_size);
	else
		fuzz_http(sent, sent_size);
	return 0;
}
