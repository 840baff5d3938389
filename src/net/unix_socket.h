/*
 * Listening on a unix socket: a file by which processes of one machine reach each other.
 */
#pragma once

#include <sys/types.h>

#include "base/error.h"

struct unix_socket_file { /* which file it is */
    dev_t device;
    ino_t number;
};

/*
 * A listening socket at the path, which its owner and group may use (0660); -1 and *err. A socket
 * that is left over from a process that has ended is replaced; one at which somebody listens, or a
 * file of another kind, is not touched.
 */
int unix_socket_listen(const char *path, int backlog, struct unix_socket_file *file,
                       struct error *err);

/* Removes the file at the path if it is still the one that was made. */
void unix_socket_remove(const char *path, const struct unix_socket_file *file);
