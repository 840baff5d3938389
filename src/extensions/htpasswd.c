/*
 * The hash's prefix tells how it was made.
 */
#include "extensions/htpasswd.h"

#include <assert.h>
#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "net/secret.h"

enum { USERS_MAX = 10000, SHA1_SIZE = 20 };

struct question {
    struct str password, hash;
};

/* ---- one kind each ---- */

static bool same(struct str a, struct str b)
{
    struct secret_key key;
    struct secret_digest left, right;

    secret_key_make(&key);
    left = secret_digest(&key, a);
    right = secret_digest(&key, b);
    return secret_equal(&left, &right);
}

static bool matches_crypt(const struct question *q)
{
    char password[HTPASSWD_PASSWORD_MAX + 1], hash[HTPASSWD_HASH_MAX + 1];
    struct crypt_data *work = mem_zero(sizeof(*work)); /* 32 KiB */
    const char *made;
    bool good;

    memcpy(password, q->password.at, q->password.len);
    password[q->password.len] = '\0';
    memcpy(hash, q->hash.at, q->hash.len);
    hash[q->hash.len] = '\0';
    made = crypt_r(password, hash, work);
    good = made && made[0] != '*' && same(str_of(made), q->hash);
    explicit_bzero(password, sizeof(password));
    explicit_bzero(work, sizeof(*work));
    free(work);
    return good;
}

static bool matches_apr1(const struct question *q)
{
    return secret_apr1_matches(q->password, q->hash);
}

/* {SHA}: base64 of the SHA-1; {SSHA}: of password and salt, with the salt behind it. */
static bool matches_sha1(const struct question *q)
{
    const char *brace = memchr(q->hash.at, '}', q->hash.len);
    struct str encoded = {brace + 1, (size_t)(q->hash.at + q->hash.len - brace - 1)};
    struct buf stored = {0}, salted = {0};
    unsigned char sum[SHA1_SIZE];
    bool good = false;

    if (base64_decode(encoded, buf_reserve(&stored, encoded.len + 1), &stored.len) &&
        stored.len >= SHA1_SIZE) {
        struct str salt = {stored.at + SHA1_SIZE, stored.len - SHA1_SIZE};

        buf_append_str(&salted, q->password);
        buf_append_str(&salted, salt);
        secret_sha1(buf_str(&salted), sum);
        good = same((struct str){stored.at, SHA1_SIZE}, (struct str){(char *)sum, SHA1_SIZE});
    }
    buf_done(&stored);
    buf_wipe(&salted);
    return good;
}

static bool matches_plain(const struct question *q)
{
    return same(q->password, q->hash);
}

struct kind {
    struct str prefix;
    bool (*matches)(const struct question *q);
    bool slow;
};

/* NULL: unknown. */
static const struct kind *kind_of(struct str hash)
{
    static const struct kind plain = {.matches = matches_plain};
    static const struct kind kinds[] = {
        {STR_INIT("$2a$"), matches_crypt, true},   {STR_INIT("$2b$"), matches_crypt, true},
        {STR_INIT("$2y$"), matches_crypt, true},   {STR_INIT("$5$"), matches_crypt, true},
        {STR_INIT("$6$"), matches_crypt, true},    {STR_INIT("$y$"), matches_crypt, true},
        {STR_INIT("$7$"), matches_crypt, true},    {STR_INIT("$1$"), matches_crypt, true},
        {STR_INIT("$apr1$"), matches_apr1, true},  {STR_INIT("{SHA}"), matches_sha1, false},
        {STR_INIT("{SSHA}"), matches_sha1, false},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (str_starts(hash, kinds[i].prefix))
            return &kinds[i];
    if (hash.at[0] == '{' || (hash.at[0] == '$' && memchr(hash.at + 1, '$', hash.len - 1)))
        return NULL;
    return &plain;
}

/* ---- the list ---- */

static bool add_line(struct htpasswd *p, struct str line, unsigned number, struct error *err)
{
    const char *colon;
    struct htpasswd_user user;

    line = str_strip(line);
    if (line.len == 0 || line.at[0] == '#')
        return true;
    colon = memchr(line.at, ':', line.len);
    if (!colon || colon == line.at || colon + 1 == line.at + line.len)
        return error_set(err, "line %u: wants name:hash", number);
    user.name = (struct str){line.at, (size_t)(colon - line.at)};
    user.hash = (struct str){colon + 1, line.len - user.name.len - 1};
    if (user.hash.len > HTPASSWD_HASH_MAX || !kind_of(user.hash))
        return error_set(err, "line %u: not a hash that is known: make it with htpasswd -B",
                         number);
    if (p->count == USERS_MAX)
        return error_set(err, "line %u: more than %d users", number, USERS_MAX);
    p->users = mem_room(p->users, p->count, &p->cap, sizeof(*p->users));
    p->users[p->count++] = user;
    return true;
}

bool htpasswd_add(struct htpasswd *p, struct str text, struct error *err)
{
    for (unsigned number = 1; text.len > 0; number++) {
        const char *end = memchr(text.at, '\n', text.len);
        size_t len = end ? (size_t)(end - text.at) : text.len;

        if (!add_line(p, (struct str){text.at, len}, number, err))
            return false;
        len += end != NULL;
        text = (struct str){text.at + len, text.len - len};
    }
    return true;
}

void htpasswd_done(struct htpasswd *p)
{
    free(p->users);
    *p = (struct htpasswd){.users = NULL};
}

struct str htpasswd_hash_of(const struct htpasswd *p, struct str name)
{
    for (size_t i = 0; i < p->count; i++)
        if (str_eq(p->users[i].name, name))
            return p->users[i].hash;
    return (struct str){0};
}

bool htpasswd_is_slow(struct str hash)
{
    const struct kind *kind = kind_of(hash);

    assert(kind); /* it was added */
    return kind->slow;
}

bool htpasswd_matches(struct str hash, struct str password)
{
    const struct question q = {password, hash};
    const struct kind *kind = kind_of(hash);

    assert(kind);
    if (password.len == 0 || password.len > HTPASSWD_PASSWORD_MAX ||
        memchr(password.at, '\0', password.len))
        return false;
    return kind->matches(&q);
}
