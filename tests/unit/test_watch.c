/*
 * Files that are written, replaced and linked anew.
 */
#include "service/watch.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/check.h"
#include "unit/stage.h"

static struct stage stage;
static char directory[] = "/tmp/test_watch.XXXXXX";
static unsigned changes;

static void on_changed(void *arg)
{
    ck_assert_ptr_eq(arg, &stage);
    changes++;
}

/* In the directory; good until the next but one call. */
static const char *path(const char *name)
{
    static char texts[2][PATH_MAX];
    static unsigned turn;
    char *text = texts[turn++ % 2];

    snprintf(text, PATH_MAX, "%s/%s", directory, name);
    return text;
}

static void put(const char *name, const char *content)
{
    int fd = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
}

static struct watch *begin(const char *name)
{
    char text[PATH_MAX];
    struct config_file file = {text, NULL}, files = {"/nowhere", &file};

    ck_assert_ptr_nonnull(mkdtemp(directory));
    stage_init(&stage);
    put("one", "1");
    put("two", "2");
    ck_assert_int_eq(symlink("one", path("link")), 0);
    ck_assert_int_eq(mkdir(path("v1"), 0700), 0);
    ck_assert_int_eq(mkdir(path("v2"), 0700), 0);
    put("v1/file", "1");
    put("v2/file", "2");
    ck_assert_int_eq(symlink("v1", path("..data")), 0);
    ck_assert_int_eq(symlink("..data/file", path("file")), 0);
    snprintf(text, sizeof(text), "%s/%s", directory, name);
    return watch_new(&stage.loop, &files, on_changed, &stage);
}

static void end(struct watch *watch)
{
    watch_free(watch);
    stage_done(&stage);
}

/* Looks are a second apart. */
static void wait_looks(unsigned looks)
{
    uint64_t until = uv_hrtime() + looks * UINT64_C(1200000000);

    while (uv_hrtime() < until)
        stage_turn(&stage);
}

START_TEST(it_knows_its_files)
{
    struct watch *watch = begin("one");
    struct config_file same = {path("one"), NULL}, files = {"/nowhere", &same};
    struct config_file other = {path("two"), NULL}, others = {"/nowhere", &other};
    struct config_file more = {path("one"), &other}, all = {"/nowhere", &more};

    ck_assert(watch_is_of(watch, &files));
    ck_assert(!watch_is_of(watch, &others) && !watch_is_of(watch, &same));
    ck_assert(!watch_is_of(watch, &all) && !watch_is_of(watch, NULL));
    end(watch);
}
END_TEST

static void write_it(void)
{
    put("one", "new");
}

static void write_it_thrice(void)
{
    for (int i = 0; i < 3; i++) {
        put("one", i % 2 ? "new" : "newer");
        stage_turn(&stage);
    }
}

static void replace_it(void)
{
    put("other", "1"); /* the same content: it is for whoever reads it to see */
    ck_assert_int_eq(rename(path("other"), path("one")), 0);
}

static void remove_it_and_bring_it_back(void)
{
    unlink(path("one"));
    wait_looks(2);
    ck_assert_uint_eq(changes, 0); /* about to be replaced */
    put("one", "back");
}

static void link_it_anew(void)
{
    ck_assert_int_eq(symlink("two", path("link.new")), 0);
    ck_assert_int_eq(rename(path("link.new"), path("link")), 0);
}

/* As Kubernetes changes a config map. */
static void link_its_directory_anew(void)
{
    ck_assert_int_eq(symlink("v2", path("..data_tmp")), 0);
    ck_assert_int_eq(rename(path("..data_tmp"), path("..data")), 0);
}

static const struct {
    const char *watched;
    void (*change)(void);
} cases_of_change[] = {
    {"one", write_it},
    {"one", write_it_thrice},
    {"one", replace_it},
    {"link", write_it},
    {"one", remove_it_and_bring_it_back},
    {"link", link_it_anew},
    {"file", link_its_directory_anew},
};

START_TEST(a_change_is_told_once)
{
    struct watch *watch = begin(cases_of_change[_i].watched);

    wait_looks(1);
    ck_assert_uint_eq(changes, 0);
    cases_of_change[_i].change();
    STAGE_RUN_UNTIL(&stage, changes > 0);
    wait_looks(2);
    ck_assert_uint_eq(changes, 1);
    end(watch);
}
END_TEST

START_TEST(other_files_do_not_matter)
{
    struct watch *watch = begin("one");

    wait_looks(1);
    put("two", "new");
    link_it_anew();
    wait_looks(2);
    ck_assert_uint_eq(changes, 0);
    end(watch);
}
END_TEST

START_TEST(it_may_end_while_it_looks)
{
    struct watch *watch = begin("one");

    put("one", "new");
    end(watch);
    ck_assert_uint_eq(changes, 0);
    watch_free(NULL);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("watch");

    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, a_change_is_told_once, 0,
                        sizeof(cases_of_change) / sizeof(cases_of_change[0]));
    tcase_add_test(cases, it_knows_its_files);
    tcase_add_test(cases, other_files_do_not_matter);
    tcase_add_test(cases, it_may_end_while_it_looks);
    return run_tests("watch", cases);
}
