/*
 * The files in the program are those of src/viewer/web.
 */
#include "viewer/page.h"

#include <dirent.h>

#include "base/file.h"
#include "unit/check.h"

START_TEST(each_file_is_served_as_it_is)
{
    DIR *directory = opendir("src/viewer/web");
    size_t count = 0;

    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        struct buf path = {0}, content = {0};
        struct page page;
        const char *why;

        if (entry->d_name[0] == '.')
            continue;
        buf_printf(&path, "src/viewer/web/%s", entry->d_name);
        ck_assert(file_read(buf_text(&path), true, &content, &why));
        ck_assert(page_find(str_of(strrchr(buf_text(&path), '/')), &page));
        ck_assert(str_eq(page.body, buf_str(&content)));
        buf_done(&path);
        buf_done(&content);
        count++;
    }
    closedir(directory);
    for (const struct page_file *file = page_files; file->path; file++)
        count--;
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(places_of_the_page_are_its_index)
{
    static const struct {
        const char *path, *type;
    } cases[] = {
        {"/", "text/html; charset=utf-8"},
        {"/index.html", "text/html; charset=utf-8"},
        {"/search", "text/html; charset=utf-8"},
        {"/trace/0123", "text/html; charset=utf-8"},
        {"/pipeline", "text/html; charset=utf-8"},
        {"/app.js", "text/javascript; charset=utf-8"},
        {"/app.css", "text/css; charset=utf-8"},
        {"/nothing", NULL},
        {"/api/services", NULL},
        {"", NULL},
        {"/../page.c", NULL},
        {"/search/x", NULL},
        {"app.js", NULL},
        {"/app.js/", NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct page page = {.type = NULL};

        ck_assert_msg(page_find(str_of(cases[i].path), &page) == (cases[i].type != NULL), "%s",
                      cases[i].path);
        if (cases[i].type)
            ck_assert_str_eq(page.type, cases[i].type);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("page");

    tcase_add_test(cases, each_file_is_served_as_it_is);
    tcase_add_test(cases, places_of_the_page_are_its_index);
    return run_tests("page", cases);
}
