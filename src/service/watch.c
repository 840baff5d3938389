/*
 * By stat(), once in a second: it follows links and sees what is put in a file's place, on any file
 * system.
 */
#include "service/watch.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { LOOK_MS = 1000, SETTLE_MS = 200 /* several files are often written together */ };

struct watch {
    void (*changed)(void *arg);
    void *arg;
    uv_timer_t settle;
    size_t count, open; /* files; handles that are not closed */
    uv_fs_poll_t files[];
};

static void on_settled(uv_timer_t *timer)
{
    struct watch *watch = timer->data;

    watch->changed(watch->arg);
}

static void on_look(uv_fs_poll_t *file, int status, const uv_stat_t *before, const uv_stat_t *now)
{
    struct watch *watch = file->data;

    (void)before, (void)now;
    if (status == 0) /* a file that is gone for a moment is about to be replaced */
        uv_timer_start(&watch->settle, on_settled, SETTLE_MS, 0);
}

struct watch *watch_new(uv_loop_t *loop, const struct config_file *files,
                        void (*changed)(void *arg), void *arg)
{
    struct watch *watch;
    size_t count = 0;

    for (const struct config_file *file = files; file; file = file->next)
        count++;
    watch = mem_zero(sizeof(*watch) + count * sizeof(watch->files[0]));
    watch->changed = changed;
    watch->arg = arg;
    uv_timer_init(loop, &watch->settle);
    watch->settle.data = watch;
    for (; files; files = files->next) {
        uv_fs_poll_t *poll = &watch->files[watch->count++];

        uv_fs_poll_init(loop, poll);
        poll->data = watch;
        uv_fs_poll_start(poll, on_look, files->path, LOOK_MS);
    }
    watch->open = watch->count + 1;
    return watch;
}

static bool looks_at(uv_fs_poll_t *poll, const char *path)
{
    char text[PATH_MAX];
    size_t len = sizeof(text);

    return uv_fs_poll_getpath(poll, text, &len) == 0 && strcmp(text, path) == 0;
}

bool watch_is_of(struct watch *watch, const struct config_file *files)
{
    size_t i = 0;

    for (; files && i < watch->count && looks_at(&watch->files[i], files->path); i++)
        files = files->next;
    return !files && i == watch->count;
}

static void on_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;

    if (--watch->open == 0)
        free(watch);
}

void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    uv_close((uv_handle_t *)&watch->settle, on_closed);
    for (size_t i = 0; i < watch->count; i++)
        uv_close((uv_handle_t *)&watch->files[i], on_closed);
}
