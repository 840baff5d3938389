/*
 * Evaluating a condition. The tree has a limit of depth, so recursion has.
 */
#include "ottl/ottl.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ottl/function.h"
#include "ottl/lexer.h"
#include "ottl/ottl_value.h"
#include "ottl/path.h"

enum { CONDITION_ARENA = 512, RUN_ARENA = 512 };

struct arena *ottl_run_arena(struct ottl_run *run)
{
    if (!run->arena)
        run->arena = arena_new(RUN_ARENA);
    return run->arena;
}

const char *ottl_type_name(enum ottl_type type)
{
    static const char *const names[] = {
        [OTTL_NIL] = "nil",         [OTTL_BOOL] = "a boolean",  [OTTL_INT] = "an integer",
        [OTTL_DOUBLE] = "a double", [OTTL_STRING] = "a string", [OTTL_BYTES] = "bytes",
        [OTTL_LIST] = "a list",     [OTTL_ROW] = "a list",      [OTTL_MAP] = "a map",
        [OTTL_MESSAGES] = "a list", [OTTL_TIME] = "a time",     [OTTL_DURATION] = "a duration",
        [OTTL_ANY] = "a value",
    };

    return names[type];
}

bool ottl_context_is_of(enum ottl_context context, enum signal signal)
{
    switch (context) {
    case OTTL_SPAN:
    case OTTL_SPANEVENT:
        return signal == TRACES;
    case OTTL_METRIC:
    case OTTL_DATAPOINT:
        return signal == METRICS;
    case OTTL_LOG:
        return signal == LOGS;
    default:
        return true;
    }
}

static bool make_row(struct ottl_run *run, const struct ottl_node *node, struct ottl_value *value)
{
    struct ottl_value *items = arena_alloc(ottl_run_arena(run), node->count * sizeof(items[0]));

    for (size_t i = 0; i < node->count; i++)
        if (!ottl_evaluate(run, node->children[i], &items[i]))
            return false;
    *value = (struct ottl_value){.type = OTTL_ROW, .row = {items, node->count}};
    return true;
}

static bool call_function(struct ottl_run *run, const struct ottl_node *node,
                          struct ottl_value *value)
{
    struct ottl_call call = {.run = run, .node = node, .value = value};

    for (size_t i = 0; i < OTTL_MAX_ARGUMENTS; i++) {
        call.arguments[i] = (struct ottl_value){.type = OTTL_ANY};
        if (i < node->count && node->children[i] &&
            !ottl_evaluate(run, node->children[i], &call.arguments[i]))
            return false;
    }
    return node->function->call(&call);
}

static bool index_value(struct ottl_run *run, const struct ottl_node *node,
                        struct ottl_value *value)
{
    if (!ottl_evaluate(run, node->children[0], value))
        return false;
    for (size_t i = 1; i < node->count; i++) {
        struct ottl_value key = {0};

        if (!ottl_evaluate(run, node->children[i], &key) || !path_index(run, value, &key))
            return false;
    }
    return true;
}

/* As Go calculates: what does not fit wraps around. */
static bool calculate_ints(struct ottl_run *run, enum ottl_op op, int64_t a, int64_t b,
                           int64_t *result)
{
    switch (op) {
    case OTTL_ADD:
        (void)__builtin_add_overflow(a, b, result);
        return true;
    case OTTL_SUB:
        (void)__builtin_sub_overflow(a, b, result);
        return true;
    case OTTL_MUL:
        (void)__builtin_mul_overflow(a, b, result);
        return true;
    default:
        if (b == 0)
            return error_set(run->err, "a division by zero");
        *result = b == -1 ? (int64_t) - (uint64_t)a : a / b;
        return true;
    }
}

static bool calculate_doubles(struct ottl_run *run, enum ottl_op op, double a, double b,
                              double *result)
{
    switch (op) {
    case OTTL_ADD:
        *result = a + b;
        return true;
    case OTTL_SUB:
        *result = a - b;
        return true;
    case OTTL_MUL:
        *result = a * b;
        return true;
    default:
        if (b == 0)
            return error_set(run->err, "a division by zero");
        *result = a / b;
        return true;
    }
}

/* Of times and durations; OTTL_ANY: there is no such sum. */
static enum ottl_type time_type(enum ottl_op op, enum ottl_type a, enum ottl_type b)
{
    if (op != OTTL_ADD && op != OTTL_SUB)
        return OTTL_ANY;
    if (a == OTTL_TIME && b == OTTL_TIME)
        return op == OTTL_SUB ? OTTL_DURATION : OTTL_ANY;
    if (a == OTTL_DURATION && b == OTTL_DURATION)
        return OTTL_DURATION;
    if ((a == OTTL_TIME && b == OTTL_DURATION) ||
        (a == OTTL_DURATION && b == OTTL_TIME && op == OTTL_ADD))
        return OTTL_TIME;
    return OTTL_ANY;
}

static bool calculate(struct ottl_run *run, const struct ottl_node *node, struct ottl_value *value)
{
    struct ottl_value a = {0}, b = {0};

    if (!ottl_evaluate(run, node->children[0], &a) || !ottl_evaluate(run, node->children[1], &b))
        return false;
    *value = (struct ottl_value){.type = a.type};
    if (a.type == OTTL_INT && b.type == OTTL_INT)
        return calculate_ints(run, node->op, a.integer, b.integer, &value->integer);
    if (a.type == OTTL_DOUBLE && b.type == OTTL_DOUBLE)
        return calculate_doubles(run, node->op, a.number, b.number, &value->number);
    value->type = time_type(node->op, a.type, b.type);
    if (value->type != OTTL_ANY)
        return calculate_ints(run, node->op, a.integer, b.integer, &value->integer);
    return error_set(run->err, "one cannot calculate with %s and %s", ottl_type_name(a.type),
                     ottl_type_name(b.type));
}

/* A literal where it stands, anything else evaluated into the room; NULL: *run->err is set. */
static const struct ottl_value *operand(struct ottl_run *run, const struct ottl_node *node,
                                        struct ottl_value *room)
{
    if (node->op == OTTL_LITERAL)
        return &node->value;
    return ottl_evaluate(run, node, room) ? room : NULL;
}

static bool compare(struct ottl_run *run, const struct ottl_node *node, struct ottl_value *value)
{
    struct ottl_value rooms[2] = {0};
    const struct ottl_value *a = operand(run, node->children[0], &rooms[0]);
    const struct ottl_value *b = a ? operand(run, node->children[1], &rooms[1]) : NULL;

    if (!b)
        return false;
    *value = (struct ottl_value){.type = OTTL_BOOL, .boolean = ottl_value_compare(node->op, a, b)};
    return true;
}

/* and, or: until it is known. */
static bool join(struct ottl_run *run, const struct ottl_node *node, struct ottl_value *value)
{
    bool settles = node->op == OTTL_OR;

    for (size_t i = 0; i < node->count; i++) {
        if (!ottl_evaluate(run, node->children[i], value))
            return false;
        if (value->boolean == settles)
            break;
    }
    return true;
}

bool ottl_evaluate(struct ottl_run *run, const struct ottl_node *node, struct ottl_value *value)
{
    switch (node->op) {
    case OTTL_LITERAL:
        *value = node->value;
        return true;
    case OTTL_MAKE_ROW:
        return make_row(run, node, value);
    case OTTL_PATH:
        return path_evaluate(run, node, value);
    case OTTL_CALL:
        return call_function(run, node, value);
    case OTTL_INDEX:
        return index_value(run, node, value);
    case OTTL_NOT:
        if (!ottl_evaluate(run, node->children[0], value))
            return false;
        value->boolean = !value->boolean;
        return true;
    case OTTL_AND:
    case OTTL_OR:
        return join(run, node, value);
    case OTTL_ADD:
    case OTTL_SUB:
    case OTTL_MUL:
    case OTTL_DIV:
        return calculate(run, node, value);
    default:
        return compare(run, node, value);
    }
}

struct ottl_condition *ottl_condition_empty(void)
{
    struct ottl_condition *condition = mem_zero(sizeof(*condition));

    condition->arena = arena_new(CONDITION_ARENA);
    return condition;
}

struct ottl_condition *ottl_condition_new(struct str text, enum ottl_context context, bool prefixed,
                                          struct error *err)
{
    struct ottl_condition *condition = ottl_condition_empty();

    if (text.len > OTTL_MAX_LEN)
        error_set(err, "a condition longer than %d characters", OTTL_MAX_LEN);
    else /* literals point into it */
        condition->root =
            ottl_parse(condition, arena_copy(condition->arena, text), context, prefixed, err);
    if (condition->root)
        return condition;
    ottl_condition_free(condition);
    return NULL;
}

void ottl_condition_free(struct ottl_condition *condition)
{
    if (!condition)
        return;
    for (size_t i = 0; i < condition->regex_count; i++)
        regex_free(condition->regexes[i]);
    free(condition->regexes);
    for (size_t i = 0; i < sizeof(condition->digesters) / sizeof(condition->digesters[0]); i++)
        digester_free(condition->digesters[i]);
    arena_free(condition->arena);
    free(condition);
}

enum ottl_verdict ottl_condition_holds(const struct ottl_condition *condition,
                                       const struct ottl_data *data, struct error *err)
{
    struct ottl_run run = {.data = data, .err = err};
    struct ottl_value value = {0};
    enum ottl_verdict verdict = OTTL_FAILED;

    if (ottl_evaluate(&run, condition->root, &value))
        verdict = value.boolean ? OTTL_TRUE : OTTL_FALSE;
    arena_free(run.arena);
    return verdict;
}

/* The context that a token speaks of: one before a dot, or that of a function. */
static enum ottl_context context_of(const struct token *token, const struct token *next)
{
    const struct ottl_function *function;

    if (token->kind != TOKEN_NAME)
        return OTTL_CONTEXTS;
    if (token_is(next, "."))
        return path_context(token->text);
    function = token_is(next, "(") ? function_find(token->text) : NULL;
    return function ? function->context : OTTL_CONTEXTS;
}

bool ottl_infer(struct str text, enum signal signal, enum ottl_context *context, struct error *err)
{
    struct arena *arena = arena_new(CONDITION_ARENA);
    struct lexer lexer = {.text = text};
    struct token token = {.kind = TOKEN_SIGN}, next;
    bool ok = true, behind_dot = false;

    *context = OTTL_CONTEXTS;
    while (ok && (ok = lexer_next(&lexer, arena, &next, err))) {
        enum ottl_context found = behind_dot ? OTTL_CONTEXTS : context_of(&token, &next);

        if (found < OTTL_CONTEXTS && !ottl_context_is_of(found, signal))
            ok = error_set(err, "%s is not of %s", ottl_context_names[found],
                           signal_words[signal].name);
        else if (found < OTTL_CONTEXTS && (*context == OTTL_CONTEXTS || found > *context))
            *context = found;
        behind_dot = token_is(&token, ".");
        token = next;
        if (next.kind == TOKEN_END)
            break;
    }
    arena_free(arena);
    if (ok && *context == OTTL_CONTEXTS)
        ok = error_set(err,
                       "it does not say what it is about: write it with the context, as in "
                       "%s.attributes[\"k\"]",
                       signal == TRACES    ? "span"
                       : signal == METRICS ? "datapoint"
                                           : "log");
    return ok;
}
