/* SPDX-License-Identifier: Apache-2.0 */
/* A root that no document of ours has: is it near one, or what is it? */
#include <stdio.h>
#include <string.h>

#include "daemon/certprov-fetch/document-state.h"

/* Names are shown as far as this. */
#define NAME "%.60s"

static const struct foreign_root {
	const char *name;
	bool is_prefix;
	const char *what;
} foreign_roots[] = {
	{"SnomIPPhone", true, "a page of the browser in Snom phones"},
	{"IPPhone", true, "a phone book or menu that phones show"},
	{"PhoneDirectory", false, "a phone book"},
	{"AddressBook", false, "a phone book, as of Grandstream phones"},
	{"AastraIPPhone", true, "a page for Aastra and Mitel phones"},
	{"YealinkIPPhone", true, "a page for Yealink phones"},
	{"CiscoIPPhone", true, "a page for Cisco phones"},
	{"FanvilIPPhone", true, "a page for Fanvil phones"},
	{"GrandstreamIPPhone", true, "a page for Grandstream phones"},
	{"CompanyIPPhone", true, "a phone book that phones show"},
	{"gs_provision", false, "a configuration of Grandstream phones"},
	{"hl_provision", false, "a configuration of Htek phones"},
	{"flat-profile", false, "a configuration of Cisco SPA phones"},
	{"device", false, "a configuration of Cisco phones"},
	{"polycomConfig", false, "a configuration of Polycom phones"},
	{"PHONE_CONFIG", false, "a configuration of Polycom phones"},
	{"APPLICATION", false, "a configuration of Polycom phones"},
	{"ProviderFrame", false, "a configuration of Gigaset phones"},
	{"VOIP_CONFIG_FILE", false, "a configuration of Fanvil phones"},
	{"rss", false, "an RSS feed"},
	{"RDF", false, "an RDF document or feed"},
	{"feed", false, "an Atom feed"},
	{"Envelope", false, "a SOAP message"},
	{"svg", false, "an SVG picture"},
	{"urlset", false, "the map of a web site"},
	{"plist", false, "a property list of Apple"},
	{"multistatus", false, "an answer of a WebDAV server"},
	{"methodResponse", false, "an answer of XML-RPC"},
	{"methodCall", false, "a call of XML-RPC"},
	{"ListBucketResult", false, "the listing of an object store"},
	{"Error", false, "an error message, as of an object store"},
	{"error", false, "an error message"},
	{"project", false, "a build file"},
	{"stylesheet", false, "an XSL style sheet"},
	{"schema", false, "an XML schema"},
};

static const char *document_root_describe(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(foreign_roots); i++) {
		const struct foreign_root *f = &foreign_roots[i];

		if (f->is_prefix ? strncmp(name, f->name, strlen(f->name)) == 0
				 : strcmp(name, f->name) == 0)
			return f->what;
	}
	return NULL;
}

static void document_root_foreign(struct document *d, const char *name,
	const char *prefix, const char *namespace)
{
	const char *what = document_root_describe(name);
	char detail[DOCUMENT_DETAIL_SIZE];

	(void)snprintf(detail, sizeof(detail), "<%.40s%s" NAME ">%s%.100s%s%s",
		prefix ? prefix : "", prefix ? ":" : "", name,
		namespace ? " of namespace " : "", namespace ? namespace : "",
		what ? ", " : "", what ? what : "");
	document_judge(d, VERDICT_UNKNOWN_ROOT, MISTAKE_ROOT_FOREIGN,
		document_line_of_tag(d), detail);
}

/* One of ours, but for its namespace. */
static void document_root_namespace(struct document *d, const char *name,
	const char *prefix, const char *namespace, const char *meant)
{
	char detail[DOCUMENT_DETAIL_SIZE];

	(void)snprintf(detail, sizeof(detail),
		"<%.40s%s" NAME ">%s%.100s, where <%s> without prefix "
		"and namespace is meant",
		prefix ? prefix : "", prefix ? ":" : "", name,
		namespace ? " of namespace " : "", namespace ? namespace : "",
		meant);
	document_stop_for(d, VERDICT_UNKNOWN_ROOT, MISTAKE_ROOT_NAMESPACE,
		document_line_of_tag(d), detail);
}

void document_root_unknown(struct document *d, const char *name,
	const char *prefix, const char *namespace)
{
	const char *section = grammar_is_section_part(name);
	const char *near = grammar_near_root(name);
	char detail[DOCUMENT_DETAIL_SIZE];
	enum mistake mistake = MISTAKE_ROOT_NAME;

	if (!section && !near) {
		document_root_foreign(d, name, prefix, namespace);
		return;
	}
	if (prefix || namespace) {
		document_root_namespace(
			d, name, prefix, namespace, section ? section : near);
		return;
	}
	if (section) {
		mistake = MISTAKE_ROOT_ELEMENT;
		(void)snprintf(detail, sizeof(detail),
			"<" NAME ">, which is no document of its own: it "
			"belongs into <%s>",
			name, section);
	} else {
		(void)snprintf(detail, sizeof(detail),
			"<" NAME ">, where <%s> is probably meant", name, near);
	}
	document_stop_for(d, VERDICT_UNKNOWN_ROOT, mistake,
		document_line_of_tag(d), detail);
}
