/*
 * HTML by hand: a head, a table, an end.
 */
#include "extensions/zpages_html.h"

#include <inttypes.h>
#include <time.h>

#include "base/budget.h"
#include "base/version.h"

#define HEAD                                                                                       \
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"                      \
    "<meta name=\"viewport\" content=\"width=device-width\">\n<link rel=\"icon\" "                 \
    "href=\"/icon.svg\" type=\"image/svg+xml\">\n<title>"
#define STYLE "</title>\n<link rel=\"stylesheet\" href=\"/zpages.css\">\n</head>\n<body>\n<nav>"
#define LINKS                                                                                      \
    "<a href=\"/\">pipelines, live</a> <a href=\"/debug/servicez\">servicez</a> "                  \
    "<a href=\"/debug/pipelinez\">pipelinez</a> <a href=\"/debug/extensionz\">extensionz</a> "     \
    "<a href=\"/debug/featurez\">featurez</a></nav>\n<main>\n<h1>"
#define END "</main>\n</body>\n</html>\n"

enum { MS_PER_S = 1000, S_PER_MIN = 60, MIN_PER_H = 60, MEBIBYTE = 1 << 20 };

static void put(struct buf *out, const char *html)
{
    buf_append_str(out, str_of(html));
}

static void put_text(struct buf *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<':
            put(out, "&lt;");
            break;
        case '>':
            put(out, "&gt;");
            break;
        case '&':
            put(out, "&amp;");
            break;
        case '"':
            put(out, "&quot;");
            break;
        default:
            buf_append_char(out, *text);
        }
    }
}

static void begin(struct buf *out, const char *title)
{
    put(out, HEAD);
    put_text(out, title);
    put(out, STYLE LINKS);
    put_text(out, title);
    put(out, "</h1>\n");
}

static void put_heads(struct buf *out, const char *const *heads, size_t count)
{
    put(out, "<table>\n<tr>");
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "<th scope=\"col\">%s</th>", heads[i]);
    put(out, "</tr>\n");
}

static void put_cell(struct buf *out, const char *text)
{
    put(out, "<td>");
    put_text(out, text);
    put(out, "</td>");
}

/* The ids without their kind, each on a line of its own. */
static void put_ids(struct buf *out, const struct overview_ids *ids)
{
    put(out, "<td>");
    for (size_t i = 0; i < ids->count; i++) {
        const char *slash = strchr(ids->at[i], '/');

        put(out, i > 0 ? "<br>" : "");
        put_text(out, slash ? slash + 1 : ids->at[i]);
    }
    put(out, "</td>");
}

static void put_row(struct buf *out, const char *name, const char *value)
{
    put(out, "<tr><th scope=\"row\">");
    put_text(out, name);
    put(out, "</th>");
    put_cell(out, value);
    put(out, "</tr>\n");
}

/* ---- the pages ---- */

static void put_row_time(struct buf *out, const char *name, uint64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / MS_PER_S);
    char text[sizeof("2026-01-02T03:04:05Z")];
    struct tm utc;

    gmtime_r(&seconds, &utc);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    put_row(out, name, text);
}

static void put_row_span(struct buf *out, const char *name, uint64_t ms)
{
    uint64_t seconds = ms / MS_PER_S, minutes = seconds / S_PER_MIN;
    char text[64];

    snprintf(text, sizeof(text), "%" PRIu64 "h%" PRIu64 "m%" PRIu64 "s", minutes / MIN_PER_H,
             minutes % MIN_PER_H, seconds % S_PER_MIN);
    put_row(out, name, text);
}

void zpages_write_servicez(struct buf *out, const struct zpages_view *view)
{
    static const char *const phases[] = {
        [PHASE_STARTING] = "starting", [PHASE_RUNNING] = "running", [PHASE_ENDING] = "ending"};
    uint64_t start_ms = overview_start_unix_ms(view->overview);
    char text[64];

    begin(out, "servicez");
    put(out, "<table>\n");
    put_row(out, "Command", "otelc");
    put_row(out, "Version", OTELC_VERSION);
    put_row(out, "State", phases[view->phase]);
    put_row_time(out, "Started", start_ms);
    put_row_span(out, "Uptime", view->now_unix_ms > start_ms ? view->now_unix_ms - start_ms : 0);
    if (view->graph)
        put_row_time(out, "Configuration since", view->graph->unix_ms);
    snprintf(text, sizeof(text), "%u", overview_workers(view->overview));
    put_row(out, "Workers", text);
    snprintf(text, sizeof(text), "%zu of %zu MiB", budget_used() / MEBIBYTE,
             budget_limit() / MEBIBYTE);
    put_row(out, "Memory of data", text);
    put(out, "</table>\n" END);
}

void zpages_write_pipelinez(struct buf *out, const struct zpages_view *view)
{
    static const char *const heads[] = {"FullName",   "InputType", "Receivers",
                                        "Processors", "Exporters", "State"};

    begin(out, "pipelinez");
    put_heads(out, heads, sizeof(heads) / sizeof(heads[0]));
    for (size_t i = 0; view->graph && i < view->graph->pipeline_count; i++) {
        const struct overview_pipeline *p = &view->graph->pipelines[i];

        put(out, "<tr>");
        put_cell(out, p->id);
        put_cell(out, p->signal);
        put_ids(out, &p->receivers);
        put_ids(out, &p->processors);
        put_ids(out, &p->exporters);
        put_cell(out, p->not_served ? p->not_served : "runs");
        put(out, "</tr>\n");
    }
    put(out, "</table>\n" END);
}

void zpages_write_extensionz(struct buf *out, const struct zpages_view *view)
{
    static const char *const heads[] = {"FullName", "What it does", "Listens on"};

    begin(out, "extensionz");
    put_heads(out, heads, sizeof(heads) / sizeof(heads[0]));
    for (size_t i = 0; view->graph && i < view->graph->component_count; i++) {
        const struct overview_component *c = &view->graph->components[i];
        const struct overview_ids endpoints = {c->endpoints, c->endpoint_count};

        if (strncmp(c->where, "extensions/", strlen("extensions/")) != 0 || !c->used)
            continue;
        put(out, "<tr>");
        put_cell(out, c->id);
        put_cell(out, c->help);
        put_ids(out, &endpoints);
        put(out, "</tr>\n");
    }
    put(out, "</table>\n" END);
}

void zpages_write_featurez(struct buf *out, const struct zpages_view *view)
{
    (void)view;
    begin(out, "featurez");
    put(out, "<p>There are no feature gates: <code>--feature-gates</code> is accepted and has no "
             "effect.</p>\n" END);
}
