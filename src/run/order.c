/* order.c - the kinds of orders, their outcomes, and the result line of a worker. */
#include "run/order.h"

#include "base/text.h"

static const char *const kind_names[ORDER_KINDS] = {
    [ORDER_PAGE_SMTP] = "page.smtp",
    [ORDER_PAGE_WEBHOOK] = "page.webhook",
    [ORDER_PAGE_WAY] = "page.way",
    [ORDER_HEARTBEAT] = "heartbeat",
    [ORDER_POSTGRES_PING] = "postgres.ping",
    [ORDER_POSTGRES_QUERY] = "postgres.query",
    [ORDER_BACKUP_STATUS] = "backup.status",
    [ORDER_BACKUP_DRILL] = "backup.drill",
    [ORDER_POSTGRES_LOOK] = "postgres.look",
    [ORDER_POSTGRES_END] = "postgres.end",
    [ORDER_POSTGRES_MIGRATE] = "postgres.migrate",
    [ORDER_POSTGRES_EXPORT] = "postgres.export",
    [ORDER_POSTGRES_IMPORT] = "postgres.import",
    [ORDER_PASSWORD_HASH] = "password.hash",
    [ORDER_PASSWORD_CHECK] = "password.check",
    [ORDER_PROBE] = "probe",
    [ORDER_ASK] = "ask",
};

enum { OUTCOMES = ORDER_DOUBTED + 1 };

static const char *const outcome_names[OUTCOMES] = {
    [ORDER_DONE] = "done",
    [ORDER_FAILED] = "failed",
    [ORDER_REFUSED] = "refused",
    [ORDER_DOUBTED] = "doubted",
};

const char *order_kind_name(enum order_kind kind)
{
    return kind_names[kind];
}

bool order_kind_find(struct str name, enum order_kind *out_kind)
{
    for (int i = 0; i < ORDER_KINDS; i++) {
        if (!str_is(name, kind_names[i]))
            continue;
        *out_kind = (enum order_kind)i;
        return true;
    }
    return false;
}

bool order_has_output(enum order_kind kind)
{
    return kind == ORDER_POSTGRES_PING || kind == ORDER_POSTGRES_QUERY ||
           kind == ORDER_BACKUP_STATUS || kind == ORDER_BACKUP_DRILL ||
           kind == ORDER_POSTGRES_LOOK || kind == ORDER_POSTGRES_MIGRATE ||
           kind == ORDER_POSTGRES_EXPORT || kind == ORDER_POSTGRES_IMPORT || kind == ORDER_PROBE ||
           kind == ORDER_ASK;
}

size_t order_line_bytes(enum order_kind kind)
{
    return order_has_output(kind) ? ORDER_LONG_LINE_BYTES : ORDER_LINE_BYTES;
}

const char *order_outcome_name(enum order_outcome outcome)
{
    return outcome_names[outcome];
}

bool order_outcome_find(struct str name, enum order_outcome *out_outcome)
{
    for (int i = 0; i < OUTCOMES; i++) {
        if (!str_is(name, outcome_names[i]))
            continue;
        *out_outcome = (enum order_outcome)i;
        return true;
    }
    return false;
}

struct str order_result_write(struct arena *arena, const struct order_result *result)
{
    struct text text;
    text_init(&text, arena, ORDER_LONG_LINE_BYTES);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_str(&w, "detail", str_slice(result->detail, 0, ORDER_DETAIL_BYTES));
    json_str(&w, "outcome", str_of(order_outcome_name(result->outcome)));
    if (result->output.n > 0 && result->output.n <= ORDER_OUTPUT_BYTES)
        json_str(&w, "output", result->output);
    if (result->wait_ms > 0)
        json_int(&w, "wait_ms", result->wait_ms);
    json_close_object(&w);
    text_byte(&text, '\n');
    return text_str(&text);
}

struct order_result order_result_read(struct arena *arena, struct str line)
{
    struct order_result result = {.outcome = ORDER_DOUBTED,
                                  .detail = STR("The worker gave no result.")};
    struct json *root = NULL;
    if (!json_parse(arena, line, &root, NULL) || root->type != JSON_OBJECT)
        return result;
    if (!order_outcome_find(json_get_str(root, "outcome"), &result.outcome))
        return result;
    result.detail = str_copy(arena, json_get_str(root, "detail"));
    result.output = str_copy(arena, json_get_str(root, "output"));
    if (!json_get_int(root, "wait_ms", &result.wait_ms) || result.wait_ms < 0)
        result.wait_ms = 0;
    return result;
}
