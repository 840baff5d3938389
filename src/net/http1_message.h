/*
 * One HTTP/1.1 request as llhttp reads it, with the checks that llhttp leaves out. It tells the
 * request what it finds.
 */
#pragma once

#include <llhttp.h>
#include <stdbool.h>

#include "base/str.h"
#include "net/refusal.h"

struct request;

struct http1_message {
    llhttp_t parser;
    struct request *request;
    struct str name, value; /* the field that is being parsed */
    unsigned hosts;
    bool expects;    /* Expect: 100-continue */
    bool old;        /* HTTP/1.0 */
    bool keep_alive; /* as the client wishes */
    bool in_body;
    bool whole; /* all of it has come */
    enum refusal refusal;
    const char *mark; /* end of the last bytes of payload in what is being parsed */
    size_t overhead;  /* bytes since the payload's last, from earlier pieces */
};

void http1_message_begin(struct http1_message *m, struct request *request);

/* Parses a whole head; says what is wrong with it. max_fields: bytes behind its first line. */
enum refusal http1_message_head(struct http1_message *m, struct str head, size_t max_fields);

/* Parses bytes of the body: false where they are malformed. *used: how many belong to it. */
bool http1_message_body(struct http1_message *m, struct str bytes, size_t *used);
