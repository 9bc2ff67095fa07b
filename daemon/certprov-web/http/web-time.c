/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/web-time.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event-config.h>
#include <event2/event.h>
#include <stdint.h>
#include <sys/time.h>

#define MS 1000L

/* As libevent has it. */
struct web_time {
#if EVENT__SIZEOF_TIME_T == 4
	int32_t tv_sec;
	int32_t tv_usec;
#else
	int64_t tv_sec;
	int64_t tv_usec;
#endif
};
_Static_assert(sizeof(struct web_time) <= sizeof(struct timeval),
	"libevent's is not wider than ours");

static struct web_time web_time_of(int ms)
{
	return (struct web_time){
		.tv_sec = ms / MS,
		.tv_usec = (ms % MS) * MS,
	};
}

static const struct timeval *web_time_as_theirs(const struct web_time *time)
{
	return (const struct timeval *)(const void *)time;
}

int web_time_add(struct event *event, int ms)
{
	const struct web_time time = web_time_of(ms);

	return event_add(event, web_time_as_theirs(&time)) < 0 ? -ENOMEM : 0;
}

int web_time_limit_writing(struct bufferevent *connection, int ms)
{
	const struct web_time time = web_time_of(ms);

	return bufferevent_set_timeouts(
		       connection, NULL, web_time_as_theirs(&time)) < 0
		? -ENOMEM
		: 0;
}
