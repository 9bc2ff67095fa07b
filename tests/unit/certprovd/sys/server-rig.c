/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprovd/sys/server-rig.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/certprovd/scratch.h"

struct server_rig rig;

/* --- the service --- */

struct echo {
	const char *text;
};

static const struct json_field echo_fields[] = {
	JSON_FIELD(struct echo, text, JSON_STRING, .required = true),
};
static const struct json_table echo_parameters =
	JSON_TABLE(struct echo, echo_fields);

static int on_echo(struct varlink_request *req, void *userdata)
{
	struct echo echo = {0};
	int r = varlink_request_decode(req, &echo);

	(void)userdata;
	if (r != 0)
		return r;
	return varlink_reply_member(req, "text", cJSON_CreateString(echo.text));
}

static int on_note(struct varlink_request *req, void *userdata)
{
	(void)userdata;
	rig.noted++;
	return varlink_reply(req, NULL);
}

static int on_big(struct varlink_request *req, void *userdata)
{
	static char text[RIG_BIG_BYTES + 1];

	(void)userdata;
	rig.big++;
	memset(text, 'x', RIG_BIG_BYTES);
	return varlink_reply_member(req, "text", cJSON_CreateString(text));
}

static int on_costly(struct varlink_request *req, void *userdata)
{
	(void)userdata;
	rig.costly++;
	varlink_request_charge(req, RIG_COSTLY_WORK);
	return varlink_reply(req, NULL);
}

static int on_lend(struct varlink_request *req, void *userdata)
{
	int r = varlink_request_add_fd(
		req, open("/dev/null", O_RDONLY | O_CLOEXEC));

	(void)userdata;
	rig.lent++;
	return r < 0 ? r : varlink_reply(req, NULL);
}

static void on_gone(struct varlink_request *req, void *userdata)
{
	(void)userdata;
	ck_assert_ptr_eq(req, rig.held);
	ck_assert(!varlink_request_open(req));
	rig.gone++;
	rig.held = varlink_request_release(rig.held);
}

static void on_drained(struct varlink_request *req, void *userdata)
{
	(void)userdata;
	ck_assert_ptr_eq(req, rig.held);
	rig.drained++;
	if (rig.holds_back)
		ck_assert_int_eq(varlink_reply(req, NULL), 0);
}

static void on_turn(struct varlink_request *req, void *userdata)
{
	(void)userdata;
	ck_assert_ptr_eq(req, rig.held);
	rig.turns++;
}

static int on_keep(struct varlink_request *req, void *userdata)
{
	static const struct varlink_watch watch = {
		.gone = on_gone,
		.drained = on_drained,
		.turn = on_turn,
	};

	(void)userdata;
	ck_assert_ptr_null(rig.held);
	rig.kept++;
	rig.held = req;
	varlink_request_keep(req, &watch);
	return 0;
}

static const struct varlink_method methods[] = {
	{.name = "Echo", .handle = on_echo, .parameters = &echo_parameters},
	{.name = "Note", .handle = on_note},
	{.name = "Big", .handle = on_big},
	{.name = "Costly", .handle = on_costly},
	{.name = "Keep", .handle = on_keep},
	{.name = "Lend", .handle = on_lend},
};

static const struct varlink_interface interface = {
	.name = "a.b",
	.description = "interface a.b\n",
	.methods = methods,
	.n_methods = ARRAY_SIZE(methods),
};

static const struct varlink_interface *const interfaces[] = {&interface};

const struct varlink_service rig_service = {
	.product = "product",
	.version = "1",
	.url = "https://example.com/",
	.interfaces = interfaces,
	.n_interfaces = ARRAY_SIZE(interfaces),
};

/* --- the server --- */

static struct sockaddr_un address_of(const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	ck_assert_int_lt(snprintf(a.sun_path, sizeof(a.sun_path), "%s",
				 scratch_path(name)),
		(int)sizeof(a.sun_path));
	return a;
}

static void open_listener(const char *name, bool admin)
{
	const struct server_socket socket_of = {
		.service = &rig_service,
		.admin = admin,
		.limit_error = "a.b.LimitExceeded",
	};
	struct sockaddr_un a = address_of(name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	(void)remove(a.sun_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(fd, 100), 0);
	ck_assert_int_eq(server_listen(rig.server, fd, &socket_of), 0);
}

void rig_limit(const struct server_limits *limits)
{
	rig.server = server_free(rig.server);
	ck_assert_int_eq(server_new(rig.event, limits, &rig.server), 0);
	open_listener("trust", false);
	open_listener("admin", true);
}

void rig_setup(void)
{
	scratch_setup();
	rig = (struct server_rig){0};
	ck_assert_int_ge(sd_event_new(&rig.event), 0);
	rig_limit(&SERVER_LIMITS_DEFAULT);
}

void rig_teardown(void)
{
	rig.server = server_free(rig.server);
	rig.held = varlink_request_release(rig.held);
	rig.event = sd_event_unref(rig.event);
	scratch_teardown();
}

bool rig_turn(void)
{
	int r = sd_event_run(rig.event, 0);

	ck_assert_int_ge(r, 0);
	return r > 0;
}

unsigned settle(void)
{
	unsigned turns = 0;

	while (rig_turn())
		ck_assert_uint_lt(++turns, RIG_MAX_TURNS);
	return turns;
}

/* --- clients --- */

static struct varlink_socket connect_to(const char *name)
{
	struct varlink_socket c = {0};
	struct sockaddr_un a = address_of(name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	varlink_socket_init(&c, fd);
	return c;
}

struct varlink_socket connect_trust(void)
{
	return connect_to("trust");
}

struct varlink_socket connect_admin(void)
{
	return connect_to("admin");
}

size_t say_some(struct varlink_socket *c, const void *data, size_t len)
{
	ssize_t n = send(c->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		ck_assert_int_eq(errno, EAGAIN);
	return n < 0 ? 0 : (size_t)n;
}

void say(struct varlink_socket *c, const char *text)
{
	size_t len = strlen(text) + 1;

	ck_assert_uint_eq(say_some(c, text, len), len);
}

const char *hear_next(struct varlink_socket *c, size_t *ret_len)
{
	struct varlink_fds fds = {0};
	const char *text = NULL;

	for (;;) {
		int r = varlink_socket_next(c, &text, ret_len, &fds);

		ck_assert_int_ge(r, 0);
		varlink_fds_done(&fds);
		if (r == 1)
			return text;
		if (varlink_socket_receive(c) <= 0)
			return NULL;
	}
}

void hear(struct varlink_socket *c, const char *text)
{
	size_t len = 0;
	const char *got = hear_next(c, &len);

	ck_assert_ptr_nonnull(got);
	ck_assert_str_eq(got, text);
}

void hear_big(struct varlink_socket *c)
{
	size_t len = 0;

	ck_assert_ptr_nonnull(hear_next(c, &len));
	ck_assert_uint_gt(len, RIG_BIG_BYTES);
}

void hear_nothing(struct varlink_socket *c)
{
	ck_assert_int_eq(varlink_socket_receive(c), -EAGAIN);
}

void hear_end(struct varlink_socket *c)
{
	ssize_t n = varlink_socket_receive(c);

	/* The second when what we said was not read. */
	ck_assert(n == 0 || n == -ECONNRESET);
}

void check_served(struct varlink_socket *c)
{
	say(c, "{\"method\":\"a.b.Echo\",\"parameters\":{\"text\":\"hi\"}}");
	(void)settle();
	hear(c, "{\"parameters\":{\"text\":\"hi\"}}");
}
