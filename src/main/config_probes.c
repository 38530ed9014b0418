/* config_probes.c - what is looked at from outside, and which keys go with which kind. */
#include "main/config_inside.h"
#include "main/probe_order.h"

enum {
    TAKES_URL = 1, /* and needs it */
    TAKES_ADDRESS = 2,
    TAKES_PATHS = 4,
    TAKES_ANSWER = 8,
    TAKES_COMPONENTS = 16,
    TAKES_LIMITS = 32,
    TAKES_OWN_URL = 64,
    TAKES_TLS = 128
};
enum {
    VENDOR_LEAST_MS = 60000,
    OPENAI_MS = 15 * 60000,
    USUAL_MS = 15000,
    PAGE_LEAST_MS = 1000,
    PAGE_DEADLINE_MS = 10000
};

static const struct {
    const char *name;
    unsigned takes;
    int64_t least_ms, usual_ms; /* between two looks */
} kinds[] = {{"host", TAKES_PATHS, 0, USUAL_MS},
             {"http", TAKES_URL | TAKES_ANSWER, 0, USUAL_MS},
             {"postgres", TAKES_ADDRESS, 0, USUAL_MS},
             {"pgbouncer", TAKES_ADDRESS, 0, USUAL_MS},
             {"redis", TAKES_ADDRESS | TAKES_TLS, 0, USUAL_MS},
             {"status_page", TAKES_URL | TAKES_COMPONENTS, VENDOR_LEAST_MS, VENDOR_LEAST_MS},
             {"openai", TAKES_ADDRESS | TAKES_LIMITS | TAKES_OWN_URL, VENDOR_LEAST_MS, OPENAI_MS}};

static const struct {
    const char *key;
    unsigned takes;
} keys[] = {{"url", TAKES_URL | TAKES_OWN_URL}, {"status", TAKES_ANSWER},
            {"contains", TAKES_ANSWER},         {"ca", TAKES_URL | TAKES_OWN_URL | TAKES_TLS},
            {"address", TAKES_ADDRESS},         {"paths", TAKES_PATHS},
            {"certificate", TAKES_TLS},         {"key", TAKES_TLS},
            {"components", TAKES_COMPONENTS},   {"limit", TAKES_LIMITS},
            {"token_limit", TAKES_LIMITS}};

static void check_keys(struct config_reader *reader, const struct config_node *node,
                       const struct config_probe *probe)
{
    unsigned takes = 0;
    int64_t least_ms = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!str_is(probe->kind, kinds[i].name))
            continue;
        takes = kinds[i].takes;
        least_ms = kinds[i].least_ms;
    }
    if (takes == 0) {
        config_error(reader, probe->place,
                     "\"%.*s\" is no kind of probe; possible are host, http, postgres, pgbouncer, "
                     "redis, status_page and openai.",
                     STR_ARGS(str_cut(probe->kind, 40)));
        return;
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (config_find(node, keys[i].key) && !(takes & keys[i].takes))
            config_error(reader, config_find(node, keys[i].key)->key_place,
                         "A probe of kind %.*s has no %s:.", STR_ARGS(probe->kind), keys[i].key);
    if ((takes & TAKES_URL) && probe->url.n == 0)
        config_error(reader, probe->place, "A probe of kind %.*s needs its url:.",
                     STR_ARGS(probe->kind));
    if (probe->every_ms < least_ms)
        config_error(reader, probe->place,
                     "A probe of kind %.*s asks somebody else's machine; its every: is at least "
                     "1 min.",
                     STR_ARGS(probe->kind));
    if ((takes & TAKES_ADDRESS) && probe->address.name.n == 0)
        config_error(reader, probe->place,
                     "A probe of kind %.*s needs its address:, as env:NAME or file:PATH.",
                     STR_ARGS(probe->kind));
    if ((probe->certificate.n > 0) != (probe->key.name.n > 0))
        config_error(reader, probe->place,
                     "certificate: and its key: go together; one of them is missing.");
}

static void check_name(struct config_reader *reader, const struct config *config, size_t at)
{
    const struct config_probe *probe = &config->probes[at];
    bool twice = false;
    for (size_t i = 0; i < at; i++)
        twice = twice || str_equal(config->probes[i].name, probe->name);
    for (size_t i = 0; i < config->target_count; i++)
        twice = twice || str_equal(config->targets[i].name, probe->name);
    for (size_t i = 0; i < config->sender_count; i++)
        twice = twice || str_equal(config->senders[i].name, probe->name);
    for (size_t i = 0; i < config->log_count; i++)
        twice = twice || str_equal(config->logs[i].source, probe->name);
    if (twice)
        config_error(reader, probe->place,
                     "The name \"%.*s\" stands twice among targets:, senders:, logs: and probes:.",
                     STR_ARGS(probe->name));
}

static void read_paths(struct config_reader *reader, const struct config_node *node,
                       struct config_probe *probe)
{
    if (!node)
        return;
    probe->paths = arena_array(reader->arena, node->count + 1, sizeof *probe->paths);
    const struct config_node *item = node->type == NODE_LIST ? node->first : node;
    for (; item; item = node->type == NODE_LIST ? item->next : NULL) {
        struct str path = item->text;
        while (path.n > 1 && str_ends(path, "/"))
            path = str_slice(path, 0, path.n - 1);
        if (!str_starts(path, "/"))
            config_error(reader, item->place,
                         "\"%.*s\" is no mount point: it does not begin with a slash.",
                         STR_ARGS(str_cut(path, 80)));
        probe->paths[probe->path_count++] = path;
    }
}

static int64_t usual_ms(struct str kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(kind, kinds[i].name))
            return kinds[i].usual_ms;
    return USUAL_MS;
}

static int64_t number_at(const struct config_node *map, const char *key, int64_t otherwise)
{
    const struct config_node *node = config_find(map, key);
    return node ? node->number : otherwise;
}

static void bind_probes(struct config_reader *reader, const struct config_node *list,
                        struct config *config)
{
    for (const struct config_node *node = list ? list->first : NULL; node; node = node->next) {
        size_t at = config->probe_count++;
        struct config_probe *probe = &config->probes[at];
        struct str ca = config_text_at(node, "ca");
        struct str certificate = config_text_at(node, "certificate");
        probe->name = config_text_at(node, "name");
        probe->kind = config_text_at(node, "kind");
        probe->every_ms = number_at(node, "every", usual_ms(probe->kind));
        probe->deadline_ms = config_number_at(reader, node, "deadline", "probes.-.deadline");
        probe->url = config_text_at(node, "url");
        if (str_is(probe->kind, "openai") && probe->url.n == 0)
            probe->url = STR("https://api.openai.com");
        probe->status = number_at(node, "status", 0);
        probe->limit = number_at(node, "limit", 0);
        probe->token_limit = number_at(node, "token_limit", 0);
        probe->components = config_names_at(reader, node, "components");
        probe->contains = config_text_at(node, "contains");
        probe->ca = ca.n > 0 ? config_path_in(reader, config, ca) : ca;
        probe->certificate =
            certificate.n > 0 ? config_path_in(reader, config, certificate) : certificate;
        probe->key =
            config_add_secret(reader, config, config_find(node, "key"),
                              str_printf(reader->arena, "probes.%.*s.key", STR_ARGS(probe->name)));
        probe->address = config_add_secret(
            reader, config, config_find(node, "address"),
            str_printf(reader->arena, "probes.%.*s.address", STR_ARGS(probe->name)));
        read_paths(reader, config_find(node, "paths"), probe);
        probe->place = node->place;
        check_keys(reader, node, probe);
        check_name(reader, config, at);
    }
}

bool config_is_secure(const struct config_node *map)
{
    return str_starts_nocase(config_text_at(map, "url"), "https://");
}

/* As long as the collector waits for one by http. */
static int64_t page_deadline_ms(int64_t every_ms)
{
    return every_ms < PAGE_DEADLINE_MS ? every_ms : PAGE_DEADLINE_MS;
}

/* A target by https: a worker reads it, which has TLS. */
static void bind_page(struct config_reader *reader, const struct config_node *node,
                      struct config *config)
{
    struct config_probe *page = &config->probes[config->probe_count++];
    struct str url = config_text_at(node, "url");
    struct str ca = config_text_at(node, "ca");
    bool bare = str_find_byte(url, '/', strlen("https://")) == url.n;
    page->kind = STR(PROBE_PAGE);
    page->name = config_text_at(node, "name");
    page->url = bare ? str_printf(reader->arena, "%.*s/metrics", STR_ARGS(url)) : url;
    page->ca = ca.n > 0 ? config_path_in(reader, config, ca) : ca;
    page->every_ms = config_number_at(reader, node, "every", "targets.-.every");
    page->deadline_ms = page_deadline_ms(page->every_ms);
    page->place = node->place;
    if (page->every_ms < PAGE_LEAST_MS)
        config_error(reader, node->place,
                     "Each look at an https target starts a process; its every: is at least 1 s.");
    check_name(reader, config, config->probe_count - 1);
}

void config_bind_probes(struct config_reader *reader, const struct config_node *root,
                        struct config *config)
{
    const struct config_node *list = config_find(root, "probes");
    const struct config_node *targets = config_find(root, "targets");
    size_t count = (list ? list->count : 0) + (targets ? targets->count : 0);
    config->probes = arena_array(reader->arena, count, sizeof *config->probes);
    for (const struct config_node *node = targets ? targets->first : NULL; node; node = node->next)
        if (config_is_secure(node))
            bind_page(reader, node, config);
    bind_probes(reader, list, config);
    if (config->probe_count > LIMIT_PROBES)
        config_error(reader, config->probes[LIMIT_PROBES].place,
                     "There are more than %d probes and https targets together; a proxy without "
                     "TLS on this machine can give a target an http address.",
                     LIMIT_PROBES);
}
