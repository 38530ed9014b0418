/* openai_usage.c - pages of usage and costs. */
#include "probe/openai_usage.h"

#include <math.h>

enum { PAGE_NAME_BYTES = 1024 };

/* A number, also one that is written as a text: amounts have come so. */
static bool read_number(const struct json *value, double *out_number)
{
    double number = 0;
    if (!value)
        return false;
    if (value->type == JSON_NUMBER)
        number = value->number;
    else if (value->type != JSON_STRING || !str_real(value->text, &number))
        return false;
    if (!isfinite(number) || number < 0)
        return false;
    *out_number = number;
    return true;
}

static bool read_cost(const struct json *result, struct openai_sum *sum, struct err *err)
{
    const struct json *amount = json_get(result, "amount");
    double value = 0;
    if (!amount || amount->type != JSON_OBJECT || !read_number(json_get(amount, "value"), &value))
        return err_set(err, ERR_OUTSIDE, "", "gave a cost without an amount");
    struct str currency = json_get_str(amount, "currency");
    if (!str_is_nocase(currency, "usd"))
        return err_set(err, ERR_OUTSIDE, "", "gave a cost in \"%.*s\" and not in dollars",
                       STR_ARGS(str_cut(currency, 20)));
    sum->dollars += value;
    return true;
}

/* Models that give nothing out tell no output_tokens. */
static bool read_tokens(const struct json *result, struct openai_sum *sum, struct err *err)
{
    double in = 0;
    double out = 0;
    if (!read_number(json_get(result, "input_tokens"), &in) ||
        (json_get(result, "output_tokens") &&
         !read_number(json_get(result, "output_tokens"), &out)))
        return err_set(err, ERR_OUTSIDE, "", "gave usage without a number of tokens");
    sum->tokens += in + out;
    return true;
}

static bool read_bucket(const struct json *bucket, struct openai_sum *sum, struct err *err)
{
    const struct json *results = json_get(bucket, "results");
    if (!results || results->type != JSON_ARRAY)
        return err_set(err, ERR_OUTSIDE, "", "gave a bucket without results");
    for (const struct json *result = results->first; result; result = result->next) {
        struct str object = json_get_str(result, "object");
        bool cost = str_is(object, "organization.costs.result");
        bool tokens = str_starts(object, "organization.usage.");
        if (!cost && !tokens)
            return err_set(err, ERR_OUTSIDE, "", "gave \"%.*s\", which is not known",
                           STR_ARGS(str_cut(object, 60)));
        if (cost ? !read_cost(result, sum, err) : !read_tokens(result, sum, err))
            return false;
    }
    return true;
}

bool openai_usage_read(struct arena *arena, struct str text, struct openai_sum *io_sum,
                       struct str *out_next, struct err *err)
{
    struct openai_sum sum = *io_sum;
    struct json *root = NULL;
    if (!json_parse(arena, text, &root, NULL) || root->type != JSON_OBJECT)
        return err_set(err, ERR_OUTSIDE, "", "answered with something that is not JSON");
    const struct json *data = json_get(root, "data");
    if (!data || data->type != JSON_ARRAY)
        return err_set(err, ERR_OUTSIDE, "", "answered without data");
    for (const struct json *bucket = data->first; bucket; bucket = bucket->next)
        if (!read_bucket(bucket, &sum, err))
            return false;
    const struct json *more = json_get(root, "has_more");
    struct str next = json_get_str(root, "next_page");
    bool goes_on = more && more->type == JSON_TRUE;
    if (goes_on && (next.n == 0 || next.n > PAGE_NAME_BYTES))
        return err_set(err, ERR_OUTSIDE, "", "has more pages and does not name the next one");
    *io_sum = sum;
    *out_next = goes_on ? next : STR("");
    return true;
}

struct str openai_error_words(struct arena *arena, struct str text)
{
    struct json *root = NULL;
    if (!json_parse(arena, text, &root, NULL) || root->type != JSON_OBJECT)
        return STR("");
    const struct json *error = json_get(root, "error");
    if (!error || error->type != JSON_OBJECT)
        return STR("");
    struct str code = json_get_str(error, "code");
    return str_printf(arena, "%.*s%s%.*s", STR_ARGS(str_cut(code, 60)), code.n > 0 ? ": " : "",
                      STR_ARGS(str_cut(json_get_str(error, "message"), 200)));
}
