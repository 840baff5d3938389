/*
 * Detectors. They run while the component starts, before any data comes.
 */
#include "processors/detect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "otlp/attributes.h"
#include "otlp/json.h"

enum { ARENA_SIZE = 1024, ANSWER_MAX = 1 << 20, TEXT_MAX = 4096, SHOWN_MAX = 40 };

void detected_done(struct detected *detected)
{
    arena_free(detected->arena);
    free(detected->at);
    *detected = (struct detected){0};
}

void detected_add(struct detected *detected, struct str key, struct str text)
{
    struct value_view value = {.kind = VALUE_STRING, .bytes = text};
    struct buf out = {0};

    for (size_t i = 0; i < detected->count; i++)
        if (str_eq(detected->at[i].key, key))
            return;
    if (!detected->arena)
        detected->arena = arena_new(ARENA_SIZE);
    value_write(&value, &out);
    detected->at = mem_room(detected->at, detected->count, &detected->cap, sizeof(*detected->at));
    detected->at[detected->count++] = (struct detected_attribute){
        arena_copy(detected->arena, key), arena_copy(detected->arena, buf_str(&out))};
    buf_done(&out);
}

/* ---- env ---- */

/* Without its percent signs. False: it has some that are none. */
static bool decode(struct str text, struct buf *out)
{
    buf_reset(out);
    for (size_t i = 0; i < text.len; i++) {
        int high, low;

        if (text.at[i] != '%') {
            buf_append_char(out, text.at[i]);
            continue;
        }
        high = text.len - i > 2 ? hex_digit(text.at[i + 1]) : -1;
        low = high >= 0 ? hex_digit(text.at[i + 2]) : -1;
        if (low < 0)
            return false;
        buf_append_char(out, (char)(high << 4 | low));
        i += 2;
    }
    return utf8_valid(buf_str(out));
}

/* Up to the separator, which is passed over. */
static struct str next_part(struct str *rest, char separator)
{
    const char *end = rest->len > 0 ? memchr(rest->at, separator, rest->len) : NULL;
    struct str part = {rest->at, end ? (size_t)(end - rest->at) : rest->len};
    size_t passed = part.len + (end != NULL);

    *rest = (struct str){rest->at + passed, rest->len - passed};
    return part;
}

bool detect_env(struct detected *detected, const char *variable, struct error *err)
{
    struct str rest = str_of(variable ? variable : "");
    struct buf text = {0};
    bool ok = true;

    if (str_trim(rest).len == 0)
        return error_set(err, "OTEL_RESOURCE_ATTRIBUTES is not set");
    while (rest.len > 0 && ok) {
        struct str value = str_trim(next_part(&rest, ',')), whole = value, key;

        if (whole.len == 0)
            continue;
        key = str_trim(next_part(&value, '='));
        value = str_trim(value);
        ok = key.len > 0 && key.len < whole.len && decode(value, &text);
        if (ok)
            detected_add(detected, key, buf_str(&text));
        else
            error_set(err,
                      "OTEL_RESOURCE_ATTRIBUTES is to be key=value,key=value, percent-encoded, "
                      "not \"%.*s\"",
                      (int)(whole.len < 100 ? whole.len : 100), whole.at);
    }
    buf_done(&text);
    return ok;
}

/* ---- system ---- */

/* As Go names it, which others use. */
static struct str architecture(const char *machine)
{
    static const char *const names[][2] = {
        {"x86_64", "amd64"}, {"aarch64", "arm64"}, {"armv7l", "arm32"},
        {"i686", "x86"},     {"ppc64le", "ppc64"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i][0], machine) == 0)
            return str_of(names[i][1]);
    return str_of(machine);
}

static void add_host_id(struct detected *detected)
{
    struct buf content = {0};
    const char *why;

    if (file_read("/etc/machine-id", true, &content, &why) && str_strip(buf_str(&content)).len > 0)
        detected_add(detected, STR("host.id"), str_strip(buf_str(&content)));
    buf_done(&content);
}

/* Empty: there is none. */
static struct str next_word(struct str *rest)
{
    struct str word = {rest->at, 0};

    while (rest->len > 0 && strchr(" \t\r", *rest->at))
        rest->at++, rest->len--;
    for (word.at = rest->at; rest->len > 0 && !strchr(" \t\r", *rest->at); word.len++)
        rest->at++, rest->len--;
    return word;
}

/* Of a line: address, name, other names. Empty: the name is none of them. */
static struct str first_name_for(struct str line, struct str name)
{
    struct str first = {NULL, 0};
    bool found = false;

    next_word(&line);
    while (!found) {
        struct str word = next_word(&line);

        if (word.len == 0)
            return (struct str){NULL, 0};
        if (first.len == 0)
            first = word;
        found = str_eq_nocase(word, name);
    }
    return first;
}

struct str detect_full_name(struct str hosts, struct str name)
{
    while (hosts.len > 0) {
        struct str line = next_part(&hosts, '\n');
        struct str first = first_name_for(next_part(&line, '#'), name);

        if (first.len > 0 && !str_starts(first, STR("localhost")))
            return first;
    }
    return name;
}

static void add_host_name(struct detected *detected, struct str name, bool full)
{
    struct buf hosts = {0};
    const char *why;

    if (full && file_read("/etc/hosts", true, &hosts, &why))
        name = detect_full_name(buf_str(&hosts), name);
    if (utf8_valid(name))
        detected_add(detected, STR("host.name"), name);
    buf_done(&hosts);
}

bool detect_system(struct detected *detected, unsigned wanted, struct error *err)
{
    struct utsname names;
    char description[sizeof(names.sysname) + sizeof(names.release) + sizeof(names.version) + 2];

    if (uname(&names) != 0)
        return error_set(err, "uname: %s", strerror(errno));
    snprintf(description, sizeof(description), "%s %s %s", names.sysname, names.release,
             names.version);
    if (wanted & SYSTEM_HOST_NAME)
        add_host_name(detected, str_of(names.nodename), wanted & SYSTEM_FULL_NAME);
    if (wanted & SYSTEM_OS_TYPE)
        detected_add(detected, STR("os.type"), STR("linux"));
    if (wanted & SYSTEM_HOST_ARCH)
        detected_add(detected, STR("host.arch"), architecture(names.machine));
    if (wanted & SYSTEM_HOST_ID)
        add_host_id(detected);
    if (wanted & SYSTEM_OS_VERSION)
        detected_add(detected, STR("os.version"), str_of(names.release));
    if (wanted & SYSTEM_OS_DESCRIPTION)
        detected_add(detected, STR("os.description"), str_of(description));
    return true;
}

/* ---- docker ---- */

static void add_string(struct detected *detected, struct str key, const struct json_string *string)
{
    struct buf text = {0};

    if (string->raw.len == 0 || string->raw.len > TEXT_MAX)
        return;
    text.len = json_unescape(string->raw, buf_reserve(&text, string->raw.len));
    if (utf8_valid(buf_str(&text)))
        detected_add(detected, key, buf_str(&text));
    buf_done(&text);
}

/* GET /info answers an object with "Name" and "OSType", among much else. */
static bool read_info(struct detected *detected, unsigned wanted, struct str text)
{
    struct json json = json_of(text);
    struct json_string name, value;

    json_open(&json, '{');
    for (size_t count = 0; json_more(&json, '}', count); count++) {
        if (!json_string(&json, &name) || !json_colon(&json))
            break;
        if ((str_is(name.raw, "Name") || str_is(name.raw, "OSType")) && json_peek(&json) == '"') {
            if (!json_string(&json, &value))
                break;
            if (str_is(name.raw, "Name") && wanted & DOCKER_HOST_NAME)
                add_string(detected, STR("host.name"), &value);
            else if (str_is(name.raw, "OSType") && wanted & DOCKER_OS_TYPE)
                add_string(detected, STR("os.type"), &value);
        } else if (!json_skip(&json)) {
            break;
        }
    }
    return json.why == NULL;
}

bool detect_docker_answer(struct detected *detected, unsigned wanted, struct str answer,
                          struct error *err)
{
    const char *body = answer.len > 0 ? memmem(answer.at, answer.len, "\r\n\r\n", 4) : NULL;
    struct str head = {answer.at, body ? (size_t)(body - answer.at) : 0};

    if (!str_starts(head, STR("HTTP/1.0 200 ")) && !str_starts(head, STR("HTTP/1.1 200 ")))
        return error_set(err, "the Docker engine answers \"%.*s\", not with what it is",
                         (int)(head.len < SHOWN_MAX ? head.len : SHOWN_MAX),
                         head.at ? head.at : "");
    body += 4;
    if (!read_info(detected, wanted, (struct str){body, (size_t)(answer.at + answer.len - body)}))
        return error_set(err, "the Docker engine's answer is no JSON");
    return true;
}

static bool ask(int fd, const struct timeval *timeout, const char *path, struct buf *answer)
{
    static const char request[] = "GET /info HTTP/1.0\r\nHost: docker\r\n\r\n";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    ssize_t got = 1;
    time_t end = time(NULL) + timeout->tv_sec + 1;

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, sizeof(*timeout)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, timeout, sizeof(*timeout)) != 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
        return false;
    while (got > 0 && answer->len < ANSWER_MAX && time(NULL) <= end) {
        got = recv(fd, buf_reserve(answer, TEXT_MAX), TEXT_MAX, 0);
        answer->len += got > 0 ? (size_t)got : 0;
    }
    if (got > 0)
        errno = EMSGSIZE;
    return got == 0;
}

bool detect_docker(struct detected *detected, unsigned wanted, const char *socket_path,
                   unsigned timeout_ms, struct error *err)
{
    struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct buf answer = {0};
    bool ok;

    ok = fd >= 0 && ask(fd, &timeout, socket_path, &answer);
    if (!ok)
        error_set(err, "no answer of the Docker engine at %s: %s", socket_path,
                  errno == EAGAIN ? "it takes too long" : strerror(errno));
    if (fd >= 0)
        close(fd);
    ok = ok && detect_docker_answer(detected, wanted, buf_str(&answer), err);
    buf_done(&answer);
    return ok;
}
