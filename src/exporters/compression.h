/*
 * The keys `compression` and `compression_params` of exporters.
 */
#pragma once

#include "config/field.h"
#include "net/encode.h"

struct compression_settings {
    unsigned choice;
    double level;           /* compression_params.level */
    enum encoding encoding; /* by compression_check() */
};

extern const char *const compression_choices[];
extern const struct field compression_params_fields[];

/* For a table of fields; member: a struct compression_settings. */
#define COMPRESSION_KEYS(s, member, preset)                                                        \
    FIELD_CHOICE(s, member.choice, "compression", preset, compression_choices,                     \
                 "of the requests; none costs the least time"),                                    \
        FIELD_BLOCK(s, member, "compression_params", compression_params_fields,                    \
                    "how much is spent on it")

/* deflate: the peer's protocol knows it. */
void compression_check(struct compression_settings *settings, bool deflate, const struct node *node,
                       struct problems *problems);

/* NULL: nothing is compressed. */
struct encoder *compression_encoder(const struct compression_settings *settings);
