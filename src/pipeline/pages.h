/*
 * Pages for browsers: what their servers have in common, and who may read them. Browsers tell in
 * Host what name they were led here by, and in Origin or Sec-Fetch-Site whose page asks: no page of
 * another site gets to read what is answered, also not by a name of its own that leads here.
 */
#pragma once

#include "net/server.h"
#include "pipeline/server_settings.h"

struct pages_settings {
    struct http_settings server; /* the first, as its fields count from there */
    struct string_list allowed_hosts;

    const char *host; /* made by the check: the endpoint without the words in front of it */
};

/* The key of allowed_hosts, in a table of settings that begin with these. */
#define PAGES_HOSTS_FIELD                                                                          \
    FIELD_STRINGS(struct pages_settings, allowed_hosts, "allowed_hosts",                           \
                  "names besides localhost and the endpoint's own that browsers may reach it by, " \
                  "such as traces.example.com; * stands for any characters")

/* Reports what the table cannot say; the header fields that make browsers careful come to
 * response_headers. port: the default one. node: the component's body. */
void pages_settings_check(struct pages_settings *settings, const char *port,
                          const struct node *node, struct problems *problems);

enum { PAGES_WHY_SIZE = 320 };

/*
 * False: why not, with what to do about it. path: whose answer is asked for. where: the component
 * ("extensions/zpages").
 */
bool pages_may_ask(const struct pages_settings *settings, const struct request *request,
                   struct str path, const char *where, char why[PAGES_WHY_SIZE]);

/* Answers with 403. */
void pages_refuse(struct request *request, const char *why);
