#include "config/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/config_check.h"

enum { MAX_SOURCES = 3 };

struct example {
    struct source sources[MAX_SOURCES]; /* without text: the end */
    const char *tree, *problems;
};

#define CONFIG(text_)                                                                              \
    {                                                                                              \
        SOURCE_CONFIG, (text_)                                                                     \
    }
#define SET(text_)                                                                                 \
    {                                                                                              \
        SOURCE_SET, (text_)                                                                        \
    }

static char folder[] = "/tmp/otelc-test-XXXXXX";

static void check_example(const struct example *e)
{
    struct arena *arena = arena_new(1024);
    struct problems problems;
    struct node *root;
    size_t count = 0;
    const char *tree, *told;

    while (count < MAX_SOURCES && e->sources[count].text)
        count++;
    problems_init(&problems, arena);
    root = config_read(e->sources, count, arena, &problems, NULL);
    tree = tree_text(root, arena);
    told = problems_text(&problems, arena);
    ck_assert_msg(strcmp(tree, e->tree) == 0, "-> %s\nnot %s\n%s", tree, e->tree, told);
    ck_assert_msg(strcmp(told, e->problems) == 0, "-> %s\nnot %s", told, e->problems);
    problems_done(&problems);
    arena_free(arena);
}

static void write_file(const char *name, const void *content, size_t len)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content, len), (ssize_t)len);
    close(fd);
}

static void enter_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    write_file("a.yaml", "a: {b: 1, c: [1, 2]}\nd: x\n", 26);
    write_file("b.yaml", "a: {c: [3]}\nd: {e: y}\n", 22);
    write_file("empty.yaml", "", 0);
    write_file("nul.yaml",
               "\x7f"
               "ELF\0\0",
               6);
    write_file("secret", "pa55\n", 5);
    setenv("WHOLE", "a: {b: 7}", 1);
    unsetenv("UNSET");
}

static void leave_folder(void)
{
    static const char *const names[] = {"a.yaml", "b.yaml", "empty.yaml", "nul.yaml", "secret"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(names[i]);
    ck_assert_int_eq(chdir("/"), 0);
    rmdir(folder);
}

START_TEST(sources_are_read_and_merged_in_order)
{
    static const struct example examples[] = {
        {{{0}}, "{}", ""},
        {{CONFIG("a.yaml")}, "{a: {b: 1, c: [1, 2]}, d: x}", ""},
        {{CONFIG("file:a.yaml")}, "{a: {b: 1, c: [1, 2]}, d: x}", ""},
        {{CONFIG("./a.yaml")}, "{a: {b: 1, c: [1, 2]}, d: x}", ""},
        {{CONFIG("a.yaml"), CONFIG("b.yaml")}, "{a: {b: 1, c: [3]}, d: {e: y}}", ""},
        {{CONFIG("b.yaml"), CONFIG("a.yaml")}, "{a: {c: [1, 2], b: 1}, d: x}", ""},
        {{CONFIG("env:WHOLE")}, "{a: {b: 7}}", ""},
        {{CONFIG("yaml:a::b::c: 3s")}, "{a: {b: {c: 3s}}}", ""},
        {{CONFIG("a.yaml"), CONFIG("yaml:a::b: 2")}, "{a: {b: 2, c: [1, 2]}, d: x}", ""},
        {{CONFIG("a.yaml"), CONFIG("yaml:a:")}, "{a: null, d: x}", ""},
        {{CONFIG("a.yaml"), CONFIG("yaml:a: {}")}, "{a: {b: 1, c: [1, 2]}, d: x}", ""},
        {{CONFIG("yaml:a:"), CONFIG("a.yaml")}, "{a: {b: 1, c: [1, 2]}, d: x}", ""},
        {{CONFIG("a.yaml"), SET("a.c=[z]")}, "{a: {b: 1, c: [z]}, d: x}", ""},
        {{SET("e.d/2.v=detailed"), SET("e.d/2.w=")}, "{e: {d/2: {v: detailed, w: null}}}", ""},
        {{SET("a::b.c={d: 1}")}, "{a: {b: {c: {d: 1}}}}", ""},
        {{CONFIG("yaml:a: ${file:secret}")}, "{a: pa55}", ""},
        {{CONFIG("yaml:a: x${file:secret}y")}, "{a: xpa55y}", ""},
        {{CONFIG("yaml:a: ${file:b.yaml}")}, "{a: {a: {c: [3]}, d: {e: y}}}", ""},
    };

    enter_folder();
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
        check_example(&examples[i]);
    leave_folder();
}
END_TEST

START_TEST(what_cannot_be_read_is_told)
{
    static const struct example examples[] = {
        {{CONFIG("")}, "(none)", "--config: no file is named\n"},
        {{CONFIG("nope.yaml")}, "(none)", "nope.yaml: cannot read it: No such file or directory\n"},
        {{CONFIG(".")}, "(none)", ".: cannot read it: it is a directory: name the file in it\n"},
        {{CONFIG("empty.yaml")}, "(none)", "empty.yaml: empty configuration file\n"},
        {{CONFIG("/dev/null")}, "(none)", "/dev/null: empty configuration file\n"},
        {{CONFIG("/dev/zero")}, "(none)", "/dev/zero: cannot read it: it is larger than 1 MiB\n"},
        {{CONFIG("nul.yaml")}, "(none)", "nul.yaml: binary data, not a configuration in YAML\n"},
        {{CONFIG("env:UNSET")}, "(none)", "env:UNSET: environment variable UNSET is not set\n"},
        {{CONFIG("foo:bar")},
         "(none)",
         "foo:bar: \"foo:\" is not supported: a source is a path, file:PATH, env:NAME or "
         "yaml:TEXT\n"},
        {{CONFIG("https://x/y")},
         "(none)",
         "https://x/y: configuration over HTTP is not supported: fetch it into a file\n"},
        {{CONFIG("yaml:a: ${file:nul.yaml}")},
         "{a: ${file:nul.yaml}}",
         "yaml::1:4: a: cannot read nul.yaml: it holds binary data\n"},
        {{SET("a.b")}, "(none)", "--set: \"a.b\" is not KEY=VALUE\n"},
        {{SET("=b")}, "(none)", "--set: \"=b\" is not KEY=VALUE\n"},
        {{SET("a=[")}, "(none)", "--set: a value is missing here\n"},
        {{CONFIG("nope.yaml"), CONFIG("yaml:a: [")},
         "(none)",
         "nope.yaml: cannot read it: No such file or directory\nyaml::2:1: a value is missing "
         "here\n"},
        {{SET("a=${UNSET}")},
         "{a: ${UNSET}}",
         "--set: a: environment variable UNSET is not set: set it, or write "
         "${env:UNSET:-default}\n"},
    };

    enter_folder();
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
        check_example(&examples[i]);
    leave_folder();
}
END_TEST

START_TEST(the_files_are_noted_each_once)
{
    const struct source sources[] = {{SOURCE_CONFIG, "a.yaml"},
                                     {SOURCE_CONFIG, "yaml:x: '${file:secret}'"},
                                     {SOURCE_CONFIG, "yaml:y: '${file:secret} ${file:missing}'"}};
    struct arena *arena = arena_new(1024);
    const struct config_file *files;
    struct problems problems;

    enter_folder();
    problems_init(&problems, arena);
    config_read(sources, 3, arena, &problems, &files);
    ck_assert_str_eq(files->path, "missing");
    ck_assert_str_eq(files->next->path, "secret");
    ck_assert_str_eq(files->next->next->path, "a.yaml");
    ck_assert_ptr_null(files->next->next->next);
    problems_done(&problems);
    arena_free(arena);
    leave_folder();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("source");

    tcase_add_test(cases, sources_are_read_and_merged_in_order);
    tcase_add_test(cases, what_cannot_be_read_is_told);
    tcase_add_test(cases, the_files_are_noted_each_once);
    return run_tests("source", cases);
}
