/*
 * A statement is the call of an editor, and the condition behind its where.
 */
#include "ottl/statement.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ottl/editor.h"
#include "ottl/path.h"

struct ottl_statement {
    struct ottl_condition *where; /* owns all; its root is NULL where there is no condition */
    struct ottl_node *editor;
};

struct ottl_statement *ottl_statement_new(struct str text, enum ottl_context context, bool prefixed,
                                          struct error *err)
{
    struct ottl_statement *statement = mem_zero(sizeof(*statement));

    statement->where = ottl_condition_empty();
    if (text.len > OTTL_MAX_LEN)
        error_set(err, "a statement longer than %d characters", OTTL_MAX_LEN);
    else
        statement->editor = ottl_parse_statement(
            statement->where, arena_copy(statement->where->arena, text), context, prefixed, err);
    if (statement->editor && editor_check(statement->editor, context, err))
        return statement;
    ottl_statement_free(statement);
    return NULL;
}

void ottl_statement_free(struct ottl_statement *statement)
{
    if (!statement)
        return;
    ottl_condition_free(statement->where);
    free(statement);
}

enum ottl_context ottl_statement_target(const struct ottl_statement *statement)
{
    return statement->editor->children[0]->path->context;
}

enum ottl_verdict ottl_statement_run(const struct ottl_statement *statement,
                                     const struct ottl_data *data, struct str message,
                                     uint32_t number, struct attributes *list, struct buf *out,
                                     struct error *err)
{
    struct ottl_run run = {.data = data, .err = err};
    struct ottl_edit edit = {
        .run = &run, .node = statement->editor, .message = message, .attributes = list, .out = out};
    enum ottl_verdict verdict =
        statement->where->root ? ottl_condition_holds(statement->where, data, err) : OTTL_TRUE;
    size_t before = out->len;

    if (verdict != OTTL_TRUE)
        return verdict;
    attributes_read(list, message, number);
    if (!editor_run(&edit)) {
        out->len = before;
        verdict = OTTL_FAILED;
    } else if (list->changed) {
        attributes_write(list, out);
    } else if (out->len == before) {
        verdict = OTTL_FALSE;
    }
    arena_free(run.arena);
    return verdict;
}
