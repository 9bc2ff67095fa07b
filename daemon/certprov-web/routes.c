/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/routes.h"

#include <stdbool.h>
#include <string.h>

#include "daemon/certprov-web/page/page.h"
#include "lib/base/macros.h"

#define GET (1U << EXCHANGE_GET | 1U << EXCHANGE_HEAD)
#define WEB "io.certprov.web."

static bool routes_is_page(const char *path)
{
	return page_find(path) != NULL;
}

static void routes_answer_page(struct exchange *e)
{
	page_handle(e, page_find(exchange_path(e)));
}

static const struct route {
	bool (*is)(const char *path);
	unsigned methods; /* bits of enum exchange_method */
	const char *allow;
	void (*handle)(struct exchange *e);
} routes_table[] = {
	{routes_is_page, GET, "GET, HEAD", routes_answer_page},
};

static void routes_refuse_method(const struct route *route, struct exchange *e)
{
	(void)exchange_set_header(e, "Allow", route->allow);
	exchange_answer_error(e, 405, WEB "MethodNotAllowed",
		"This path is not for requests of this kind", NULL);
}

void routes_handle(struct exchange *e, void *userdata)
{
	const char *path = exchange_path(e);

	(void)userdata;
	for (size_t i = 0; i < ARRAY_SIZE(routes_table); i++) {
		const struct route *route = &routes_table[i];

		if (!route->is(path))
			continue;
		if (route->methods & 1U << exchange_method(e))
			route->handle(e);
		else
			routes_refuse_method(route, e);
		return;
	}
	exchange_answer_error(
		e, 404, WEB "NotFound", "There is nothing at this path", NULL);
}
