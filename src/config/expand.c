/*
 * ${env:NAME}, ${NAME}, ${env:NAME:-default}, ${file:PATH}, ${yaml:TEXT} and $$ in values.
 *
 *     "${env:N}"          the whole value: read as YAML, so that it may be a number or a list
 *     "http://${HOST}/"   a part of it: text is put in
 *     "$${X}", "$X"       "${X}"; "$X" as it stands
 *
 * What references bring is expanded again. It ends because rounds, references and bytes are
 * counted.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "config/scalar.h"
#include "config/tree_priv.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

/* A reference cut in two at the ":-" that belongs to itself. */
struct reference {
    struct str name, preset;
    bool has_preset;
};

static bool at_reference(struct str text, size_t i)
{
    return i + 1 < text.len && text.at[i] == '$' && text.at[i + 1] == '{';
}

/* The place of the "}" that ends the reference whose "${" is at start; 0: there is none. */
static size_t end_of(struct str text, size_t start)
{
    size_t open = 0;

    for (size_t i = start; i < text.len; i++) {
        if (at_reference(text, i)) {
            open++;
            i++;
        } else if (text.at[i] == '}' && --open == 0) {
            return i;
        }
    }
    return 0;
}

static struct reference cut(struct str inner)
{
    for (size_t i = 0; i + 1 < inner.len; i++) {
        if (at_reference(inner, i)) {
            size_t end = end_of(inner, i);

            i = end > 0 ? end : i;
        } else if (inner.at[i] == ':' && inner.at[i + 1] == '-') {
            return (struct reference){{inner.at, i}, {inner.at + i + 2, inner.len - i - 2}, true};
        }
    }
    return (struct reference){.name = inner};
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_env_name(const char *name)
{
    if (*name == '\0' || is_digit(*name))
        return false;
    while (*name && (strchr(letters, *name) || is_digit(*name)))
        name++;
    return *name == '\0';
}

/* Holds what a reference brings against the limits. */
static bool within_limits(struct tree *tree, const struct node *node, unsigned round, size_t bytes)
{
    if (round > TREE_MAX_ROUNDS) {
        error_at(tree->problems, node, "references go round in a circle, or deeper than %d levels",
                 TREE_MAX_ROUNDS);
        return false;
    }
    return tree_brought(tree, node, bytes);
}

static bool expand_text(struct tree *tree, const struct node *node, struct str text, unsigned round,
                        struct buf *out);

static bool bring_env(struct tree *tree, const struct node *node, const char *name,
                      const struct reference *reference, struct buf *value)
{
    const char *set;

    if (!is_env_name(name)) {
        error_at(tree->problems, node,
                 "\"%s\" cannot be the name of an environment variable: letters, digits and \"_\" "
                 "make one",
                 name);
        return false;
    }
    set = getenv(name);
    if (set)
        buf_append_str(value, str_of(set));
    else if (reference->has_preset)
        buf_append_str(value, reference->preset);
    else
        error_at(tree->problems, node,
                 "environment variable %s is not set: set it, or write ${env:%s:-default}", name,
                 name);
    return set || reference->has_preset;
}

static bool bring_file(struct tree *tree, const struct node *node, const char *path,
                       struct buf *value)
{
    size_t before = value->len;
    const char *why;
    bool good = tree_read_file(tree, path, true, value, &why);

    if (good && memchr(value->at + before, '\0', value->len - before)) {
        good = false;
        why = "it holds binary data";
    }
    if (good)
        return true;
    error_at(tree->problems, node, "cannot read %s: %s", path, why);
    return false;
}

/* By the scheme in front of the ":", which is "env" where there is none. */
static bool bring_uri(struct tree *tree, const struct node *node, const char *uri,
                      const struct reference *reference, struct buf *value)
{
    size_t len = strcspn(uri, ":");
    struct str scheme = {uri, len};
    const char *rest = uri + len + 1;

    if (uri[len] == '\0')
        return bring_env(tree, node, uri, reference, value);
    if (str_is(scheme, "env"))
        return bring_env(tree, node, rest, reference, value);
    if (str_is(scheme, "file"))
        return bring_file(tree, node, rest, value);
    if (str_is(scheme, "yaml")) {
        buf_append_str(value, str_of(rest));
        if (reference->has_preset) { /* ":-" means nothing here: it is a part of the text */
            buf_append_str(value, STR(":-"));
            buf_append_str(value, reference->preset);
        }
        return true;
    }
    error_at(tree->problems, node,
             "${%.*s:...} is not supported: there are ${env:NAME}, ${file:PATH} and ${yaml:TEXT}",
             (int)(len < 40 ? len : 40), uri);
    return false;
}

/* Appends what the reference stands for, not yet expanded itself. */
static bool bring(struct tree *tree, const struct node *node, struct str inner, unsigned round,
                  struct buf *value)
{
    struct reference reference = cut(inner);
    struct buf uri = {0};
    size_t before = value->len;
    bool good;

    tree->references++;
    good = within_limits(tree, node, round, 0) &&
           expand_text(tree, node, reference.name, round + 1, &uri) &&
           bring_uri(tree, node, buf_text(&uri), &reference, value);
    buf_done(&uri);
    while (value->len > before && strchr("\r\n", value->at[value->len - 1]))
        value->len--; /* a file's last line has an end, a value has none */
    return good && within_limits(tree, node, round, value->len - before);
}

/*
 * "$NAME" stands for itself; where the user has written it, that is worth a word. The name is not
 * told: it may be a part of a password's hash.
 */
static void tell_dollar(struct tree *tree, const struct node *node, struct str rest)
{
    if (rest.len > 1 && rest.at[1] != '\0' && strchr(letters, rest.at[1]))
        warning_at(tree->problems, node,
                   "$ is taken as it stands: write ${env:NAME} for an environment variable, $$ for "
                   "a dollar");
}

/* Appends the text with its references replaced. */
static bool expand_text(struct tree *tree, const struct node *node, struct str text, unsigned round,
                        struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t end = at_reference(text, i) ? end_of(text, i) : 0;

        if (end > 0) {
            struct buf value = {0};
            bool good =
                bring(tree, node, (struct str){text.at + i + 2, end - i - 2}, round, &value) &&
                expand_text(tree, node, buf_str(&value), round + 1, out);

            buf_done(&value);
            if (!good)
                return false;
            i = end;
            continue;
        }
        if (at_reference(text, i) && round == 0) {
            error_at(tree->problems, node, "\"${\" without \"}\": write $${ for the text itself");
            return false;
        }
        if (at_reference(text, i)) { /* in what a reference brought: just text */
            buf_append(out, text.at + i, text.len - i);
            return true;
        }
        if (text.at[i] == '$' && i + 1 < text.len && text.at[i + 1] == '$')
            i++;
        else if (text.at[i] == '$' && round == 0)
            tell_dollar(tree, node, (struct str){text.at + i, text.len - i});
        buf_append_char(out, text.at[i]);
    }
    return true;
}

static void expand(struct tree *tree, struct node *node, unsigned round);

/* The node becomes what the text says, read as YAML; a text that is no YAML is a string. */
static void become_value(struct tree *tree, struct node *node, struct str text, unsigned round)
{
    const char *value = arena_copy(tree->arena, text).at;
    struct place at = node->at;
    struct problems unseen, *problems = tree->problems;
    struct node *read;

    problems_init(&unseen, tree->arena);
    tree->problems = &unseen;
    read = tree_parse(tree, at.file, text, node->parent, &at);
    tree->problems = problems;
    problems_done(&unseen);
    if (!read && tree->full) {
        error_at(problems, node, "what the reference brings is too large or nested too deep");
        node->broken = true;
        return;
    }
    if (read)
        tree_become(node, read);
    else {
        node->kind = NODE_SCALAR;
        node->text = value;
        node->quoted = true;
    }
    node->original =
        node->kind == NODE_SCALAR && scalar_type(node) == SCALAR_STRING ? node->text : value;
    expand(tree, node, round + 1);
}

static void expand_scalar(struct tree *tree, struct node *node, unsigned round)
{
    struct str text = str_of(node->text);
    size_t references = tree->references;
    struct buf out = {0};

    if (!memchr(text.at, '$', text.len) || !within_limits(tree, node, round, text.len))
        return;
    if (at_reference(text, 0) && end_of(text, 0) == text.len - 1) {
        if (bring(tree, node, (struct str){text.at + 2, text.len - 3}, round, &out))
            become_value(tree, node, buf_str(&out), round);
        else
            node->broken = true;
    } else if (expand_text(tree, node, text, round, &out)) {
        node->text = arena_copy(tree->arena, buf_str(&out)).at;
        if (tree->references > references)
            node->quoted = false;
        if (tree->references > references || node->original)
            node->original = node->text;
    } else {
        node->broken = true;
    }
    buf_done(&out);
}

static void expand(struct tree *tree, struct node *node, unsigned round)
{
    if (node->kind == NODE_SCALAR)
        expand_scalar(tree, node, round);
    for (size_t i = 0; i < node->count && !tree->full; i++)
        expand(tree, node->children[i], round);
}

void tree_expand(struct tree *tree, struct node *node)
{
    expand(tree, node, 0);
}
