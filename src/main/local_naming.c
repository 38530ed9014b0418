/* local_naming.c - the core's "alert list", of which only what each rule reads is looked at. */
#include "main/local_naming.h"

#include "main/socket_client.h"

/* The list, or NULL. */
static const struct json *ask_core(struct app *app)
{
    struct socket_request request = {app->socket_path, STR("/api/alert/list"), STR("{}")};
    struct arena *arena = &app->arena;
    struct str answer;
    struct json *root = NULL;
    struct json *list = NULL;
    struct err err = {0};
    if (app->socket_path.n == 0 || !socket_client_is_there(app->socket_path) ||
        !socket_client_post(arena, &request, &answer, &err) ||
        !json_parse(arena, answer, &root, &err) ||
        !json_parse(arena, json_get_str(root, "json"), &list, &err) || list->type != JSON_ARRAY)
        return NULL;
    return list;
}

/* Rules of one signal read the same, whichever the sentence: a line that was changed since has none
 * of its own. */
static struct naming naming_in(struct arena *arena, const struct json *list,
                               const struct rule *rule)
{
    struct naming naming = {.is_told = true};
    for (const struct json *one = list->first; one && naming.count == 0; one = one->next)
        if (one->type == JSON_OBJECT && str_equal(json_get_str(one, "signal"), rule->signal_name))
            naming = naming_parse(arena, json_get(one, "reads"), rule);
    return naming;
}

const struct naming *local_naming_of_rules(struct app *app, struct rules *rules)
{
    const struct json *list = ask_core(app);
    if (!list)
        return NULL;
    struct naming *namings = arena_array(&app->arena, rules->count + 1, sizeof *namings);
    for (size_t i = 0; i < rules->count; i++) {
        namings[i] = naming_in(&app->arena, list, &rules->items[i]);
        naming_apply(&app->arena, &namings[i], &rules->items[i]);
    }
    return namings;
}

struct naming local_naming_of_signal(struct app *app, const struct rule *rule)
{
    const struct json *list = ask_core(app);
    struct naming none = {.count = 0};
    return list ? naming_in(&app->arena, list, rule) : none;
}
