/*
 * An authenticator made from the YAML of its body, in a worker of its own.
 */
#pragma once

#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "config/source.h"
#include "pipeline/authenticator.h"
#include "unit/check.h"
#include "unit/config_check.h"
#include "unit/stage.h"

struct extension_stage {
    struct stage stage;
    struct arena *arena;
    struct problems problems;
    struct component *extension; /* NULL: the settings are wrong */
};

/* A file of this process. */
static inline const char *extension_path(void)
{
    static char path[64];

    snprintf(path, sizeof(path), "/tmp/otelc-test-secret-%d", (int)getpid());
    return path;
}

/* yaml: "%s" in it is extension_path(). */
static inline void extension_begin(struct extension_stage *s, const struct component_type *type,
                                   const char *yaml)
{
    const char *place = strstr(yaml, "%s");
    struct buf text = {0};
    struct node *root;
    struct error err;
    void *settings;

    stage_init(&s->stage);
    s->arena = arena_new(4096);
    s->extension = NULL;
    problems_init(&s->problems, s->arena);
    if (place)
        buf_printf(&text, "%.*s%s%s", (int)(place - yaml), yaml, extension_path(), place + 2);
    else
        buf_append_str(&text, str_of(yaml));
    root = yaml_parse("test", text.at, text.len, s->arena, &s->problems);
    buf_done(&text);
    ck_assert_ptr_nonnull(root);
    settings = arena_alloc(s->arena, type->settings_size);
    fields_decode(type->fields, settings, root, s->arena, &s->problems);
    if (s->problems.errors == 0)
        type->check(settings, root, &s->problems);
    if (s->problems.errors == 0) {
        s->extension = type->create(settings, &s->stage.worker, &err);
        s->extension->type = type;
        s->extension->id = type->name;
        s->extension->where = type->name;
        ck_assert_msg(type->start(s->extension, &err), "%s", err.text);
    }
}

static inline void extension_end(struct extension_stage *s)
{
    if (s->extension)
        s->extension->type->destroy(s->extension);
    stage_done(&s->stage);
    problems_done(&s->problems);
    arena_free(s->arena);
}

static inline void extension_on_verdict(void *arg, enum credentials verdict)
{
    *(enum credentials *)arg = verdict;
}

/* What becomes of a client; waits where that takes a while. */
static inline enum credentials extension_ask(struct extension_stage *s, const char *peer,
                                             const char *value)
{
    enum credentials told = CREDENTIALS_LATER, verdict;
    const struct asker asker = {peer, extension_on_verdict, &told};

    verdict = s->extension->type->auth->check(s->extension, str_of(value), &asker);
    if (verdict != CREDENTIALS_LATER)
        return verdict;
    STAGE_RUN_UNTIL(&s->stage, told != CREDENTIALS_LATER);
    return told;
}

static inline bool extension_lets_in(struct extension_stage *s, const char *value)
{
    return extension_ask(s, "127.0.0.1:5000", value) == CREDENTIALS_RIGHT;
}

/* Lets the second pass in which a file is not looked at again. */
static inline void extension_wait(struct extension_stage *s)
{
    uint64_t begin = uv_now(&s->stage.loop);

    STAGE_RUN_UNTIL(&s->stage, uv_now(&s->stage.loop) - begin > 1000);
}

static inline void extension_write(const char *text)
{
    FILE *file = fopen(extension_path(), "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}
