/* pagerduty.c - schedules, escalation policies, users and overrides as PagerDuty's REST API v2
 * gives them.
 *
 * The API lists layers from the one that wins to the one below all. Turns are counted from
 * rotation_virtual_start by the clock of the schedule's zone; the layer is on from start to end. */
#include "import/model.h"

enum { MINUTE_S = 60, HOUR_S = 3600, TIME_BYTES = 8 };

static bool read_time(struct str text, int64_t *out_minute)
{
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    if (text.n != TIME_BYTES || text.p[2] != ':' || text.p[5] != ':' ||
        !str_int(str_slice(text, 0, 2), &hour) || !str_int(str_slice(text, 3, 5), &minute) ||
        !str_int(str_slice(text, 6, 8), &second))
        return false;
    *out_minute = hour * 60 + minute;
    return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second == 0;
}

static const char *read_restriction(struct import_layer *layer, const struct json *restriction)
{
    int64_t minute = 0;
    int64_t day = 0;
    int64_t length_s = 0;
    struct str type = json_get_str(restriction, "type");
    bool weekly = str_is(type, "weekly_restriction");
    int64_t most_s = weekly ? 7 * IMPORT_DAY_S : IMPORT_DAY_S;
    if ((!weekly && !str_is(type, "daily_restriction")) ||
        !read_time(json_get_str(restriction, "start_time_of_day"), &minute) ||
        !json_get_int(restriction, "duration_seconds", &length_s) || length_s < MINUTE_S ||
        length_s > most_s || length_s % MINUTE_S != 0)
        return "one of its restrictions is neither daily nor weekly in whole minutes. Write it by "
               "hand with only:.";
    /* Monday is 1 and Sunday 7 there. */
    if (weekly && (!json_get_int(restriction, "start_day_of_week", &day) || day < 1 || day > 7))
        return "one of its restrictions has no day of the week. Write it by hand with only:.";
    int64_t length_min = length_s / MINUTE_S;
    bool good = true;
    if (weekly)
        good = import_add_week_window(layer, day % 7 * ROTA_DAY_MIN + minute, length_min);
    else
        for (int64_t i = 0; good && i < 7; i++)
            good = import_add_week_window(layer, i * ROTA_DAY_MIN + minute, length_min);
    return good ? NULL
                : "its restrictions need more than the 16 times that only: has room for. Write it "
                  "by hand.";
}

static const char *read_users(struct import *import, struct import_layer *layer,
                              const struct json *object)
{
    const struct json *users = json_get(object, "users");
    size_t count = users && users->type == JSON_ARRAY ? users->count : 0;
    struct import_slot *slots = arena_array(import->arena, count, sizeof *slots);
    for (const struct json *item = count > 0 ? users->first : NULL; item; item = item->next) {
        const struct json *user = json_get(item, "user");
        user = user ? user : item;
        struct str key = json_get_str(user, "id");
        struct str summary = json_get_str(user, "summary");
        if (key.n == 0)
            return "a user of it has no id.";
        slots[layer->slot_count++] =
            import_slot_of(import, import_person_of(import, key, summary, STR("")));
    }
    layer->slots = slots;
    return layer->slot_count > 0 ? NULL : "it has no users. Leave it out.";
}

static const char *read_turns(struct import *import, struct import_layer *layer,
                              const struct json *object)
{
    int64_t length_s = 0;
    struct str virtual_start = json_get_str(object, "rotation_virtual_start");
    struct str start = json_get_str(object, "start");
    if (!json_get_int(object, "rotation_turn_length_seconds", &length_s) || length_s < HOUR_S ||
        length_s % HOUR_S != 0 || length_s / MINUTE_S > ROTA_LENGTH_MAX_MIN)
        return "its turns are not of whole hours, from one to 366 days. Write it by hand.";
    layer->length_min = length_s / MINUTE_S;
    if (!import_wall(import, layer->zone, virtual_start.n > 0 ? virtual_start : start,
                     &layer->anchor_min))
        return "its rotation_virtual_start is no time.";
    layer->from_min = layer->anchor_min;
    layer->has_from = true;
    if (start.n > 0 && !import_wall(import, layer->zone, start, &layer->from_min))
        return "its start is no time.";
    layer->has_until = import_has(object, "end");
    if (layer->has_until &&
        !import_wall(import, layer->zone, json_get_str(object, "end"), &layer->until_min))
        return "its end is no time.";
    return NULL;
}

static void read_layer(struct import *import, struct import_rota *rota, const struct zone *zone,
                       const struct json *object)
{
    struct import_layer *layer = import_add_layer(import, rota, json_get_str(object, "name"), zone);
    const struct json *list = json_get(object, "restrictions");
    if (layer->name.n == 0)
        layer->name = STR("layer");
    const char *why = read_users(import, layer, object);
    why = why ? why : read_turns(import, layer, object);
    for (const struct json *item = list ? list->first : NULL; item && !why; item = item->next)
        why = read_restriction(layer, item);
    if (why)
        import_break(import, rota, layer, why);
}

static void add_override(struct import *import, struct str rota, const struct json *object)
{
    const struct json *user = json_get(object, "user");
    struct str key = json_get_str(user, "id");
    if (key.n == 0)
        return;
    size_t person = import_person_of(import, key, json_get_str(user, "summary"), STR(""));
    struct import_override made = {.rota = rota,
                                   .part = STR(""),
                                   .person = person,
                                   .from = json_get_str(object, "start"),
                                   .until = json_get_str(object, "end")};
    import_add_override(import, &made);
}

static void read_schedule(struct import *import, const struct json *schedule)
{
    const struct zone *zone = zone_utc();
    const struct json *layers = json_get(schedule, "schedule_layers");
    const struct json *overrides = json_get(schedule, "overrides");
    struct str title = json_get_str(schedule, "name");
    struct str key = json_get_str(schedule, "id");
    struct import_rota *rota = import_add_rota(import, key, title);
    for (const struct json *item = overrides ? overrides->first : NULL; item; item = item->next)
        add_override(import, key, item);
    if (!layers || layers->type != JSON_ARRAY || layers->count == 0) {
        import_note(import,
                    "The schedule \"%.*s\" has no layers in this file. The list of the API leaves "
                    "them out: fetch each by its id, GET /schedules/%.*s.",
                    STR_ARGS(str_cut(title, 80)), STR_ARGS(str_cut(key, 40)));
        return;
    }
    if (!import_zone(import, "The schedule", title, json_get_str(schedule, "time_zone"), &zone))
        return;
    rota->is_broken = false;
    int64_t level = (int64_t)layers->count;
    for (const struct json *item = layers->first; item; item = item->next) {
        read_layer(import, rota, zone, item);
        rota->layers[rota->count - 1].level = level--;
    }
}

static void read_phone(struct import *import, struct import_person *person,
                       const struct json *method)
{
    int64_t country = 0;
    struct str address = json_get_str(method, "address");
    if (str_is(json_get_str(method, "type"), "phone_contact_method") && address.n > 0 &&
        json_get_int(method, "country_code", &country) && person->phone.n == 0)
        person->phone = str_printf(import->arena, "+%lld%.*s", (long long)country,
                                   STR_ARGS(str_cut(address, 20)));
}

static void read_user(struct import *import, const struct json *user)
{
    const struct json *methods = json_get(user, "contact_methods");
    struct str mail = json_get_str(user, "email");
    size_t at =
        import_person_of(import, json_get_str(user, "id"), json_get_str(user, "name"), mail);
    import->people[at].mail = mail;
    import->people[at].full = json_get_str(user, "name");
    import->people[at].zone = json_get_str(user, "time_zone");
    for (const struct json *item = methods ? methods->first : NULL; item; item = item->next)
        read_phone(import, &import->people[at], item);
}

static void read_policy(struct import *import, const struct json *object)
{
    const struct json *rules = json_get(object, "escalation_rules");
    struct import_policy *policy =
        &LIST_PUSH(import->arena, import->policies, import->policy_count, import->policy_capacity);
    struct str name = json_get_str(object, "name");
    int64_t after_min = 0;
    policy->title = name.n > 0 ? name : json_get_str(object, "summary");
    for (const struct json *rule = rules ? rules->first : NULL; rule; rule = rule->next) {
        const struct json *targets = json_get(rule, "targets");
        int64_t delay_min = 0;
        for (const struct json *to = targets ? targets->first : NULL;
             to && policy->count < IMPORT_STEPS_MAX; to = to->next) {
            struct str type = json_get_str(to, "type");
            bool schedule = str_starts(type, "schedule");
            policy->steps[policy->count++] = (struct import_step){
                .target = schedule                   ? IMPORT_TO_ROTA
                          : str_starts(type, "user") ? IMPORT_TO_PERSON
                                                     : IMPORT_TO_OTHER,
                .key = json_get_str(to, "id"),
                .words = str_printf(import->arena, "%s \"%.*s\"", schedule ? "schedule" : "user",
                                    STR_ARGS(json_get_str(to, "summary"))),
                .after_min = after_min};
        }
        if (json_get_int(rule, "escalation_delay_in_minutes", &delay_min) && delay_min > 0 &&
            delay_min < ROTA_LENGTH_MAX_MIN)
            after_min += delay_min;
    }
}

void pagerduty_read(struct import *import, const struct json *object)
{
    struct str type = json_get_str(object, "type");
    import->known++;
    if (json_get(object, "escalation_rules"))
        read_policy(import, object);
    else if (json_get(object, "schedule_layers") || str_starts(type, "schedule"))
        read_schedule(import, object);
    else if (json_get(object, "email") || str_is(type, "user"))
        read_user(import, object);
    else if (json_get(object, "user") && json_get(object, "start"))
        add_override(import, STR(""), object);
    else
        import->known--;
}
