/* faults.c - what can be broken in the shop, and the gauges that show it. */
#include "shop.h"

#include <stdio.h>
#include <unistd.h>

enum { HOARD_STEP_BYTES = 6 * 1024 * 1024 };

const struct fault_row fault_table[FAULTS] = {
    [FAULT_ERRORS] = {"errors", "Ship a bad release",
                      "Every fourth catalogue page asks for a table that no migration has made."},
    [FAULT_SLOWNESS] = {"slowness", "Slow the database down",
                        "Every eighth catalogue page sleeps 1.5 seconds inside PostgreSQL."},
    [FAULT_LOGINS] = {"failed-logins", "Try stolen passwords",
                      "The load signs in twice a second with wrong passwords."},
    [FAULT_POOL] = {"pool", "Leak database connections",
                    "Connections are left inside open transactions until none is free."},
    [FAULT_DISK] = {"disk", "Forget to rotate the logs",
                    "Log files fill the receipt volume; orders are refused when it is full."},
    [FAULT_MEMORY] = {"memory", "Leak memory",
                      "The shop takes 6 MB a second until little is left of what it may take."},
    [FAULT_TOKENS] = {"tokens", "Let the assistant ramble",
                      "Every question to the assistant carries the whole catalogue fifty times."},
    [FAULT_METRICS] = {"metrics", "Stop the metrics page",
                       "/metrics answers 503, as if the exporter had died."},
};

int64_t faults_memory_used_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long long pages = 0;
    if (file) {
        if (fscanf(file, "%*d %lld", &pages) != 1)
            pages = 0;
        (void)fclose(file);
    }
    return pages * sysconf(_SC_PAGESIZE);
}

/* Touches what it takes, so that it is really resident. */
static void take_memory(struct shop *shop)
{
    if (faults_memory_used_bytes() + HOARD_STEP_BYTES > (int64_t)MEMORY_LIMIT_BYTES / 100 * 94)
        return;
    unsigned char *piece = arena_alloc(&shop->hoard, HOARD_STEP_BYTES);
    for (size_t i = 0; i < HOARD_STEP_BYTES; i += 4096)
        ((volatile unsigned char *)piece)[i] = (unsigned char)(i >> 12);
}

void faults_tick(struct shop *shop)
{
    struct err err;
    if (shop->faults[FAULT_DISK] && !volume_fill(&shop->volume, &err))
        (void)fprintf(stderr, "acme-shop: %s: %s\n", err.place, err.text);
    if (shop->faults[FAULT_MEMORY])
        take_memory(shop);
    if (web_unix_ms() - shop->tokens_since_ms > TOKENS_PERIOD_MS) {
        shop->tokens_since_ms = web_unix_ms();
        shop->tokens_used = 0;
    }
}

void faults_set(struct shop *shop, enum fault fault, bool on)
{
    shop->faults[fault] = on;
    if (fault == FAULT_POOL)
        pool_leak(shop->pool, on ? pool_size(shop->pool) : 0);
    if (fault == FAULT_DISK && !on)
        volume_empty(&shop->volume);
    if (fault == FAULT_MEMORY && !on)
        arena_done(&shop->hoard);
    if (fault == FAULT_TOKENS && !on)
        shop->tokens_used = 0;
    faults_tick(shop);
}

void faults_write_gauges(struct shop *shop, struct text *out)
{
    const struct {
        const char *name, *help;
        double value;
    } rows[] = {
        {"acme_db_pool_in_use", "Database connections taken.", pool_in_use(shop->pool)},
        {"acme_db_pool_size", "Database connections there are.", pool_size(shop->pool)},
        {"acme_db_pool_waiting", "Questions waiting for one.", pool_waiting(shop->pool)},
        {"acme_volume_used_bytes", "Taken on the receipt volume.",
         (double)volume_used_bytes(&shop->volume)},
        {"acme_volume_size_bytes", "Size of the receipt volume.", VOLUME_BYTES},
        {"acme_memory_used_bytes", "Resident memory.", (double)faults_memory_used_bytes()},
        {"acme_memory_limit_bytes", "Memory the shop may take.", MEMORY_LIMIT_BYTES},
        {"acme_assistant_tokens_used", "Tokens spent this hour.", (double)shop->tokens_used},
        {"acme_maintenance", "1 while customers are turned away.",
         shop->maintenance.n > 0 && access(shop->maintenance.p, F_OK) == 0},
        {"acme_turned_away_total", "Customers turned away.", (double)shop->turned_away},
        {"acme_assistant_tokens_limit", "Tokens allowed an hour.", TOKENS_LIMIT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        metrics_write_one(out, rows[i].name, "gauge", rows[i].help, rows[i].value);
}
