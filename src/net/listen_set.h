/*
 * The listening sockets of the program: for each configured address one socket in every worker
 * (SO_REUSEPORT), so that the kernel spreads the connections. When a reload puts a receiver in the
 * place of another one at the same address it gets the same sockets, so that no connection that
 * waits there is lost.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"

enum { LISTEN_MAX_FDS = 8 }; /* addresses that one endpoint may stand for */

struct listen_set;

struct listen_set *listen_set_new(unsigned workers);
void listen_set_free(struct listen_set *set); /* takes NULL */

/*
 * The sockets of an endpoint ("host:port", ":port", "[::1]:port", of one family only with "tcp4:"
 * or "tcp6:" before it, "udp:host:port", or "unix:/path") for one worker: their number (1 to
 * LISTEN_MAX_FDS) with the descriptors in fds, each the caller's to close; 0 and *err where it
 * cannot listen. The first call for an endpoint opens the sockets of all workers: it makes sure
 * that nobody else listens there (SO_REUSEPORT alone would share the port silently) and lets the
 * kernel pick port 0 once for all. "localhost" is 127.0.0.1 and, where the machine has it, ::1.
 * Where the port is taken, err names who holds it, if that can be known. Each worker that has
 * opened it, as often as it has, has to close it. Any thread may call, not two of them for the same
 * worker.
 */
size_t listen_set_open(struct listen_set *set, const char *endpoint, unsigned worker,
                       int fds[LISTEN_MAX_FDS], struct error *err);

/* The same for what one worker alone serves: the others have no sockets there, which the kernel
 * would give connections to. */
size_t listen_set_open_alone(struct listen_set *set, const char *endpoint, unsigned worker,
                             int fds[LISTEN_MAX_FDS], struct error *err);

/* One user less: the worker's sockets are closed when the last is gone, so that the kernel sends
 * connections elsewhere. The caller closes its own descriptors too. */
void listen_set_close(struct listen_set *set, const char *endpoint, unsigned worker);

/* "127.0.0.1:4317, [::1]:4317", "unix:/path": where it really listens, for the log; good until
 * it is closed. NULL: not open. */
const char *listen_set_address(struct listen_set *set, const char *endpoint);

/* The address that "default endpoints" use as their host: OTELC_LISTEN_HOST, or "localhost". */
const char *listen_default_host(void);
