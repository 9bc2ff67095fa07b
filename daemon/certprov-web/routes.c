/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/routes.h"

#include <stdbool.h>
#include <string.h>

#include "daemon/certprov-web/calls/calls.h"
#include "daemon/certprov-web/calls/openapi.h"
#include "daemon/certprov-web/page/page.h"
#include "daemon/certprov-web/users/access.h"
#include "lib/base/macros.h"

#define GET (1U << EXCHANGE_GET | 1U << EXCHANGE_HEAD)
#define POST (1U << EXCHANGE_POST)
#define DELETE (1U << EXCHANGE_DELETE)
#define WEB "io.certprov.web."

static bool routes_is_page(const char *path)
{
	return page_find(path) != NULL;
}

static void routes_answer_page(const struct routes *routes, struct exchange *e)
{
	(void)routes;
	page_handle(e, page_find(exchange_path(e)));
}

static bool routes_is_session(const char *path)
{
	return strcmp(path, "/session") == 0;
}

static void routes_answer_session(
	const struct routes *routes, struct exchange *e)
{
	access_handle_session(routes->access, e);
}

static bool routes_is_description(const char *path)
{
	return strcmp(path, "/openapi.json") == 0;
}

static void routes_answer_description(
	const struct routes *routes, struct exchange *e)
{
	openapi_handle(routes->access, e);
}

static bool routes_is_call(const char *path)
{
	return strncmp(path, CALLS_PREFIX, strlen(CALLS_PREFIX)) == 0;
}

static void routes_answer_call(const struct routes *routes, struct exchange *e)
{
	calls_handle(routes->calls, e);
}

static const struct route {
	bool (*is)(const char *path);
	unsigned methods; /* bits of enum exchange_method */
	const char *allow;
	void (*handle)(const struct routes *routes, struct exchange *e);
} routes_table[] = {
	{routes_is_page, GET, "GET, HEAD", routes_answer_page},
	{routes_is_session, GET | POST | DELETE, "GET, HEAD, POST, DELETE",
		routes_answer_session},
	{routes_is_call, POST, "POST", routes_answer_call},
	{routes_is_description, GET, "GET, HEAD", routes_answer_description},
};

static void routes_refuse_method(const struct route *route, struct exchange *e)
{
	(void)exchange_set_header(e, "Allow", route->allow);
	exchange_answer_error(e, 405, WEB "MethodNotAllowed",
		"This path is not for requests of this kind", NULL);
}

void routes_handle(struct exchange *e, void *userdata)
{
	const struct routes *routes = userdata;
	const char *path = exchange_path(e);

	for (size_t i = 0; i < ARRAY_SIZE(routes_table); i++) {
		const struct route *route = &routes_table[i];

		if (!route->is(path))
			continue;
		if (route->methods & 1U << exchange_method(e))
			route->handle(routes, e);
		else
			routes_refuse_method(route, e);
		return;
	}
	exchange_answer_error(
		e, 404, WEB "NotFound", "There is nothing at this path", NULL);
}
