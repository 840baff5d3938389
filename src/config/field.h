/*
 * From tree to settings: each component describes its keys in one table of fields. The table
 * decodes and validates, and prints the reference in docs/configuration.md.
 *
 *     static const struct field fields[] = {
 *         FIELD_DURATION(struct batch_settings, timeout_ms, "timeout", "200ms",
 *                        "sends what there is after this time; 0s: at once"),
 *         FIELD_UINT(struct batch_settings, send_batch_size, "send_batch_size", "8192",
 *                    0, UINT32_MAX, "sends as soon as there are so many items"),
 *         FIELD_END,
 *     };
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/duration.h" /* how a DURATION is written */
#include "config/node.h"

enum field_type {
    FIELD_TYPE_BOOL,     /* bool */
    FIELD_TYPE_UINT,     /* uint64_t, between min and max */
    FIELD_TYPE_NUMBER,   /* double, between min and max */
    FIELD_TYPE_DURATION, /* uint64_t, milliseconds; a part of one counts as a whole one */
    FIELD_TYPE_STRING,   /* const char *; NULL where there is no default */
    FIELD_TYPE_SECRET,   /* const char *; never shown */
    FIELD_TYPE_CHOICE,   /* unsigned: index into choices; letter case does not matter */
    FIELD_TYPE_STRINGS,  /* struct string_list; "a,b" is split */
    FIELD_TYPE_SECRETS,  /* struct string_list; never shown */
    FIELD_TYPE_HEADERS,  /* struct header_list; a map, or a list of {name, value}; values are secret
                          */
    FIELD_TYPE_EXTENSION, /* const char *: the id of one that service.extensions lists; NULL: none
                           */
    FIELD_TYPE_AUTHENTICATOR, /* the same, of one that knows who may send, or what to send */
    FIELD_TYPE_BLOCK,  /* a struct with a table of its own, decoded with its defaults when absent */
    FIELD_TYPE_SWITCH, /* a block that is on where its key stands, even as null: the first member
                          of its struct is `bool enabled`, which `enabled: false` clears */
    FIELD_TYPE_BLOCKS, /* struct block_list: a list of maps, each decoded into a struct with a
                          table of its own */
    FIELD_TYPE_TEXTS,  /* struct text_map: a map of names to strings */
    FIELD_TYPE_NODE,   /* const struct node *: any value, as it stands; for the component's check;
                          NULL: the key is not there */
    FIELD_TYPE_IGNORED /* accepted, any form, without effect; the note says why */
};

struct string_list {
    const char **at;
    size_t count;
};

struct header {
    const char *name, *value;
};

struct header_list {
    struct header *at;
    size_t count;
};

struct text_pair {
    const char *name, *value;
};

struct text_map {
    struct text_pair *at;
    size_t count;
};

struct block_list {
    void *at; /* the structs, one for each element of the list: what is wrong with one has been
                 told, and it has its defaults */
    const struct node *const *nodes; /* of each: for what else is to be told of it */
    size_t count;
};

struct field {
    const char *name; /* the key; NULL ends the table */
    enum field_type type;
    size_t offset;       /* in the struct of settings */
    const char *preset;  /* the default, as it would stand in the YAML; NULL: the type's zero */
    const char *example; /* of a STRING without a default: what could stand there; may be NULL */
    double min, max;     /* of UINT, NUMBER */
    const char *const *choices; /* of CHOICE, NULL-terminated */
    const struct field *fields; /* of BLOCK, SWITCH and BLOCKS; of the latter it may be the table
                                   that it stands in */
    size_t size;                /* of BLOCKS: of one struct */
    const char *help;           /* one line, lower case, no full stop */
    const char *note;           /* where not NULL: told once, with the place, when the key is used:
                                   "write it as tls.insecure" */
};

#define FIELD_BOOL(s, member, key, preset_, help_)                                                 \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_BOOL, .offset = offsetof(s, member),                     \
        .preset = (preset_), .help = (help_)                                                       \
    }
#define FIELD_UINT(s, member, key, preset_, min_, max_, help_)                                     \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_UINT, .offset = offsetof(s, member),                     \
        .preset = (preset_), .min = (double)(min_), .max = (double)(max_), .help = (help_)         \
    }
#define FIELD_NUMBER(s, member, key, preset_, min_, max_, help_)                                   \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_NUMBER, .offset = offsetof(s, member),                   \
        .preset = (preset_), .min = (min_), .max = (max_), .help = (help_)                         \
    }
#define FIELD_DURATION(s, member, key, preset_, help_)                                             \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_DURATION, .offset = offsetof(s, member),                 \
        .preset = (preset_), .help = (help_)                                                       \
    }
#define FIELD_STRING(s, member, key, preset_, help_)                                               \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_STRING, .offset = offsetof(s, member),                   \
        .preset = (preset_), .help = (help_)                                                       \
    }
#define FIELD_STRING_LIKE(s, member, key, example_, help_)                                         \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_STRING, .offset = offsetof(s, member),                   \
        .example = (example_), .help = (help_)                                                     \
    }
#define FIELD_SECRET(s, member, key, help_)                                                        \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_SECRET, .offset = offsetof(s, member), .help = (help_)   \
    }
#define FIELD_CHOICE(s, member, key, preset_, choices_, help_)                                     \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_CHOICE, .offset = offsetof(s, member),                   \
        .preset = (preset_), .choices = (choices_), .help = (help_)                                \
    }
#define FIELD_STRINGS(s, member, key, help_)                                                       \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_STRINGS, .offset = offsetof(s, member), .help = (help_)  \
    }
#define FIELD_SECRETS(s, member, key, help_)                                                       \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_SECRETS, .offset = offsetof(s, member), .help = (help_)  \
    }
#define FIELD_HEADERS(s, member, key, help_)                                                       \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_HEADERS, .offset = offsetof(s, member), .help = (help_)  \
    }
#define FIELD_EXTENSION(s, member, key, help_)                                                     \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_EXTENSION, .offset = offsetof(s, member),                \
        .help = (help_)                                                                            \
    }
#define FIELD_AUTHENTICATOR(s, member, key, help_)                                                 \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_AUTHENTICATOR, .offset = offsetof(s, member),            \
        .help = (help_)                                                                            \
    }
#define FIELD_BLOCK(s, member, key, fields_, help_)                                                \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_BLOCK, .offset = offsetof(s, member),                    \
        .fields = (fields_), .help = (help_)                                                       \
    }
#define FIELD_SWITCH(s, member, key, fields_, help_)                                               \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_SWITCH, .offset = offsetof(s, member),                   \
        .fields = (fields_), .help = (help_)                                                       \
    }
#define FIELD_BLOCKS(s, member, key, fields_, one, help_)                                          \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_BLOCKS, .offset = offsetof(s, member),                   \
        .fields = (fields_), .size = sizeof(one), .help = (help_)                                  \
    }
#define FIELD_TEXTS(s, member, key, help_)                                                         \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_TEXTS, .offset = offsetof(s, member), .help = (help_)    \
    }
#define FIELD_NODE(s, member, key, help_)                                                          \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_NODE, .offset = offsetof(s, member), .help = (help_)     \
    }
#define FIELD_IGNORED(key, note_)                                                                  \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_IGNORED, .help = "accepted, without effect",             \
        .note = (note_)                                                                            \
    }
#define FIELD_END                                                                                  \
    {                                                                                              \
        .name = NULL                                                                               \
    }

struct arena;

/*
 * Fills in settings (zeroed or not) from a map, or from a null node or NULL (all defaults). Unknown
 * keys, wrong types and values out of range are reported, all of them; what cannot be decoded keeps
 * its default. Texts are the tree's or go to the arena: both must outlive the settings. Where two
 * keys of a table share a member, the first one's default counts.
 */
void fields_decode(const struct field *fields, void *settings, struct node *node,
                   struct arena *arena, struct problems *problems);

/* What can stand in a header field: RFC 9110, 5.6.2 and 5.5. */
bool header_name_is_valid(const char *name);
bool header_value_is_valid(const char *value);

/*
 * Calls visit for each member of a type that has its key in the map, those of blocks and of lists
 * of them too. member: in settings, which were decoded from the map.
 */
void fields_visit(const struct field *fields, enum field_type type, void *settings,
                  const struct node *map,
                  void (*visit)(void *arg, void *member, const struct node *node), void *arg);
