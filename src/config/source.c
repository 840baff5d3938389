/*
 * Where configuration comes from.
 */
#include "config/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "config/tree_priv.h"

static struct node *tell(struct tree *tree, const char *name, const char *text)
{
    problem_in(tree->problems, PROBLEM_ERROR, (struct place){name, 0, 0}, "", "%s", text);
    return NULL;
}

static bool is_encoded_otherwise(struct str text)
{
    return str_starts(text, STR("\xff\xfe")) || str_starts(text, STR("\xfe\xff"));
}

/* A whole source: what is no map of sections is told in plain words. */
static struct node *parse_source(struct tree *tree, const char *name, struct str text)
{
    struct node *root;

    if (text.len > TREE_MAX_SOURCE)
        return tell(tree, name, "larger than 1 MiB");
    if (is_encoded_otherwise(text))
        return tell(tree, name, "UTF-16 text: save it as UTF-8");
    if (text.len > 0 && memchr(text.at, '\0', text.len))
        return tell(tree, name, "binary data, not a configuration in YAML");
    if (str_starts(text, STR("\xef\xbb\xbf"))) /* a byte order mark */
        text = (struct str){text.at + 3, text.len - 3};
    root = tree_parse(tree, arena_text(tree->arena, name), text, NULL, NULL);
    if (!root)
        return NULL;
    if (root->kind == NODE_NULL)
        return tell(tree, name, "empty configuration file");
    if (root->kind != NODE_MAP) {
        error_at(tree->problems, root,
                 "a configuration is a map of sections (receivers, exporters, service), this is %s",
                 node_what(root));
        return NULL;
    }
    return root;
}

bool tree_read_file(struct tree *tree, const char *path, bool regular, struct buf *content,
                    const char **why)
{
    const struct config_file *known = tree->files;
    struct config_file *file;

    while (known && strcmp(known->path, path) != 0)
        known = known->next;
    if (!known) {
        file = arena_alloc(tree->arena, sizeof(*file));
        *file = (struct config_file){arena_text(tree->arena, path), tree->files};
        tree->files = file;
    }
    return file_read(path, regular, content, why);
}

static struct node *read_file(struct tree *tree, const char *path)
{
    struct buf content = {0};
    struct node *root = NULL;
    const char *why;

    if (tree_read_file(tree, path, false, &content, &why))
        root = parse_source(tree, path, buf_str(&content));
    else
        problem_in(tree->problems, PROBLEM_ERROR, (struct place){path, 0, 0}, "",
                   "cannot read it: %s", why);
    buf_done(&content);
    return root;
}

static struct node *read_env(struct tree *tree, const char *source, const char *name)
{
    const char *text = getenv(name);

    if (text)
        return parse_source(tree, source, str_of(text));
    problem_in(tree->problems, PROBLEM_ERROR, (struct place){source, 0, 0}, "",
               "environment variable %s is not set", name);
    return NULL;
}

static struct node *read_config(struct tree *tree, const char *source)
{
    size_t scheme = strcspn(source, ":/");
    struct str before = {source, scheme};
    const char *rest = source + scheme + 1;

    if (source[0] == '\0')
        return tell(tree, "--config", "no file is named");
    if (source[scheme] != ':')
        return read_file(tree, source);
    if (str_is(before, "file"))
        return read_file(tree, rest);
    if (str_is(before, "env"))
        return read_env(tree, source, rest);
    if (str_is(before, "yaml"))
        return parse_source(tree, "yaml:", str_of(rest));
    if (str_is(before, "http") || str_is(before, "https"))
        return tell(tree, source, "configuration over HTTP is not supported: fetch it into a file");
    problem_in(tree->problems, PROBLEM_ERROR, (struct place){source, 0, 0}, "",
               "\"%.*s:\" is not supported: a source is a path, file:PATH, env:NAME or yaml:TEXT",
               (int)(scheme < 40 ? scheme : 40), source);
    return NULL;
}

/* "exporters.debug/2.verbosity=detailed" */
static struct node *read_set(struct tree *tree, const char *source)
{
    static const struct place at = {"--set", 0, 0};
    const char *sign = strchr(source, '='), *last;
    struct node *root, *map, *value, *clash;
    struct buf key = {0};

    if (!sign || sign == source) {
        problem_in(tree->problems, PROBLEM_ERROR, at, "", "\"%s\" is not KEY=VALUE", source);
        return NULL;
    }
    for (const char *c = source; c < sign; c++)
        if (*c == '.')
            buf_append_str(&key, STR("::"));
        else
            buf_append_char(&key, *c);
    last = arena_text(tree->arena, buf_text(&key));
    buf_done(&key);
    root = tree_loose(tree, NULL, at);
    if (!root)
        return NULL;
    root->kind = NODE_MAP;
    map = tree_reach(tree, root, &last, at, &clash);
    value = map ? tree_parse(tree, at.file, str_of(sign + 1), map, &at) : NULL;
    if (!value)
        return NULL;
    value->key = last;
    value->key_at = at;
    tree_attach(tree, map, value);
    return root;
}

struct node *config_read(const struct source *sources, size_t count, struct arena *arena,
                         struct problems *problems, const struct config_file **files)
{
    struct tree tree = {.arena = arena, .problems = problems};
    struct node *root = tree_loose(&tree, NULL, (struct place){0});
    bool good = true;

    root->kind = NODE_MAP;
    for (size_t i = 0; i < count && !tree.full; i++) {
        struct node *one = sources[i].kind == SOURCE_SET ? read_set(&tree, sources[i].text)
                                                         : read_config(&tree, sources[i].text);

        if (one && root->count == 0)
            root->at = one->at;
        if (one)
            tree_merge(&tree, root, one);
        else
            good = false;
    }
    if (good && !tree.full)
        tree_expand(&tree, root);
    if (files)
        *files = tree.files;
    return good && !tree.full ? root : NULL;
}

struct node *yaml_parse(const char *name, const char *text, size_t len, struct arena *arena,
                        struct problems *problems)
{
    struct tree tree = {.arena = arena, .problems = problems};

    return parse_source(&tree, name, (struct str){text, len});
}
