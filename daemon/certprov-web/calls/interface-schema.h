/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Varlink interface description as JSON Schema, with its comments as
 * descriptions. Of the grammar what our interfaces use: a struct or an enum has
 * a name, or is all that a method or an error takes; optional is a member.
 */
#ifndef CERTPROV_WEB_INTERFACE_SCHEMA_H
#define CERTPROV_WEB_INTERFACE_SCHEMA_H

#include <cjson/cJSON.h>

/* Of a name in a description; and before a type, as in [][string]int. */
#define INTERFACE_SCHEMA_MAX_NAME 64
#define INTERFACE_SCHEMA_MAX_PREFIXES 4

/* Where a type of an interface is, as in "io.certprov.trust.Purpose". */
#define INTERFACE_SCHEMA_PLACE "#/components/schemas/"

/*
 * {"name": ..., "description": ..., "types": {NAME: schema}, "methods": {NAME:
 * {"description": ..., "parameters": schema, "reply": schema}}, "errors":
 * {NAME: schema}}. 0, -EINVAL for text that is no such description, or -ENOMEM;
 * *ret is untouched on failure.
 */
int interface_schema_parse(const char *text, cJSON **ret);

#endif
