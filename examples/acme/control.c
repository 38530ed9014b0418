/* control.c - the page with the buttons that break the shop, and the same for programs. */
#include "shop.h"

#include "base/json.h"

static struct shop *shop_of(struct exchange *exchange)
{
    return exchange->owner;
}

static const char page_head[] =
    "<!doctype html><html lang=en><meta charset=utf-8>"
    "<meta name=viewport content='width=device-width'><meta http-equiv=refresh content=5>"
    "<title>Acme Shop: break something</title><style>"
    ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}"
    "body{max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "li{display:flex;gap:1rem;align-items:center;margin:.6rem 0}ul{padding:0}"
    "li form{flex:0 0 15rem}button{font:inherit;width:100%;padding:.5rem;border-radius:.4rem;"
    "border:1px solid #8888;cursor:pointer}.on button{background:#b3261e;color:#fff}"
    "small{opacity:.75}</style><h1>Acme Shop: break something</h1>"
    "<p>The shop runs, customers buy. Press a button and watch what Reeve makes of it.";

static void write_links(struct text *text, const struct shop *shop)
{
    text_adds(text, "<p>");
    if (shop->watch_url.n > 0) {
        text_adds(text, "<a href='");
        text_html(text, shop->watch_url);
        text_adds(text, "'>Reeve's page</a> &middot; ");
    }
    if (shop->mails_url.n > 0) {
        text_adds(text, "<a href='");
        text_html(text, shop->mails_url);
        text_adds(text, "'>Mails sent</a> &middot; ");
    }
    text_adds(text, "<a href=/>The shop</a> &middot; <a href=/metrics>Its metrics</a><ul>");
}

void control_show_page(struct exchange *exchange)
{
    struct shop *shop = shop_of(exchange);
    struct text text = web_text(exchange);
    text_adds(&text, page_head);
    write_links(&text, shop);
    for (int i = 0; i < FAULTS; i++) {
        bool on = shop->faults[i];
        text_printf(&text, "<li%s><form method=post action='/faults/%s?on=%d&amp;back=1'><button>",
                    on ? " class=on" : "", fault_table[i].name, on ? 0 : 1);
        if (on)
            text_adds(&text, "Stop: ");
        text_html(&text, str_of(fault_table[i].title));
        text_adds(&text, "</button></form><small>");
        text_html(&text, str_of(fault_table[i].text));
        text_adds(&text, "</small>");
    }
    text_adds(&text, "</ul></html>");
    web_answer(exchange, 200, "text/html; charset=utf-8", text_str(&text));
}

void control_show_faults(struct exchange *exchange)
{
    struct text text = web_text(exchange);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    for (int i = 0; i < FAULTS; i++)
        json_bool(&w, fault_table[i].name, shop_of(exchange)->faults[i]);
    json_close_object(&w);
    web_answer(exchange, 200, "application/json", text_str(&text));
}

void control_switch(struct exchange *exchange)
{
    struct str name = str_from(exchange->path, strlen("/faults/"));
    struct str on = web_field(exchange, "on");
    int found = -1;
    for (int i = 0; i < FAULTS; i++)
        if (str_is(name, fault_table[i].name))
            found = i;
    if (found < 0) {
        web_answer(exchange, 404, "text/plain", STR("No such fault; GET /faults lists them.\n"));
        return;
    }
    if (!str_is(on, "1") && !str_is(on, "0")) {
        web_answer(exchange, 400, "text/plain", STR("Say on=1 or on=0.\n"));
        return;
    }
    faults_set(shop_of(exchange), (enum fault)found, str_is(on, "1"));
    if (str_is(web_field(exchange, "back"), "1"))
        web_redirect(exchange, "/control");
    else
        control_show_faults(exchange);
}
