/*
 * What the journal writes before each request's bytes, to know them again.
 *
 *     u8 version (1) | u8 signal | u16 length of id, little-endian | id | metadata
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "otlp/signal.h"

struct journal_head {
    enum signal signal;
    struct str id;       /* of the receiver; this and metadata point into what was read */
    struct str metadata; /* of the payload (base/metadata.h); empty: it has none */
};

void journal_head_write(struct buf *out, const struct journal_head *head);

/* False: not of this version, or not whole. */
bool journal_head_read(struct str bytes, struct journal_head *head);
