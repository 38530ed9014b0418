/* credentials.c - the accounts file as text, and the secrets in it. */
#include "access/credentials.h"

#include "base/secret_value.h"
#include "base/text.h"

static const char *const kind_names[CREDENTIAL_KINDS] = {
    [CREDENTIAL_PASSWORD] = "password",
    [CREDENTIAL_SESSION] = "session",
    [CREDENTIAL_TOKEN] = "token",
};

static const char first_line[] = "reeve-accounts 1";

void credentials_init(struct credentials *credentials, struct arena *arena)
{
    *credentials = (struct credentials){.arena = arena};
}

void access_mark(struct str secret, char out_mark[ACCESS_MARK_BYTES])
{
    struct hash hash = hash_of(secret);
    char hex[HASH_HEX_BYTES];
    hash_hex(&hash, hex);
    str_keep(out_mark, ACCESS_MARK_BYTES, str_of(hex));
}

void secret_digest(struct str secret, char out_hex[HASH_HEX_BYTES])
{
    struct hash hash = hash_of(secret);
    hash_hex(&hash, out_hex);
}

void csrf_of_cookie(struct str cookie, char out_csrf[CSRF_BYTES])
{
    struct str parts[] = {STR("reeve form\n"), cookie};
    struct hash hash = hash_of_list(parts, 2);
    char hex[HASH_HEX_BYTES];
    hash_hex(&hash, hex);
    str_keep(out_csrf, CSRF_BYTES, str_of(hex));
}

bool csrf_matches(struct str cookie, struct str got)
{
    char want[CSRF_BYTES];
    csrf_of_cookie(cookie, want);
    return secret_equal(got, str_of(want));
}

bool secret_digest_is_one(struct str digest)
{
    for (size_t i = 0; i < digest.n; i++)
        if (!byte_is_digit(digest.p[i]) && (digest.p[i] < 'a' || digest.p[i] > 'f'))
            return false;
    return digest.n == HASH_HEX_BYTES - 1;
}

bool password_hash_is_ours(struct str hash)
{
    for (size_t i = 0; i < hash.n; i++)
        if (!byte_is_alnum(hash.p[i]) && !strchr("$=,+/", hash.p[i]))
            return false;
    return str_starts(hash, PASSWORD_HASH_PREFIX) && hash.n < CREDENTIAL_SECRET_BYTES;
}

struct credential *credentials_find(const struct credentials *credentials,
                                    enum credential_kind kind, struct str key)
{
    for (size_t i = 0; i < credentials->count; i++)
        if (credentials->items[i].kind == kind && str_is(key, credentials->items[i].key))
            return &credentials->items[i];
    return NULL;
}

struct credential *credentials_find_secret(const struct credentials *credentials,
                                           enum credential_kind kind, struct str secret)
{
    struct credential *found = NULL;
    char digest[HASH_HEX_BYTES];
    secret_digest(secret, digest);
    for (size_t i = 0; i < credentials->count; i++) {
        struct credential *item = &credentials->items[i];
        /* All are compared: the time tells nothing. */
        bool same = secret_equal((struct str){item->secret, HASH_HEX_BYTES},
                                 (struct str){digest, HASH_HEX_BYTES});
        if (same && item->kind == kind)
            found = item;
    }
    return found;
}

bool credentials_put(struct credentials *credentials, enum credential_kind kind, struct str key,
                     struct str secret)
{
    if (key.n >= ACCOUNT_NAME_BYTES || secret.n >= CREDENTIAL_SECRET_BYTES)
        return false;
    struct credential *item = credentials_find(credentials, kind, key);
    if (!item)
        item = &LIST_PUSH(credentials->arena, credentials->items, credentials->count,
                          credentials->capacity);
    *item = (struct credential){.kind = kind};
    str_keep(item->key, sizeof item->key, key);
    str_keep(item->secret, sizeof item->secret, secret);
    return true;
}

static bool parse_line(struct credentials *credentials, struct str line)
{
    struct str word, key, secret, seen = STR("0");
    int64_t seen_us = 0;
    int kind = 0;
    (void)!str_split(&line, ' ', &word);
    if (!str_split(&line, ' ', &key) || !str_split(&line, ' ', &secret))
        return false;
    while (kind < CREDENTIAL_KINDS && !str_is(word, kind_names[kind]))
        kind++;
    if (kind == CREDENTIAL_SESSION && !str_split(&line, ' ', &seen))
        return false;
    bool good = kind == CREDENTIAL_PASSWORD
                    ? password_hash_is_ours(secret)
                    : kind < CREDENTIAL_KINDS && secret_digest_is_one(secret);
    if (!good || line.p || !str_int(seen, &seen_us) || seen_us < 0 ||
        !credentials_put(credentials, (enum credential_kind)kind, key, secret))
        return false;
    credentials_find(credentials, (enum credential_kind)kind, key)->seen.us = seen_us;
    return true;
}

bool credentials_parse(struct credentials *credentials, struct str text, struct err *err)
{
    struct str line;
    int number = 0;
    while (str_split(&text, '\n', &line)) {
        number++;
        if (!text.p && line.n == 0)
            break;
        if (number == 1 ? str_is(line, first_line) : parse_line(credentials, line))
            continue;
        credentials->count = 0;
        return err_set(err, ERR_REFUSED, "accounts",
                       "Line %d of the accounts file is not as Reeve writes it; restore the file, "
                       "or move it aside and set the passwords again (\"reeve account password\").",
                       number);
    }
    return true;
}

struct str credentials_write(const struct credentials *credentials, struct arena *arena)
{
    struct text text;
    text_init(&text, arena, CREDENTIALS_BYTES_MAX);
    text_printf(&text, "%s\n", first_line);
    for (size_t i = 0; i < credentials->count; i++) {
        const struct credential *item = &credentials->items[i];
        text_printf(&text, "%s %s %s", kind_names[item->kind], item->key, item->secret);
        if (item->kind == CREDENTIAL_SESSION)
            text_printf(&text, " %lld", (long long)item->seen.us);
        text_byte(&text, '\n');
    }
    return text_str(&text);
}

bool credential_is_of(const struct credential *credential, const struct account *account)
{
    char mark[ACCESS_MARK_BYTES];
    access_mark(str_of(credential->secret), mark);
    return strcmp(mark, account->mark) == 0;
}

static bool is_known(const struct credential *item, const struct access *access)
{
    const struct account *account = account_find(access, str_of(item->key));
    if (item->kind == CREDENTIAL_PASSWORD)
        return account && credential_is_of(item, account);
    if (item->kind == CREDENTIAL_SESSION)
        return session_find(access, str_of(item->key));
    return api_token_find(access, str_of(item->key));
}

void credentials_prune(struct credentials *credentials, const struct access *access)
{
    size_t kept = 0;
    for (size_t i = 0; i < credentials->count; i++)
        if (is_known(&credentials->items[i], access))
            credentials->items[kept++] = credentials->items[i];
    credentials->count = kept;
}
