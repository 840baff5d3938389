/*
 * Which file is served where, and as what.
 */
#include "viewer/page.h"

static const char *type_of(struct str path)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".json", "application/json"},
        {".woff2", "font/woff2"},
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        struct str ending = str_of(types[i].ending);

        if (path.len > ending.len &&
            str_eq((struct str){path.at + path.len - ending.len, ending.len}, ending))
            return types[i].type;
    }
    return "text/plain; charset=utf-8";
}

static bool find_file(struct str path, struct page *page)
{
    for (const struct page_file *file = page_files; file->path; file++) {
        if (!str_is(path, file->path))
            continue;
        *page = (struct page){{file->at, (size_t)(file->end - file->at)}, type_of(path)};
        return true;
    }
    return false;
}

bool page_find(struct str path, struct page *page)
{
    static const struct {
        struct str path;
        bool below;
    } places[] = {
        {STR_INIT("/"), false},
        {STR_INIT("/search"), false},
        {STR_INIT("/trace/"), true},
        {STR_INIT("/pipeline"), false},
    };

    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
        if (places[i].below ? str_starts(path, places[i].path) : str_eq(path, places[i].path))
            return find_file(STR("/index.html"), page);
    return find_file(path, page);
}
