/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/varlink-service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/varlink/org.varlink.service.varlink.h"

#define VENDOR "certprov"
#define SERVICE_INTERFACE "org.varlink.service"

/* --- org.varlink.service --- */

struct service_info {
	const char *vendor;
	const char *product;
	const char *version;
	const char *url;
	struct json_texts interfaces;
};

static const struct json_field info_fields[] = {
	JSON_FIELD(struct service_info, vendor, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct service_info, product, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct service_info, version, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct service_info, url, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct service_info, interfaces, JSON_TEXTS, JSON_MUST),
};
static const struct json_table info_reply =
	JSON_TABLE(struct service_info, info_fields);

static int varlink_service_on_get_info(
	struct varlink_request *req, void *userdata)
{
	const struct varlink_service *s = varlink_request_service(req);
	CLEANUP(free) const char **names = NULL;
	int r = varlink_request_decode(req, NULL);

	(void)userdata;
	if (r != 0)
		return r;
	names = calloc(s->n_interfaces + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	names[0] = SERVICE_INTERFACE;
	for (size_t i = 0; i < s->n_interfaces; i++)
		names[i + 1] = s->interfaces[i]->name;
	return varlink_reply_struct(req,
		&(struct service_info){
			.vendor = VENDOR,
			.product = s->product,
			.version = s->version,
			.url = s->url,
			.interfaces = {names, s->n_interfaces + 1},
		});
}

struct service_interface {
	const char *interface;
	const char *description;
};

static const struct json_field interface_fields[] = {
	JSON_FIELD(struct service_interface, interface, JSON_STRING, JSON_MUST),
};
static const struct json_table interface_parameters =
	JSON_TABLE(struct service_interface, interface_fields);

static const struct json_field description_fields[] = {
	JSON_FIELD(
		struct service_interface, description, JSON_STRING, JSON_MUST),
};
static const struct json_table description_reply =
	JSON_TABLE(struct service_interface, description_fields);

static varlink_handler varlink_service_on_get_interface_description;

static const struct varlink_method service_methods[] = {
	{
		.name = "GetInfo",
		.handle = varlink_service_on_get_info,
		.reply = &info_reply,
	},
	{
		.name = "GetInterfaceDescription",
		.handle = varlink_service_on_get_interface_description,
		.parameters = &interface_parameters,
		.reply = &description_reply,
	},
};

static const struct varlink_interface service_interface = {
	.name = SERVICE_INTERFACE,
	.description = varlink_service_description,
	.methods = service_methods,
	.n_methods = ARRAY_SIZE(service_methods),
};

/* The interface whose name is the first len characters. */
static const struct varlink_interface *varlink_service_find_interface(
	const struct varlink_service *s, const char *name, size_t len)
{
	if (strlen(SERVICE_INTERFACE) == len &&
		memcmp(SERVICE_INTERFACE, name, len) == 0)
		return &service_interface;
	for (size_t i = 0; i < s->n_interfaces; i++) {
		const char *known = s->interfaces[i]->name;

		if (strlen(known) == len && memcmp(known, name, len) == 0)
			return s->interfaces[i];
	}
	return NULL;
}

static int varlink_service_on_get_interface_description(
	struct varlink_request *req, void *userdata)
{
	const struct varlink_interface *i = NULL;
	struct service_interface s = {0};
	int r = varlink_request_decode(req, &s);

	(void)userdata;
	if (r != 0)
		return r;
	i = varlink_service_find_interface(
		varlink_request_service(req), s.interface, strlen(s.interface));
	if (!i)
		return varlink_error_text(req, VARLINK_INTERFACE_NOT_FOUND,
			"interface", s.interface);
	s.description = i->description;
	return varlink_reply_struct(req, &s);
}

/* --- dispatch --- */

static const struct varlink_method *varlink_service_find_method(
	const struct varlink_interface *i, const char *name)
{
	for (size_t m = 0; m < i->n_methods; m++)
		if (strcmp(i->methods[m].name, name) == 0)
			return &i->methods[m];
	return NULL;
}

static int varlink_service_refuse_interface(
	struct varlink_request *req, const char *name, size_t len)
{
	CLEANUP(free) char *copy = strndup(name, len);

	if (!copy)
		return -ENOMEM;
	return varlink_error_text(
		req, VARLINK_INTERFACE_NOT_FOUND, "interface", copy);
}

static int varlink_service_call_method(
	struct varlink_request *req, const struct varlink_method *m)
{
	const struct varlink_call *call = varlink_request_call(req);

	if (!m)
		return varlink_error_text(
			req, VARLINK_METHOD_NOT_FOUND, "method", call->method);
	if (!m->handle || call->upgrade)
		return varlink_error_text(req, VARLINK_METHOD_NOT_IMPLEMENTED,
			"method", call->method);
	if (m->more && !call->more)
		return varlink_error(req, VARLINK_EXPECTED_MORE, NULL);
	if (!m->takes_fd && varlink_request_drop_fds(req))
		return varlink_invalid_parameter(req, "descriptors");
	varlink_request_set_method(req, m);
	return m->handle(req, varlink_request_service(req)->userdata);
}

static int varlink_service_route(struct varlink_request *req)
{
	const struct varlink_service *service = varlink_request_service(req);
	const char *method = varlink_request_method(req);
	const char *dot = strrchr(method, '.');
	const struct varlink_interface *i = NULL;

	if (!dot || dot == method)
		return varlink_error_text(
			req, VARLINK_METHOD_NOT_FOUND, "method", method);
	i = varlink_service_find_interface(
		service, method, (size_t)(dot - method));
	if (!i)
		return varlink_service_refuse_interface(
			req, method, (size_t)(dot - method));
	return varlink_service_call_method(
		req, varlink_service_find_method(i, dot + 1));
}

int varlink_service_dispatch(const struct varlink_service *service,
	struct varlink_incoming *in, struct varlink_request **ret)
{
	struct varlink_request *req = varlink_request_new(service, in);

	if (!req)
		return -ENOMEM;
	*ret = varlink_request_settle(req, varlink_service_route(req));
	return 0;
}

int varlink_service_recall(
	const struct varlink_service *service, struct varlink_incoming *in)
{
	CLEANUP(bytes_done) struct bytes copy = {0};
	struct varlink_fds none = {0};
	const struct bytes *reply = NULL;

	if (!service->recall || in->fds.count > 0 || !in->message.data ||
		service->recall(service->userdata, &in->message, &reply) != 1 ||
		bytes_copy(reply->data, reply->len, &copy) < 0)
		return 0;
	/* What cannot be sent is the connection's to notice. */
	(void)in->transport->send(in->connection, &copy, &none);
	return 1;
}

int varlink_service_refuse(
	struct varlink_incoming *in, const char *error, cJSON *parameters)
{
	CLEANUP(varlink_reply_done)
	struct varlink_reply reply = {.parameters = parameters};
	CLEANUP(bytes_done) struct bytes message = {0};
	struct varlink_fds none = {0};
	int r = string_replace(&reply.error, error);

	if (r < 0 || in->call.oneway)
		return r;
	r = varlink_reply_encode(&reply, &message);
	if (r < 0)
		return r;
	return in->transport->send(in->connection, &message, &none);
}
