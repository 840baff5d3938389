/*
 * Bearer tokens, RFC 6750: checks that clients have one of some tokens, or sends one.
 *
 * Only digests of the tokens are compared, and always all of them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "extensions/secret_file.h"
#include "net/secret.h"
#include "pipeline/authenticator.h"
#include "pipeline/component.h"
#include "pipeline/worker.h"

enum { TOKENS_MAX = 1000 };

struct bearer_settings {
    const char *scheme, *header;
    const char *token, *filename;
    struct string_list tokens;

    const char *field;     /* header in lower case, made by bearer_check() */
    const char *challenge; /* of a 401 */
};

struct bearer {
    struct component base;
    const struct bearer_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct secret_file file;
    struct secret_key key;
    struct secret_digest *tokens; /* owned */
    size_t count, cap;
    struct buf header; /* what a client sends: the first of the tokens */
};

static const struct field fields[] = {
    FIELD_STRING(struct bearer_settings, scheme, "scheme", "Bearer",
                 "the word before the token; \"\": none"),
    FIELD_STRING(struct bearer_settings, header, "header", "Authorization",
                 "the header field that the token stands in"),
    FIELD_SECRET(struct bearer_settings, token, "token", "the token"),
    FIELD_SECRETS(struct bearer_settings, tokens, "tokens",
                  "in place of token, several: clients may have any, exporters send the first"),
    FIELD_STRING(struct bearer_settings, filename, "filename", NULL,
                 "in place of token, a file with one in each line; read again when it changes"),
    FIELD_IGNORED("retry_on_failure", "has no effect: a file that cannot be read is tried again"),
    FIELD_IGNORED("wait_for_token_file", "has no effect: the file has to be there at the start"),
    FIELD_END,
};

/* ---- tokens ---- */

static bool add_token(struct bearer *self, struct str token, struct error *err)
{
    for (size_t i = 0; i < token.len; i++)
        if ((unsigned char)token.at[i] < 0x20 || token.at[i] == 0x7f)
            return error_set(err, "a token holds no control characters");
    if (self->count == TOKENS_MAX)
        return error_set(err, "more than %d tokens", TOKENS_MAX);
    if (self->count == 0) {
        buf_reset(&self->header);
        buf_printf(&self->header, "%s%s%.*s", self->settings->scheme,
                   self->settings->scheme[0] ? " " : "", STR_ARG(token));
    }
    self->tokens = mem_room(self->tokens, self->count, &self->cap, sizeof(*self->tokens));
    self->tokens[self->count++] = secret_digest(&self->key, token);
    return true;
}

/* The tokens in a file's text: one in each line. */
static bool add_lines(struct bearer *self, struct str text, struct error *err)
{
    while (text.len > 0) {
        const char *end = memchr(text.at, '\n', text.len);
        size_t len = end ? (size_t)(end - text.at) : text.len;
        struct str token = str_strip((struct str){text.at, len});

        if (token.len > 0 && !add_token(self, token, err))
            return false;
        len += end != NULL;
        text = (struct str){text.at + len, text.len - len};
    }
    return self->count > 0 || error_set(err, "there is no token in it");
}

static bool add_all(struct bearer *self, struct str content, struct error *err)
{
    const struct bearer_settings *s = self->settings;

    if (s->filename)
        return add_lines(self, content, err) || error_prefix(err, s->filename);
    for (size_t i = 0; i < s->tokens.count; i++)
        if (!add_token(self, str_of(s->tokens.at[i]), err))
            return false;
    return !s->token || add_token(self, str_of(s->token), err);
}

static void forget(struct bearer *self)
{
    free(self->tokens);
    buf_wipe(&self->header);
}

static void renew(struct bearer *self)
{
    struct bearer fresh = {.settings = self->settings, .key = self->key};
    struct buf content = {0};
    struct error err;

    if (!secret_file_renew(&self->file, uv_now(self->worker->loop), &content))
        return;
    if (add_all(&fresh, buf_str(&content), &err)) {
        forget(self);
        self->tokens = fresh.tokens;
        self->count = fresh.count;
        self->cap = fresh.cap;
        self->header = fresh.header;
    } else {
        secret_file_refuse(&self->file, err.text);
        forget(&fresh);
    }
    buf_wipe(&content);
}

/* ---- both sides ---- */

static enum credentials bearer_check_client(struct component *base, struct str value,
                                            const struct asker *asker)
{
    struct bearer *self = (struct bearer *)base;
    struct str scheme = str_of(self->settings->scheme);
    struct secret_digest digest;
    bool good = false;

    (void)asker;
    renew(self);
    if (scheme.len > 0) {
        if (value.len <= scheme.len || value.at[scheme.len] != ' ' ||
            !str_eq_nocase((struct str){value.at, scheme.len}, scheme))
            return CREDENTIALS_WRONG;
        value = str_trim((struct str){value.at + scheme.len, value.len - scheme.len});
    }
    digest = secret_digest(&self->key, value);
    for (size_t i = 0; i < self->count; i++)
        good |= secret_equal(&digest, &self->tokens[i]);
    return good ? CREDENTIALS_RIGHT : CREDENTIALS_WRONG;
}

static const char *bearer_field(const struct component *base)
{
    return ((const struct bearer *)base)->settings->field;
}

static const char *bearer_challenge(const struct component *base)
{
    return ((const struct bearer *)base)->settings->challenge;
}

static bool bearer_header(struct component *base, struct header *out)
{
    struct bearer *self = (struct bearer *)base;

    renew(self);
    *out = (struct header){self->settings->field, buf_text(&self->header)};
    return true;
}

/* ---- life ---- */

static void bearer_check(void *settings, const struct node *node, struct problems *problems)
{
    struct bearer_settings *s = settings;
    struct bearer probe = {.settings = s};
    struct buf content = {0};
    struct error err;

    if ((s->token != NULL) + (s->tokens.count > 0) + (s->filename != NULL) != 1)
        error_at(problems, node, "wants one of token, tokens and filename");
    if (!header_name_is_valid(s->header))
        error_at(problems, node_near(node, "header"), "\"%s\" cannot be the name of a header",
                 s->header);
    if (!header_value_is_valid(s->scheme) || strchr(s->scheme, ' '))
        error_at(problems, node_near(node, "scheme"), "\"%s\" is not one word", s->scheme);
    if (s->token && !*s->token)
        error_at(problems, node_near(node, "token"), "is empty");
    for (size_t i = 0; i < s->tokens.count; i++)
        if (!*s->tokens.at[i])
            error_at(problems, node_near(node, "tokens"), "one of them is empty");
    s->field = arena_lower(problems->arena, s->header);
    s->challenge = s->scheme[0] ? arena_printf(problems->arena, "%s realm=\"otelc\"", s->scheme)
                                : "Bearer realm=\"otelc\"";
    if ((s->filename && !secret_file_read(s->filename, &content, &err)) ||
        !add_all(&probe, buf_str(&content), &err))
        error_at(problems, node_near(node, s->filename ? "filename" : "tokens"), "%s", err.text);
    forget(&probe);
    buf_wipe(&content);
}

static struct component *bearer_create(const void *settings, struct worker *worker,
                                       struct error *err)
{
    struct bearer *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    secret_key_make(&self->key);
    return &self->base;
}

static bool bearer_start(struct component *base, struct error *err)
{
    struct bearer *self = (struct bearer *)base;
    struct buf content = {0};
    bool good;

    self->file = (struct secret_file){self->settings->filename, .where = base->where};
    good =
        (!self->settings->filename || secret_file_read(self->settings->filename, &content, err)) &&
        add_all(self, buf_str(&content), err);
    buf_wipe(&content);
    return good;
}

static void bearer_destroy(struct component *base)
{
    struct bearer *self = (struct bearer *)base;

    forget(self);
    free(self);
}

static const struct authenticator authenticator = {
    .field = bearer_field,
    .challenge = bearer_challenge,
    .check = bearer_check_client,
    .header = bearer_header,
};

const struct component_type bearertokenauth_extension = {
    .name = "bearertokenauth",
    .kind = EXTENSION,
    .help = "a secret token in a header: lets clients in, or is sent by an exporter",
    .fields = fields,
    .settings_size = sizeof(struct bearer_settings),
    .check = bearer_check,
    .create = bearer_create,
    .start = bearer_start,
    .destroy = bearer_destroy,
    .auth = &authenticator,
};
