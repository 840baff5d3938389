/*
 * A file of passwords or of tokens, and what a client sends to be let in: who has one of the
 * secrets comes in, nobody else does, and what an exporter sends with them a receiver takes.
 *
 * The first byte says which of the two; the file ends with the first NUL, the rest is the value of
 * the client's header field. Hashes that are slow on purpose are left out, but for apr1.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/log.h"
#include "config/source.h"
#include "extensions/htpasswd.h"
#include "fuzz/fuzz.h"
#include "pipeline/authenticator.h"
#include "pipeline/component.h"
#include "pipeline/worker.h"

enum { INPUT_MAX = 4096 };

extern const struct component_type basicauth_extension, bearertokenauth_extension;

static struct worker worker;
static char path[64]; /* of the file */
static int file;

static void begin(void)
{
    log_set_level(LOG_ERROR);
    worker.loop = uv_default_loop();
    file = memfd_create("fuzz", MFD_CLOEXEC);
    assert(file >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
}

static void write_file(struct str text)
{
    assert(ftruncate(file, 0) == 0);
    assert(pwrite(file, text.at, text.len, 0) == (ssize_t)text.len);
}

/* An extension with settings by YAML, "%s" in which is the file; NULL: it refuses the file. */
static struct component *make(const struct component_type *type, const char *yaml,
                              struct arena *arena)
{
    void *settings = arena_alloc(arena, type->settings_size);
    struct component *made = NULL;
    struct problems problems;
    struct buf text = {0};
    struct node *root;
    const char *place = strchr(yaml, '%');
    struct error err;

    problems_init(&problems, arena);
    buf_printf(&text, "%.*s%s%s", (int)(place - yaml), yaml, path, place + 1);
    root = yaml_parse("fuzz", text.at, text.len, arena, &problems);
    assert(root);
    fields_decode(type->fields, settings, root, arena, &problems);
    assert(problems.errors == 0);
    type->check(settings, root, &problems);
    if (problems.errors == 0) {
        made = type->create(settings, &worker, &err);
        made->type = type;
        made->id = made->where = type->name;
        assert(type->start(made, &err));
    }
    problems_done(&problems);
    buf_done(&text);
    return made;
}

static void on_verdict(void *arg, enum credentials verdict)
{
    (void)arg;
    (void)verdict;
    abort(); /* nothing is slow here */
}

static bool lets_in(struct component *extension, struct str value)
{
    const struct asker asker = {"127.0.0.1:5000", on_verdict, NULL};
    enum credentials verdict = extension->type->auth->check(extension, value, &asker);

    assert(verdict == CREDENTIALS_RIGHT || verdict == CREDENTIALS_WRONG);
    return verdict == CREDENTIALS_RIGHT;
}

/* ---- tokens ---- */

static void try_tokens(struct str value, struct arena *arena)
{
    struct component *extension = make(&bearertokenauth_extension, "filename: %", arena);
    struct header sent;

    if (!extension)
        return;
    assert(extension->type->auth->header(extension, &sent));
    assert(lets_in(extension, str_of(sent.value)));
    if (lets_in(extension, value))
        assert(value.len > 7 && str_eq_nocase((struct str){value.at, 7}, STR("Bearer ")));
    extension->type->destroy(extension);
}

/* ---- passwords ---- */

/* By the definition. */
static bool is_right(const struct htpasswd *users, struct str value)
{
    struct buf pair = {0};
    const char *colon = NULL;
    bool right = false;

    if (value.len > 6 && str_eq_nocase((struct str){value.at, 6}, STR("Basic "))) {
        value = str_trim((struct str){value.at + 6, value.len - 6});
        if (base64_decode(value, buf_reserve(&pair, value.len + 1), &pair.len) && pair.len > 0)
            colon = memchr(pair.at, ':', pair.len);
    }
    if (colon) {
        struct str name = {pair.at, (size_t)(colon - pair.at)}, hash;
        struct str password = {colon + 1, pair.len - name.len - 1};

        hash = htpasswd_hash_of(users, name);
        right = hash.len > 0 && htpasswd_matches(hash, password);
    }
    buf_done(&pair);
    return right;
}

/* No hash but apr1 is tried that takes its time. */
static bool has_slow(const struct htpasswd *users, bool *has_apr1)
{
    bool slow = false;

    for (size_t i = 0; i < users->count; i++) {
        bool apr1 = str_starts(users->users[i].hash, STR("$apr1$"));

        *has_apr1 |= apr1;
        slow |= !apr1 && htpasswd_is_slow(users->users[i].hash);
    }
    return slow;
}

/* What an exporter would send for a user. */
static void try_own_password(struct component *extension, struct str name, struct str password)
{
    struct buf pair = {0}, value = {0};

    buf_append_str(&pair, name);
    buf_append_char(&pair, ':');
    buf_append_str(&pair, password);
    buf_append_str(&value, STR("Basic "));
    base64_append(&value, buf_str(&pair), true);
    assert(lets_in(extension, buf_str(&value)));
    buf_done(&value);
    buf_done(&pair);
}

static void try_passwords(struct str text, struct str value, struct arena *arena)
{
    struct htpasswd users = {.users = NULL};
    struct component *extension = NULL;
    struct error err = {0};
    bool apr1 = false, good = htpasswd_add(&users, text, &err);

    assert(good || err.text[0]);
    if (!has_slow(&users, &apr1) && !apr1)
        extension = make(&basicauth_extension, "htpasswd: {file: %}", arena);
    else if (apr1 && good)
        is_right(&users, value);
    if (extension) {
        const struct htpasswd_user *first = &users.users[0];

        assert(good && users.count > 0);
        assert(lets_in(extension, value) == is_right(&users, value));
        if (first->hash.at[0] != '{' && first->hash.len <= HTPASSWD_PASSWORD_MAX &&
            !memchr(first->hash.at, '\0', first->hash.len))
            try_own_password(extension, first->name, first->hash); /* as it is plain */
        extension->type->destroy(extension);
        uv_run(worker.loop, UV_RUN_NOWAIT); /* what is closed */
    }
    htpasswd_done(&users);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text, value = {0};
    struct arena *arena;
    const char *end;

    if (size == 0 || size > INPUT_MAX)
        return 0;
    if (!worker.loop)
        begin();
    text = (struct str){(const char *)data + 1, size - 1};
    end = text.len > 0 ? memchr(text.at, '\0', text.len) : NULL;
    if (end) {
        value = (struct str){end + 1, (size_t)(text.at + text.len - end) - 1};
        text.len = (size_t)(end - text.at);
    }
    arena = arena_new(1024);
    write_file(text);
    if (data[0] & 1)
        try_passwords(text, value, arena);
    else
        try_tokens(value, arena);
    arena_free(arena);
    return 0;
}
