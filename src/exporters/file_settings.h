/*
 * What can be set of the exporter `file`, and whether it is right.
 */
#pragma once

#include "config/field.h"
#include "exporters/file_target.h"

enum file_form { FILE_JSON, FILE_PROTO };

struct file_group_by {
    bool enabled;
    const char *resource_attribute;
    uint64_t max_open_files;
};

struct file_settings {
    const char *path;
    bool append;
    struct file_rotation rotation;
    unsigned form;        /* enum file_form */
    unsigned compression; /* 0: none */
    uint64_t flush_interval_ms;
    bool create_directory;
    const char *directory_permissions;
    unsigned permissions; /* the same, read */
    const char *encoding; /* of upstream's; refused */
    struct file_group_by group_by;
};

extern const struct field file_fields[];

void file_check(void *settings, const struct node *node, struct problems *problems);

/* Lines of JSON; else each message has its length in front. */
bool file_is_lines(const struct file_settings *settings);
