/*
 * The viewer's page: the files of src/viewer/web, as they are in the program.
 */
#pragma once

#include "base/str.h"

struct page_file {
    const char *path; /* "/app.js"; NULL ends the list */
    const char *at, *end;
};

extern const struct page_file page_files[]; /* made by the Makefile */

struct page {
    struct str body;
    const char *type;
};

/*
 * What is served at a path: a file, or index.html for the places that the page itself knows
 * ("/", "/search", "/trace/...", "/pipeline"). False: nothing.
 */
bool page_find(struct str path, struct page *page);
