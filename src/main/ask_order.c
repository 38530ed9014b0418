/* ask_order.c - questions to the engine as an order, and its answers. */
#include "main/ask_order.h"

#include "base/text.h"
#include "worker/order_limits.h"

enum { MARGIN_MS = 3000, AT_ONCE = 4 };

size_t ask_batch_count(const struct str *questions, size_t count)
{
    size_t taken = 0;
    size_t bytes = 0;
    while (taken < count && taken < ASK_BATCH_MAX &&
           (taken == 0 || bytes + questions[taken].n <= ASK_BATCH_BYTES))
        bytes += questions[taken++].n;
    return taken;
}

struct order ask_order(struct arena *arena, const struct config_ask *ask,
                       const struct ask_batch *batch)
{
    struct text body;
    int64_t rows = (int64_t)(batch->count + (batch->version ? 1 : 0) + AT_ONCE - 1) / AT_ONCE;
    int64_t deadline_ms = rows * ask->deadline_ms + MARGIN_MS;
    text_init(&body, arena, WORK_ORDER_BYTES);
    struct json_writer w = {.text = &body};
    json_open_object(&w, NULL);
    if (ask->ca.n > 0)
        json_str(&w, "ca", ask->ca);
    json_open_array(&w, "questions");
    for (size_t i = 0; i < batch->count; i++)
        json_str(&w, NULL, batch->questions[i]);
    json_close_array(&w);
    if (ask->tenant.n > 0)
        json_str(&w, "tenant", ask->tenant);
    if (!instant_is_zero(batch->at))
        json_int(&w, "time_us", batch->at.us);
    json_int(&w, "timeout_ms", ask->deadline_ms);
    json_str(&w, "url", ask->url);
    if (ask->user.n > 0)
        json_str(&w, "user", ask->user);
    json_bool(&w, "version", batch->version);
    json_close_object(&w);
    struct order order = {.kind = ORDER_ASK,
                          .id = STR("ask"),
                          .body_json = text_str(&body),
                          .deadline_ms = deadline_ms < WORK_DEADLINE_MS_MAX ? deadline_ms
                                                                            : WORK_DEADLINE_MS_MAX};
    if (ask->token.name.n > 0 || ask->password.name.n > 0) {
        bool token = ask->token.name.n > 0;
        order.secret_fields[0] = token ? "token" : "password";
        order.secret_names[0] = token ? ask->token.name : ask->password.name;
        order.secret_count = 1;
    }
    return order;
}

struct asked_answer *ask_answers(struct arena *arena, const struct ask_batch *batch,
                                 const struct order_result *result, struct instant at,
                                 struct str *out_version)
{
    struct asked_answer *answers = arena_array(arena, batch->count + 1, sizeof *answers);
    struct json *output = NULL;
    struct err err = {0};
    bool good = result->output.n > 0 && json_parse(arena, result->output, &output, &err);
    const struct json *list = good ? json_get(output, "answers") : NULL;
    const struct json *one = list && list->type == JSON_ARRAY ? list->first : NULL;
    struct str detail = str_copy(arena, result->detail);
    if (str_ends(detail, "."))
        detail.n--;
    *out_version = good ? str_copy(arena, json_get_str(output, "version")) : STR("");
    for (size_t i = 0; i < batch->count; i++) {
        if (!one || !asked_parse(arena, one, &answers[i]))
            answers[i] = (struct asked_answer){
                .at = at,
                .warnings = STR(""),
                .problem = detail.n > 0 ? detail : STR("the worker gave no answer")};
        one = one ? one->next : NULL;
    }
    return answers;
}
