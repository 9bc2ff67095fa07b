/* SPDX-License-Identifier: Apache-2.0 */
/* verify. */
#include <errno.h>
#include <string.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/commands/verdict-view.h"
#include "daemon/certprovctl/output/view.h"
#include "daemon/certprovctl/peer/peer.h"
#include "daemon/certprovctl/session/service.h"
#include "lib/varlink/json-fields.h"
#include "lib/varlink/varlink-client.h"
#include "lib/verify/verify.h"

/* What is asked, and the answer. */
struct verify_question {
	enum purpose purpose;
	const struct starttls *starttls;
	struct peer_target target;
	const char *host;
	struct peer peer; /* or a file: then only its chain */
	char *presented_by;
	cJSON *verdict;
};

static void verify_question_done(struct verify_question *v)
{
	peer_done(&v->peer);
	free(v->presented_by);
	json_free(v->verdict);
}
DEFINE_CLEANUP_EMBEDDED(struct verify_question, verify_question_done);

/* --- the command line --- */

/* Where a server for this purpose is usually. */
static const char *const ports[PURPOSE__END] = {
	[PURPOSE_ANY] = "443",
	[PURPOSE_SIP] = "5061",
	[PURPOSE_HTTPS] = "443",
	[PURPOSE_PROVISIONING] = "443",
	[PURPOSE_LDAP] = "636",
};

static enum exit_status verify_read_target(
	const struct session *s, struct verify_question *v)
{
	const char *text = s->arguments.value[OPTION_CONNECT];
	const char *usual =
		v->starttls ? starttls_port(v->starttls) : ports[v->purpose];

	if (!text)
		return EXIT_COMPLETE;
	if (peer_target_parse(text, &v->target) < 0)
		return session_wrong_use(s,
			"--connect is a host and perhaps a port, as "
			"pbx.example.com:5061 or [2001:db8::1]:5061, not "
			"\"%s\"",
			text);
	if (!*v->target.port)
		(void)stpcpy(v->target.port, usual);
	if (!v->host)
		v->host = v->target.host;
	return EXIT_COMPLETE;
}

static enum exit_status verify_read_purpose(
	const struct session *s, struct verify_question *v)
{
	const char *text = s->arguments.value[OPTION_PURPOSE];
	const char *protocol = s->arguments.value[OPTION_STARTTLS];

	if (text && purpose_find(text, &v->purpose) < 0)
		return session_wrong_use(s,
			"--purpose is sip, https, provisioning, ldap or any, "
			"not \"%s\"",
			text);
	if (!protocol)
		return EXIT_COMPLETE;
	v->starttls = starttls_find(protocol);
	if (!v->starttls)
		return session_wrong_use(s,
			"--starttls is imap, ldap, pop3 or smtp, not \"%s\"",
			protocol);
	return EXIT_COMPLETE;
}

static enum exit_status verify_read_arguments(
	const struct session *s, struct verify_question *v)
{
	bool connects = arguments_has(&s->arguments, OPTION_CONNECT);
	enum exit_status status = EXIT_COMPLETE;

	if (connects == arguments_has(&s->arguments, OPTION_CHAIN))
		return session_wrong_use(
			s, "verify needs either --chain or --connect");
	if (!connects && arguments_has(&s->arguments, OPTION_STARTTLS))
		return session_wrong_use(s, "--starttls needs --connect");
	v->host = s->arguments.value[OPTION_HOST];
	status = verify_read_purpose(s, v);
	if (!status)
		status = verify_read_target(s, v);
	if (!status && !v->host && v->purpose != PURPOSE_ANY)
		return session_wrong_use(s,
			"--purpose %s needs --host: who is it to be?",
			purpose_name(v->purpose));
	return status;
}

/* --- the chain --- */

static enum exit_status verify_take_from_peer(
	const struct session *s, struct verify_question *v)
{
	int64_t timeout_ms = 0;
	enum exit_status status = service_timeout(s, &timeout_ms);

	if (!status)
		status = peer_ask(s, &v->target, v->starttls, v->host,
			varlink_deadline(timeout_ms), &v->peer);
	if (status)
		return status;
	if (format_string(&v->presented_by, "%s, %s%s%s", v->peer.address,
		    v->peer.version, v->peer.finished ? ", " : "",
		    v->peer.finished ? v->peer.cipher : "") < 0)
		return session_trouble(s, "verify", -ENOMEM);
	return EXIT_COMPLETE;
}

static enum exit_status verify_take_chain(
	const struct session *s, struct verify_question *v)
{
	const char *path = s->arguments.value[OPTION_CHAIN];
	enum exit_status status = EXIT_COMPLETE;

	if (!path)
		return verify_take_from_peer(s, v);
	status = chain_load(s, path, &v->peer.chain);
	if (!status && replace_string(&v->presented_by, path) < 0)
		return session_trouble(s, "verify", -ENOMEM);
	return status;
}

/* --- the question --- */

static enum exit_status verify_on_verdict(
	struct session *s, const cJSON *parameters, void *userdata)
{
	const cJSON *verdict =
		cJSON_GetObjectItemCaseSensitive(parameters, "verdict");
	struct verify_question *v = userdata;

	v->verdict = cJSON_IsObject(verdict) ? cJSON_Duplicate(verdict, true)
					     : cJSON_CreateObject();
	return v->verdict ? EXIT_COMPLETE
			  : session_trouble(s, "verify", -ENOMEM);
}

static enum exit_status verify_ask(struct session *s, struct verify_question *v)
{
	CLEANUP(json_done) struct json_writer w = {0};
	struct service_call call = {
		.service = SERVICE_TRUST,
		.method = "Verify",
		.reply = verify_on_verdict,
		.userdata = v,
	};

	json_put_array(&w, "chain");
	for (size_t i = 0; i < v->peer.chain.count; i++)
		json_append_base64(&w, "chain", v->peer.chain.items[i].data,
			v->peer.chain.items[i].len);
	json_put_string(&w, "host", v->host);
	json_put_string(&w, "purpose", purpose_name(v->purpose));
	if (json_take(&w, &call.parameters) < 0)
		return session_trouble(s, "asking certprovd", -ENOMEM);
	return service_call(s, &call);
}

enum exit_status command_verify(struct session *s)
{
	CLEANUP(verify_question_done) struct verify_question v = {0};
	enum exit_status status = verify_read_arguments(s, &v);

	if (!status)
		status = verify_take_chain(s, &v);
	if (!status)
		status = verify_ask(s, &v);
	if (!status && !session_json(s))
		status = verdict_view_print(s,
			&(struct verdict_subject){
				.chain = &v.peer.chain,
				.host = v.host,
				.purpose = purpose_name(v.purpose),
				.peer = v.presented_by,
			},
			v.verdict);
	if (status)
		return status;
	return view_flag(v.verdict, "trusted") ? EXIT_COMPLETE : EXIT_PARTIAL;
}
