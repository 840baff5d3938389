/*
 * Basic authentication, RFC 7617: checks clients against a list of users, or sends a user's name.
 *
 *     "Basic dXNlcjpwYXNz" -- seen before? --> in, or not
 *                              '-- no: base64, who is it? -- quick hash --> in, or not
 *                                                          '- slow hash --> slow_checks, remembered
 *
 * What was right or wrong is remembered as a keyed digest, so that a client pays for its hash once.
 * A file that changes is read anew and everything remembered is forgotten.
 */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "extensions/htpasswd.h"
#include "extensions/remembered.h"
#include "extensions/secret_file.h"
#include "extensions/slow_checks.h"
#include "net/secret.h"
#include "pipeline/authenticator.h"
#include "pipeline/component.h"
#include "pipeline/worker.h"

enum { WRONG_REMEMBERED = 256 };

struct basicauth_settings {
    struct server_side {
        bool enabled;
        const char *file, *text;
    } htpasswd;
    struct client_side {
        bool enabled;
        const char *username, *username_file, *password, *password_file;
    } client_auth;
};

struct basicauth {
    struct component base;
    const struct basicauth_settings *settings; /* borrowed from the configuration */
    struct worker *worker;

    struct secret_file file; /* of users */
    struct buf content;      /* ... */
    struct htpasswd users;
    struct secret_key key;
    struct remembered right, wrong; /* header values of users with a slow hash */
    struct slow_checks *slow;

    struct secret_file username_file, password_file;
    struct buf username, password;
    struct buf header;
};

static const struct field server_fields[] = {
    FIELD_STRING(struct server_side, file, "file", NULL,
                 "a file with a line name:hash for each user, as htpasswd -B writes it; read again "
                 "when it changes"),
    FIELD_SECRET(struct server_side, text, "inline",
                 "such lines right here; they count before the file's"),
    FIELD_END,
};

static const struct field client_fields[] = {
    FIELD_STRING(struct client_side, username, "username", NULL, "the user's name"),
    FIELD_STRING(struct client_side, username_file, "username_file", NULL,
                 "a file with it, in place of username; read again when it changes"),
    FIELD_SECRET(struct client_side, password, "password", "the password"),
    FIELD_STRING(struct client_side, password_file, "password_file", NULL,
                 "a file with it, in place of password; read again when it changes"),
    FIELD_END,
};

static const struct field fields[] = {
    FIELD_SWITCH(struct basicauth_settings, htpasswd, "htpasswd", server_fields,
                 "for receivers: who may send"),
    FIELD_SWITCH(struct basicauth_settings, client_auth, "client_auth", client_fields,
                 "for exporters: whom they send as"),
    FIELD_END,
};

/* ---- settings ---- */

/* The users of both sources; content has the file's text. */
static bool read_users(const struct server_side *s, struct htpasswd *users, struct buf *content,
                       struct error *err)
{
    if (s->text && !htpasswd_add(users, str_of(s->text), err))
        return error_prefix(err, "inline");
    if (s->file && !content->at && !secret_file_read(s->file, content, err))
        return false;
    return !s->file || htpasswd_add(users, buf_str(content), err) || error_prefix(err, s->file);
}

static void check_server(const struct server_side *s, const struct node *node,
                         struct problems *problems)
{
    struct htpasswd users = {.users = NULL};
    struct buf content = {0};
    struct error err;

    if (!s->file && !s->text)
        error_at(problems, node, "names no users: give it a file, or lines inline");
    else if (!read_users(s, &users, &content, &err))
        error_at(problems, node, "%s", err.text);
    else if (users.count == 0)
        error_at(problems, node, "there is no user in it: nobody could send");
    htpasswd_done(&users);
    buf_wipe(&content);
}

static void check_client(const struct client_side *s, const struct node *node,
                         struct problems *problems)
{
    if (!s->username == !s->username_file)
        error_at(problems, node, "wants either username or username_file");
    if (!s->password == !s->password_file)
        error_at(problems, node, "wants either password or password_file");
    if (s->username && strchr(s->username, ':'))
        error_at(problems, node_near(node, "username"), "a name has no colon");
}

static void basicauth_check(void *settings, const struct node *node, struct problems *problems)
{
    const struct basicauth_settings *s = settings;

    if (s->htpasswd.enabled && s->client_auth.enabled)
        error_at(problems, node,
                 "htpasswd and client_auth need an extension each: basicauth/server, "
                 "basicauth/client");
    if (!s->htpasswd.enabled && !s->client_auth.enabled)
        error_at(problems, node, "wants htpasswd (to check clients) or client_auth (to be one)");
    if (s->htpasswd.enabled)
        check_server(&s->htpasswd, node_near(node, "htpasswd"), problems);
    if (s->client_auth.enabled)
        check_client(&s->client_auth, node_near(node, "client_auth"), problems);
}

static const char *basicauth_wants(const void *settings, enum auth_side side)
{
    const struct basicauth_settings *s = settings;

    if (side == AUTH_SERVER)
        return s->htpasswd.enabled ? NULL : "htpasswd, to check clients with";
    return s->client_auth.enabled ? NULL : "client_auth, to have something to send";
}

/* ---- checking clients ---- */

/* There are new users: what was known of the old ones is of no use. */
static void forget(struct basicauth *self)
{
    remembered_done(&self->right);
    remembered_done(&self->wrong);
    remembered_init(&self->right, self->users.count);
    remembered_init(&self->wrong, WRONG_REMEMBERED);
    slow_checks_outdate(self->slow);
}

static void renew_users(struct basicauth *self)
{
    struct buf content = {0};
    struct htpasswd users = {.users = NULL};
    struct error err;

    if (!secret_file_renew(&self->file, uv_now(self->worker->loop), &content))
        return;
    if (!read_users(&self->settings->htpasswd, &users, &content, &err)) {
        secret_file_refuse(&self->file, err.text);
        htpasswd_done(&users);
        buf_wipe(&content);
        return;
    }
    htpasswd_done(&self->users);
    buf_wipe(&self->content);
    self->users = users;
    self->content = content;
    forget(self);
}

static void on_checked(void *arg, const struct secret_digest *digest, bool right)
{
    struct basicauth *self = arg;

    remembered_add(right ? &self->right : &self->wrong, digest);
}

/* "Basic " and base64 of "name:password", into parts that lie in pair. */
static bool parse(struct str value, struct buf *pair, struct str *name, struct str *password)
{
    const char *colon;

    if (value.len < 6 || !str_eq_nocase((struct str){value.at, 6}, STR("Basic ")))
        return false;
    value = str_trim((struct str){value.at + 6, value.len - 6});
    if (!base64_decode(value, buf_reserve(pair, value.len + 1), &pair->len) || pair->len == 0)
        return false;
    colon = memchr(pair->at, ':', pair->len);
    if (!colon)
        return false;
    *name = (struct str){pair->at, (size_t)(colon - pair->at)};
    *password = (struct str){colon + 1, pair->len - name->len - 1};
    return true;
}

/* Of a value that nothing is remembered of. */
static enum credentials look_at(struct basicauth *self, const struct secret_digest *digest,
                                struct str value, const struct asker *asker)
{
    enum credentials verdict = CREDENTIALS_WRONG;
    struct buf pair = {0};
    struct str name, password, hash;

    if (parse(value, &pair, &name, &password) &&
        (hash = htpasswd_hash_of(&self->users, name)).len > 0) {
        const struct slow_check check = {*digest, password, hash};

        if (htpasswd_is_slow(hash))
            verdict = slow_checks_ask(self->slow, &check, asker);
        else if (htpasswd_matches(hash, password))
            verdict = CREDENTIALS_RIGHT;
    }
    buf_wipe(&pair);
    return verdict;
}

static enum credentials basicauth_check_client(struct component *base, struct str value,
                                               const struct asker *asker)
{
    struct basicauth *self = (struct basicauth *)base;
    struct secret_digest digest = secret_digest(&self->key, value);

    renew_users(self);
    if (remembered_has(&self->right, &digest))
        return CREDENTIALS_RIGHT;
    if (remembered_has(&self->wrong, &digest))
        return CREDENTIALS_WRONG;
    return look_at(self, &digest, value, asker);
}

static const char *basicauth_field(const struct component *base)
{
    const struct basicauth *self = (const struct basicauth *)base;

    return self->settings->htpasswd.enabled ? "authorization" : NULL;
}

static const char *basicauth_challenge(const struct component *base)
{
    (void)base;
    return "Basic realm=\"otelc\", charset=\"UTF-8\"";
}

/* ---- being a client ---- */

static bool basicauth_header(struct component *base, struct header *out)
{
    struct basicauth *self = (struct basicauth *)base;
    const struct client_side *s = &self->settings->client_auth;
    uint64_t now_ms = uv_now(self->worker->loop);
    struct buf pair = {0};
    bool changed = self->header.len == 0;

    if (!s->enabled)
        return false;
    changed |= secret_file_renew(&self->username_file, now_ms, &self->username);
    changed |= secret_file_renew(&self->password_file, now_ms, &self->password);
    if (changed) {
        struct str name = s->username ? str_of(s->username) : str_strip(buf_str(&self->username));
        struct str word = s->password ? str_of(s->password) : str_strip(buf_str(&self->password));

        buf_printf(&pair, "%.*s:%.*s", STR_ARG(name), STR_ARG(word));
        buf_reset(&self->header);
        buf_append_str(&self->header, STR("Basic "));
        base64_append(&self->header, buf_str(&pair), true);
        buf_wipe(&pair);
    }
    *out = (struct header){"authorization", buf_text(&self->header)};
    return true;
}

/* ---- life ---- */

static struct component *basicauth_create(const void *settings, struct worker *worker,
                                          struct error *err)
{
    struct basicauth *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    self->slow = slow_checks_new(worker->loop, on_checked, self);
    secret_key_make(&self->key);
    return &self->base;
}

static bool basicauth_start(struct component *base, struct error *err)
{
    struct basicauth *self = (struct basicauth *)base;
    const struct client_side *s = &self->settings->client_auth;

    self->file = (struct secret_file){self->settings->htpasswd.file, .where = base->where};
    self->username_file = (struct secret_file){s->username_file, .where = base->where};
    self->password_file = (struct secret_file){s->password_file, .where = base->where};
    if (s->username_file && !secret_file_read(s->username_file, &self->username, err))
        return false;
    if (s->password_file && !secret_file_read(s->password_file, &self->password, err))
        return false;
    if (!read_users(&self->settings->htpasswd, &self->users, &self->content, err))
        return false;
    forget(self);
    return true;
}

static void basicauth_destroy(struct component *base)
{
    struct basicauth *self = (struct basicauth *)base;

    slow_checks_free(self->slow);
    remembered_done(&self->right);
    remembered_done(&self->wrong);
    htpasswd_done(&self->users);
    buf_wipe(&self->content);
    buf_wipe(&self->username);
    buf_wipe(&self->password);
    buf_wipe(&self->header);
    free(self);
}

static const struct authenticator authenticator = {
    .wants = basicauth_wants,
    .field = basicauth_field,
    .challenge = basicauth_challenge,
    .check = basicauth_check_client,
    .header = basicauth_header,
};

const struct component_type basicauth_extension = {
    .name = "basicauth",
    .kind = EXTENSION,
    .help = "user names and passwords: lets clients in, or is one for an exporter",
    .fields = fields,
    .settings_size = sizeof(struct basicauth_settings),
    .check = basicauth_check,
    .create = basicauth_create,
    .start = basicauth_start,
    .destroy = basicauth_destroy,
    .auth = &authenticator,
};
