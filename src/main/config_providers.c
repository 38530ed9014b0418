/* config_providers.c - who carries messages to people, and which keys go with which kind. */
#include "main/config_inside.h"
#include "main/config_people.h"

enum {
    TAKES_URL = 1,
    NEEDS_URL = 2,
    TAKES_TOKEN = 4,
    NEEDS_TOKEN = 8,
    TAKES_TWILIO = 16,
    TAKES_REQUEST = 32, /* what a gateway is asked with */
    TAKES_CA = 64,
    TAKES_REPLIES = 128,
    TAKES_SIGNING = 256 /* replies are signed with a secret of their own */
};

static const struct {
    const char *name;
    unsigned takes;
    unsigned carries;  /* bits of methods */
    const char *url;   /* default, or NULL */
    const char *token; /* what it is, for sentences */
} kinds[] = {
    {"twilio", TAKES_URL | TAKES_TOKEN | NEEDS_TOKEN | TAKES_TWILIO | TAKES_CA | TAKES_REPLIES,
     1U << METHOD_SMS | 1U << METHOD_VOICE, "https://api.twilio.com", "the account's auth token"},
    {"gateway", TAKES_URL | NEEDS_URL | TAKES_TOKEN | TAKES_REQUEST | TAKES_CA, 1U << METHOD_SMS,
     NULL, NULL},
    {"ntfy", TAKES_URL | TAKES_TOKEN | TAKES_CA, 1U << METHOD_NTFY, "https://ntfy.sh", NULL},
    {"slack", TAKES_URL | TAKES_TOKEN | NEEDS_TOKEN | TAKES_CA | TAKES_REPLIES | TAKES_SIGNING,
     1U << METHOD_SLACK, "https://slack.com", "the bot's token"},
    {"pushover", TAKES_URL | TAKES_TOKEN | NEEDS_TOKEN | TAKES_CA, 1U << METHOD_PUSHOVER,
     "https://api.pushover.net", "the application's token"},
    {"pagerduty", TAKES_URL | TAKES_CA, 1U << METHOD_PAGERDUTY, "https://events.pagerduty.com",
     NULL},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const struct {
    const char *key;
    unsigned takes;
} keys[] = {{"token", TAKES_TOKEN},
            {"account", TAKES_TWILIO},
            {"from", TAKES_TWILIO},
            {"service", TAKES_TWILIO},
            {"callback", TAKES_TWILIO},
            {"replies", TAKES_REPLIES},
            {"user", TAKES_REQUEST},
            {"method", TAKES_REQUEST},
            {"headers", TAKES_REQUEST},
            {"form", TAKES_REQUEST},
            {"json", TAKES_REQUEST},
            {"taken", TAKES_REQUEST},
            {"signing_secret", TAKES_SIGNING},
            {"ca", TAKES_CA},
            {"url", TAKES_URL}};

static size_t find_kind(struct str kind)
{
    size_t at = 0;
    while (at < KINDS && !str_is(kind, kinds[at].name))
        at++;
    return at;
}

bool config_kind_carries(struct str kind, enum method method)
{
    size_t at = find_kind(kind);
    return at < KINDS && (kinds[at].carries >> method & 1U);
}

size_t config_providers_of(const struct config *config, enum method method,
                           const struct config_provider *out_providers[CONFIG_PROVIDERS_EACH_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < config->provider_count && count < CONFIG_PROVIDERS_EACH_MAX; i++) {
        const struct config_provider *provider = &config->providers[i];
        bool mute = method == METHOD_VOICE && provider->from.n == 0;
        if (config_kind_carries(provider->kind, method) && !mute)
            out_providers[count++] = provider;
    }
    return count;
}

/* A brace that opens a word opens a place; in JSON others are its own. */
static void check_places(struct config_reader *reader, const struct config_node *node,
                         bool text_fits)
{
    struct str s = node->text;
    for (size_t i = str_find_byte(s, '{', 0); i < s.n; i = str_find_byte(s, '{', i + 1)) {
        size_t end = i + 1;
        while (end < s.n && byte_is_alpha(s.p[end]))
            end++;
        if (end == i + 1 || end == s.n || s.p[end] != '}')
            continue;
        struct str name = str_slice(s, i + 1, end);
        if (str_is(name, "to") || str_is(name, "token") || (text_fits && str_is(name, "text")))
            continue;
        config_error(reader, node->place,
                     "{%.*s} is replaced by nothing here; possible are {to}%s "
                     "and {token}.",
                     STR_ARGS(str_cut(name, 40)), text_fits ? ", {text}" : "");
    }
}

static bool has_place(struct str s, const char *place)
{
    return str_find(s, place, 0) < s.n;
}

/* Places stand in strings, so that it is JSON whatever they are replaced by. */
static void check_json(struct config_reader *reader, const struct config_node *node)
{
    struct json *root = NULL;
    struct err err = {0};
    if (!json_parse(reader->arena, node->text, &root, &err))
        config_error(
            reader, node->place,
            "json: is no JSON at its %s; {to}, {text} and {token} stand inside its strings.",
            err.place);
}

static bool is_header_name(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!byte_is_alnum(name.p[i]) && !memchr("-_", name.p[i], 2))
            return false;
    return name.n > 0;
}

static struct config_option *read_fields(struct config_reader *reader,
                                         const struct config_node *node, bool headers,
                                         size_t *out_count)
{
    struct config_option *fields =
        arena_array(reader->arena, (node ? node->count : 0) + 1, sizeof *fields);
    for (const struct config_node *one = node ? node->first : NULL; one; one = one->next) {
        check_places(reader, one, !headers);
        if (headers && !is_header_name(one->key))
            config_error(reader, one->key_place, "\"%.*s\" is no name of a header.",
                         STR_ARGS(str_cut(one->key, 60)));
        if (str_starts(one->text, "env:") || str_starts(one->text, "file:"))
            config_error(reader, one->place,
                         "A secret is not read here: write token: env:NAME beside it, and {token} "
                         "here.");
        fields[(*out_count)++] = (struct config_option){one->key, one->text};
    }
    return fields;
}

static void check_gateway(struct config_reader *reader, const struct config_node *node,
                          const struct config_provider *provider)
{
    bool to = has_place(provider->url, "{to}") || has_place(provider->json, "{to}");
    bool text = has_place(provider->url, "{text}") || has_place(provider->json, "{text}");
    for (size_t i = 0; i < provider->form_count; i++) {
        to = to || has_place(provider->form[i].value, "{to}");
        text = text || has_place(provider->form[i].value, "{text}");
    }
    if (!to || !text)
        config_error(
            reader, node->place,
            "The gateway \"%.*s\" is not told %s: write {to} and {text} in its url:, form: "
            "or json:.",
            STR_ARGS(provider->name), to ? "what to say" : "whom to tell");
    if (provider->json.n > 0 && provider->form_count > 0)
        config_error(reader, node->place, "A gateway has either form: or json:.");
    if (provider->method.n > 0 && !str_is(provider->method, "GET") &&
        !str_is(provider->method, "POST") && !str_is(provider->method, "PUT"))
        config_error(reader, config_find(node, "method")->place, "method: is GET, POST or PUT.");
    if (str_is(provider->method, "GET") && provider->json.n > 0)
        config_error(reader, node->place, "json: does not go with GET.");
    if (provider->user.n > 0 && provider->token.name.n == 0)
        config_error(reader, node->place, "user: needs its token:, the password.");
}

static void check_taken(struct config_reader *reader, const struct config_node *node)
{
    int64_t status = 0;
    const struct config_node *item = node && node->type == NODE_LIST ? node->first : node;
    for (; item; item = node->type == NODE_LIST ? item->next : NULL)
        if (!str_int(item->text, &status) || status < 200 || status > 399)
            config_error(
                reader, item->place,
                "\"%.*s\" is no status that can mean taken; write numbers from 200 to 399.",
                STR_ARGS(str_cut(item->text, 40)));
}

static void check_twilio(struct config_reader *reader, const struct config_provider *provider)
{
    if (provider->account.n == 0)
        config_error(reader, provider->place, "A provider of kind twilio needs its account:.");
    if (provider->from.n == 0 && provider->service.n == 0)
        config_error(reader, provider->place,
                     "A provider of kind twilio needs the number it sends from, from:, or a "
                     "service:.");
}

static void check_keys(struct config_reader *reader, const struct config_node *node,
                       const struct config_provider *provider)
{
    size_t kind = find_kind(provider->kind);
    if (kind == KINDS) {
        config_error(reader, provider->place,
                     "\"%.*s\" is no kind of provider; possible are twilio, gateway, ntfy, slack, "
                     "pushover and pagerduty.",
                     STR_ARGS(str_cut(provider->kind, 40)));
        return;
    }
    unsigned takes = kinds[kind].takes;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (config_find(node, keys[i].key) && !(takes & keys[i].takes))
            config_error(reader, config_find(node, keys[i].key)->key_place,
                         "A provider of kind %s has no %s:.", kinds[kind].name, keys[i].key);
    if ((takes & NEEDS_URL) && provider->url.n == 0)
        config_error(reader, provider->place, "A provider of kind %s needs its url:.",
                     kinds[kind].name);
    if ((takes & NEEDS_TOKEN) && provider->token.name.n == 0)
        config_error(reader, provider->place,
                     "A provider of kind %s needs its token:, %s, as env:NAME or file:PATH.",
                     kinds[kind].name, kinds[kind].token);
    if (str_starts(provider->url, "http://") && provider->token.name.n > 0 &&
        !config_is_here(provider->url))
        config_error(reader, provider->place,
                     "A token is not sent without TLS to another machine; write https://.");
    if (provider->replies && !is_header_name(provider->name))
        config_error(reader, provider->place,
                     "The name of a provider that takes replies stands in an address; it may have "
                     "letters, digits, \"-\" and \"_\".");
    if ((takes & TAKES_SIGNING) && provider->replies && provider->signing_secret.name.n == 0)
        config_error(reader, provider->place,
                     "replies: of a provider of kind %s needs its signing_secret:, as env:NAME or "
                     "file:PATH; without it nobody knows whose clicks they are.",
                     kinds[kind].name);
    if (takes & TAKES_TWILIO)
        check_twilio(reader, provider);
    if (takes & TAKES_REQUEST)
        check_gateway(reader, node, provider);
}

static void bind_one(struct config_reader *reader, const struct config_node *node,
                     struct config *config, struct config_provider *provider)
{
    const struct config_node *json = config_find(node, "json");
    const struct config_node *url = config_find(node, "url");
    struct str ca = config_text_at(node, "ca");
    *provider = (struct config_provider){.name = config_text_at(node, "name"),
                                         .kind = config_text_at(node, "kind"),
                                         .url = config_text_at(node, "url"),
                                         .account = config_text_at(node, "account"),
                                         .from = config_text_at(node, "from"),
                                         .service = config_text_at(node, "service"),
                                         .callback = config_text_at(node, "callback"),
                                         .user = config_text_at(node, "user"),
                                         .method = config_text_at(node, "method"),
                                         .json = config_text_at(node, "json"),
                                         .taken = config_names_at(reader, node, "taken"),
                                         .replies = str_is(config_text_at(node, "replies"), "yes"),
                                         .place = node->place};
    provider->ca = ca.n > 0 ? config_path_in(reader, config, ca) : ca;
    provider->token = config_add_secret(
        reader, config, config_find(node, "token"),
        str_printf(reader->arena, "providers.%.*s.token", STR_ARGS(provider->name)));
    provider->signing_secret = config_add_secret(
        reader, config, config_find(node, "signing_secret"),
        str_printf(reader->arena, "providers.%.*s.signing_secret", STR_ARGS(provider->name)));
    provider->headers =
        read_fields(reader, config_find(node, "headers"), true, &provider->header_count);
    provider->form = read_fields(reader, config_find(node, "form"), false, &provider->form_count);
    if (json)
        check_places(reader, json, true);
    if (json)
        check_json(reader, json);
    if (url)
        check_places(reader, url, true);
    check_taken(reader, config_find(node, "taken"));
    check_keys(reader, node, provider);
    size_t kind = find_kind(provider->kind);
    if (provider->url.n == 0 && kind < KINDS)
        provider->url = str_of(kinds[kind].url);
}

void config_bind_providers(struct config_reader *reader, const struct config_node *root,
                           struct config *config)
{
    const struct config_node *list = config_find(root, "providers");
    size_t carried[METHODS] = {0};
    const struct config_node *public_url = config_find(root, "public_url");
    if (!list)
        return;
    config->providers = arena_array(reader->arena, list->count, sizeof *config->providers);
    for (const struct config_node *node = list->first; node; node = node->next) {
        struct config_provider *provider = &config->providers[config->provider_count];
        bind_one(reader, node, config, provider);
        for (size_t i = 0; i < config->provider_count; i++)
            if (str_equal(config->providers[i].name, provider->name))
                config_error(reader, node->place, "The provider \"%.*s\" stands twice.",
                             STR_ARGS(provider->name));
        config->provider_count++;
        if (provider->replies && !public_url)
            config_error(reader, node->place,
                         "replies: needs public_url:, the address that they are sent to.");
        for (int method = 0; method < METHODS; method++)
            if (config_kind_carries(provider->kind, (enum method)method) &&
                ++carried[method] == CONFIG_PROVIDERS_EACH_MAX + 1)
                config_error(reader, node->place, "At most %d providers carry %s.",
                             CONFIG_PROVIDERS_EACH_MAX, method_name((enum method)method));
    }
}
