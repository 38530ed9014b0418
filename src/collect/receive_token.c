/* receive_token.c - Authorization: Bearer TOKEN, or the password of Basic. */
#include "collect/receive_token.h"

/* The token of "Bearer TOKEN", or of Basic its password; false: there is none. */
static bool find_token(struct arena *arena, const struct http_request *request,
                       struct str *out_token)
{
    struct str value;
    struct str pair;
    if (!http_header_find(request, "Authorization", &value))
        return false;
    if (str_starts_nocase(value, "Bearer ")) {
        *out_token = str_trim(str_from(value, 7));
        return true;
    }
    *out_token = STR("");
    if (str_starts_nocase(value, "Basic ") &&
        base64_parse(arena, str_trim(str_from(value, 6)), &pair))
        *out_token = str_from(pair, str_find_byte(pair, ':', 0) + 1);
    return true;
}

static bool same_digest(const struct hash *a, const struct hash *b)
{
    unsigned char differs = 0;
    for (size_t i = 0; i < HASH_BYTES; i++)
        differs |= (unsigned char)(a->b[i] ^ b->b[i]);
    return differs == 0;
}

struct receive_token receive_token_of(const struct http_request *request)
{
    struct receive_token token = {0};
    struct str text = STR("");
    struct str forwarded;
    struct arena scratch;
    arena_init(&scratch);
    token.is_given = find_token(&scratch, request, &text);
    token.is_empty = text.n == 0;
    token.digest = hash_of(text);
    token.is_near = request->is_host_known &&
                    !http_header_find(request, "X-Forwarded-For", &forwarded) &&
                    !http_header_find(request, "Forwarded", &forwarded);
    arena_done(&scratch);
    return token;
}

bool receive_token_is_of(const struct receive_token *token, const struct collector_sender *sender)
{
    if (sender->open)
        return !token->is_given && token->is_near;
    return same_digest(&token->digest, &sender->token) && !token->is_empty;
}
