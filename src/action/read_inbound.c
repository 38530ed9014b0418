/* read_inbound.c - "alert inbound": the open alerts of other systems. */
#include "action/reads.h"

static void add_text(struct reply *reply, const struct inbound_view *view, struct instant now)
{
    struct text *text = &reply->text;
    text_printf(text, "%.*s  %.*s%s%.*s\n", STR_ARGS(view->sender), STR_ARGS(view->name),
                view->severity.n > 0 ? ", " : "", STR_ARGS(view->severity));
    if (view->summary.n > 0)
        text_printf(text, "   %.*s\n", STR_ARGS(view->summary));
    if (instant_before(now, view->starts))
        text_printf(text, "   fires since %.*s (in the future by its sender's clock), ",
                    STR_ARGS(instant_words(reply->arena, view->starts, now)));
    else
        text_printf(text, "   fires for %.*s, ", STR_ARGS(reply_age(reply, view->starts, now)));
    if (instant_is_zero(view->heard))
        text_printf(text, "not heard since the start at %.*s",
                    STR_ARGS(instant_words(reply->arena, view->started, now)));
    else
        text_printf(text, "last heard %.*s ago", STR_ARGS(reply_age(reply, view->heard, now)));
    if (view->incident > 0)
        text_printf(text, ", incident %lld", (long long)view->incident);
    text_printf(text, "\n   key %.*s\n", STR_ARGS(view->key));
    if (view->url.n > 0)
        text_printf(text, "   %.*s\n", STR_ARGS(view->url));
    if (view->silence > 0)
        text_printf(text, "   %.*s\n", STR_ARGS(view->muted));
}

static void add_json(struct json_writer *w, const struct inbound_view *view)
{
    json_open_object(w, NULL);
    json_str(w, "sender", view->sender);
    json_str(w, "key", view->key);
    json_str(w, "name", view->name);
    json_str(w, "severity", view->severity);
    json_str(w, "summary", view->summary);
    json_str(w, "url", view->url);
    reply_instant(w, "starts", view->starts);
    reply_instant(w, "recorded", view->since);
    reply_instant(w, "heard", view->heard);
    if (view->incident > 0)
        json_int(w, "incident", view->incident);
    else
        json_null(w, "incident");
    json_int(w, "silence", view->silence);
    json_str(w, "muted", view->muted);
    json_close_object(w);
}

bool read_alert_inbound(const struct call *call, const struct world *world, struct reply *reply,
                        struct err *err)
{
    struct json_writer w = {.text = &reply->json};
    size_t count = 0;
    size_t more = 0;
    const struct inbound_view *views =
        view_inbounds(world, reply->arena, LIMIT_INBOUND_OPEN, &count, &more);
    (void)call;
    (void)err;
    json_open_array(&w, NULL);
    for (size_t i = 0; i < count; i++) {
        add_text(reply, &views[i], world->now);
        add_json(&w, &views[i]);
    }
    json_close_array(&w);
    if (count == 0)
        text_adds(&reply->text, "No other system says that something fires.\n");
    return true;
}
