/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certprov-web: the certificates page of the phone. See certprov-web(8).
 */
#include <errno.h>
#include <event2/event.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/certprov-web/calls/calls.h"
#include "daemon/certprov-web/calls/openapi.h"
#include "daemon/certprov-web/http/http-server.h"
#include "daemon/certprov-web/http/http-sockets.h"
#include "daemon/certprov-web/http/web-log.h"
#include "daemon/certprov-web/http/web-tls.h"
#include "daemon/certprov-web/rights.h"
#include "daemon/certprov-web/routes.h"
#include "daemon/certprov-web/users/access.h"
#include "daemon/certprov-web/web-config.h"
#include "lib/base/macros.h"
#include "lib/base/options.h"
#include "lib/varlink/json-writer.h"

#define EXIT_USAGE 2
#define EXIT_CONFIG 78 /* as sysexits.h and systemd have it */
#define CONFIG CERTPROV_SYSCONFDIR "/certprov/certprov-web.conf"

struct web_arguments {
	const char *config;
	const char *listen;
	const char *unix_path;
	bool print_config_keys;
	bool print_openapi;
	bool help;
	bool version;
};

static const struct options_row options_table[] = {
	{"config", 'c', "FILE", "instead of " CONFIG " (-c FILE)",
		offsetof(struct web_arguments, config)},
	{"listen", 0, "HOST:PORT", "serve HTTPS here",
		offsetof(struct web_arguments, listen)},
	{"unix", 0, "PATH", "serve plain HTTP to a front end on this socket",
		offsetof(struct web_arguments, unix_path)},
	{"print-config-keys", 0, NULL, "print the keys of the configuration",
		offsetof(struct web_arguments, print_config_keys)},
	{"print-openapi", 0, NULL,
		"print what may be called, as OpenAPI has it",
		offsetof(struct web_arguments, print_openapi)},
	{"help", 0, NULL, "show this", offsetof(struct web_arguments, help)},
	{"version", 0, NULL, "show the version",
		offsetof(struct web_arguments, version)},
};

struct web_main {
	struct event_base *base;
	struct web_config config;
	struct http_config http;
	struct access_config access;
	struct routes routes;
	struct web_tls *tls;
	struct web_server *server;
};

/* --- the command line --- */

static void web_main_help(void)
{
	(void)printf("usage: certprov-web [OPTION...]\n"
		     "Serves on the sockets that the service manager passes, "
		     "or on those named.\n\n");
	options_print_help(options_table, ARRAY_SIZE(options_table), stdout);
}

/* 0, or -EINVAL when it has been said what is wrong. */
static int web_main_parse(int argc, char **argv, struct web_arguments *ret)
{
	int rest = options_parse(
		options_table, ARRAY_SIZE(options_table), argc, argv, ret);

	if (rest >= 0 && rest < argc)
		(void)fprintf(
			stderr, "certprov-web: %s is no option\n", argv[rest]);
	return rest == argc ? 0 : -EINVAL;
}

static int web_main_print_openapi(void)
{
	CLEANUP(json_free) cJSON *document = NULL;
	CLEANUP(free) char *text = NULL;
	int r = openapi_make(&document);

	if (r == 0)
		text = cJSON_Print(document);
	if (text && puts(text) >= 0 && fflush(stdout) == 0)
		return EXIT_SUCCESS;
	web_log(LOG_ERR, "cannot print: %s", strerror(r < 0 ? -r : errno));
	return EXIT_FAILURE;
}

/* --- setting up --- */

static int web_main_load(struct web_main *m, const char *path)
{
	CLEANUP(web_config_report_done) struct web_config_report report = {0};
	int r = web_config_load(path, &m->config, &report);

	for (size_t i = 0; i < WEB_CONFIG_MAX_PROBLEMS; i++) {
		if (report.errors[i])
			web_log(LOG_ERR, "%s", report.errors[i]);
		if (report.warnings[i])
			web_log(LOG_WARNING, "%s", report.warnings[i]);
	}
	if (r < 0 && r != -EINVAL)
		web_log(LOG_ERR, "%s: %s", path, strerror(-r));
	return r < 0 ? EXIT_CONFIG : EXIT_SUCCESS;
}

static bool web_main_knows(const char *address, void *userdata)
{
	const struct web_main *m = userdata;

	return access_knows(m->routes.access, address);
}

/* What of it has to be looked up while files can be read. */
static int web_main_prepare(struct web_main *m)
{
	const struct passwd *user = NULL;

	m->http = (struct http_config){
		.hsts_seconds = m->config.hsts,
		.user_header = m->config.user_header,
		.knows = web_main_knows,
		.userdata = m,
	};
	if (!m->config.front_end_user)
		return EXIT_SUCCESS;
	user = getpwnam(m->config.front_end_user);
	if (!user) {
		web_log(LOG_ERR, "FrontEndUser=: there is no user %s",
			m->config.front_end_user);
		return EXIT_CONFIG;
	}
	m->http.has_front_end_uid = true;
	m->http.front_end_uid = user->pw_uid;
	return EXIT_SUCCESS;
}

static int web_main_add(struct web_main *m, int fd)
{
	enum http_way way = HTTP_FRONT_END;
	int r = http_sockets_way(fd, &way);

	if (r < 0) {
		web_log(LOG_ERR,
			"descriptor %d is no stream socket that listens", fd);
		return r;
	}
	r = http_server_add(m->server, fd, way);
	if (r < 0)
		web_log(LOG_ERR, "descriptor %d: %s", fd, strerror(-r));
	return r;
}

static int web_main_add_unix(struct web_main *m, const char *path)
{
	int fd = -1;
	int r = http_sockets_open_unix(path, &fd);

	if (r < 0) {
		web_log(LOG_ERR, "%s: %s", path, strerror(-r));
		return r;
	}
	return web_main_add(m, fd);
}

static const char *web_main_no_socket(int error)
{
	if (error == -EINVAL)
		return "it is not HOST:PORT, with a port from 1 to 65535";
	return error == -ENOENT ? "there is no such host" : strerror(-error);
}

static int web_main_add_tcp(struct web_main *m, const char *address)
{
	int fds[HTTP_MAX_SOCKETS];
	int count = http_sockets_open_tcp(address, fds);
	int r = count < 0 ? count : 0;

	if (r < 0)
		web_log(LOG_ERR, "cannot listen on %s: %s", address,
			web_main_no_socket(r));
	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = web_main_add(m, fds[i]);
		else
			(void)close(fds[i]);
	}
	return r;
}

/* Listen= is for when nothing else is said. */
static int web_main_listen(struct web_main *m, const struct web_arguments *a)
{
	int passed = http_sockets_passed();
	const char *address = a->listen;
	int r = passed < 0 ? passed : 0;

	if (!address && !a->unix_path && passed == 0)
		address = m->config.listen;
	if (!address && !a->unix_path && passed == 0) {
		web_log(LOG_ERR,
			"no socket was passed, and neither --listen, --unix "
			"nor Listen= says where to listen; see certprov-web "
			"--help");
		return EXIT_USAGE;
	}
	if (passed < 0)
		web_log(LOG_ERR, "more than %d sockets were passed",
			HTTP_MAX_SOCKETS);
	for (int i = 0; r == 0 && i < passed; i++)
		r = web_main_add(m, HTTP_FIRST_PASSED + i);
	if (r == 0 && a->unix_path)
		r = web_main_add_unix(m, a->unix_path);
	if (r == 0 && address)
		r = web_main_add_tcp(m, address);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* For good; from here on the paths of the configuration are all there is. */
static int web_main_give_up_rights(struct web_main *m)
{
	int r = rights_give_up(m->config.users);

	if (r == 0)
		return EXIT_SUCCESS;
	web_log(LOG_ERR, "cannot give up rights: %s", strerror(-r));
	return EXIT_FAILURE;
}

/* --- running --- */

static void web_main_on_end(evutil_socket_t signal, short what, void *userdata)
{
	struct web_main *m = userdata;

	(void)signal;
	(void)what;
	(void)event_base_loopbreak(m->base);
}

/* The users; what is wrong has been said. */
static void web_main_on_reload(
	evutil_socket_t signal, short what, void *userdata)
{
	struct web_main *m = userdata;

	(void)signal;
	(void)what;
	(void)access_reload(m->routes.access);
}

static void web_main_on_library(int severity, const char *text)
{
	if (severity >= EVENT_LOG_WARN)
		web_log(severity == EVENT_LOG_WARN ? LOG_WARNING : LOG_ERR,
			"%s", text);
}

/* Between signals being watched and the first connection. */
static int web_main_loop(struct web_main *m)
{
	struct event *signals[] = {
		evsignal_new(m->base, SIGTERM, web_main_on_end, m),
		evsignal_new(m->base, SIGINT, web_main_on_end, m),
		evsignal_new(m->base, SIGHUP, web_main_on_reload, m),
	};
	int r = EXIT_SUCCESS;

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (!signals[i] || event_add(signals[i], NULL) < 0)
			r = EXIT_FAILURE;
	if (r == EXIT_SUCCESS)
		r = web_main_give_up_rights(m);
	if (r == EXIT_SUCCESS && event_base_dispatch(m->base) < 0)
		r = EXIT_FAILURE;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (signals[i])
			event_free(signals[i]);
	return r;
}

static int web_main_make(struct web_main *m)
{
	const struct calls_config sockets = {
		.trust_socket = m->config.trust_socket,
		.admin_socket = m->config.admin_socket,
		.identity_socket = m->config.identity_socket,
	};
	int r = 0;

	m->access = (struct access_config){
		.users_path = m->config.users,
		.idle_end = m->config.session_idle,
		.absolute_end = m->config.session_end,
	};
	m->base = event_base_new();
	r = m->base ? web_tls_new(m->config.identity_socket, &m->tls) : -ENOMEM;
	m->http.tls = m->tls;
	if (r == 0)
		r = access_new(&m->access, &m->routes.access);
	if (r == 0)
		r = calls_new(
			m->base, &sockets, m->routes.access, &m->routes.calls);
	if (r == 0)
		r = http_server_new(m->base, &m->http, routes_handle,
			&m->routes, &m->server);
	if (r < 0)
		web_log(LOG_ERR, "cannot start: %s", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int web_main_open(struct web_main *m, const struct web_arguments *a)
{
	int r = web_main_load(m, a->config ? a->config : CONFIG);

	if (r == EXIT_SUCCESS)
		r = web_main_prepare(m);
	if (r == EXIT_SUCCESS)
		r = web_main_make(m);
	if (r == EXIT_SUCCESS)
		r = web_main_listen(m, a);
	return r;
}

static void web_main_done(struct web_main *m)
{
	m->server = http_server_free(m->server);
	m->routes.calls = calls_free(m->routes.calls);
	/* With what it still has to free, which needs the key. */
	if (m->base)
		event_base_free(m->base);
	m->routes.access = access_free(m->routes.access);
	m->tls = web_tls_free(m->tls);
	web_config_done(&m->config);
}

static int web_main_run(const struct web_arguments *a)
{
	struct web_main m = {0};
	int r = 0;

	event_set_log_callback(web_main_on_library);
	(void)signal(SIGPIPE, SIG_IGN);
	r = web_main_open(&m, a);
	if (r == EXIT_SUCCESS)
		r = web_main_loop(&m);
	web_main_done(&m);
	libevent_global_shutdown();
	return r;
}

int main(int argc, char **argv)
{
	struct web_arguments a = {0};

	if (web_main_parse(argc, argv, &a) < 0)
		return EXIT_USAGE;
	if (a.help) {
		web_main_help();
		return EXIT_SUCCESS;
	}
	if (a.version) {
		(void)printf("certprov-web %s\n", CERTPROV_VERSION);
		return EXIT_SUCCESS;
	}
	if (a.print_config_keys) {
		web_config_print_keys(stdout);
		return EXIT_SUCCESS;
	}
	if (a.print_openapi)
		return web_main_print_openapi();
	return web_main_run(&a);
}
