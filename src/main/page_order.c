/* page_order.c - the order that tells a person by a way. */
#include "main/page_order.h"

#include "main/config_people.h"

enum { BODY_BYTES_MAX = 400 * 1024 };

/* Names the secret that the keeper shall give to this order. */
static void want_secret(struct order *order, const char *field, const struct config_secret *secret)
{
    if (secret->name.n == 0)
        return;
    order->secret_fields[order->secret_count] = field;
    order->secret_names[order->secret_count] = secret->name;
    order->secret_count++;
}

static void write_mail(struct json_writer *w, const struct telling *telling, struct order *order)
{
    const struct config *config = telling->config;
    const struct message *message = telling->message;
    json_str(w, "from", config->smtp_from);
    json_str(w, "message_id", message->message_id);
    json_str(w, "subject", message->subject);
    json_str(w, "text", message->shaped[SHAPE_MAIL]);
    json_str(w, "tls", config->smtp_tls);
    json_str(w, "to", telling->person->reach[METHOD_SMTP]);
    json_str(w, "url", config->smtp_url);
    if (config->smtp_user.n > 0)
        json_str(w, "user", config->smtp_user);
    order->kind = ORDER_PAGE_SMTP;
    want_secret(order, "password", &config->smtp_password);
}

static void write_webhook(struct json_writer *w, const struct telling *telling, struct order *order)
{
    json_str(w, "body", telling->message->shaped[SHAPE_JSON]);
    json_str(w, "event_id", order->id);
    json_str(w, "url", telling->person->reach[METHOD_WEBHOOK]);
    order->kind = ORDER_PAGE_WEBHOOK;
    want_secret(order, "key", &telling->person->secrets[METHOD_WEBHOOK]);
}

static void write_fields(struct json_writer *w, const char *key, const struct config_option *fields,
                         size_t count)
{
    if (count == 0)
        return;
    json_open_object(w, key);
    for (size_t i = 0; i < count; i++)
        json_str(w, str_copy(w->text->arena, fields[i].key).p, fields[i].value);
    json_close_object(w);
}

static void write_given(struct json_writer *w, const char *key, struct str value)
{
    if (value.n > 0)
        json_str(w, key, value);
}

static void write_provider(struct json_writer *w, const struct config_provider *provider,
                           const struct switches *switches)
{
    json_open_object(w, NULL);
    write_given(w, "account", provider->account);
    if (provider->replies && provider->signing_secret.name.n > 0 &&
        !switch_find(switches, SWITCH_REPLIES, provider->name))
        json_bool(w, "button", true); /* its clicks can be checked */
    write_given(w, "ca", provider->ca);
    write_given(w, "callback", provider->callback);
    write_fields(w, "form", provider->form, provider->form_count);
    write_given(w, "from", provider->from);
    write_fields(w, "headers", provider->headers, provider->header_count);
    write_given(w, "json", provider->json);
    json_str(w, "kind", provider->kind);
    write_given(w, "method", provider->method);
    json_str(w, "name", provider->name);
    write_given(w, "service", provider->service);
    if (provider->taken.count > 0) {
        json_open_array(w, "taken");
        for (size_t i = 0; i < provider->taken.count; i++) {
            int64_t status = 0;
            (void)!str_int(provider->taken.items[i], &status);
            json_int(w, NULL, status);
        }
        json_close_array(w);
    }
    json_str(w, "url", provider->url);
    write_given(w, "user", provider->user);
    json_close_object(w);
}

/* Ways that need no provider of reeve.yaml have one of their own name. */
static struct config_provider implied(enum method method)
{
    return (struct config_provider){.name = str_of(method_name(method)),
                                    .kind = str_of(method_name(method)),
                                    .url = method == METHOD_PAGERDUTY
                                               ? STR("https://events.pagerduty.com")
                                           : method == METHOD_NTFY ? STR("https://ntfy.sh")
                                                                   : STR("")};
}

static void write_providers(struct json_writer *w, const struct telling *telling,
                            struct order *order)
{
    enum method method = telling->method;
    struct str address = telling->person->reach[method];
    static const char *const fields[CONFIG_PROVIDERS_EACH_MAX] = {"token0", "token1", "token2",
                                                                  "token3"};
    const struct config_provider *providers[CONFIG_PROVIDERS_EACH_MAX];
    struct config_provider own = implied(method);
    /* An address with its own server is nobody else's: no token goes there. */
    bool own_server = method == METHOD_NTFY && str_find(address, "://", 0) < address.n;
    size_t count = own_server ? 0 : config_providers_of(telling->config, method, providers);
    if (count == 0)
        providers[count++] = &own;
    json_open_array(w, "providers");
    for (size_t i = 0, used = 0; i < count; i++) {
        if (switch_find(telling->switches, SWITCH_PROVIDER, providers[i]->name))
            continue;
        write_provider(w, providers[i], telling->switches);
        want_secret(order, fields[used++], &providers[i]->token);
    }
    json_close_array(w);
}

static void write_way(struct json_writer *w, const struct telling *telling, struct order *order)
{
    const struct method_row *row = method_row(telling->method);
    const struct message *message = telling->message;
    const struct config_secret *address = &telling->person->secrets[telling->method];
    struct str plain = telling->person->reach[telling->method];
    bool secret = row->address != ADDRESS_PLAIN && address->name.n > 0;
    if (message->act.n > 0)
        json_str(w, "act", message->act);
    json_str(w, "key", row->keeps && message->thread.n > 0 ? message->thread : message->key);
    json_str(w, "link", message->link);
    json_str(w, "method", str_of(row->name));
    json_bool(w, "over", message->over);
    write_providers(w, telling, order);
    json_int(w, "rank", message->rank);
    json_str(w, "text", message->shaped[row->shape]);
    json_str(w, "title", message->subject);
    if (secret)
        want_secret(order, "to", address);
    else
        json_str(w, "to", plain);
    order->kind = ORDER_PAGE_WAY;
}

void page_order_said(struct arena *arena, const struct config_provider *provider,
                     const struct page_said *said, struct order *order)
{
    struct text body;
    text_init(&body, arena, BODY_BYTES_MAX);
    struct json_writer w = {.text = &body};
    json_open_object(&w, NULL);
    json_str(&w, "method", str_of(said->replaces ? "slack-replace" : "slack-whisper"));
    json_open_array(&w, "providers");
    json_open_object(&w, NULL);
    write_given(&w, "ca", provider->ca);
    json_str(&w, "kind", provider->kind);
    json_str(&w, "name", provider->name);
    json_str(&w, "url", provider->url);
    json_close_object(&w);
    json_close_array(&w);
    json_str(&w, "text", said->message);
    json_str(&w, "title", said->sentence);
    json_str(&w, "to", said->to);
    json_close_object(&w);
    order->kind = ORDER_PAGE_WAY;
    order->body_json = text_str(&body);
}

void page_order_write(struct arena *arena, const struct telling *telling, struct order *order)
{
    struct text body;
    text_init(&body, arena, BODY_BYTES_MAX);
    struct json_writer w = {.text = &body};
    json_open_object(&w, NULL);
    if (telling->method == METHOD_SMTP)
        write_mail(&w, telling, order);
    else if (telling->method == METHOD_WEBHOOK)
        write_webhook(&w, telling, order);
    else
        write_way(&w, telling, order);
    json_close_object(&w);
    order->body_json = text_str(&body);
}

bool page_order_needs_secret(const struct config *config, const struct config_person *person,
                             enum method method)
{
    const struct config_provider *providers[CONFIG_PROVIDERS_EACH_MAX];
    if (method == METHOD_SMTP)
        return config->smtp_password.name.n > 0;
    bool needs = person->secrets[method].name.n > 0;
    size_t count = config_providers_of(config, method, providers);
    for (size_t i = 0; i < count; i++)
        needs = needs || providers[i]->token.name.n > 0;
    return needs;
}
