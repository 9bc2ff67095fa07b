/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The perm= attribute of a setting in a document: whether the user of the phone
 * may change the value, and what provisioning does if they have. Decides
 * nothing; settings.h says who the user is here.
 */
#ifndef CERTPROV_SETTINGS_PERMISSION_H
#define CERTPROV_SETTINGS_PERMISSION_H

enum setting_permission {
	/* "RW", "$", "", none, and what the vendor does not document: may be
	 * changed, and provisioning overwrites it. */
	SETTING_READ_WRITE,
	/* "!": may be changed, and is then no longer overwritten. */
	SETTING_INITIAL,
	/* "R", "&" and a blank: may not be changed. */
	SETTING_READ_ONLY,
	SETTING_PERMISSION__END,
};

/* Of the attribute's text; NULL: there is none. */
enum setting_permission setting_permission_parse(const char *text);
/* "read-write", "initial", "read-only"; lives forever. */
const char *setting_permission_name(enum setting_permission permission);

#endif
