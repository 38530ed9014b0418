/* order_text.c - an order with its secrets as reeve-work reads it. */
#include "worker/order_text.h"

#include "base/text.h"
#include "worker/order_limits.h"

bool order_text(struct arena *arena, const struct order *order, const struct secret_value *secrets,
                struct str *out_text, struct err *err)
{
    size_t max = 512 + order->body_json.n + order->id.n * 6;
    for (size_t i = 0; i < order->secret_count; i++)
        max += secrets[i].n * 6 + 64;
    struct text text = {.arena = arena, .max_bytes = max, .capacity = max + 1};
    text.p = arena_alloc(arena, max + 1);
    text_printf(&text, "{\"body\":%.*s", STR_ARGS(order->body_json));
    struct json_writer w = {.text = &text, .comma = true};
    json_int(&w, "deadline_ms", order->deadline_ms);
    json_str(&w, "id", order->id);
    json_str(&w, "kind", str_of(order_kind_name(order->kind)));
    if (order->secret_count > 0) {
        json_open_object(&w, "secrets");
        for (size_t i = 0; i < order->secret_count; i++)
            json_str(&w, order->secret_fields[i], secret_value_reveal(&secrets[i]));
        json_close_object(&w);
    }
    json_close_object(&w);
    if (text_full(&text) || text.n > WORK_ORDER_BYTES) {
        explicit_bzero(text.p, text.n);
        return err_set(err, ERR_REFUSED, "worker", "Order %.*s is longer than %d bytes.",
                       STR_ARGS(order->id), WORK_ORDER_BYTES);
    }
    *out_text = text_str(&text);
    return true;
}
