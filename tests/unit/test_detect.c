/*
 * Detectors: the environment's text, the system, and a Docker engine that answers anything.
 */
#include "processors/detect.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "otlp/span.h"
#include "unit/check.h"

static struct detected detected;

static const char *text_of(const char *key)
{
    static char text[256];
    struct value_view value;

    for (size_t i = 0; i < detected.count; i++) {
        if (!str_is(detected.at[i].key, key))
            continue;
        value_read(detected.at[i].value, &value);
        ck_assert_int_eq(value.kind, VALUE_STRING);
        snprintf(text, sizeof(text), "%.*s", STR_ARG(value.bytes));
        return text;
    }
    return NULL;
}

START_TEST(the_environment_tells_pairs)
{
    struct error err;

    ck_assert(detect_env(&detected, " a=1 , b.c = x%2Cy%20z=,,a=2,e=", &err));
    ck_assert_uint_eq(detected.count, 3);
    ck_assert_str_eq(text_of("a"), "1");
    ck_assert_str_eq(text_of("b.c"), "x,y z=");
    ck_assert_str_eq(text_of("e"), "");
    detected_done(&detected);
}
END_TEST

START_TEST(what_is_wrong_in_the_environment_is_told)
{
    static const char *const wrong[] = {NULL, "", " ", "a", "=b", "a=%", "a=%4", "a=%zz", "a=%ff"};
    struct error err;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ck_assert(!detect_env(&detected, wrong[i], &err));
        ck_assert_ptr_nonnull(strstr(err.text, "OTEL_RESOURCE_ATTRIBUTES"));
        detected_done(&detected);
    }
}
END_TEST

START_TEST(the_system_has_a_name)
{
    struct error err;
    char name[256];

    gethostname(name, sizeof(name));
    detected_add(&detected, STR("os.type"), STR("mine"));
    ck_assert(detect_system(&detected, SYSTEM_HOST_NAME | SYSTEM_OS_TYPE | SYSTEM_HOST_ARCH, &err));
    ck_assert_str_eq(text_of("host.name"), name);
    ck_assert_str_eq(text_of("os.type"), "mine"); /* who is first is right */
    ck_assert_ptr_nonnull(text_of("host.arch"));
    ck_assert_ptr_null(text_of("os.description"));
    detected_done(&detected);
    ck_assert(detect_system(&detected, SYSTEM_OS_DESCRIPTION | SYSTEM_OS_VERSION, &err));
    ck_assert_ptr_nonnull(strstr(text_of("os.description"), "Linux"));
    ck_assert_uint_eq(detected.count, 2);
    detected_done(&detected);
}
END_TEST

static const struct {
    const char *hosts, *full_name;
} hosts[] = {
    {"127.0.0.1 localhost\n127.0.1.1\tshop.example.org\t shop \n", "shop.example.org"},
    {"10.0.0.1 a.b c Shop # comment\n", "a.b"},
    {"10.0.0.1 shop", "shop"},
    {"10.0.0.1 a #shop\n#10.0.0.1 b shop\n10.0.0.1 shops\n", "shop"},
    {"127.0.0.1 localhost shop\n::1 localhost6 shop.x shop\n10.0.0.1 shop.y shop\r\n", "shop.y"},
    {"shop shop.z\n\n \nshop\n", "shop"},
    {"", "shop"},
};

START_TEST(a_hosts_file_has_the_full_name)
{
    struct str name = detect_full_name(str_of(hosts[_i].hosts), STR("shop"));

    ck_assert_msg(str_is(name, hosts[_i].full_name), "%.*s", STR_ARG(name));
}
END_TEST

#define OK "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"

static const struct {
    const char *answer, *told; /* told: NULL where it is good */
    const char *name;
} answers[] = {
    {OK "{\"ID\":\"x\",\"Plugins\":{\"Name\":\"no\"},\"Name\":\"h\\u00e91\",\"OSType\":\"linux\"}",
     NULL,
     "h\xc3\xa9"
     "1"},
    {OK "{\"Name\":5}", NULL, NULL},
    {OK "{}", NULL, NULL},
    {OK "{\"Name\":\"cut", "no JSON", NULL},
    {OK, "no JSON", NULL},
    {OK "[[[[", "no JSON", NULL},
    {"HTTP/1.1 500 Oops\r\n\r\n{\"Name\":\"h\"}", "500 Oops", NULL},
    {"", "answers \"\"", NULL},
    {"rubbish", "answers \"\"", NULL},
};

START_TEST(any_answer_of_docker_is_taken_or_told)
{
    struct error err = {""};
    bool ok = detect_docker_answer(&detected, DOCKER_HOST_NAME | DOCKER_OS_TYPE,
                                   str_of(answers[_i].answer), &err);

    ck_assert(ok == !answers[_i].told);
    if (answers[_i].told)
        ck_assert_ptr_nonnull(strstr(err.text, answers[_i].told));
    if (answers[_i].name)
        ck_assert_str_eq(text_of("host.name"), answers[_i].name);
    else
        ck_assert_ptr_null(text_of("host.name"));
    detected_done(&detected);
}
END_TEST

static void *serve(void *arg)
{
    int fd = accept(*(int *)arg, NULL, NULL);
    char request[256];

    ck_assert_int_gt(read(fd, request, sizeof(request)), 0);
    ck_assert_int_eq(write(fd, answers[0].answer, strlen(answers[0].answer)),
                     (int)strlen(answers[0].answer));
    close(fd);
    return NULL;
}

START_TEST(docker_is_asked_by_its_socket)
{
    char folder[] = "/tmp/otelc-docker-XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct error err;
    pthread_t thread;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/docker.sock", folder);
    ck_assert(!detect_docker(&detected, DOCKER_OS_TYPE, address.sun_path, 1000, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "No such file"));
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    pthread_create(&thread, NULL, serve, &fd);
    ck_assert(detect_docker(&detected, DOCKER_OS_TYPE, address.sun_path, 10000, &err));
    pthread_join(thread, NULL);
    ck_assert_str_eq(text_of("os.type"), "linux");
    ck_assert_ptr_null(text_of("host.name"));
    detected_done(&detected);
    ck_assert(!detect_docker(&detected, DOCKER_OS_TYPE, address.sun_path, 10, &err)); /* silent */
    ck_assert_ptr_nonnull(strstr(err.text, "takes too long"));
    detected_done(&detected);
    close(fd);
    unlink(address.sun_path);
    rmdir(folder);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("detect");

    tcase_add_test(cases, the_environment_tells_pairs);
    tcase_add_test(cases, what_is_wrong_in_the_environment_is_told);
    tcase_add_test(cases, the_system_has_a_name);
    tcase_add_loop_test(cases, any_answer_of_docker_is_taken_or_told, 0,
                        sizeof(answers) / sizeof(answers[0]));
    tcase_add_loop_test(cases, a_hosts_file_has_the_full_name, 0, sizeof(hosts) / sizeof(hosts[0]));
    tcase_add_test(cases, docker_is_asked_by_its_socket);
    return run_tests("detect", cases);
}
