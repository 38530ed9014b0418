/* metrics.c - what the shop tells about itself, in Prometheus' exposition text. */
#include "metrics.h"

#include <assert.h>

const double metrics_edges[METRICS_BUCKETS - 1] = {0.005, 0.01, 0.025, 0.05, 0.1,
                                                   0.25,  0.5,  1,     2.5,  5};
static const int codes[METRICS_CODES] = {200, 201, 303, 400, 401, 404, 500, 503, 507};

void metrics_add_route(struct metrics *metrics, const char *route)
{
    assert(metrics->route_count < METRICS_ROUTES);
    metrics->routes[metrics->route_count++].route = route;
}

static int find_code(int status)
{
    for (int i = 0; i < METRICS_CODES; i++)
        if (codes[i] == status)
            return i;
    return status >= 500 ? 6 : 3; /* the plain one of its class */
}

static int find_bucket(int64_t spent_us)
{
    int i = 0;
    while (i < METRICS_BUCKETS - 1 && (double)spent_us > metrics_edges[i] * 1e6)
        i++;
    return i;
}

void metrics_count(struct metrics *metrics, const char *route, int status, int64_t spent_us)
{
    for (int i = 0; i < metrics->route_count; i++) {
        struct route_metrics *row = &metrics->routes[i];
        if (strcmp(row->route, route) != 0)
            continue;
        row->codes[find_code(status)]++;
        row->buckets[find_bucket(spent_us)]++;
        row->sum_us += spent_us;
    }
}

static void write_head(struct text *out, const char *name, const char *type, const char *help)
{
    text_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_requests(const struct metrics *metrics, struct text *out)
{
    write_head(out, "acme_http_requests_total", "counter", "Requests answered.");
    for (int i = 0; i < metrics->route_count; i++)
        for (int k = 0; k < METRICS_CODES; k++)
            text_printf(out, "acme_http_requests_total{route=\"%s\",code=\"%d\"} %lld\n",
                        metrics->routes[i].route, codes[k], (long long)metrics->routes[i].codes[k]);
}

static void write_duration(const struct route_metrics *row, struct text *out)
{
    static const char name[] = "acme_http_request_duration_seconds";
    int64_t below = 0;
    for (int i = 0; i < METRICS_BUCKETS; i++) {
        below += row->buckets[i];
        text_printf(out, "%s_bucket{route=\"%s\",le=\"", name, row->route);
        if (i < METRICS_BUCKETS - 1)
            text_real(out, metrics_edges[i]);
        else
            text_adds(out, "+Inf");
        text_printf(out, "\"} %lld\n", (long long)below);
    }
    text_printf(out, "%s_sum{route=\"%s\"} ", name, row->route);
    text_real(out, (double)row->sum_us / 1e6);
    text_printf(out, "\n%s_count{route=\"%s\"} %lld\n", name, row->route, (long long)below);
}

void metrics_write_one(struct text *out, const char *name, const char *type, const char *help,
                       double value)
{
    write_head(out, name, type, help);
    text_printf(out, "%s ", name);
    text_real(out, value);
    text_byte(out, '\n');
}

void metrics_write(const struct metrics *metrics, struct text *out)
{
    write_requests(metrics, out);
    write_head(out, "acme_http_request_duration_seconds", "histogram", "Time to answer.");
    for (int i = 0; i < metrics->route_count; i++)
        write_duration(&metrics->routes[i], out);
    metrics_write_one(out, "acme_logins_total", "counter", "Sign-ins that succeeded.",
                      (double)metrics->logins);
    metrics_write_one(out, "acme_login_failures_total", "counter", "Sign-ins that were refused.",
                      (double)metrics->login_failures);
    metrics_write_one(out, "acme_orders_total", "counter", "Orders placed.",
                      (double)metrics->orders);
    metrics_write_one(out, "acme_db_failures_total", "counter", "Statements that failed.",
                      (double)metrics->database_failures);
}
