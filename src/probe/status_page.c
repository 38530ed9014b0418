/* status_page.c - summaries of status pages. */
#include "probe/status_page.h"

enum { NAMES_SHOWN = 4, NAME_SHOWN_BYTES = 60 };

static const struct {
    const char *word;
    enum status_level level;
} levels[] = {
    /* of a page */
    {"none", STATUS_FINE},
    {"maintenance", STATUS_MAINTENANCE},
    {"minor", STATUS_MINOR},
    {"major", STATUS_MAJOR},
    {"critical", STATUS_CRITICAL},
    /* of a component */
    {"operational", STATUS_FINE},
    {"under_maintenance", STATUS_MAINTENANCE},
    {"degraded_performance", STATUS_MINOR},
    {"partial_outage", STATUS_MAJOR},
    {"major_outage", STATUS_CRITICAL},
    /* of Stripe's page */
    {"up", STATUS_FINE},
    {"degraded", STATUS_MINOR},
    {"down", STATUS_CRITICAL},
};

static bool find_level(struct str word, enum status_level *out_level)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (!str_is(word, levels[i].word))
            continue;
        *out_level = levels[i].level;
        return true;
    }
    return false;
}

static bool refuse_word(struct str what, struct str word, struct err *err)
{
    return err_set(err, ERR_OUTSIDE, "", "says \"%.*s\" of %.*s, which is no state that is known",
                   STR_ARGS(str_cut(word, 40)), STR_ARGS(str_cut(what, NAME_SHOWN_BYTES)));
}

static bool is_wanted(struct str name, struct status_wanted wanted)
{
    for (size_t i = 0; i < wanted.count; i++)
        if (str_equal_nocase(name, wanted.names[i]))
            return true;
    return wanted.count == 0;
}

/* Groups have the worst state of what is in them. */
static bool read_components(struct arena *arena, const struct json *list,
                            struct status_wanted wanted, struct status_page *page, struct err *err)
{
    size_t room = list && list->type == JSON_ARRAY ? list->count : 0;
    if (room > STATUS_COMPONENTS_MAX)
        return err_set(err, ERR_OUTSIDE, "", "has more than %d components", STATUS_COMPONENTS_MAX);
    page->items = arena_array(arena, room, sizeof *page->items);
    for (const struct json *item = room ? list->first : NULL; item; item = item->next) {
        struct status_component component = {.name = json_get_str(item, "name")};
        struct str status = json_get_str(item, "status");
        if (component.name.n == 0 || !is_wanted(component.name, wanted))
            continue;
        if (!find_level(status, &component.level))
            return refuse_word(component.name, status, err);
        page->items[page->count++] = component;
    }
    return true;
}

static bool is_over(struct str status)
{
    return str_is(status, "resolved") || str_is(status, "postmortem") ||
           str_is(status, "completed");
}

/* The pages of some makers leave an incident's components out: it counts for all of them. */
static void read_incidents(const struct json *list, struct status_page *page)
{
    for (const struct json *item = list && list->type == JSON_ARRAY ? list->first : NULL; item;
         item = item->next) {
        struct instant began = {0};
        if (is_over(json_get_str(item, "status")))
            continue;
        page->incident_count++;
        if (!instant_parse(json_get_str(item, "created_at"), &began))
            began = (struct instant){0};
        bool older = !instant_is_zero(began) &&
                     (instant_is_zero(page->since) || instant_before(began, page->since));
        if (page->incident.n > 0 && !older)
            continue;
        page->incident = json_get_str(item, "name");
        page->since = began;
    }
}

static void read_maintenances(const struct json *list, struct status_page *page)
{
    for (const struct json *item = list && list->type == JSON_ARRAY ? list->first : NULL; item;
         item = item->next) {
        struct str status = json_get_str(item, "status");
        if (page->maintenance.n == 0 &&
            (str_is(status, "in_progress") || str_is(status, "verifying")))
            page->maintenance = json_get_str(item, "name");
    }
}

static bool check_wanted(const struct status_page *page, struct status_wanted wanted,
                         struct err *err)
{
    for (size_t i = 0; i < wanted.count; i++) {
        bool found = false;
        for (size_t k = 0; k < page->count; k++)
            found = found || str_equal_nocase(page->items[k].name, wanted.names[i]);
        if (!found)
            return err_set(err, ERR_OUTSIDE, "",
                           "has no component \"%.*s\"; correct components: in reeve.yaml",
                           STR_ARGS(str_cut(wanted.names[i], NAME_SHOWN_BYTES)));
    }
    return true;
}

static bool read_short(const struct json *root, size_t wanted_count, struct status_page *page,
                       struct err *err)
{
    struct str state = json_get_str(root, "largestatus");
    page->says = json_get_str(root, "message");
    if (wanted_count > 0)
        return err_set(err, ERR_OUTSIDE, "", "tells no components; leave components: out");
    return find_level(state, &page->level) || refuse_word(STR("the whole"), state, err);
}

bool status_page_read(struct arena *arena, struct str text, struct status_wanted wanted,
                      struct status_page *out_page, struct err *err)
{
    struct status_page page = {.name = STR("")};
    struct json *root = NULL;
    if (!json_parse(arena, text, &root, NULL) || root->type != JSON_OBJECT)
        return err_set(err, ERR_OUTSIDE, "",
                       "answered with something that is not JSON; check that the page has not "
                       "moved");
    const struct json *status = json_get(root, "status");
    page.incident = page.maintenance = page.says = STR("");
    if (json_get(root, "largestatus")) {
        if (!read_short(root, wanted.count, &page, err))
            return false;
        *out_page = page;
        return true;
    }
    if (!status || status->type != JSON_OBJECT || json_get_str(status, "indicator").n == 0)
        return err_set(err, ERR_OUTSIDE, "",
                       "does not tell status.indicator; give the url of its summary.json");
    if (json_get(root, "page") && json_get(root, "page")->type == JSON_OBJECT)
        page.name = json_get_str(json_get(root, "page"), "name");
    page.says = json_get_str(status, "description");
    if (!find_level(json_get_str(status, "indicator"), &page.level))
        return refuse_word(STR("the whole"), json_get_str(status, "indicator"), err);
    if (!read_components(arena, json_get(root, "components"), wanted, &page, err) ||
        !check_wanted(&page, wanted, err))
        return false;
    if (wanted.count > 0)
        page.level = STATUS_FINE;
    for (size_t i = 0; i < page.count; i++)
        if (page.items[i].level > page.level)
            page.level = page.items[i].level;
    read_incidents(json_get(root, "incidents"), &page);
    read_maintenances(json_get(root, "scheduled_maintenances"), &page);
    *out_page = page;
    return true;
}

static const char *level_word(enum status_level level)
{
    switch (level) {
    case STATUS_FINE: return "no outage";
    case STATUS_MAINTENANCE: return "maintenance";
    case STATUS_MINOR: return "degraded performance";
    case STATUS_MAJOR: return "partial outage";
    case STATUS_CRITICAL: return "major outage";
    }
    return "";
}

/* " of Webhooks, API and 3 more": those that are as bad as it is. */
static void add_names(struct text *text, const struct status_page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < page->count; i++) {
        if (page->items[i].level != page->level)
            continue;
        if (count < NAMES_SHOWN)
            text_printf(text, "%s%.*s", count == 0 ? " of " : ", ",
                        STR_ARGS(str_cut(page->items[i].name, NAME_SHOWN_BYTES)));
        count++;
    }
    if (count > NAMES_SHOWN)
        text_printf(text, " and %zu more", count - NAMES_SHOWN);
}

struct str status_page_words(struct arena *arena, const struct status_page *page)
{
    struct text text;
    char since[INSTANT_TEXT_BYTES];
    bool maintained = page->level == STATUS_MAINTENANCE;
    struct str why = maintained ? page->maintenance : page->incident;
    if (page->level == STATUS_FINE)
        return STR("");
    text_init(&text, arena, 2 * STATUS_WORDS_BYTES);
    text_printf(
        &text, "%.*s says: %s",
        STR_ARGS(page->name.n > 0 ? str_cut(page->name, NAME_SHOWN_BYTES) : STR("its status page")),
        level_word(page->level));
    add_names(&text, page);
    if (!maintained && !instant_is_zero(page->since)) {
        instant_write(page->since, since);
        text_printf(&text, " since %.10s %.5s UTC", since, since + 11);
    }
    if (why.n > 0 || page->says.n > 0)
        text_printf(&text, " (%.*s)", STR_ARGS(str_cut(why.n > 0 ? why : page->says, 200)));
    return str_cut(text_str(&text), STATUS_WORDS_BYTES);
}
