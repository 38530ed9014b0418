/* transport.c - orders and answers as lines of JSON: one table of names each way. */
#include "channel/transport.h"

static const char *const order_names[CHANNEL_ORDERS] = {"create", "join", "facts",
                                                        "post",   "say",  "leave"};
static const char *const heard_names[CHANNEL_HEARDS] = {
    "ready", "lost", "created", "taken", "refused", "set", "posted", "said", "called"};

static void put(struct json_writer *w, const char *key, struct str value)
{
    if (value.n > 0)
        json_str(w, key, value);
}

static void put_number(struct json_writer *w, const char *key, int64_t value)
{
    if (value != 0)
        json_int(w, key, value);
}

struct str channel_order_write(struct arena *arena, const struct channel_order *order)
{
    struct text text;
    text_init(&text, arena, TRANSPORT_LINE_BYTES);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_str(&w, "order", str_of(order_names[order->kind]));
    put_number(&w, "incident", order->incident);
    put(&w, "name", order->name);
    put(&w, "mark", order->mark);
    put(&w, "channel", order->channel);
    put(&w, "topic", order->topic);
    put(&w, "text", order->text);
    put_number(&w, "through", order->through);
    put(&w, "to", order->to);
    json_open_array(&w, "lines");
    for (size_t i = 0; i < order->line_count; i++)
        json_str(&w, NULL, order->lines[i]);
    json_close_array(&w);
    json_close_object(&w);
    text_byte(&text, '\n');
    return text_str(&text);
}

struct str channel_heard_write(struct arena *arena, const struct channel_heard *heard)
{
    struct text text;
    text_init(&text, arena, TRANSPORT_LINE_BYTES);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_str(&w, "heard", str_of(heard_names[heard->kind]));
    put_number(&w, "incident", heard->incident);
    put_number(&w, "name_bytes", heard->name_bytes);
    put_number(&w, "through", heard->through);
    put_number(&w, "wait_ms", heard->wait_ms);
    put(&w, "name", heard->name);
    put(&w, "channel", heard->channel);
    put(&w, "topic", heard->topic);
    put(&w, "reason", heard->reason);
    put(&w, "who", heard->who);
    put(&w, "account", heard->account);
    put(&w, "text", str_cut(heard->text, TRANSPORT_TEXT_BYTES));
    put(&w, "id", heard->id);
    json_close_object(&w);
    text_byte(&text, '\n');
    return text_str(&text);
}

static bool parse(struct arena *arena, struct str line, struct json **out_root, struct err *err)
{
    if (line.n > TRANSPORT_LINE_BYTES)
        return err_set(err, ERR_SELF, "channel", "A line between core and transport is too long.");
    if (!json_parse(arena, line, out_root, err))
        return false;
    return (*out_root)->type == JSON_OBJECT ||
           err_set(err, ERR_SELF, "channel", "A line between core and transport is no object.");
}

static bool find_kind(const struct json *root, const char *key, const char *const *names, int count,
                      struct err *err)
{
    struct str name = json_get_str(root, key);
    for (int i = 0; i < count; i++)
        if (str_is(name, names[i]))
            return true;
    return err_set(err, ERR_SELF, "channel", "There is no %s \"%.*s\" between core and transport.",
                   key, STR_ARGS(str_cut(name, 40)));
}

static int kind_of(const struct json *root, const char *key, const char *const *names)
{
    int kind = 0;
    while (!str_is(json_get_str(root, key), names[kind]))
        kind++;
    return kind;
}

static int64_t number_of(const struct json *root, const char *key)
{
    int64_t value = 0;
    return json_get_int(root, key, &value) ? value : 0;
}

bool channel_order_parse(struct arena *arena, struct str line, struct channel_order *out_order,
                         struct err *err)
{
    struct json *root = NULL;
    if (!parse(arena, line, &root, err) ||
        !find_kind(root, "order", order_names, CHANNEL_ORDERS, err))
        return false;
    struct channel_order order = {.kind =
                                      (enum channel_order_kind)kind_of(root, "order", order_names),
                                  .incident = number_of(root, "incident"),
                                  .name = json_get_str(root, "name"),
                                  .mark = json_get_str(root, "mark"),
                                  .channel = json_get_str(root, "channel"),
                                  .topic = json_get_str(root, "topic"),
                                  .text = json_get_str(root, "text"),
                                  .through = number_of(root, "through"),
                                  .to = json_get_str(root, "to")};
    const struct json *lines = json_get(root, "lines");
    order.lines = arena_array(arena, TRANSPORT_LINES_MAX, sizeof *order.lines);
    for (const struct json *item = lines ? lines->first : NULL;
         item && order.line_count < TRANSPORT_LINES_MAX; item = item->next)
        if (item->type == JSON_STRING)
            order.lines[order.line_count++] = item->text;
    *out_order = order;
    return true;
}

bool channel_heard_parse(struct arena *arena, struct str line, struct channel_heard *out_heard,
                         struct err *err)
{
    struct json *root = NULL;
    if (!parse(arena, line, &root, err) ||
        !find_kind(root, "heard", heard_names, CHANNEL_HEARDS, err))
        return false;
    *out_heard =
        (struct channel_heard){.kind = (enum channel_heard_kind)kind_of(root, "heard", heard_names),
                               .incident = number_of(root, "incident"),
                               .name_bytes = number_of(root, "name_bytes"),
                               .through = number_of(root, "through"),
                               .wait_ms = number_of(root, "wait_ms"),
                               .name = json_get_str(root, "name"),
                               .channel = json_get_str(root, "channel"),
                               .topic = json_get_str(root, "topic"),
                               .reason = json_get_str(root, "reason"),
                               .who = json_get_str(root, "who"),
                               .account = json_get_str(root, "account"),
                               .text = json_get_str(root, "text"),
                               .id = json_get_str(root, "id")};
    return true;
}
