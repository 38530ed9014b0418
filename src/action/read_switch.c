/* read_switch.c - "switch list": what can be switched, and what is off. */
#include "action/reads.h"

bool read_switch_list(const struct call *call, const struct world *world, struct reply *reply,
                      struct err *err)
{
    struct json_writer w = {.text = &reply->json};
    size_t count = 0;
    const struct switch_view *views = view_switches(world, reply->arena, &count);
    (void)call;
    (void)err;
    json_open_array(&w, NULL);
    for (size_t i = 0; i < count; i++) {
        const struct switch_view *view = &views[i];
        text_printf(&reply->text, "%-28.*s  %.*s\n", STR_ARGS(view->name),
                    STR_ARGS(view->words.n > 0 ? view->words : STR("on")));
        json_open_object(&w, NULL);
        json_str(&w, "name", view->name);
        json_bool(&w, "off", view->off != NULL);
        json_str(&w, "by", view->off ? str_of(view->off->by) : STR(""));
        json_str(&w, "reason", view->off ? str_of(view->off->reason) : STR(""));
        reply_instant(&w, "since", view->off ? view->off->since : (struct instant){0});
        json_close_object(&w);
    }
    json_close_array(&w);
    if (count == 0)
        text_adds(&reply->text, "reeve.yaml has nothing that can be switched off.\n");
    return true;
}

/* Somebody meant it so: a warning, which changes no exit code. */
void read_add_switches(const struct world *world, struct reply *reply, struct json_writer *w)
{
    json_open_array(w, "switched_off");
    for (size_t i = 0; i < world->switches.count; i++) {
        struct str words = switch_words(reply->arena, &world->switches.items[i], world->now);
        text_printf(&reply->text, "switched off: %.*s\n", STR_ARGS(words));
        json_str(w, NULL, words);
    }
    json_close_array(w);
}
