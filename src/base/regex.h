/*
 * Regular expressions of the configuration, in the syntax that RE2 and PCRE2 share, matched by
 * PCRE2's interpreter within limits: what would run away counts as no match.
 * https://github.com/google/re2/wiki/Syntax
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct regex;

/* One thread at a time: each worker compiles its own. NULL and *err: what is wrong with the
 * pattern, and at which character. Text is UTF-8. */
struct regex *regex_new(struct str pattern, struct error *err);
void regex_free(struct regex *regex); /* takes NULL */

/* Anywhere in the text, unless the pattern says ^ or $. */
bool regex_matches(struct regex *regex, struct str text);

/* What it matches first, from an offset on: a text's first call is with 0, and its limit of time is
 * for all calls. */
bool regex_find(struct regex *regex, struct str text, size_t from, struct str *match);

/* The same with what each group has taken, by number: 0 is the whole match. at is NULL where a
 * group has taken nothing, or there is none of this number. */
bool regex_find_groups(struct regex *regex, struct str text, size_t from, struct str *groups,
                       size_t count);

/* Groups (?P<name>...), in the order of the pattern. */
size_t regex_group_count(const struct regex *regex);
struct str regex_group_name(const struct regex *regex, size_t group);
unsigned regex_group_number(const struct regex *regex, size_t group);

/* As regex_matches(); groups[i]: what the i-th named group has taken; at is NULL where none. */
bool regex_capture(struct regex *regex, struct str text, struct str *groups);

/* Texts for which matching was given up at its limits, since the regex was made. */
uint64_t regex_given_up(const struct regex *regex);
