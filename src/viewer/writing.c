/*
 * JSON that grows within the budget.
 */
#include "viewer/writing.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "otlp/json_write.h"

enum { OUT_FIRST = 4096, TAGS_FIRST = 64, ESCAPE_MAX = 6, PRINTF_MAX = 256 };

void writing_done(struct writing *w)
{
    buf_done(&w->out);
    buf_done(&w->scratch);
    free(w->tags);
    budget_release(w->reserved + w->counted);
    *w = (struct writing){0};
}

bool writing_room(struct writing *w, size_t more)
{
    size_t cap = w->out.cap > 0 ? w->out.cap : OUT_FIRST;

    if (w->full)
        return false;
    if (w->out.cap - w->out.len >= more && w->out.cap > 0)
        return true;
    if (more > WRITING_MAX || w->out.len > WRITING_MAX - more) {
        w->full = true;
        return false;
    }
    while (cap - w->out.len < more)
        cap *= 2;
    if (!budget_reserve(cap - w->out.cap)) {
        w->full = true;
        return false;
    }
    w->reserved += cap - w->out.cap;
    w->out.at = mem_grow(w->out.at, cap);
    w->out.cap = cap;
    return true;
}

bool writing_tag_room(struct writing *w)
{
    size_t cap = w->tag_cap > 0 ? 2 * w->tag_cap : TAGS_FIRST;
    size_t more = (cap - w->tag_cap) * sizeof(*w->tags);

    if (w->full || w->tag_count < w->tag_cap)
        return !w->full;
    if (!budget_reserve(more)) {
        w->full = true;
        return false;
    }
    w->reserved += more;
    w->tags = mem_grow(w->tags, cap * sizeof(*w->tags));
    w->tag_cap = cap;
    return true;
}

void writing_put(struct writing *w, const char *text)
{
    size_t len = strlen(text);

    if (writing_room(w, len))
        buf_append(&w->out, text, len);
}

void writing_put_text(struct writing *w, struct str text)
{
    if (writing_room(w, ESCAPE_MAX * text.len + 2))
        json_write_string(&w->out, text);
}

void writing_printf(struct writing *w, const char *format, ...)
{
    va_list args;

    if (!writing_room(w, PRINTF_MAX))
        return;
    va_start(args, format);
    buf_vprintf(&w->out, format, args);
    va_end(args);
}

void writing_comma(struct writing *w, bool *first)
{
    if (!*first)
        writing_put(w, ",");
    *first = false;
}

void writing_put_trace_id(struct writing *w, uint64_t high, uint64_t low)
{
    if (high != 0)
        writing_printf(w, "\"%016" PRIx64 "%016" PRIx64 "\"", high, low);
    else
        writing_printf(w, "\"%016" PRIx64 "\"", low);
}
