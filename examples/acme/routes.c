/* routes.c - the shop's routes: catalogue, assistant, health and metrics. Signing in and buying are
 * in orders.c, the control page in control.c. */
#include "shop.h"

#include "base/json.h"

#include <unistd.h>

enum { RETRY_S = 60 };

struct route {
    const char *method;
    const char *path; /* a trailing N stands for a number */
    void (*handle)(struct exchange *exchange);
    bool counted; /* in the metrics: what customers use */
};

static struct shop *shop_of(struct exchange *exchange)
{
    return exchange->owner;
}

void routes_fail(struct exchange *exchange, const PGresult *result, const char *trouble)
{
    shop_of(exchange)->metrics.database_failures++;
    struct text text = web_text(exchange);
    text_adds(&text, result ? "The database refused: " : "The database gave no answer: ");
    text_adds(&text, trouble);
    text_byte(&text, '\n');
    web_answer(exchange, result ? 500 : 503, "text/plain; charset=utf-8", text_str(&text));
}

void routes_ask(struct exchange *exchange, const char *sql, int value_count,
                const char *const *values,
                void (*answer)(void *exchange, const PGresult *result, const char *trouble))
{
    struct question question = {
        .sql = sql, .value_count = value_count, .answer = answer, .owner = exchange};
    for (int i = 0; i < value_count; i++)
        question.values[i] = values[i];
    pool_ask(shop_of(exchange)->pool, &question);
}

/* The catalogue's reads are what the faults of a bad release and a slow database hit. */
static void ask_catalogue(struct exchange *exchange, const char *id,
                          void (*answer)(void *, const PGresult *, const char *))
{
    struct shop *shop = shop_of(exchange);
    int64_t turn = shop->catalogue_reads++;
    const char *sql = "SELECT id, name, description, price_cents FROM products "
                      "WHERE $1::bigint IS NULL OR id = $1::bigint ORDER BY id";
    if (shop->faults[FAULT_ERRORS] && turn % 4 == 1)
        sql = "SELECT id, name, description, price_cents FROM products_with_discount "
              "WHERE $1::bigint IS NULL OR id = $1::bigint ORDER BY id";
    else if (shop->faults[FAULT_SLOWNESS] && turn % 8 == 2)
        sql = "WITH rest AS MATERIALIZED (SELECT pg_sleep(1.5)) "
              "SELECT id, name, description, price_cents FROM products, rest "
              "WHERE $1::bigint IS NULL OR id = $1::bigint ORDER BY id";
    routes_ask(exchange, sql, 1, &id, answer);
}

static void write_product(struct json_writer *w, const PGresult *result, int row)
{
    int64_t id = 0;
    int64_t price = 0;
    if (!str_int(str_of(PQgetvalue(result, row, 0)), &id) ||
        !str_int(str_of(PQgetvalue(result, row, 3)), &price))
        return;
    json_open_object(w, NULL);
    json_str(w, "description", str_of(PQgetvalue(result, row, 2)));
    json_int(w, "id", id);
    json_str(w, "name", str_of(PQgetvalue(result, row, 1)));
    json_int(w, "price_cents", price);
    json_close_object(w);
}

static void answer_products(void *owner, const PGresult *result, const char *trouble)
{
    struct exchange *exchange = owner;
    if (trouble) {
        routes_fail(exchange, result, trouble);
        return;
    }
    struct text text = web_text(exchange);
    struct json_writer w = {.text = &text};
    json_open_array(&w, NULL);
    for (int i = 0; i < PQntuples(result); i++)
        write_product(&w, result, i);
    json_close_array(&w);
    web_answer(exchange, 200, "application/json", text_str(&text));
}

static void answer_product(void *owner, const PGresult *result, const char *trouble)
{
    struct exchange *exchange = owner;
    if (trouble) {
        routes_fail(exchange, result, trouble);
    } else if (PQntuples(result) == 0) {
        web_answer(exchange, 404, "text/plain", STR("There is no such product.\n"));
    } else {
        struct text text = web_text(exchange);
        write_product(&(struct json_writer){.text = &text}, result, 0);
        web_answer(exchange, 200, "application/json", text_str(&text));
    }
}

static void answer_home(void *owner, const PGresult *result, const char *trouble)
{
    struct exchange *exchange = owner;
    if (trouble) {
        routes_fail(exchange, result, trouble);
        return;
    }
    struct text text = web_text(exchange);
    text_adds(&text, "<!doctype html><html lang=en><meta charset=utf-8><title>Acme Shop</title>"
                     "<h1>Acme Shop</h1><p><a href=/control>Break something</a><ul>");
    for (int i = 0; i < PQntuples(result); i++) {
        text_adds(&text, "<li><b>");
        text_html(&text, str_of(PQgetvalue(result, i, 1)));
        text_adds(&text, "</b> ");
        text_html(&text, str_of(PQgetvalue(result, i, 2)));
    }
    text_adds(&text, "</ul></html>");
    web_answer(exchange, 200, "text/html; charset=utf-8", text_str(&text));
}

static void handle_home(struct exchange *exchange)
{
    ask_catalogue(exchange, NULL, answer_home);
}

static void handle_products(struct exchange *exchange)
{
    ask_catalogue(exchange, NULL, answer_products);
}

static void handle_product(struct exchange *exchange)
{
    ask_catalogue(exchange, str_from(exchange->path, strlen("/products/")).p, answer_product);
}

static int64_t count_words(struct str text)
{
    int64_t words = 0;
    bool inside = false;
    for (size_t i = 0; i < text.n; i++) {
        bool letter = text.p[i] != ' ' && text.p[i] != '\n';
        words += letter && !inside ? 1 : 0;
        inside = letter;
    }
    return words;
}

static void answer_assistant(void *owner, const PGresult *result, const char *trouble)
{
    struct exchange *exchange = owner;
    if (trouble) {
        routes_fail(exchange, result, trouble);
        return;
    }
    struct shop *shop = shop_of(exchange);
    struct text text = web_text(exchange);
    text_adds(&text, PQntuples(result) == 0 ? "I found nothing like that.\n" : "You may like:\n");
    for (int i = 0; i < PQntuples(result); i++)
        text_printf(&text, "%s. %s\n", PQgetvalue(result, i, 0), PQgetvalue(result, i, 1));
    int64_t spent = count_words(web_field(exchange, "question")) + count_words(text_str(&text));
    if (shop->faults[FAULT_TOKENS])
        spent += 50 * 24 * 12; /* fifty times 24 products of a dozen words */
    shop->tokens_used += spent;
    if (shop->tokens_used > TOKENS_LIMIT)
        shop->tokens_used = TOKENS_LIMIT;
    web_answer(exchange, 200, "text/plain; charset=utf-8", text_str(&text));
}

static void handle_assistant(struct exchange *exchange)
{
    if (shop_of(exchange)->tokens_used >= TOKENS_LIMIT) {
        web_answer(exchange, 503, "text/plain", STR("The assistant's allowance is spent.\n"));
        return;
    }
    const char *question = web_field(exchange, "question").p;
    routes_ask(exchange,
               "SELECT name, description FROM products WHERE to_tsvector('english', name || ' ' || "
               "description) @@ websearch_to_tsquery('english', $1) ORDER BY id LIMIT 3",
               1, (const char *const[]){question ? question : ""}, answer_assistant);
}

static void answer_health(void *owner, const PGresult *result, const char *trouble)
{
    struct exchange *exchange = owner;
    if (trouble)
        routes_fail(exchange, result, trouble);
    else
        web_answer(exchange, 200, "text/plain", STR("ok\n"));
}

static void handle_health(struct exchange *exchange)
{
    routes_ask(exchange, "SELECT 1", 0, NULL, answer_health);
}

static void handle_metrics(struct exchange *exchange)
{
    struct shop *shop = shop_of(exchange);
    if (shop->faults[FAULT_METRICS]) {
        web_answer(exchange, 503, "text/plain", STR("The metrics page is stopped.\n"));
        return;
    }
    struct text text = web_text(exchange);
    metrics_write(&shop->metrics, &text);
    faults_write_gauges(shop, &text);
    web_answer(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", text_str(&text));
}

static const struct route routes[] = {
    {"GET", "/", handle_home, true},
    {"GET", "/products", handle_products, true},
    {"GET", "/products/N", handle_product, true},
    {"POST", "/login", orders_sign_in, true},
    {"POST", "/orders", orders_place, true},
    {"GET", "/orders/N", orders_show, true},
    {"POST", "/assistant", handle_assistant, true},
    {"GET", "/healthz", handle_health, false},
    {"GET", "/metrics", handle_metrics, false},
    {"GET", "/control", control_show_page, false},
    {"GET", "/faults", control_show_faults, false},
};

/* A trailing N matches 1 to 12 digits. */
static bool path_matches(struct str path, const char *pattern)
{
    size_t n = strlen(pattern);
    if (pattern[n - 1] != 'N')
        return str_is(path, pattern);
    if (path.n < n || path.n > n + 11 || memcmp(path.p, pattern, n - 1) != 0)
        return false;
    for (size_t i = n - 1; i < path.n; i++)
        if (!byte_is_digit(path.p[i]))
            return false;
    return true;
}

static void count_answer(struct exchange *exchange, int status)
{
    if (exchange->route)
        metrics_count(&shop_of(exchange)->metrics, exchange->route, status,
                      web_monotonic_us() - exchange->started_us);
}

void routes_open(struct shop *shop)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (routes[i].counted)
            metrics_add_route(&shop->metrics, routes[i].path);
}

/* The switch is a file: whoever can write in the folder closes and opens the shop. Who is turned
 * away is counted apart: a closed shop is no failing one. */
static bool turn_away(struct exchange *exchange, const struct route *route)
{
    struct shop *shop = shop_of(exchange);
    if (!route->counted || shop->maintenance.n == 0 || access(shop->maintenance.p, F_OK) != 0)
        return false;
    shop->turned_away++;
    web_retry_after(exchange, RETRY_S);
    web_answer(exchange, 503, "text/plain; charset=utf-8",
               STR("The shop is closed for maintenance; it opens again in a few minutes.\n"));
    return true;
}

void routes_handle(struct exchange *exchange)
{
    if (strcmp(exchange->method, "POST") == 0 && str_starts(exchange->path, "/faults/")) {
        control_switch(exchange);
        return;
    }
    bool path_known = false;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        const struct route *route = &routes[i];
        if (!path_matches(exchange->path, route->path))
            continue;
        path_known = true;
        if (strcmp(exchange->method, route->method) != 0)
            continue;
        if (turn_away(exchange, route))
            return;
        exchange->route = route->counted ? route->path : NULL;
        exchange->answered = count_answer;
        route->handle(exchange);
        return;
    }
    if (path_known)
        web_answer(exchange, 405, "text/plain", STR("That address takes another method.\n"));
    else
        web_answer(exchange, 404, "text/plain", STR("There is nothing at that address.\n"));
}
