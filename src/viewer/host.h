/*
 * Who a request says that it is for, and whose page has made it: a page of another site that a
 * browser shows must not read traces, neither by requests across sites nor by a name of its own
 * that it lets point to this machine (DNS rebinding).
 */
#pragma once

#include "base/str.h"
#include "config/field.h"

/*
 * Whether a Host ("localhost:16686") is one of ours: an address, as nobody can let it point
 * elsewhere; localhost, and names below it; the endpoint's own name; one that is like an allowed
 * one, where "*" stands for any characters.
 */
bool host_is_ours(struct str host, const char *endpoint, const struct string_list *allowed);

/* Whether an Origin ("http://localhost:16686") is what is served at that Host. */
bool host_is_origin(struct str host, struct str origin);
