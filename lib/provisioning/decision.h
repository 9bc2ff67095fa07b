/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was decided about one element of a document, with all that is needed
 * to make it durable and to report it. Decides nothing itself.
 */
#ifndef CERTPROV_DECISION_H
#define CERTPROV_DECISION_H

#include "lib/base/macros.h"
#include "lib/phone/settings.h"
#include "lib/provisioning/outcome.h"
#include "lib/provisioning/provenance.h"
#include "lib/x509/certificate.h"

/* Owns all of it. Zeroed is empty. */
struct decision {
	struct outcome outcome;
	/* Of an offered certificate. */
	struct provenance from;
	struct certificate *certificate; /* when the bytes are one */
	unsigned lists; /* of enum anchor_list: what an accepted one becomes */
	/* Of a setting that was applied; from says who is believed. */
	enum setting_id setting;
	struct setting_value value;
	/* Of webserver_cert: key and chain in PEM, which go where keys are
	 * kept. Wiped. */
	struct bytes identity;
};
void decision_done(struct decision *d);
DEFINE_CLEANUP_EMBEDDED(struct decision, decision_done);
/* An accepted certificate or an applied setting: it has to be written. */
bool decision_is_change(const struct decision *d);

/* In the order they were made. Zeroed is empty. */
struct decisions {
	struct decision *items;
	size_t count;
};
void decisions_done(struct decisions *l);
DEFINE_CLEANUP_EMBEDDED(struct decisions, decisions_done);
/* Takes *d, and leaves it empty; 0 or -ENOMEM. */
int decisions_add(struct decisions *l, struct decision *d);

#endif
