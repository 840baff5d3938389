/*
 * Who listens on a port already, for the message that it is taken. Reads /proc, boundedly.
 */
#pragma once

#include <stddef.h>
#include <sys/socket.h>

/*
 * Writes who holds the address, for "is taken by ...": "otelcol (pid 123)", "this program itself",
 * or what is known of it. Never empty.
 */
void port_owner_describe(const struct sockaddr *address, char *text, size_t room);
