/*
 * The keys are zap's, as the official collector has them; what there is no such thing for here is
 * accepted.
 */
#include "service/logs_settings.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/json_string.h"
#include "service/emit.h"
#include "service/telemetry_resource.h"

static const char *const level_names[] = {"debug",  "info",  "warn",  "error", "warning",
                                          "dpanic", "panic", "fatal", NULL};
static const enum log_level levels[] = {LOG_DEBUG, LOG_INFO,  LOG_WARN,  LOG_ERROR,
                                        LOG_WARN,  LOG_ERROR, LOG_ERROR, LOG_ERROR};
static const char *const encoding_names[] = {"console", "json", NULL}; /* enum log_encoding */

static const struct field sampling_fields[] = {
    FIELD_BOOL(struct logs_sampling, enabled, "enabled", "true",
               "warnings that repeat are written a few times only, and counted"),
    FIELD_DURATION(struct logs_sampling, tick_ms, "tick", "10s",
                   "how often one that goes on repeating is written"),
    FIELD_UINT(struct logs_sampling, initial, "initial", "10", 0, UINT32_MAX,
               "how many are written at once"),
    FIELD_UINT(struct logs_sampling, thereafter, "thereafter", "100", 0, UINT32_MAX,
               "behind those, each so-many-th is written as well; 0: none"),
    FIELD_END,
};

const struct field logs_fields[] = {
    FIELD_CHOICE(struct logs_settings, level, "level", "info", level_names,
                 "the least that is logged"),
    FIELD_CHOICE(struct logs_settings, encoding, "encoding", "console", encoding_names,
                 "console: text, with colours on a terminal; json: an object in each line"),
    FIELD_STRINGS(struct logs_settings, output_paths, "output_paths",
                  "stdout, stderr, or files, which SIGHUP opens anew; none: stderr"),
    FIELD_STRINGS(struct logs_settings, error_output_paths, "error_output_paths",
                  "the same for what is wrong with the log itself; none: stderr"),
    FIELD_BOOL(struct logs_settings, disable_caller, "disable_caller", "false",
               "lines do not say which component they are of"),
    FIELD_BLOCK(struct logs_settings, sampling, "sampling", sampling_fields,
                "of warnings that repeat"),
    FIELD_NODE(struct logs_settings, initial_fields, "initial_fields",
               "a map that is added to each line"),
    FIELD_BOOL(struct logs_settings, disable_zap_resource, "disable_zap_resource", "false",
               "lines of json have no resource"),
    FIELD_IGNORED("development", NULL),
    FIELD_IGNORED("disable_stacktrace", NULL),
    {.name = "processors",
     .type = FIELD_TYPE_IGNORED,
     .help = "accepted, without effect: the log is not exported"},
    FIELD_END,
};

/* ---- initial_fields ---- */

/* The YAML's depth is limited where it is read. */
static void append_value(struct buf *out, const struct node *node)
{
    bool is_map = node->kind == NODE_MAP;

    if (!is_map && node->kind != NODE_LIST) {
        emit_json_scalar(out, node);
        return;
    }
    buf_append_char(out, is_map ? '{' : '[');
    for (size_t i = 0; i < node->count; i++) {
        if (i > 0)
            buf_append_char(out, ',');
        if (is_map) {
            json_write_string(out, str_of(node->children[i]->key));
            buf_append_char(out, ':');
        }
        append_value(out, node->children[i]);
    }
    buf_append_char(out, is_map ? '}' : ']');
}

static bool is_taken(const char *key)
{
    static const char *const keys[] = {"level", "ts", "caller", "msg", "resource", "left_out"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static const char *move_text(struct arena *arena, struct buf *buf)
{
    const char *text = arena_text(arena, buf_text(buf));

    buf_done(buf);
    return text;
}

static const char *initial_fields(const struct node *map, struct arena *arena,
                                  struct problems *problems)
{
    struct buf out = {0};

    if (!map || map->kind == NODE_NULL)
        return "";
    if (map->kind != NODE_MAP) {
        error_at(problems, map, "wants a map, such as {environment: production}, not %s",
                 node_what(map));
        return "";
    }
    for (size_t i = 0; i < map->count; i++) {
        const struct node *field = map->children[i];

        if (is_taken(field->key)) {
            problem_at_key(problems, PROBLEM_WARNING, field,
                           "is left out, as each line has a key of this name: choose another");
            continue;
        }
        if (out.len > 0)
            buf_append_char(&out, ',');
        json_write_string(&out, str_of(field->key));
        buf_append_char(&out, ':');
        append_value(&out, field);
    }
    return move_text(arena, &out);
}

/* ---- the rest ---- */

static const char *resource_text(const struct telemetry_resource *resource, struct arena *arena)
{
    struct buf out = {0};

    for (size_t i = 0; i < resource->count; i++) {
        if (!resource->at[i].value)
            continue;
        buf_append_char(&out, out.len == 0 ? '{' : ',');
        json_write_string(&out, str_of(resource->at[i].name));
        buf_append_char(&out, ':');
        json_write_string(&out, str_of(resource->at[i].value));
    }
    if (out.len > 0)
        buf_append_char(&out, '}');
    return move_text(arena, &out);
}

static void check_paths(const struct string_list *paths, const struct node *node,
                        struct problems *problems)
{
    if (paths->count > LOG_OUTPUTS_MAX)
        error_at(problems, node, "has %d places at most", LOG_OUTPUTS_MAX);
    for (size_t i = 0; i < paths->count; i++) {
        const char *path = paths->at[i];

        if (!*path)
            error_at(problems, node, "has an empty name: write stdout, stderr or a file");
        else if (strstr(path, "://") && strncmp(path, "file:///", 8) != 0)
            error_at(problems, node, "cannot be %s: write stdout, stderr, or a file's path", path);
    }
}

struct log_settings logs_settings_read(const struct logs_settings *settings,
                                       const struct node *node,
                                       const struct telemetry_resource *resource,
                                       struct arena *arena, struct problems *problems)
{
    static const char *const to_stderr[] = {"stderr"};
    struct log_settings log = {
        .level = levels[settings->level],
        .encoding = (enum log_encoding)settings->encoding,
        .without_where = settings->disable_caller,
        .sampling = {settings->sampling.enabled, settings->sampling.tick_ms,
                     settings->sampling.initial, settings->sampling.thereafter},
        .outputs = {settings->output_paths.at, settings->output_paths.count},
        .error_outputs = {settings->error_output_paths.at, settings->error_output_paths.count},
        .fields = initial_fields(settings->initial_fields, arena, problems),
        .resource = settings->disable_zap_resource ? "" : resource_text(resource, arena),
    };
    const struct node *processors = node_get(node, "processors");

    check_paths(&settings->output_paths, node_near(node, "output_paths"), problems);
    check_paths(&settings->error_output_paths, node_near(node, "error_output_paths"), problems);
    if (log.outputs.count == 0)
        log.outputs.at = to_stderr, log.outputs.count = 1;
    if (log.error_outputs.count == 0)
        log.error_outputs.at = to_stderr, log.error_outputs.count = 1;
    if (processors && processors->kind == NODE_LIST && processors->count > 0)
        problem_at_key(problems, PROBLEM_WARNING, processors,
                       "has no effect: otelc does not export its own log; write it to a file or "
                       "to stderr by output_paths, and have that collected");
    return log;
}
