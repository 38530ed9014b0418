/* read_follow_up.c - what is still to be done after incidents. */
#include "action/reads.h"

void read_write_follow_up(struct json_writer *w, const struct follow_up_view *view)
{
    json_open_object(w, NULL);
    json_int(w, "follow_up", view->number);
    json_int(w, "incident", view->incident);
    json_str(w, "text", view->text);
    json_str(w, "owner", view->owner);
    reply_instant(w, "due", view->due);
    reply_instant(w, "done", view->done);
    json_bool(w, "overdue", view->is_overdue);
    json_close_object(w);
}

void read_add_follow_up(struct text *text, const struct follow_up_view *view, bool names_incident)
{
    bool done = !instant_is_zero(view->done);
    char at[INSTANT_TEXT_BYTES];
    text_printf(text, "  follow-up %lld", (long long)view->number);
    if (names_incident)
        text_printf(text, " of incident %lld", (long long)view->incident);
    text_printf(text, " [%c] %.*s (%.*s", done ? 'x' : ' ',
                STR_ARGS(view->text.n ? view->text : STR("(erased)")), STR_ARGS(view->owner));
    if (!instant_is_zero(view->due) && !done) {
        instant_write(view->due, at);
        text_printf(text, ", %s %.10s %.5s UTC", view->is_overdue ? "OVERDUE since" : "due", at,
                    at + 11);
    }
    text_adds(text, ")\n");
}

bool read_follow_up_list(const struct call *call, const struct world *world, struct reply *reply,
                         struct err *err)
{
    struct json_writer w = {.text = &reply->json};
    size_t count = 0;
    (void)err;
    const struct follow_up_view *views =
        view_follow_ups(world, reply->arena, 0, call_flag(call, "all"), &count);
    json_open_array(&w, NULL);
    for (size_t i = 0; i < count; i++) {
        read_write_follow_up(&w, &views[i]);
        read_add_follow_up(&reply->text, &views[i], true);
        if (views[i].is_overdue)
            reply->exit_code = 1;
    }
    json_close_array(&w);
    if (count == 0)
        text_adds(&reply->text, "Nothing is to be done after incidents.\n");
    return true;
}

size_t read_add_overdue(const struct world *world, struct reply *reply, struct json_writer *w)
{
    size_t count = 0;
    size_t overdue = 0;
    const struct follow_up_view *views = view_follow_ups(world, reply->arena, 0, false, &count);
    json_open_array(w, "follow_ups_overdue");
    for (size_t i = 0; i < count; i++) {
        if (!views[i].is_overdue)
            continue;
        overdue++;
        read_write_follow_up(w, &views[i]);
        read_add_follow_up(&reply->text, &views[i], true);
    }
    json_close_array(w);
    return overdue;
}
