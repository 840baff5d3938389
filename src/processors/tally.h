/*
 * What a redaction processor has done to attributes, or to the body of a log record, for the
 * attributes that tell it: redaction.masked.count, redaction.masked.keys and so on.
 */
#pragma once

#include "otlp/attributes.h"
#include "processors/redactor.h"

struct tally_list {
    size_t count;
    struct str *names; /* owned; each borrowed until tally_tell() */
    size_t named, cap;
};

struct tally { /* zeroed: empty and ready */
    struct tally_list redacted, masked, allowed;
    size_t ignored;
};

void tally_done(struct tally *tally);

/* One more; a name that is empty is counted only. */
void tally_add(struct tally_list *list, struct str name);

enum tally_kind { TALLY_OF_ATTRIBUTES, TALLY_OF_BODY };

/* Sets the attributes, adding to what an earlier processor has told. Then the tally is empty. */
void tally_tell(struct tally *tally, enum tally_kind kind, enum summary summary,
                struct attributes *list);

/* An attribute that tells what was done. */
bool tally_is_key(struct str key);
