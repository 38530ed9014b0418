/* orders.c - signing in, buying and looking at what was bought.
 *
 * Promises: an order is one statement: session, stock and order change together or not at all. */
#include "shop.h"

#include "base/json.h"

static struct shop *shop_of(struct exchange *exchange)
{
    return exchange->owner;
}

static void answer_sign_in(void *owner, const PGresult *result, const char *trouble)
{
    struct exchange *exchange = owner;
    if (trouble) {
        routes_fail(exchange, result, trouble);
    } else if (PQntuples(result) == 0) {
        shop_of(exchange)->metrics.login_failures++;
        web_answer(exchange, 401, "text/plain", STR("That e-mail and password do not match.\n"));
    } else {
        shop_of(exchange)->metrics.logins++;
        web_answer(exchange, 200, "text/plain", str_of(PQgetvalue(result, 0, 0)));
    }
}

void orders_sign_in(struct exchange *exchange)
{
    struct str email = web_field(exchange, "email");
    struct str password = web_field(exchange, "password");
    if (email.n == 0 || password.n == 0) {
        web_answer(exchange, 400, "text/plain", STR("Give email and password.\n"));
        return;
    }
    routes_ask(exchange,
               "INSERT INTO sessions (customer_id) SELECT id FROM customers "
               "WHERE email = $1 AND password = crypt($2, password) RETURNING token",
               2, (const char *const[]){email.p, password.p}, answer_sign_in);
}

static void answer_order(void *owner, const PGresult *result, const char *trouble)
{
    struct exchange *exchange = owner;
    if (trouble) {
        routes_fail(exchange, result, trouble);
        return;
    }
    int64_t id = 0;
    if (PQntuples(result) == 0 || !str_int(str_of(PQgetvalue(result, 0, 0)), &id)) {
        web_answer(exchange, 401, "text/plain", STR("Sign in first, and choose what we have.\n"));
        return;
    }
    struct text receipt = web_text(exchange);
    text_printf(&receipt, "Acme Shop\nOrder %lld\nTotal %s cents\n\nNo refunds after use.\n",
                (long long)id, PQgetvalue(result, 0, 1));
    struct err err;
    if (!volume_keep_receipt(&shop_of(exchange)->volume, id, text_str(&receipt), &err)) {
        web_answer(exchange, 507, "text/plain", str_of(err.text));
        return;
    }
    shop_of(exchange)->metrics.orders++;
    struct text text = web_text(exchange);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_int(&w, "order", id);
    json_close_object(&w);
    web_answer(exchange, 201, "application/json", text_str(&text));
}

static bool is_uuid(struct str s)
{
    if (s.n != 36)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        char c = byte_lower(s.p[i]);
        if (dash ? c != '-' : !(byte_is_digit(c) || (c >= 'a' && c <= 'f')))
            return false;
    }
    return true;
}

void orders_place(struct exchange *exchange)
{
    struct str session = web_field(exchange, "session");
    struct str product = web_field(exchange, "product");
    struct str quantity = web_field(exchange, "quantity");
    int64_t number = 0;
    int64_t pieces = 0;
    if (!is_uuid(session) || !str_int(product, &number) || !str_int(quantity, &pieces) ||
        pieces < 1 || pieces > 100) {
        web_answer(exchange, 400, "text/plain", STR("Give session, product and quantity 1-100.\n"));
        return;
    }
    routes_ask(exchange,
               "WITH buyer AS (SELECT customer_id FROM sessions WHERE token = $1::uuid), "
               "taken AS (UPDATE products SET stock = stock - $3::bigint FROM buyer "
               "WHERE id = $2::bigint AND stock >= $3::bigint RETURNING id, price_cents) "
               "INSERT INTO orders (customer_id, product_id, quantity, total_cents) "
               "SELECT customer_id, id, $3::bigint, price_cents * $3::bigint FROM buyer, taken "
               "RETURNING id, total_cents",
               3, (const char *const[]){session.p, product.p, quantity.p}, answer_order);
}

static void answer_show(void *owner, const PGresult *result, const char *trouble)
{
    struct exchange *exchange = owner;
    if (trouble) {
        routes_fail(exchange, result, trouble);
        return;
    }
    if (PQntuples(result) == 0) {
        web_answer(exchange, 404, "text/plain", STR("There is no such order.\n"));
        return;
    }
    struct text text = web_text(exchange);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_str(&w, "product", str_of(PQgetvalue(result, 0, 0)));
    json_str(&w, "quantity", str_of(PQgetvalue(result, 0, 1)));
    json_str(&w, "total_cents", str_of(PQgetvalue(result, 0, 2)));
    json_close_object(&w);
    web_answer(exchange, 200, "application/json", text_str(&text));
}

void orders_show(struct exchange *exchange)
{
    const char *id = str_from(exchange->path, strlen("/orders/")).p;
    routes_ask(exchange,
               "SELECT name, quantity, total_cents FROM orders JOIN products "
               "ON products.id = product_id WHERE orders.id = $1::bigint",
               1, &id, answer_show);
}
