/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/endpoints.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon/certprovd/sys/log.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

/* As many wait to be accepted as the kernel and systemd's sockets allow: a
 * non-blocking connect is turned away when there is no room, without being told
 * of a limit. */
#define BACKLOG SOMAXCONN

/* One socket of the daemon. */
struct endpoint {
	const char *name; /* FileDescriptorName= */
	const char *file; /* in the runtime directory */
	mode_t mode;
	const char *group; /* NULL: the daemon's own */
	bool admin;
	bool plain; /* as of struct varlink_service */
	const struct varlink_interface *interface;
	const char *limit_error;
	int (*recall)(void *userdata, const struct bytes *message,
		const struct bytes **ret);
};

static const struct endpoint endpoints[] = {
	{
		.name = "trust",
		.file = "io.certprov.trust",
		.mode = 0666,
		.plain = true,
		.interface = &trust_interface,
		.limit_error = "io.certprov.trust.LimitExceeded",
		.recall = trust_verify_recall,
	},
	{
		.name = "admin",
		.file = "io.certprov.admin",
		.mode = 0660,
		.group = "certprov-admin",
		.admin = true,
		.interface = &admin_interface,
		.limit_error = "io.certprov.admin.LimitExceeded",
	},
	{
		.name = "identity",
		.file = "io.certprov.identity",
		.mode = 0660,
		.group = "certprov-key",
		.interface = &identity_interface,
		.limit_error = "io.certprov.identity.LimitExceeded",
	},
};
_Static_assert(ARRAY_SIZE(endpoints) == ENDPOINTS_COUNT, "one service each");

/* The descriptor the service manager passed under this name, or -1. */
static int endpoints_find_passed(const char *name)
{
	char **names = NULL;
	int found = -1;
	int n = sd_listen_fds_with_names(0, &names);

	for (int i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0 && found < 0)
			found = SD_LISTEN_FDS_START + i;
		free(names[i]);
	}
	free(names);
	return found;
}

/* A socket that an earlier process left behind, with nobody listening. */
static bool endpoints_is_stale(const struct sockaddr_un *address)
{
	CLEANUP(fd_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd >= 0 &&
		connect(fd, (const struct sockaddr *)address,
			sizeof(*address)) < 0 &&
		errno == ECONNREFUSED;
}

static int endpoints_set_rights(const char *path, const struct endpoint *e)
{
	const struct group *group = e->group ? getgrnam(e->group) : NULL;
	bool given = group && chown(path, (uid_t)-1, group->gr_gid) == 0;
	mode_t mode = e->mode;

	if (group && !given)
		log_message(LOG_WARNING,
			"%s is open only to the daemon's own user: %s", path,
			strerror(errno));
	/* Without that group only the daemon's user gets in, not everybody in
	 * the group that the daemon happens to run with. */
	if (e->group && !given)
		mode &= ~(mode_t)S_IRWXG;
	return chmod(path, mode) < 0 ? -errno : 0;
}

static int endpoints_bind_socket(
	const char *path, const struct endpoint *e, int *ret)
{
	CLEANUP(fd_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t mask = 0;
	int r = 0;

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (endpoints_is_stale(&address))
		(void)unlink(path);
	mask = umask(0177);
	r = bind(fd, (struct sockaddr *)&address, sizeof(address));
	r = r < 0 ? -errno : 0;
	(void)umask(mask);
	if (r == 0)
		r = endpoints_set_rights(path, e);
	if (r == 0 && listen(fd, BACKLOG) < 0)
		r = -errno;
	if (r < 0)
		return r;
	*ret = fd_take(&fd);
	return 0;
}

static int endpoints_bind_one(
	const struct config *config, size_t index, int *fd)
{
	const struct endpoint *e = &endpoints[index];
	CLEANUP(free) char *path = NULL;
	int r = string_format(
		&path, "%s/%s", config->runtime_directory, e->file);

	*fd = endpoints_find_passed(e->name);
	if (r == 0 && *fd < 0)
		r = endpoints_bind_socket(path, e, fd);
	if (r < 0)
		log_message(LOG_ERR, "cannot listen on %s: %s",
			path ? path : e->file, strerror(-r));
	return r;
}

/* The service manager may have put it elsewhere than the configuration says. */
static int endpoints_find_admin_path(struct endpoints *all, int fd)
{
	struct sockaddr_un address = {0};
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return -errno;
	memcpy(all->admin_path, address.sun_path, sizeof(address.sun_path));
	return 0;
}

void endpoints_init(struct endpoints *all)
{
	*all = (struct endpoints){0};
	for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++)
		all->services[i].fd = -1;
}

int endpoints_bind(struct endpoints *all, const struct config *config)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(endpoints); i++) {
		r = endpoints_bind_one(config, i, &all->services[i].fd);
		if (r == 0 && endpoints[i].admin)
			r = endpoints_find_admin_path(all, all->services[i].fd);
	}
	return r;
}

static int endpoints_open_one(
	struct endpoints *all, struct api *api, size_t index)
{
	const struct endpoint *e = &endpoints[index];
	struct endpoint_service *service = &all->services[index];

	service->interface = e->interface;
	service->service = (struct varlink_service){
		.product = "certprovd",
		.version = CERTPROV_VERSION,
		.url = "man:certprovd(8)",
		.interfaces = &service->interface,
		.n_interfaces = 1,
		.userdata = api,
		.plain = e->plain,
		.recall = e->recall,
	};
	return server_listen(all->server, fd_take(&service->fd),
		&(struct server_socket){
			.service = &service->service,
			.admin = e->admin,
			.limit_error = e->limit_error,
		});
}

/* Raise the limit as far as wanted and allowed: a process starts with less. */
static unsigned endpoints_find_descriptors(unsigned wanted)
{
	struct rlimit limit = {0};

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
		rlim_t old = limit.rlim_cur;

		limit.rlim_cur =
			limit.rlim_max < wanted ? limit.rlim_max : wanted;
		if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
			limit.rlim_cur = old;
	}
	return limit.rlim_cur < wanted ? (unsigned)limit.rlim_cur : wanted;
}

static struct server_limits endpoints_read_limits(const struct config *config)
{
	unsigned wanted = server_descriptors(config->connections);
	struct server_limits limits = {
		.descriptors = endpoints_find_descriptors(wanted),
		.connections = config->connections,
		.per_uid = config->connections_per_uid,
		.of_root = config->connections_of_root,
		.for_admin = config->connections_for_admin,
		.message_bytes = (size_t)config->message_bytes,
		.work = {config->work_per_second, config->work_at_once},
	};

	if (limits.descriptors < wanted)
		log_message(LOG_WARNING,
			"there is room for %u connections, not %u: the limit "
			"of open files is %u, and %u are needed",
			server_room(&limits), limits.connections,
			limits.descriptors, wanted);
	return limits;
}

void endpoints_reload(struct endpoints *all, const struct config *config)
{
	struct server_limits limits = endpoints_read_limits(config);

	server_set_limits(all->server, &limits);
}

int endpoints_open(struct endpoints *all, sd_event *event,
	const struct config *config, struct api *api)
{
	struct server_limits limits = endpoints_read_limits(config);
	int r = server_new(event, &limits, &all->server);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(endpoints); i++)
		r = endpoints_open_one(all, api, i);
	return r;
}

void endpoints_done(struct endpoints *all)
{
	all->server = server_free(all->server);
	for (size_t i = 0; i < ARRAY_SIZE(all->services); i++)
		all->services[i].fd = fd_close(all->services[i].fd);
}
