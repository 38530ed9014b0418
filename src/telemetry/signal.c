/* signal.c - the table of default bindings, and the one parser for them and the user's. */
#include "telemetry/signal.h"

#include "base/noun.h"

#define DISKS "{fstype!~\"tmpfs|ramfs|overlay|squashfs|iso9660|fuse.*\"}"
/* What spans add up to (otlp_traces.h): last, because it is of the same requests as the metrics. */
#define TRACES "traces_http_server_request_duration_seconds"
enum { DEFAULT_ALTERNATIVES = 10 };

struct default_signal {
    const char *name, *aliases, *noun;
    double state_limit;
    const char *alternatives[DEFAULT_ALTERNATIVES][OPTIONS_MAX * 2]; /* key, value, … */
};

static const struct default_signal defaults[] = {
    {"error rate",
     "errors,http error rate,5xx rate,failure rate,api error rate,http 5xx rate",
     "requests",
     0,
     {{"failures", "http_server_request_duration_seconds_count{http_response_status_code=~\"5..\"}",
       "of", "http_server_request_duration_seconds_count"},
      {"failures", "http_requests_total{status=~\"5..\"}", "of",
       "http_requests_total{status!=\"\"}"},
      {"failures", "http_requests_total{code=~\"5..\"}", "of", "http_requests_total{code!=\"\"}"},
      {"failures", "http_requests_total{status_code=~\"5..\"}", "of",
       "http_requests_total{status_code!=\"\"}"},
      {"failures", "http_request_duration_seconds_count{status=~\"5..\"}", "of",
       "http_request_duration_seconds_count{status!=\"\"}"},
      {"failures", "http_request_duration_seconds_count{code=~\"5..\"}", "of",
       "http_request_duration_seconds_count{code!=\"\"}"},
      {"failures", "http_server_duration_milliseconds_count{http_status_code=~\"5..\"}", "of",
       "http_server_duration_milliseconds_count"},
      {"failures", "http_server_requests_seconds_count{status=~\"5..\"}", "of",
       "http_server_requests_seconds_count"},
      {"failures", TRACES "_count{http_response_status_code=~\"5..\"}", "of", TRACES "_count"}}},
    {"response time",
     "latency,request latency,api latency,response times,api response time,"
     "request duration,response latency",
     "requests",
     0,
     {{"histogram", "http_server_request_duration_seconds"},
      {"histogram", "http_request_duration_seconds"},
      {"histogram", "http_server_requests_seconds"},
      {"histogram", "http_server_duration_milliseconds", "scale", "0.001"},
      {"histogram", TRACES}}},
    {"failed auth attempts",
     "failed authentication attempts,failed logins,failed login attempts,"
     "auth failures,failed auth,login failures,authentication failures",
     "failed attempts",
     0,
     {{"count", "auth_failures_total"},
      {"count", "failed_auth_attempts_total"},
      {"count", "authentication_failures_total"},
      {"count", "login_failures_total"},
      {"count", "failed_logins_total"},
      {"count", "auth_attempts_total{result=~\"fail.*|denied\"}"},
      {"count", "logins_total{result=~\"fail.*|denied\"}"}}},
    {"database connection pool",
     "connection pool,db connection pool,database connections,"
     "connection pool usage,database connection pool usage,db connections",
     "",
     1,
     {{"used", "db_client_connection_count{db_client_connection_state=\"used\"}", "of",
       "db_client_connection_max", "by", "db_client_connection_pool_name"},
      {"used", "db_client_connections_usage{state=\"used\"}", "of", "db_client_connections_max",
       "by", "pool_name"},
      {"used", "hikaricp_connections_active", "of", "hikaricp_connections_max", "by", "pool"},
      {"used", "go_sql_in_use_connections", "of", "go_sql_max_open_connections", "by", "db_name"},
      {"used", "pgbouncer_databases_current_connections", "of", "pgbouncer_databases_pool_size",
       "by", "name"},
      {"used", "db_pool_connections_in_use", "of", "db_pool_connections_max", "by", ""},
      {"used", "pg_stat_activity_count", "of", "pg_settings_max_connections", "by", ""}}},
    {"disk usage",
     "disk,disk space,disk space usage,filesystem usage,storage usage",
     "",
     1,
     {{"free", "node_filesystem_avail_bytes" DISKS, "of", "node_filesystem_size_bytes" DISKS},
      {"free", "system_filesystem_usage_bytes{state=\"free\"}", "of",
       "system_filesystem_limit_bytes"}}},
    {"memory usage",
     "memory,ram usage,memory utilization",
     "",
     1,
     {{"free", "node_memory_MemAvailable_bytes", "of", "node_memory_MemTotal_bytes"},
      {"used", "system_memory_usage_bytes{state=\"used\"}", "of", "system_memory_limit_bytes", "by",
       ""}}},
    {"cpu usage",
     "cpu,cpu utilization,cpu load",
     "CPU seconds",
     1,
     {{"failures", "node_cpu_seconds_total{mode!~\"idle|iowait\"}", "of",
       "node_cpu_seconds_total"}}},
    {"token usage", "ai token usage,openai token usage,tokens,token consumption", "", 1, {{NULL}}},
};

static struct signal_option option_of(const char *key, const char *value)
{
    return (struct signal_option){str_of(key), str_of(value)};
}

/* The option named key, or NULL. */
static const struct signal_option *find_option(const struct alternative *alternative,
                                               const char *key)
{
    for (size_t i = 0; i < alternative->option_count; i++)
        if (str_is(alternative->options[i].key, key))
            return &alternative->options[i];
    return NULL;
}

static const struct {
    const char *first, *second;
    enum signal_kind kind;
    bool complement;
} forms[] = {
    {"failures", "of", SIGNAL_RATIO, false},  {"histogram", NULL, SIGNAL_QUANTILE, false},
    {"count", NULL, SIGNAL_COUNT, false},     {"used", "of", SIGNAL_GAUGE_RATIO, false},
    {"free", "of", SIGNAL_GAUGE_RATIO, true}, {"gauge", NULL, SIGNAL_GAUGE, false},
};

static bool check_names(struct str name, const struct alternative *alternative, struct err *err)
{
    static const char *const known[] = {"failures", "of",    "histogram", "count", "used",
                                        "free",     "gauge", "by",        "scale", "limit"};
    for (size_t i = 0; i < alternative->option_count; i++) {
        struct str key = alternative->options[i].key;
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            found = found || str_is(key, known[k]);
        if (!found)
            return err_set(
                err, ERR_USAGE, NULL,
                "signal \"%.*s\": \"%.*s\" is no option of a binding; there are failures, "
                "of, histogram, count, used, free, gauge, by and scale",
                STR_ARGS(name), STR_ARGS(key));
    }
    return true;
}

static bool read_part(struct arena *arena, struct str name, const struct signal_option *option,
                      struct selector *out_selector, struct err *err)
{
    struct err inner = {0};
    if (selector_parse(arena, option->value, out_selector, &inner))
        return true;
    return err_set(err, ERR_USAGE, NULL, "signal \"%.*s\", %.*s: %s", STR_ARGS(name),
                   STR_ARGS(option->key), inner.text);
}

static bool read_extras(struct arena *arena, struct str name, struct alternative *alternative,
                        struct err *err)
{
    const struct signal_option *by = find_option(alternative, "by");
    alternative->joined = by != NULL;
    alternative->by = by ? str_copy(arena, by->value) : STR("");
    alternative->scale = 1;
    const struct signal_option *scale = find_option(alternative, "scale");
    if (scale && (!str_real(scale->value, &alternative->scale) || alternative->scale <= 0))
        return err_set(err, ERR_USAGE, NULL, "signal \"%.*s\": scale is not a number above zero",
                       STR_ARGS(name));
    return true;
}

/* Compiles the options of an alternative; *out_kind says what they measure. */
static bool read_alternative(struct arena *arena, struct str name, struct alternative *alternative,
                             enum signal_kind *out_kind, struct err *err)
{
    if (!check_names(name, alternative, err) || !read_extras(arena, name, alternative, err))
        return false;
    size_t measures = 0;
    size_t form = 0;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (find_option(alternative, forms[i].first)) {
            measures++;
            form = i;
        }
    }
    const struct signal_option *of = find_option(alternative, "of");
    if (!of)
        of = find_option(alternative, "limit");
    if (measures != 1 || (of != NULL) != (forms[form].second != NULL))
        return err_set(err, ERR_USAGE, NULL,
                       "signal \"%.*s\": a binding is one of failures + of, histogram, count, "
                       "used + of, free + of, gauge",
                       STR_ARGS(name));
    const struct signal_option *first = find_option(alternative, forms[form].first);
    if (!read_part(arena, name, first, &alternative->parts[0], err) ||
        (of && !read_part(arena, name, of, &alternative->parts[1], err)))
        return false;
    alternative->part_count = of ? 2 : 1;
    alternative->complement = forms[form].complement;
    *out_kind = forms[form].kind;
    return true;
}

static void add_default(struct signals *signals, const struct default_signal *row)
{
    struct signal *signal =
        &LIST_PUSH(signals->arena, signals->items, signals->count, signals->capacity);
    *signal = (struct signal){.name = str_of(row->name),
                              .aliases = str_of(row->aliases),
                              .noun = str_of(row->noun),
                              .state_limit = row->state_limit};
    for (size_t i = 0; i < DEFAULT_ALTERNATIVES && row->alternatives[i][0]; i++) {
        struct alternative *alternative = &signal->alternatives[signal->alternative_count];
        const char *const *words = row->alternatives[i];
        for (size_t k = 0; k < OPTIONS_MAX && words[2 * k]; k++)
            alternative->options[alternative->option_count++] =
                option_of(words[2 * k], words[2 * k + 1]);
        struct err err;
        if (!read_alternative(signals->arena, signal->name, alternative, &signal->kind, &err))
            __builtin_abort(); /* the table above is wrong: a test walks it */
        signal->alternative_count++;
    }
}

void signals_init(struct signals *signals, struct arena *arena)
{
    *signals = (struct signals){.arena = arena};
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        add_default(signals, &defaults[i]);
}

static bool is_called(const struct signal *signal, struct str name)
{
    if (str_equal_nocase(signal->name, name))
        return true;
    struct str rest = signal->aliases;
    struct str alias;
    while (rest.n > 0 && str_split(&rest, ',', &alias))
        if (str_equal_nocase(alias, name))
            return true;
    return false;
}

const struct signal *signal_find(const struct signals *signals, struct str name)
{
    for (size_t i = 0; i < signals->count; i++)
        if (is_called(&signals->items[i], str_trim(name)))
            return &signals->items[i];
    return NULL;
}

/* The signal to bind, made when it is new; NULL when there are too many. */
static struct signal *find_or_add(struct signals *signals, struct str name)
{
    for (size_t i = 0; i < signals->count; i++)
        if (is_called(&signals->items[i], name))
            return &signals->items[i];
    if (signals->count == LIMIT_SIGNALS)
        return NULL;
    struct signal *signal =
        &LIST_PUSH(signals->arena, signals->items, signals->count, signals->capacity);
    *signal = (struct signal){.name = str_copy(signals->arena, name), .noun = STR("events")};
    return signal;
}

bool signal_bind(struct signals *signals, struct str name, const struct signal_option *options,
                 size_t option_count, struct err *err)
{
    name = str_trim(name);
    if (name.n == 0 || name.n > 200 || option_count > OPTIONS_MAX)
        return err_set(err, ERR_USAGE, NULL, "signal \"%.*s\": %s", STR_ARGS(name),
                       option_count > OPTIONS_MAX ? "a binding has at most 4 options"
                                                  : "a signal's name has 1 to 200 bytes");
    struct alternative alternative = {.option_count = option_count};
    for (size_t i = 0; i < option_count; i++)
        alternative.options[i] = (struct signal_option){str_copy(signals->arena, options[i].key),
                                                        str_copy(signals->arena, options[i].value)};
    enum signal_kind kind = SIGNAL_NONE;
    if (!read_alternative(signals->arena, name, &alternative, &kind, err))
        return false;
    struct signal *signal = find_or_add(signals, name);
    if (!signal)
        return err_set(err, ERR_USAGE, NULL, "there are more than %d signals", LIMIT_SIGNALS);
    if (!signal->from_user)
        signal->alternative_count = 0;
    if (signal->alternative_count == ALTERNATIVES_MAX)
        return err_set(err, ERR_USAGE, NULL, "signal \"%.*s\" has more than %d bindings",
                       STR_ARGS(name), ALTERNATIVES_MAX);
    if (signal->alternative_count > 0 && signal->kind != kind)
        return err_set(err, ERR_USAGE, NULL,
                       "signal \"%.*s\" has bindings that measure different "
                       "things",
                       STR_ARGS(name));
    signal->from_user = true;
    signal->kind = kind;
    if (kind == SIGNAL_GAUGE_RATIO && signal->state_limit <= 0)
        signal->state_limit = 1;
    signal->alternatives[signal->alternative_count++] = alternative;
    return true;
}

void signals_write(const struct signals *signals, struct json_writer *w, const char *key)
{
    json_open_array(w, key);
    for (size_t i = 0; i < signals->count; i++) {
        const struct signal *signal = &signals->items[i];
        json_open_object(w, NULL);
        json_open_array(w, "bindings");
        for (size_t a = 0; a < signal->alternative_count; a++) {
            json_open_object(w, NULL);
            const struct alternative *alternative = &signal->alternatives[a];
            for (size_t k = 0; k < alternative->option_count; k++) {
                struct str name = alternative->options[k].key;
                char text[32] = {0};
                memcpy(text, name.p, name.n < sizeof text - 1 ? name.n : sizeof text - 1);
                json_str(w, text, alternative->options[k].value);
            }
            json_close_object(w);
        }
        json_close_array(w);
        json_str(w, "name", signal->name);
        json_close_object(w);
    }
    json_close_array(w);
}

static bool parse_one(struct signals *signals, const struct json *object, struct err *err)
{
    const struct json *bindings = json_get(object, "bindings");
    for (const struct json *b = bindings ? bindings->first : NULL; b; b = b->next) {
        struct signal_option options[OPTIONS_MAX + 1];
        size_t count = 0;
        for (const struct json *o = b->first; o && count <= OPTIONS_MAX; o = o->next)
            options[count++] = (struct signal_option){o->key, o->text};
        if (!signal_bind(signals, json_get_str(object, "name"), options, count, err))
            return false;
    }
    return true;
}

bool signals_parse(struct arena *arena, const struct json *array, struct signals *out_signals,
                   struct err *err)
{
    struct signals signals = {.arena = arena};
    for (const struct json *item = array ? array->first : NULL; item; item = item->next)
        if (!parse_one(&signals, item, err))
            return false;
    *out_signals = signals;
    return true;
}

struct str alternative_words(struct arena *arena, const struct alternative *alternative)
{
    struct text text;
    text_init(&text, arena, 16 * 1024);
    for (size_t i = 0; i < alternative->option_count; i++)
        text_printf(&text, "%s%.*s %.*s", i == 0 ? "" : ", ", STR_ARGS(alternative->options[i].key),
                    STR_ARGS(alternative->options[i].value));
    return text_str(&text);
}

struct str signal_missing(struct arena *arena, const struct signal *signal)
{
    struct text text;
    text_init(&text, arena, 4096);
    if (signal->alternative_count == 0) {
        text_printf(&text, "not bound: no metric is known for \"%.*s\"", STR_ARGS(signal->name));
    } else {
        text_adds(&text, "not bound: no target shows ");
        for (size_t i = 0; i < signal->alternative_count && i < 3; i++) {
            text_adds(&text, i == 0 ? "" : ", ");
            text_add(&text, signal->alternatives[i].parts[0].metric);
        }
        if (signal->alternative_count > 3)
            text_printf(&text, " or %zu %s", signal->alternative_count - 3,
                        noun((int64_t)signal->alternative_count - 3, "other", "others"));
    }
    text_printf(&text, "; bind it under signals: in reeve.yaml");
    return text_str(&text);
}
