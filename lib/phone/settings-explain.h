/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of a setting that was offered: which value, instead of which,
 * what is wrong with it, and what counts. Values are shortened, escaped, and
 * without what may be credentials. Decides nothing.
 */
#ifndef CERTPROV_SETTINGS_EXPLAIN_H
#define CERTPROV_SETTINGS_EXPLAIN_H

#include "lib/phone/settings.h"

/* Of a value that is shown; a longer one is cut. */
#define SETTING_MAX_SHOWN_BYTES 256

/* What happened. Texts are borrowed. */
struct setting_event {
	enum setting_id id; /* SETTING__END: nobody knows it */
	const char *name;   /* as it was offered, fit to be shown */
	enum setting_result result;
	const char *value;  /* as it was offered, or NULL */
	const char *former; /* what was set before; NULL or empty: nothing */
	const char *permission; /* perm= of the element, or NULL */
	const char *action;     /* action= of it, or NULL */
	int64_t index;          /* negative: none */
	const char *misplaced;  /* why it is not read, or NULL */
	/* Of SETTING_WOULD_LOCK_OUT: whom, and why: a sentence. */
	const char *server;
	const char *because;
	const struct settings *settings; /* what is set now */
	const struct firmware *firmware;
};

/* Owns its texts. Zeroed is empty. */
struct setting_words {
	char *value;  /* fit to be shown; NULL when nobody knows the setting */
	char *former; /* what counted before, if another value counts now */
	char *reason;
	char *remedy; /* or NULL */
};
void settings_words_done(struct setting_words *w);
DEFINE_CLEANUP_EMBEDDED(struct setting_words, settings_words_done);

/* A value of webserver_cert in a sentence: which certificate that is. 0 or
 * -ENOMEM. */
int settings_explain_certificate(const char *value, char **ret);

/* 0 or -ENOMEM; *ret is untouched on failure. */
int settings_explain(
	const struct setting_event *event, struct setting_words *ret);

#endif
