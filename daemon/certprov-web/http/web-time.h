/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times for libevent. On a machine of 32 bits its seconds may be shorter than
 * ours, as it was built; this is the one place that hands it any.
 */
#ifndef CERTPROV_WEB_TIME_H
#define CERTPROV_WEB_TIME_H

struct bufferevent;
struct event;

/* In so many milliseconds, or after each, as the event was assigned. 0 or
 * -ENOMEM. */
int web_time_add(struct event *event, int ms);
/* How long a peer may read nothing of what is written. 0 or -ENOMEM. */
int web_time_limit_writing(struct bufferevent *connection, int ms);

#endif
