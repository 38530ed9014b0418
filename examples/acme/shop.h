/* shop.h - the parts of the shop and what they share.
 *
 * Promises: one event loop, nothing in it blocks; a fault is real: statements really fail, wait and
 * leak, files and memory are really taken. */
#ifndef ACME_SHOP_H
#define ACME_SHOP_H

#include "metrics.h"
#include "pool.h"
#include "volume.h"
#include "web.h"

/* In the order of fault_table in faults.c. */
enum fault {
    FAULT_ERRORS,
    FAULT_SLOWNESS,
    FAULT_LOGINS,
    FAULT_POOL,
    FAULT_DISK,
    FAULT_MEMORY,
    FAULT_TOKENS,
    FAULT_METRICS,
    FAULTS
};

struct fault_row {
    const char *name;  /* in addresses */
    const char *title; /* on the button */
    const char *text;  /* what really happens, one sentence */
};
extern const struct fault_row fault_table[FAULTS];

enum {
    MEMORY_LIMIT_BYTES = 96 * 1024 * 1024,
    TOKENS_LIMIT = 200000,
    TOKENS_PERIOD_MS = 3600 * 1000
};

struct shop {
    struct event_base *base;
    struct web web;
    struct pool *pool;
    struct metrics metrics;
    struct volume volume;
    bool faults[FAULTS];
    int64_t catalogue_reads; /* decides which of them a fault hits */
    struct arena hoard;      /* the memory fault's booty */
    int64_t tokens_used;
    int64_t tokens_since_ms; /* start of the allowance's period */
    struct str maintenance;  /* while this file exists customers are turned away; "": never */
    int64_t turned_away;
    struct str watch_url; /* Reeve's address, shown on the control page; may be "" */
    struct str mails_url; /* the sink's address */
};

/* routes.c: finds the route and answers, now or later. */
void routes_open(struct shop *shop);
void routes_handle(struct exchange *exchange);
/* orders.c */
void orders_sign_in(struct exchange *exchange);
void orders_place(struct exchange *exchange);
void orders_show(struct exchange *exchange);
/* Asks the database; answer gets the exchange. The values must live in the exchange's memory. */
void routes_ask(struct exchange *exchange, const char *sql, int value_count,
                const char *const *values,
                void (*answer)(void *exchange, const PGresult *result, const char *trouble));
/* 503 or 500 with a sentence. */
void routes_fail(struct exchange *exchange, const PGresult *result, const char *trouble);
/* faults.c */
void faults_tick(struct shop *shop); /* once a second */
void faults_set(struct shop *shop, enum fault fault, bool on);
int64_t faults_memory_used_bytes(void);
void faults_write_gauges(struct shop *shop, struct text *out);
/* control.c: the page with the buttons, GET /faults and POST /faults/NAME?on=1. */
void control_show_page(struct exchange *exchange);
void control_show_faults(struct exchange *exchange);
void control_switch(struct exchange *exchange);

#endif
