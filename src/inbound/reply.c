/* reply.c - short messages that people send back. */
#include "inbound/reply.h"

#include "base/hash.h"
#include "base/secret_value.h"

#include <stdlib.h>

static int compare_names(const void *a, const void *b)
{
    const struct reply_field *x = a;
    const struct reply_field *y = b;
    int order = str_compare(x->name, y->name);
    return order ? order : str_compare(x->value, y->value);
}

struct str reply_sign(struct arena *arena, struct reply_post *post, struct str token)
{
    struct str *parts = arena_array(arena, 2 * post->count + 1, sizeof *parts);
    size_t count = 0;
    if (post->count > 0)
        qsort(post->fields, post->count, sizeof *post->fields, compare_names);
    parts[count++] = post->url;
    for (size_t i = 0; i < post->count; i++) {
        parts[count++] = post->fields[i].name;
        parts[count++] = post->fields[i].value;
    }
    unsigned char mac[HASH_SHA1_BYTES];
    hash_hmac_sha1(token, parts, count, mac);
    return base64_write(arena, mac, sizeof mac);
}

const char *reply_signature_problem(struct arena *arena, struct reply_post *post, struct str token)
{
    struct str signature = str_trim(post->signature);
    if (signature.n == 0)
        return "The message is not signed.";
    if (token.n == 0 || !secret_equal(signature, reply_sign(arena, post, token)))
        return "The signature is not that of this message at this address: another token, or "
               "public_url: is not the address that was called.";
    return NULL;
}

struct str reply_field_find(const struct reply_post *post, const char *name)
{
    for (size_t i = 0; i < post->count; i++)
        if (str_is(post->fields[i].name, name))
            return post->fields[i].value;
    return STR("");
}

/* "12 on my way" is 12; another number behind it stays, and is refused: which one is meant? */
static struct str without_words(struct str rest)
{
    size_t end = 0;
    while (end < rest.n && byte_is_digit(rest.p[end]))
        end++;
    if (end == 0 || end == rest.n || !byte_is_blank(rest.p[end]))
        return rest;
    for (size_t i = end; i < rest.n; i++)
        if (byte_is_digit(rest.p[i]))
            return rest;
    return str_slice(rest, 0, end);
}

bool reply_read(struct str text, int64_t *out_number)
{
    struct str s = str_trim(text);
    size_t word = 0;
    int64_t number = 0;
    while (word < s.n && byte_is_alpha(s.p[word]))
        word++;
    if (!str_is_nocase(str_slice(s, 0, word), "ack") &&
        !str_is_nocase(str_slice(s, 0, word), "acknowledge"))
        return false;
    struct str rest = str_trim(str_from(s, word));
    while (rest.n > 0 && (str_ends(rest, ".") || str_ends(rest, "!")))
        rest.n--;
    if (rest.n > 0 && rest.p[0] == '#')
        rest = str_from(rest, 1);
    rest = without_words(rest);
    if (rest.n > 0 && (!str_int(rest, &number) || number < 1))
        return false;
    *out_number = number;
    return true;
}
