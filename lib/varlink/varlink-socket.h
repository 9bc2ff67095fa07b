/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Varlink messages and descriptors over one Unix stream socket, for whoever
 * waits in a way of their own: nothing here ever blocks. The server waits in
 * its event loop, varlink-client.h in poll.
 *
 * Descriptors belong to the message that holds the last byte they arrived
 * with: the kernel ends a read after bytes that carry descriptors, and
 * senders send such a message by itself.
 */
#ifndef CERTPROV_VARLINK_SOCKET_H
#define CERTPROV_VARLINK_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/bytes.h"
#include "lib/varlink/varlink.h"

#define VARLINK_MAX_FDS 2 /* with one message */
#define VARLINK_BACKLOG_MAX_BYTES ((size_t)1024 * 1024)

/* Descriptors that travel with a message. Zeroed is none. */
struct varlink_fds {
	int fds[VARLINK_MAX_FDS];
	size_t count;
};

void varlink_fds_done(struct varlink_fds *fds); /* closes them */
DEFINE_CLEANUP_EMBEDDED(struct varlink_fds, varlink_fds_done);
/* Takes fd, which is closed when there is no room: 0 or -ENOSPC. */
int varlink_fds_add(struct varlink_fds *fds, int fd);
/* Take all of them and leave none behind. */
struct varlink_fds varlink_fds_take(struct varlink_fds *fds);
/* Take one; -1 when there is none of that index. */
int varlink_fds_take_one(struct varlink_fds *fds, size_t index);

/* A message that waits to be sent. */
struct varlink_output {
	struct varlink_output *next;
	struct bytes message;
	size_t sent;
	struct varlink_fds fds; /* until the first byte is sent */
};

struct varlink_socket {
	int fd;
	bool ended; /* the peer sends no more */
	struct varlink_input input;
	uint64_t received;      /* bytes, ever */
	struct varlink_fds fds; /* received with byte fds_at, not taken */
	uint64_t fds_at;
	struct varlink_output *first;
	struct varlink_output *last;
	size_t backlog; /* bytes not yet sent */
};

/* Takes fd. */
void varlink_socket_init(struct varlink_socket *s, int fd);
void varlink_socket_done(struct varlink_socket *s);
DEFINE_CLEANUP_EMBEDDED(struct varlink_socket, varlink_socket_done);

/*
 * Receive once, when varlink_socket_next has just said 0. Returns the number
 * of bytes, 0 at the end, -EAGAIN when there is nothing now, -EBADMSG for
 * more than VARLINK_MAX_FDS descriptors with one message (all are closed), or
 * another negative errno.
 */
ssize_t varlink_socket_receive(struct varlink_socket *s);

/*
 * The next message received, with its descriptors, which become the caller's;
 * the text is borrowed until the next call. Returns as varlink_input_next.
 */
int varlink_socket_next(struct varlink_socket *s, const char **ret,
	size_t *ret_len, struct varlink_fds *ret_fds);

/*
 * Append to what is to be sent; takes message and descriptors (which may be
 * NULL), also on failure. Returns 0, -ENOMEM, -ENOBUFS when more than
 * VARLINK_BACKLOG_MAX_BYTES would wait.
 */
int varlink_socket_queue(struct varlink_socket *s, struct bytes *message,
	struct varlink_fds *fds);

/* Send what can be sent now. Returns 0 when all is sent, 1 when something is
 * left, or a negative errno (-EPIPE; never a signal). */
int varlink_socket_flush(struct varlink_socket *s);

#endif
