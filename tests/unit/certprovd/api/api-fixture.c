/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprovd/api/api-fixture.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "tests/unit/contract.h"

#define MAX_CALLERS 64
#define MAX_TURNS 10000

struct api the_api;
struct config the_config;
struct phone the_phone;
struct identities the_identities;
struct clock the_clock;
struct timekeeping the_timekeeping;
struct unknown_saver the_saver;
sd_event *the_event;
struct anchors_used the_anchors_used;
struct endings_sources the_endings;
const struct pki_cert *authority;
int64_t rejections_now_ms;

static struct caller *callers[MAX_CALLERS];
static size_t caller_count;

static const struct varlink_interface *const interfaces[] = {
	&trust_interface,
	&admin_interface,
};

static const struct varlink_service service = {
	.product = "certprovd",
	.version = "0",
	.url = "",
	.interfaces = interfaces,
	.n_interfaces = ARRAY_SIZE(interfaces),
	.userdata = &the_api,
	.recall = trust_verify_recall,
};

/* --- the daemon --- */

static void on_change(void *userdata, enum trust_change change)
{
	const struct api *api = userdata;

	if (change == TRUST_GREW)
		return;
	verdict_cache_forget(api->verdict_cache);
	monitors_tell(api->monitors, trust_state_trust(api->state));
}

static void write_authorities(void)
{
	authority = pki_root("Authority");
	scratch_write("authorities.der", "");
	scratch_patch(
		"authorities.der", 0, authority->der.data, authority->der.len);
}

static void make_config(struct config *c)
{
	c->authorities = strdup(scratch_path("authorities.der"));
	c->state_directory = strdup(scratch());
	c->servers = STORE_MAX_SERVERS;
	c->unknown = 200;
	c->distrusted = API_MAX_DISTRUSTED;
	c->inline_document_bytes = 64;
	c->rejections_per_minute = API_REJECTIONS_PER_MINUTE;
}

static struct change_counter *changes;

static void make_state(struct api *api)
{
	int r = change_counter_new(&changes);

	/* As the daemon: no emulator marks the memory of who dies. */
	ck_assert(r == 0 || r == -EOPNOTSUPP);
	ck_assert_int_eq(
		trust_state_new(
			&(struct trust_state_sources){.store = api->store,
				.config = &the_config,
				.phone = &the_phone,
				.clock = &the_clock,
				.changes = changes},
			&api->state),
		0);
	trust_state_on_change(api->state, on_change, api);
	ck_assert_int_eq(trust_state_load(api->state, NULL), 0);
}

static int64_t rejections_time(void *userdata)
{
	(void)userdata;
	return rejections_now_ms;
}

static void on_rejection(void *userdata, const struct rejection *rejection,
	const struct unknown_entry *entry)
{
	const struct api *api = userdata;

	monitors_reject(api->monitors, rejection, entry);
}

static void make_rejections(struct api *api)
{
	rejections_now_ms = 1;
	ck_assert_int_eq(
		rejections_new(
			&(struct rejections_options){
				.unknown = api->unknown,
				.per_minute = &the_config.rejections_per_minute,
				.clock = rejections_time,
				.news = on_rejection,
				.userdata = api,
			},
			&api->rejections),
		0);
}

void api_setup(void)
{
	struct api *api = &the_api;

	scratch_setup();
	provisioning_reset();
	clock_unset();
	the_config = (struct config){0};
	the_phone = (struct phone){0};
	the_identities = (struct identities){.in_force = IDENTITY_SOURCE__END};
	the_timekeeping = (struct timekeeping){
		.config = &the_config,
		.clock = &the_clock,
	};
	the_saver = (struct unknown_saver){0};
	the_anchors_used = (struct anchors_used){.count = 0};
	*api = (struct api){
		.config = &the_config,
		.phone = &the_phone,
		.identities = &the_identities,
		.clock = &the_clock,
		.timekeeping = &the_timekeeping,
		.saver = &the_saver,
		.endings = &the_endings,
		.anchors_used = &the_anchors_used,
		.provision = provision_stand_in(),
	};
	write_authorities();
	make_config(&the_config);
	the_phone.firmware = strdup("snomD785-SIP 10.1.33.33");
	clock_init(&the_clock, PKI_NOW - PKI_DAY);
	ck_assert_int_ge(sd_event_new(&the_event), 0);
	ck_assert_int_eq(
		store_open(&(struct store_options){.state_directory = scratch(),
				   .runtime_directory = scratch(),
				   .max_distrusted = the_config.distrusted,
				   .now = PKI_NOW},
			&api->store),
		0);
	ck_assert_int_eq(unknown_new(the_config.unknown, &api->unknown), 0);
	ck_assert_int_eq(monitors_new(&api->monitors), 0);
	ck_assert_int_eq(verdict_cache_new(&api->verdict_cache), 0);
	make_rejections(api);
	make_state(api);
	the_endings = (struct endings_sources){
		.state = api->state,
		.used = &the_anchors_used,
		.own = identities_chain_in_force,
		.userdata = &the_identities,
	};
}

static void caller_free(struct caller *c)
{
	hang_up(c);
	for (size_t i = 0; i < c->count; i++)
		cJSON_Delete(c->replies[i]);
	cJSON_Delete(c->parameters);
	free(c->method);
	free(c->acts_for);
	fd_close(c->fd);
	free(c);
}

void api_teardown(void)
{
	struct api *api = &the_api;

	for (size_t i = 0; i < caller_count; i++)
		caller_free(callers[i]);
	caller_count = 0;
	monitors_free(api->monitors);
	rejections_free(api->rejections);
	verdict_cache_free(api->verdict_cache);
	timekeeping_stop(&the_timekeeping);
	trust_state_free(api->state);
	changes = change_counter_free(changes);
	unknown_free(api->unknown);
	identities_done(&the_identities);
	store_close(api->store);
	sd_event_unref(the_event);
	phone_done(&the_phone);
	config_done(&the_config);
	provisioning_reset();
	pki_free_all();
	scratch_teardown();
}

void refresh(void)
{
	ck_assert_int_eq(trust_state_refresh(the_api.state), 0);
}

void add_intermediate(const struct pki_cert *cert)
{
	struct store_certificate row = {
		.der = cert->der.data,
		.der_len = cert->der.len,
	};

	memcpy(row.sha256, cert->sha256, SHA256_BYTES);
	ck_assert_int_eq(trust_state_add_server(
				 the_api.state, &row, ANCHOR_INTERMEDIATE),
		0);
}

void add_server(const struct pki_cert *cert, const char *url)
{
	struct store *store = the_api.store;
	struct store_certificate row = {
		.der = cert->der.data,
		.der_len = cert->der.len,
		.origin = url ? "provisioned-url" : "provisioned-base64",
		.url = url,
		.document = "http://pbx.example/d785.xml",
		.line = 7,
		.run = 3,
		.added = PKI_NOW,
		.role = STORE_ROLE_ANCHOR,
	};
	bool added = false;

	memcpy(row.sha256, cert->sha256, SHA256_BYTES);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &row, &added), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert(added);
	refresh();
}

void add_unknown(const struct pki_cert *cert, const char *host)
{
	struct bytes chain = cert->der;

	ck_assert_int_eq(unknown_add(the_api.unknown,
				 &(struct rejection){.chain = &chain,
					 .chain_count = 1,
					 .host = host,
					 .result = "issuer-not-trusted",
					 .reporter = "fetcher",
					 .when = PKI_NOW},
				 NULL),
		0);
}

/* --- callers --- */

static int on_send(
	void *userdata, struct bytes *message, struct varlink_fds *fds)
{
	struct caller *c = userdata;

	if (c->failure < 0) {
		bytes_done(message);
		varlink_fds_done(fds);
		return c->failure;
	}
	ck_assert_uint_lt(c->count, MAX_REPLIES);
	c->replies[c->count] = cJSON_Parse((const char *)message->data);
	ck_assert_ptr_nonnull(c->replies[c->count]);
	ASSERT_CONTRACT(contract_exchange(
		c->method, c->parameters, c->replies[c->count]));
	c->count++;
	c->unread++;
	c->fds += fds->count;
	if (fds->count > 0) {
		fd_close(c->fd);
		c->fd = varlink_fds_take_one(fds, 0);
	}
	varlink_fds_done(fds);
	bytes_done(message);
	return 0;
}

static bool is_backlogged(void *userdata)
{
	const struct caller *c = userdata;

	return c->room > 0 && c->unread >= c->room;
}

static void on_answered(void *userdata, struct varlink_request *req)
{
	struct caller *c = userdata;

	c->req = NULL;
	varlink_request_detach(req);
}

static void on_want_turn(void *userdata)
{
	struct caller *c = userdata;

	c->wants_turn = true;
}

static void on_charge(void *userdata, unsigned work)
{
	struct caller *c = userdata;

	c->work += work;
}

static int on_act_for(void *userdata, const char *whom)
{
	struct caller *c = userdata;

	return string_replace(&c->acts_for, whom);
}

static const char *on_acts_for(void *userdata)
{
	const struct caller *c = userdata;

	return c->acts_for;
}

static const struct varlink_transport transport = {
	.act_for = on_act_for,
	.acts_for = on_acts_for,
	.want_turn = on_want_turn,
	.charge = on_charge,
	.send = on_send,
	.backlogged = is_backlogged,
	.answered = on_answered,
};

static char *full_name(const char *method)
{
	char *name = NULL;

	if (strchr(method, '.'))
		ck_assert_int_eq(
			string_format(&name, "io.certprov.%s", method), 0);
	else
		ck_assert_int_eq(
			string_format(&name, "io.certprov.trust.%s", method),
			0);
	return name;
}

static cJSON *parse_parameters(const char *parameters)
{
	CLEANUP(free) char *json = strdup(parameters);
	cJSON *parsed = NULL;

	for (char *c = json; *c; c++)
		if (*c == '\'')
			*c = '"';
	parsed = *json ? cJSON_Parse(json) : NULL;
	ck_assert(parsed || !*json);
	return parsed;
}

static void dispatch(struct caller *c, bool more, const char *method,
	const char *parameters, int fd)
{
	CLEANUP(varlink_incoming_done)
	struct varlink_incoming in = {
		.call = {.method = full_name(method),
			.parameters = parse_parameters(parameters),
			.more = more},
		.peer = {.uid = 1000, .gid = 1000, .pid = getpid()},
		.transport = &transport,
		.connection = c,
	};
	CLEANUP(bytes_done) struct bytes message = {0};

	ck_assert_int_eq(varlink_call_encode(&in.call, &message), 0);
	in.message = message;
	c->method = full_name(method);
	c->parameters = parse_parameters(parameters);
	if (fd >= 0)
		ck_assert_int_eq(varlink_fds_add(&in.fds, fd), 0);
	if (!varlink_service_recall(&service, &in))
		ck_assert_int_eq(
			varlink_service_dispatch(&service, &in, &c->req), 0);
	turn();
}

static struct caller *caller_new(const struct caller *prepared)
{
	struct caller *c = calloc(1, sizeof(*c));

	ck_assert_ptr_nonnull(c);
	if (prepared)
		*c = *prepared;
	c->fd = -1;
	ck_assert_uint_lt(caller_count, MAX_CALLERS);
	callers[caller_count++] = c;
	return c;
}

struct caller *call_as(const struct caller *prepared, bool more,
	const char *method, const char *parameters)
{
	struct caller *c = caller_new(prepared);

	dispatch(c, more, method, parameters, -1);
	return c;
}

struct caller *call_with_fd(int fd, const char *method, const char *parameters)
{
	struct caller *c = caller_new(NULL);

	dispatch(c, true, method, parameters, fd);
	return c;
}

static char *format_parameters(const char *format, va_list arguments)
	__attribute__((format(printf, 1, 0)));

static char *format_parameters(const char *format, va_list arguments)
{
	char *parameters = NULL;

	ck_assert_int_ge(vasprintf(&parameters, format, arguments), 0);
	return parameters;
}

struct caller *call(const char *method, const char *format, ...)
{
	CLEANUP(free) char *parameters = NULL;
	va_list arguments;

	va_start(arguments, format);
	parameters = format_parameters(format, arguments);
	va_end(arguments);
	return call_as(NULL, false, method, parameters);
}

struct caller *call_more(const char *method, const char *format, ...)
{
	CLEANUP(free) char *parameters = NULL;
	va_list arguments;

	va_start(arguments, format);
	parameters = format_parameters(format, arguments);
	va_end(arguments);
	return call_as(NULL, true, method, parameters);
}

static bool turn_callers(void)
{
	bool any = false;

	for (size_t i = 0; i < caller_count; i++) {
		struct caller *c = callers[i];

		if (!c->wants_turn)
			continue;
		c->wants_turn = false;
		any = true;
		if (c->req)
			varlink_request_turn(c->req);
	}
	return any;
}

void turn(void)
{
	unsigned turns = 0;

	while (turn_callers() || sd_event_run(the_event, 0) > 0)
		ck_assert_uint_lt(turns++, MAX_TURNS);
}

void read_all_replies(struct caller *c)
{
	c->unread = 0;
	if (c->req)
		varlink_request_drained(c->req);
	turn();
}

void hang_up(struct caller *c)
{
	struct varlink_request *req = TAKE_PTR(c->req);

	if (req)
		varlink_request_detach(req);
}

/* --- what they were answered --- */

static const cJSON *message(const struct caller *c, int n)
{
	size_t index = n < 0 ? c->count - 1 : (size_t)n;

	ck_assert_uint_gt(c->count, 0);
	ck_assert_uint_lt(index, c->count);
	return c->replies[index];
}

const cJSON *reply(const struct caller *c, int n)
{
	const cJSON *m = message(c, n);

	ck_assert_msg(!cJSON_HasObjectItem(m, "error"), "answered with %s",
		text(m, "error"));
	return cJSON_GetObjectItem(m, "parameters");
}

const char *error_of(const struct caller *c)
{
	return text(message(c, -1), "error");
}

bool continues(const struct caller *c, int n)
{
	return cJSON_IsTrue(member(message(c, n), "continues"));
}

const cJSON *member(const cJSON *object, const char *path)
{
	CLEANUP(free) char *copy = strdup(path);
	char *rest = copy;
	const char *name = NULL;

	while (object && (name = strsep(&rest, ".")))
		object = cJSON_GetObjectItemCaseSensitive(object, name);
	return object;
}

const char *text(const cJSON *object, const char *path)
{
	return cJSON_GetStringValue(member(object, path));
}

int64_t number(const cJSON *object, const char *path)
{
	const cJSON *item = member(object, path);

	return item && cJSON_IsNumber(item) ? (int64_t)item->valuedouble : -1;
}

bool has_warning(const cJSON *warnings, const char *identifier)
{
	const cJSON *w = NULL;

	cJSON_ArrayForEach(
		w, warnings) if (strcmp(text(w, "identifier"), identifier) ==
		0) return true;
	return false;
}

bool has_text(const cJSON *array, const char *wanted)
{
	const cJSON *item = array ? array->child : NULL;

	for (; item; item = item->next)
		if (strncmp(item->valuestring, wanted, strlen(wanted)) == 0)
			return true;
	return false;
}

const char *hex(const struct pki_cert *cert)
{
	static char texts[4][SHA256_HEX_SIZE];
	static unsigned next;
	char *text_of = texts[next++ % ARRAY_SIZE(texts)];

	hex_format(cert->sha256, SHA256_BYTES, text_of);
	return text_of;
}
