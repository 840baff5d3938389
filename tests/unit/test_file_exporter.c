/*
 * Batches into files: formats, groups, a disk that fails, the end, an heir.
 */
#include "exporters/file_exporter.c"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/disk.h"
#include "unit/settings_fixture.h"
#include "unit/stage.h"

static char folder[] = "/tmp/otelc-file-XXXXXX";
static struct stage stage;
static struct settings_fixture fixtures[2];
static struct file_exporter *exporters[2];
static atomic_bool full; /* the disk */

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    stage_init(&stage);
}

static void teardown(void)
{
    char command[64];

    disk_set_fault(NULL);
    for (unsigned i = 0; i < 2; i++)
        if (exporters[i]) {
            file_destroy(&exporters[i]->base);
            uv_run(&stage.loop, UV_RUN_DEFAULT);
            settings_free(&fixtures[i]);
        }
    stage_done(&stage);
    ck_assert_uint_eq(stage.worker.held_bytes, 0);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static struct file_exporter *make(unsigned i, const char *yaml, bool good)
{
    struct error err;

    settings_read(&fixtures[i], &file_exporter, yaml);
    ck_assert_uint_eq(fixtures[i].problems.errors, 0);
    exporters[i] = (struct file_exporter *)file_create(fixtures[i].settings, &stage.worker, &err);
    exporters[i]->base.type = &file_exporter;
    exporters[i]->base.where = "exporters/file";
    ck_assert_int_eq(file_start(&exporters[i]->base, &err), good);
    return exporters[i];
}

static struct str content_of(const char *name)
{
    static char content[65536];
    FILE *file = fopen(name, "rb");
    size_t len;

    if (!file)
        return (struct str){0};
    len = fread(content, 1, sizeof(content) - 1, file);
    fclose(file);
    content[len] = '\0';
    return (struct str){content, len};
}

static void check_has(const char *name, const char *text)
{
    struct str content = content_of(name);

    ck_assert_ptr_nonnull(content.at);
    ck_assert_msg(strstr(content.at, text) != NULL, "no %s in %s", text, content.at);
}

static void drain(struct file_exporter *exporter)
{
    size_t before = stage.drained;

    file_drain(&exporter->base, stage_on_drained);
    STAGE_RUN_UNTIL(&stage, stage.drained > before);
    ck_assert_uint_eq(file_held(&exporter->base), 0);
}

static int fails(enum disk_call call, size_t *len)
{
    (void)len;
    return call == DISK_WRITE && atomic_load(&full) ? ENOSPC : 0;
}

START_TEST(a_batch_is_a_line_of_json)
{
    struct file_exporter *exporter = make(0, "{path: a.json}", true);

    ck_assert_int_eq(stage_hand_in(&exporter->base, stage_batch(1, 2)).verdict, ACCEPTED);
    ck_assert_int_eq(stage_hand_in(&exporter->base, stage_batch(3, 1)).verdict, ACCEPTED);
    ck_assert_uint_eq(file_held(&exporter->base), 3);
    drain(exporter);
    check_has("a.json", "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":");
    check_has("a.json", "\"name\":\"s2\"}]}]}]}\n{\"resourceSpans\"");
    check_has("a.json", "\"name\":\"s3\"}]}]}]}\n");
    /* what comes behind the drain is written, too */
    ck_assert_int_eq(stage_hand_in(&exporter->base, stage_batch(4, 1)).verdict, ACCEPTED);
    drain(exporter);
    check_has("a.json", "\"name\":\"s3\"}]}]}]}\n{\"resourceSpans\"");
    check_has("a.json", "\"name\":\"s4\"");
}
END_TEST

START_TEST(other_forms_have_their_length_in_front)
{
    static const struct {
        const char *yaml, *name, *start;
        size_t start_len;
    } cases[] = {
        {"{path: p, format: proto}", "p", "\x0a", 1},
        {"{path: pz, format: proto, compression: zstd}", "pz", "\x28\xb5\x2f\xfd", 4},
        {"{path: jz, compression: zstd}", "jz", "\x28\xb5\x2f\xfd", 4},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct file_exporter *exporter = make(0, cases[i].yaml, true);
        struct str content;

        stage_hand_in(&exporter->base, stage_batch(1, 100));
        drain(exporter);
        content = content_of(cases[i].name);
        ck_assert_uint_gt(content.len, 8);
        ck_assert_uint_eq((size_t)(unsigned char)content.at[2] * 256 +
                              (unsigned char)content.at[3] + 4,
                          content.len);
        ck_assert_int_eq(memcmp(content.at + 4, cases[i].start, cases[i].start_len), 0);
        file_destroy(&exporter->base);
        uv_run(&stage.loop, UV_RUN_DEFAULT);
        settings_free(&fixtures[0]);
        exporters[0] = NULL;
    }
}
END_TEST

START_TEST(it_writes_after_the_flush_interval)
{
    struct file_exporter *exporter = make(0, "{path: a.json, flush_interval: 10ms}", true);

    stage_hand_in(&exporter->base, stage_batch(1, 1));
    STAGE_RUN_UNTIL(&stage, content_of("a.json").len > 0 && !exporter->busy);
    exporter->prompt = false;
    drain(exporter);
}
END_TEST

START_TEST(a_full_disk_refuses_and_loses_nothing)
{
    struct file_exporter *exporter = make(0, "{path: a.json, flush_interval: 0s}", true);
    struct result result;

    atomic_store(&full, true);
    disk_set_fault(fails);
    ck_assert_int_eq(stage_hand_in(&exporter->base, stage_batch(1, 1)).verdict, ACCEPTED);
    STAGE_RUN_UNTIL(&stage, exporter->failing);
    result = stage_hand_in(&exporter->base, stage_batch(2, 1));
    ck_assert_int_eq(result.verdict, RETRY_LATER);
    ck_assert_uint_eq(file_held(&exporter->base), 1);
    file_drain(&exporter->base, stage_on_drained);
    for (unsigned i = 0; i < 10; i++)
        stage_turn(&stage);
    ck_assert_uint_eq(stage.drained, 0);
    atomic_store(&full, false);
    STAGE_RUN_UNTIL(&stage, stage.drained == 1);
    check_has("a.json", "\"s1\"");
    ck_assert(!exporter->failing);
}
END_TEST

START_TEST(what_waits_is_limited)
{
    struct file_exporter *exporter = make(0, "{path: a.json}", true);
    struct result result;

    stage_hand_in(&exporter->base, stage_batch(1, 1));
    exporter->held_bytes += HELD_BYTES;
    result = stage_hand_in(&exporter->base, stage_batch(2, 1));
    ck_assert_int_eq(result.verdict, RETRY_LATER);
    exporter->held_bytes -= HELD_BYTES;
}
END_TEST

START_TEST(it_can_be_destroyed_while_it_writes)
{
    struct file_exporter *exporter = make(0, "{path: a.json, flush_interval: 0s}", true);

    stage_hand_in(&exporter->base, stage_batch(1, 1000));
    ck_assert(exporter->busy);
}
END_TEST

START_TEST(an_heir_goes_on_in_the_same_file)
{
    struct file_exporter *old = make(0, "{path: a.json}", true), *heir;

    stage_hand_in(&old->base, stage_batch(1, 1));
    old->due = true;
    move(old);
    stage_hand_in(&old->base, stage_batch(2, 1)); /* while the first is written */
    heir = make(1, "{path: a.json, flush_interval: 5s}", true);
    file_bequeath(&old->base, &heir->base);
    stage_hand_in(&heir->base, stage_batch(3, 1));
    stage_hand_in(&old->base, stage_batch(4, 1)); /* by the wrong door */
    drain(old);
    drain(heir);
    for (unsigned i = 1; i <= 4; i++) {
        char name[16];

        snprintf(name, sizeof(name), "\"s%u\"", i);
        check_has("a.json", name);
    }
}
END_TEST

START_TEST(groups_have_files_of_their_own)
{
    struct file_exporter *exporter =
        make(0, "{path: by/*/t.json, create_directory: true, group_by: {enabled: true}}", true);

    stage_hand_in(&exporter->base, stage_batch(1, 1));
    stage_hand_in(&exporter->base, stage_batch(2, 1));
    drain(exporter);
    check_has("by/unknown/t.json", "\"s1\"");
    check_has("by/unknown/t.json", "\"s2\"");
}
END_TEST

START_TEST(a_segment_stays_in_its_folder)
{
    static const struct {
        struct str value;
        const char *segment;
    } cases[] = {
        {STR_INIT("shop"), "shop"},
        {STR_INIT("../etc"), "_._etc"},
        {STR_INIT(""), "_"},
        {STR_INIT("."), "_"},
        {STR_INIT("a\0b\n"), "a_b_"},
        {STR_INIT(".."), "_."},
        {STR_INIT("sh\xc3\xb6p.1"), "sh\xc3\xb6p.1"},
    };
    char large[300], *segment;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        segment = file_segment(cases[i].value);
        ck_assert_str_eq(segment, cases[i].segment);
        ck_assert_ptr_null(strchr(segment, '/'));
        ck_assert(segment[0] != '.');
        free(segment);
    }
    memset(large, 'x', sizeof(large));
    memcpy(large + FILE_SEGMENT_MAX - 1, "\xc3\xb6", 2);
    segment = file_segment((struct str){large, sizeof(large)});
    ck_assert_uint_eq(strlen(segment), FILE_SEGMENT_MAX - 1);
    free(segment);
}
END_TEST

START_TEST(what_is_wrong_is_told)
{
    static const struct {
        const char *yaml, *told;
    } cases[] = {
        {"{}", "path is missing: write path: /var/log"},
        {"{path: /tmp/}", "name the file in it"},
        {"{path: x, format: text}", "json"},
        {"{path: x, compression: gzip}", "zstd"},
        {"{path: x, rotation: {max_megabytes: 0}}", "max_megabytes"},
        {"{path: x, group_by: {enabled: true}}", "one *"},
        {"{path: '*', group_by: {enabled: true}}", "begins with a folder: \"./*\""},
        {"{path: x/*/*, group_by: {enabled: true}}", "one *"},
        {"{path: x/*, rotation: , group_by: {enabled: true}}", "no effect with group_by"},
        {"{path: x, encoding: otlp_encoding}", "format: proto"},
        {"{path: x, directory_permissions: rwx}", "octal"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settings_fixture f;

        settings_read(&f, &file_exporter, cases[i].yaml);
        ck_assert_uint_eq(f.problems.count, 1);
        ck_assert_msg(strstr(settings_problems(&f), cases[i].told) != NULL, "%s",
                      settings_problems(&f));
        settings_free(&f);
    }
}
END_TEST

START_TEST(a_missing_folder_is_told_at_the_start)
{
    (void)make(0, "{path: missing/a.json}", false);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("file_exporter");

    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_batch_is_a_line_of_json);
    tcase_add_test(cases, other_forms_have_their_length_in_front);
    tcase_add_test(cases, it_writes_after_the_flush_interval);
    tcase_add_test(cases, a_full_disk_refuses_and_loses_nothing);
    tcase_add_test(cases, what_waits_is_limited);
    tcase_add_test(cases, it_can_be_destroyed_while_it_writes);
    tcase_add_test(cases, an_heir_goes_on_in_the_same_file);
    tcase_add_test(cases, groups_have_files_of_their_own);
    tcase_add_test(cases, a_segment_stays_in_its_folder);
    tcase_add_test(cases, what_is_wrong_is_told);
    tcase_add_test(cases, a_missing_folder_is_told_at_the_start);
    return run_tests("file_exporter", cases);
}
