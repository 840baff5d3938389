/*
 * Keys, as the official collector has them.
 */
#include "exporters/file_settings.h"

#include <stdlib.h>
#include <string.h>

typedef struct file_settings file;

static const char *const forms[] = {[FILE_JSON] = "json", [FILE_PROTO] = "proto", NULL};
static const char *const compressions[] = {"", "zstd", "none", NULL};

static const struct field rotation_fields[] = {
    FIELD_UINT(struct file_rotation, max_megabytes, "max_megabytes", "100", 1, 1 << 20,
               "MiB in a file; beyond that it is renamed, and a new one begun"),
    FIELD_UINT(struct file_rotation, max_days, "max_days", "0", 0, 36500,
               "files that were renamed are deleted after so many days; 0: never"),
    FIELD_UINT(struct file_rotation, max_backups, "max_backups", "100", 0, 1000000,
               "so many of them are kept, the newest; 0: all"),
    FIELD_BOOL(struct file_rotation, localtime, "localtime", "false",
               "the time in their names is the place's; false: UTC"),
    FIELD_END,
};

static const struct field group_by_fields[] = {
    FIELD_BOOL(struct file_group_by, enabled, "enabled", "false",
               "a file for each value of a resource's attribute"),
    FIELD_STRING(
        struct file_group_by, resource_attribute, "resource_attribute", "fileexporter.path_segment",
        "the attribute, whose value stands for the * in path; where it is missing: unknown"),
    FIELD_UINT(struct file_group_by, max_open_files, "max_open_files", "100", 1, 10000,
               "at a time; that which was not used for longest is closed"),
    FIELD_END,
};

const struct field file_fields[] = {
    FIELD_STRING(file, path, "path", NULL, "the file, such as /var/log/otel/traces.json"),
    FIELD_BOOL(file, append, "append", "false",
               "goes on behind what is in the file at the start; with rotation it always does"),
    FIELD_SWITCH(file, rotation, "rotation", rotation_fields,
                 "a file that has become large is renamed"),
    FIELD_CHOICE(file, form, "format", "json", forms,
                 "json: a line for each request; proto: protobuf with 4 bytes of length in front"),
    FIELD_CHOICE(file, compression, "compression", "", compressions,
                 "zstd: of each request, with 4 bytes of length in front in json too"),
    FIELD_DURATION(file, flush_interval_ms, "flush_interval", "1s",
                   "the longest that data waits to be written; 0s: it does not"),
    FIELD_BOOL(file, create_directory, "create_directory", "false",
               "makes the folder of path where it is missing"),
    FIELD_STRING(file, directory_permissions, "directory_permissions", "0755",
                 "of a folder that is made, as octal digits, less the umask (077)"),
    FIELD_BLOCK(file, group_by, "group_by", group_by_fields, "several files"),
    FIELD_STRING(file, encoding, "encoding", NULL, "not served: there are no such extensions"),
    FIELD_END,
};

/* False: not up to four octal digits. */
static bool read_permissions(const char *text, unsigned *permissions)
{
    size_t digits = strspn(text, "01234567");

    *permissions = (unsigned)strtoul(text, NULL, 8);
    return digits > 0 && text[digits] == '\0' && *permissions <= 07777;
}

static void check_star(const file *s, const struct node *node, struct problems *problems)
{
    const char *star = strchr(s->path, '*');

    if (!star || strchr(star + 1, '*'))
        error_at(problems, node_near(node, "path"),
                 "with group_by it has one *, where the value goes: \"/var/log/otel/*.json\"");
    else if (star == s->path)
        error_at(problems, node_near(node, "path"),
                 "with group_by it begins with a folder: \"./%s\"", s->path);
}

void file_check(void *settings, const struct node *node, struct problems *problems)
{
    file *s = settings;
    size_t len = s->path ? strlen(s->path) : 0;

    s->rotation.enabled &= !s->group_by.enabled;
    if (len == 0)
        error_at(problems, node_near(node, "path"),
                 "path is missing: write path: /var/log/otel/traces.json");
    else if (s->path[len - 1] == '/')
        error_at(problems, node_near(node, "path"), "path is a folder: name the file in it");
    else if (s->group_by.enabled)
        check_star(s, node, problems);
    if (s->group_by.enabled && node_get(node, "rotation"))
        note_at(problems, node_near(node, "rotation"), "rotation has no effect with group_by");
    if (s->encoding && *s->encoding)
        error_at(problems, node_near(node, "encoding"),
                 "there are no encoding extensions: write format: json or format: proto");
    if (!read_permissions(s->directory_permissions, &s->permissions))
        error_at(problems, node_near(node, "directory_permissions"),
                 "wants octal digits, such as \"0755\"");
    if (s->compression == 2)
        s->compression = 0;
}

bool file_is_lines(const struct file_settings *settings)
{
    return settings->form == FILE_JSON && settings->compression == 0;
}
