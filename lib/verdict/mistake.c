/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/verdict/mistake.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define ASK_THE_SERVER "curl -i with its URL shows what the server sends"
#define ROOTS                                                                  \
	"<settings>, <setting-files>, <certificates>, <phone-settings> or "    \
	"another section of <settings>"

#define ROW(id, identifier, text)                                              \
	[MISTAKE_##id] = {.name = (identifier), .remedy = (text)}

static const struct mistake_row {
	const char *name;
	const char *remedy;
} mistakes[MISTAKE__END] = {
	[MISTAKE_NONE] = {0},
	ROW(WEB_PAGE, "web-page",
		"Let the server send the XML document itself: check the path "
		"of the URL, the rights of the file, and that no login is "
		"asked for; " ASK_THE_SERVER "."),
	ROW(CAPTIVE_PORTAL, "captive-portal",
		"If this is the login page of the network, let the phone pass "
		"without a login, for example by its MAC address. Otherwise "
		"correct the redirect on the server; " ASK_THE_SERVER "."),
	ROW(PHP_MESSAGE, "php-message",
		"Correct what the message complains about in the script on "
		"the server, and set display_errors = Off in its php.ini, so "
		"that messages go to its log."),
	ROW(PHP_SOURCE, "php-source",
		"Let the server execute the script instead of sending it: "
		"enable PHP for this path. If the script holds passwords, "
		"change them, since anybody may have read it."),
	ROW(JSON, "json",
		"Let the server send the XML document for the phone under "
		"this URL; JSON is usually the answer of an API, and says "
		"what it lacks: " ASK_THE_SERVER "."),
	ROW(OTHER_SETTINGS, "other-settings",
		"Publish the settings of this phone as XML: <settings> with "
		"<phone-settings> and <certificates>; this file is made for "
		"other phones or programs."),
	ROW(PLAIN_TEXT, "plain-text",
		"Let the server send the XML document; the text is usually a "
		"message of the server or of a script: " ASK_THE_SERVER "."),
	ROW(COMPRESSED, "compressed",
		"Publish the file uncompressed, and switch off compression "
		"for it on the server."),
	ROW(CERTIFICATE_FILE, "certificate-file",
		"Publish a document that leads to the certificate, with the "
		"certificate in DER form at the URL in it: "
		"<certificates><certificate url=\"...\"/></certificates>"),
	ROW(PRIVATE_KEY, "private-key",
		"Delete the file from the server and replace the key and its "
		"certificate by new ones; at this URL an XML document is "
		"needed."),
	ROW(BINARY, "binary",
		"Check the URL: it leads to a file of another kind; " ASK_THE_SERVER
		"."),
	ROW(ROOT_NAME, "root-name",
		"Correct the name of the root in its start tag and end tag; "
		"upper and lower case count. A document has " ROOTS
		" as its root."),
	ROW(ROOT_NAMESPACE, "root-namespace",
		"Delete the xmlns attribute and the prefix: the elements of a "
		"document are in no namespace."),
	ROW(ROOT_ELEMENT, "root-element",
		"Put its section around it, which is the root of the "
		"document: <certificates> around <certificate>, "
		"<setting-files> around <file>."),
	ROW(ROOT_FOREIGN, "root-foreign",
		"Check the URL: a provisioning document has " ROOTS
		" as its root. If this is meant for something else, delete "
		"the link to it."),
	ROW(AMPERSAND, "ampersand",
		"Write &amp; for each & in the text and in URLs, as in "
		"?a=1&amp;b=2; a template has to escape what it inserts."),
	ROW(ENTITY, "entity",
		"Write the character itself or its number; XML knows only "
		"&amp; &lt; &gt; &quot; and &apos;."),
	ROW(LESS_THAN, "less-than",
		"Write &lt; for each < that begins no tag, and look for a tag "
		"before it that lacks its > or a quotation mark."),
	ROW(QUOTES, "quotes",
		"Put the value of each attribute into quotation marks: "
		"name=\"value\"."),
	ROW(ATTRIBUTE, "attribute",
		"Write each attribute once, as name=\"value\", with a blank "
		"before it."),
	ROW(END_TAG, "end-tag",
		"Give each element its end tag, of the same name and in the "
		"reverse order; upper and lower case count."),
	ROW(CUT_OFF, "cut-off",
		"Publish the whole file: an upload ended early, or the script "
		"that makes it did; its log says why."),
	ROW(DECLARATION, "declaration",
		"Write the first line as <?xml version=\"1.0\" "
		"encoding=\"utf-8\"?> or leave it out."),
	ROW(BEFORE_DECLARATION, "before-declaration",
		"Delete what stands before the XML: <?xml, if there is one, "
		"must be the very first characters of the document and occur "
		"once; look at what a script prints before it."),
	ROW(AFTER_ROOT, "after-root",
		"Leave one root, and nothing but comments after its end; "
		"several sections go into one <settings>. Look at what a "
		"script prints after it."),
	ROW(CHARACTER, "character",
		"Delete the character: XML has no control characters but tab "
		"and the ends of lines, not even as &#...;."),
	ROW(ENCODING, "encoding",
		"Save the document as UTF-8, or declare the encoding that it "
		"has in its first line: <?xml version=\"1.0\" "
		"encoding=\"...\"?>"),
	ROW(COMMENT, "comment",
		"End the comment with --> and write no -- within it."),
	ROW(CDATA, "cdata",
		"End each CDATA section, and write &gt; for the > of its end "
		"mark in other text."),
};

const char *mistake_name(enum mistake m)
{
	assert((unsigned)m < MISTAKE__END);
	return mistakes[m].name;
}

enum mistake mistake_find(const char *name)
{
	for (unsigned i = 1; name && i < MISTAKE__END; i++)
		if (strcmp(mistakes[i].name, name) == 0)
			return (enum mistake)i;
	return MISTAKE_NONE;
}

const char *mistake_remedy(enum mistake m)
{
	assert((unsigned)m < MISTAKE__END);
	return mistakes[m].remedy;
}
