/* SPDX-License-Identifier: Apache-2.0 */
/* device: the phone's own certificates, and a SHA-2 certificate made on it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/output/whole-file.h"
#include "daemon/certprovctl/peer/chain.h"
#include "daemon/certprovctl/session/listing.h"
#include "daemon/certprovctl/session/outcomes.h"
#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"

/* --- show --- */

static int device_make_state(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	if (view_flag(row, "inForce")) {
		ret->style = STYLE_GOOD;
		return string_replace(&ret->text, "in force");
	}
	if (view_flag(row, member))
		return string_replace(&ret->text, "usable, not in force");
	ret->style = STYLE_BAD;
	return string_replace(&ret->text, "cannot be used");
}

static int device_make_key(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *type = view_text(row, member);

	return type ? string_format(&ret->text, "%s, %" PRId64 " bits", type,
			      view_number(row, "keyBits", 0))
		    : 0;
}

static int device_make_chain(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	int count = cJSON_GetArraySize(
		cJSON_GetObjectItemCaseSensitive(row, member));

	return count > 0 ? string_format(&ret->text, "%d certificate%s", count,
				   count == 1 ? "" : "s")
			 : 0;
}

/* Whether a server can say by it which phone this is. Why not is among the
 * warnings. */
static int device_make_servers(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	if (!view_flag(row, "usable"))
		return 0;
	if (view_flag(row, member))
		return string_replace(
			&ret->text, "can authorise this phone by it");
	ret->style = STYLE_WARNING;
	return string_replace(
		&ret->text, "cannot tell by it which phone this is");
}

static const struct column device_columns[] = {
	{"Source", .member = "source"},
	{"State", .member = "usable", .make = device_make_state},
	{"Because", .member = "why"},
	{"Servers", .member = "perDevice", .make = device_make_servers},
	{"MAC address", .member = "mac"},
	{"Subject", .member = "subject"},
	{"Issuer", .member = "issuer"},
	{"SHA-256", .member = "sha256"},
	{"Valid from", .member = "notBefore", .make = view_time},
	{"Expires", .member = "notAfter", .make = view_time},
	{"Key", .member = "keyType", .make = device_make_key},
	{"Chain", .member = "chain", .make = device_make_chain},
	{"Problem", .member = "result"},
	{"Reason", .member = "reason"},
	{"Remedy", .member = "remedy"},
	{"Warnings", .member = "warnings", .make = outcome_warnings},
};

static enum exit_status device_run_show(struct session *s)
{
	static const struct listing listing = {
		.service = SERVICE_IDENTITY,
		.method = "ListIdentities",
		.member = "identities",
		.many = true,
		.block = true,
		.none = "This phone has no certificate of its own: none is "
			"named in [identity] of certprovd.conf, and none was "
			"installed.",
		.columns = device_columns,
		.column_count = ARRAY_SIZE(device_columns),
	};

	return listing_run(s, &listing, NULL);
}

/* --- csr --- */

static enum exit_status device_on_request(
	struct session *s, const cJSON *parameters, void *userdata)
{
	const char *path = s->arguments.value[OPTION_OUTPUT];
	const char *text = view_text(parameters, "request");

	(void)userdata;
	if (!text)
		return session_trouble(s, "the reply", -EBADMSG);
	if (path) {
		int r = whole_file_write(path, text, strlen(text));

		return r < 0 ? session_trouble(s, path, r) : EXIT_COMPLETE;
	}
	if (!session_json(s))
		(void)fputs(text, s->screen.out);
	return EXIT_COMPLETE;
}

static enum exit_status device_run_csr(struct session *s)
{
	const char *type = s->arguments.value[OPTION_KEY_TYPE];
	struct service_call call = {
		.service = SERVICE_IDENTITY,
		.method = "CreateRequest",
		.with.key_type = type,
		.reply = device_on_request,
	};

	if (type && strcmp(type, "ec") != 0 && strcmp(type, "rsa") != 0)
		return session_wrong_use(
			s, "--key-type must be ec or rsa, not \"%s\"", type);
	return service_call(s, &call);
}

/* --- install, rollback --- */

/* What it is called, whether it is in force and why, and its warnings. */
static enum exit_status device_print_identity(
	struct session *s, const char *done, const cJSON *identity)
{
	CLEANUP(view_cell_done) struct view_cell warnings = {0};
	const char *subject = view_text(identity, "subject");
	const char *why = view_text(identity, "why");
	int r = outcome_warnings(identity, "warnings", &warnings);

	if (r < 0)
		return session_trouble(s, "printing", r);
	(void)fprintf(s->screen.out, "%s: %s\nIt is %s%s%s\n", done,
		subject ? subject : "a certificate",
		view_flag(identity, "inForce") ? "in force" : "not in force",
		why ? ": " : ".", why ? why : "");
	if (warnings.text)
		(void)fprintf(s->screen.out, "Warnings: %s\n", warnings.text);
	return EXIT_COMPLETE;
}

static enum exit_status device_on_installed(
	struct session *s, const cJSON *parameters, void *userdata)
{
	(void)userdata;
	if (session_json(s))
		return EXIT_COMPLETE;
	return device_print_identity(s, "Installed",
		cJSON_GetObjectItemCaseSensitive(parameters, "identity"));
}

/* Several files are one chain. */
static enum exit_status device_load_chain(
	const struct session *s, struct chain *ret)
{
	const char *path = NULL;

	for (size_t i = 1; (path = session_word(s, i)); i++) {
		CLEANUP(chain_done) struct chain file = {0};
		enum exit_status status = chain_load(s, path, &file);
		int r = 0;

		if (status)
			return status;
		for (size_t n = 0; r == 0 && n < file.count; n++)
			r = chain_add(
				ret, file.items[n].data, file.items[n].len);
		if (r < 0)
			return session_trouble(s, path, r);
	}
	return EXIT_COMPLETE;
}

static enum exit_status device_run_install(struct session *s)
{
	CLEANUP(chain_done) struct chain chain = {0};
	struct service_call call = {
		.service = SERVICE_IDENTITY,
		.method = "Install",
		.table = &service_install_table,
		.reply = device_on_installed,
	};
	enum exit_status status = device_load_chain(s, &chain);

	if (status)
		return status;
	call.with.chain = (struct json_bytes_list){chain.items, chain.count};
	return service_call(s, &call);
}

static enum exit_status device_on_rollback(
	struct session *s, const cJSON *parameters, void *userdata)
{
	const cJSON *identity =
		cJSON_GetObjectItemCaseSensitive(parameters, "identity");

	(void)userdata;
	if (session_json(s))
		return EXIT_COMPLETE;
	if (cJSON_IsObject(identity))
		return device_print_identity(s, "Back to", identity);
	(void)fputs("This phone now has no certificate of its own.\n",
		s->screen.out);
	return EXIT_COMPLETE;
}

static enum exit_status device_run_rollback(struct session *s)
{
	struct service_call call = {
		.service = SERVICE_IDENTITY,
		.method = "Rollback",
		.reply = device_on_rollback,
	};

	return service_call(s, &call);
}

/* --- which --- */

static const struct device_action {
	const char *name;
	bool takes_files;
	uint64_t options;
	enum exit_status (*run)(struct session *s);
} actions[] = {
	{"show", false, 0, device_run_show},
	{"csr", false, TAKES(KEY_TYPE) | TAKES(OUTPUT), device_run_csr},
	{"install", true, 0, device_run_install},
	{"rollback", false, 0, device_run_rollback},
};

static enum exit_status device_check_words(
	const struct session *s, const struct device_action *a)
{
	uint64_t strange = s->arguments.given &
		(TAKES(KEY_TYPE) | TAKES(OUTPUT)) & ~a->options;
	bool files = session_word(s, 1) != NULL;

	if (strange)
		return session_wrong_use(s, "device %s has no option --%s",
			a->name,
			argument_option(strange & TAKES(OUTPUT)
					? OPTION_OUTPUT
					: OPTION_KEY_TYPE)
				->name);
	if (a->takes_files && !files)
		return session_wrong_use(s,
			"device %s needs the file with the certificate chain, "
			"or - for standard input",
			a->name);
	if (!a->takes_files && files)
		return session_wrong_use(s, "device %s takes no file", a->name);
	return EXIT_COMPLETE;
}

static enum exit_status command_device(struct session *s)
{
	const char *name = session_word(s, 0);

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		enum exit_status status = EXIT_COMPLETE;

		if (strcmp(actions[i].name, name) != 0)
			continue;
		status = device_check_words(s, &actions[i]);
		return status ? status : actions[i].run(s);
	}
	return session_wrong_use(s,
		"device takes show, csr, install or rollback, not \"%s\"",
		name);
}

const struct verb device_verbs[] = {
	{230, "device", "show|csr|install|rollback [FILE...]", 1,
		COMMAND_MANY_WORDS, TAKES(KEY_TYPE) | TAKES(OUTPUT),
		command_device,
		"show the phone's own certificates, or get it a SHA-2 one"},
	{0},
};
