/*
 * Cross-origin requests: which pages of other sites may send to a server, and the fields that tell
 * their browser so. https://fetch.spec.whatwg.org/#http-cors-protocol
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"
#include "config/field.h"
#include "net/answer_fields.h"

struct cors_settings {
    bool enabled;
    struct string_list allowed_origins; /* "*" in them stands for any characters */
    struct string_list allowed_headers; /* besides the usual ones; "*": any */
    struct string_list exposed_headers;
    uint64_t max_age; /* seconds; 0: the browser's own */

    /* Made by cors_check(). */
    const char *exposed; /* exposed_headers as one text; "" for none */
    const char *max_age_text;
};

extern const struct field cors_fields[];

/* Reports what the table cannot say, and makes the settings ready. node: the block, or NULL. */
void cors_check(struct cors_settings *settings, const struct node *node, struct problems *problems);

/* A browser's question whether it may send: OPTIONS with an origin and a method. */
struct cors_question {
    struct str origin, method, headers; /* as the request's fields have them */
    const char *taken;                  /* the method that may be sent there */
};

/* Whether pages of that origin may send, and read what is answered. */
bool cors_allows(const struct cors_settings *settings, struct str origin);

enum { CORS_WHY_SIZE = 256 };

/*
 * Adds the fields of the answer to a question, or to a request with an origin (which may be empty:
 * none). Values are borrowed from the arguments. Where the answer to the question is no, false is
 * returned, and why says the reason.
 */
bool cors_preflight(const struct cors_settings *settings, const struct cors_question *question,
                    struct answer_fields *out, char why[CORS_WHY_SIZE]);
void cors_answer(const struct cors_settings *settings, struct str origin,
                 struct answer_fields *out);
