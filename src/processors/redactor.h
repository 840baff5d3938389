/*
 * What must not be seen: which attributes stay, and what of their values.
 *
 *     ignored key     stays as it is
 *     not allowed     goes
 *     allowed value   stays
 *     blocked key     its whole value is hidden
 *     blocked value   what the patterns match is hidden
 *
 * What a pattern gave up on (base/regex.h) is hidden as a whole.
 */
#pragma once

#include "base/error.h"
#include "config/field.h"
#include "otlp/span.h"

enum hash { HASH_NONE, HASH_MD5, HASH_SHA1, HASH_SHA3, HASH_HMAC_SHA256, HASH_HMAC_SHA512 };
enum summary { SUMMARY_SILENT, SUMMARY_INFO, SUMMARY_DEBUG };

struct redaction_settings {
    bool allow_all_keys, redact_all_types;
    struct string_list allowed_keys, ignored_keys, ignored_key_patterns;
    struct string_list blocked_key_patterns, blocked_values, allowed_values;
    unsigned hash_function, summary; /* enum hash, enum summary */
    const char *hmac_key, *masking_string;
    const struct node *url_sanitizer, *db_sanitizer;
};

struct redactor; /* of one worker */

/* Of settings that were checked, which it borrows. NULL: *err says why. */
struct redactor *redactor_new(const struct redaction_settings *settings, struct error *err);
void redactor_free(struct redactor *redactor); /* takes NULL */

enum fate { STAYS, STAYS_ALLOWED, STAYS_IGNORED, HIDDEN, GOES };

/* Of an attribute. HIDDEN: *seen is what is to be seen of it, until the next call. */
enum fate redactor_judge(struct redactor *redactor, struct str key, const struct value_view *value,
                         struct str *seen);

/* Of a member of a log record's body, by its key: all but STAYS_ALLOWED; where it STAYS, its value
 * is to be judged, or what is in it. */
enum fate redactor_judge_member(struct redactor *redactor, struct str key,
                                const struct value_view *value, struct str *seen);

/* Of a value in such a body, of any kind but a list or a map: STAYS, STAYS_ALLOWED or HIDDEN. */
enum fate redactor_judge_value(struct redactor *redactor, const struct value_view *value,
                               struct str *seen);
