/* SPDX-License-Identifier: Apache-2.0 */
/*
 * monitor - what a phone's display would do: in one poll loop, say when trust
 * changes and which servers are rejected, until standard input ends.
 * CERTPROV_EXAMPLE_SOCKET is another place to ask.
 */
#include <certprov.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void on_event(const struct certprov_event *event, void *userdata)
{
	const struct certprov_certificate *certificate = NULL;
	const char *host = NULL;

	switch (certprov_event_kind(event)) {
	case CERTPROV_EVENT_TRUST:
		printf("trust: store %s, generation %" PRIu64 "\n",
			certprov_event_store(event),
			certprov_event_generation(event));
		break;
	case CERTPROV_EVENT_REJECTION:
		certificate = certprov_event_certificate(event);
		host = certprov_event_host(event);
		printf("rejected: %s for %s: %s\n",
			certprov_certificate_subject(certificate),
			host ? host : "any host", certprov_event_result(event));
		break;
	case CERTPROV_EVENT_CONNECTED:
		printf("%s: connected\n", (const char *)userdata);
		break;
	case CERTPROV_EVENT_LOST:
		printf("%s: lost\n", (const char *)userdata);
		break;
	}
	(void)fflush(stdout);
}

/* Returns when standard input ends. */
static void loop(
	struct certprov_monitor *trust, struct certprov_monitor *rejections)
{
	struct pollfd fds[] = {
		{certprov_monitor_fd(trust), certprov_monitor_events(trust), 0},
		{certprov_monitor_fd(rejections),
			certprov_monitor_events(rejections), 0},
		{STDIN_FILENO, POLLIN, 0},
	};
	char ignored[256];

	while (poll(fds, 3, -1) > 0) {
		if (fds[0].revents)
			(void)certprov_monitor_process(trust);
		if (fds[1].revents)
			(void)certprov_monitor_process(rejections);
		if (fds[2].revents &&
			read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0)
			return;
	}
}

int main(void)
{
	static char names[2][16] = {"trust", "rejections"};
	struct certprov *handle = NULL;
	struct certprov_monitor *trust = NULL;
	struct certprov_monitor *rejections = NULL;
	int r = certprov_new(&handle);

	if (r == 0)
		r = certprov_set_socket(
			handle, getenv("CERTPROV_EXAMPLE_SOCKET"));
	if (r == 0)
		r = certprov_monitor_new(handle, CERTPROV_MONITOR_TRUST,
			on_event, names[0], &trust);
	if (r == 0)
		r = certprov_monitor_new(handle, CERTPROV_MONITOR_REJECTIONS,
			on_event, names[1], &rejections);
	if (r == 0)
		loop(trust, rejections);
	else
		(void)fprintf(stderr, "monitor: %s\n", strerror(-r));
	certprov_monitor_free(rejections);
	certprov_monitor_free(trust);
	certprov_free(handle);
	return r == 0 ? 0 : 1;
}
