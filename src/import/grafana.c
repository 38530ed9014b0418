/* grafana.c - shifts, schedules, escalation chains and users as Grafana OnCall's API gives them,
 * and as Terraform's provider writes them in JSON.
 *
 * A schedule names its shifts, so all is kept until every file was read. A shift is an event that
 * recurs (RFC 5545); rolling_users has its lists of people take turns, one for each interval. Of
 * shifts that are on at once the one of the higher level counts; of one level all do. */
#include "import/model.h"

enum { MINUTE_S = 60, WEEK_DAYS = IMPORT_WEEK_DAYS };

static const char *const day_names[WEEK_DAYS] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static void keep(struct import *import, const struct json *object, struct str id)
{
    import->is_full = import->is_full || import->kept_count >= IMPORT_OBJECTS_MAX;
    if (!import->is_full)
        LIST_PUSH(import->arena, import->kept, import->kept_count, import->kept_capacity) =
            (struct import_kept){object, id};
    import->known++;
}

static void read_user(struct import *import, const struct json *user, struct str id)
{
    struct str mail = json_get_str(user, "email");
    struct str name = json_get_str(user, "username");
    size_t at = import_person_of(import, id, name, mail);
    import->people[at].full = name;
    import->people[at].mail = mail;
    import->people[at].zone = json_get_str(user, "timezone");
    import->known++;
}

/* resource: { TYPE: { NAME: {…} } }, whose ids are references to it. */
static void read_terraform(struct import *import, const struct json *blocks, const char *prefix)
{
    for (const struct json *type = blocks ? blocks->first : NULL; type; type = type->next) {
        if (!str_starts(type->key, "grafana_oncall_"))
            continue;
        for (const struct json *block = type->first; block; block = block->next) {
            const struct json *object = block->type == JSON_ARRAY ? block->first : block;
            struct str id = str_printf(import->arena, "${%s%.*s.%.*s.id}", prefix,
                                       STR_ARGS(type->key), STR_ARGS(block->key));
            if (object && object->type == JSON_OBJECT && str_ends(type->key, "_user"))
                read_user(import, object, id);
            else if (object && object->type == JSON_OBJECT)
                keep(import, object, id);
        }
    }
}

void grafana_read(struct import *import, const struct json *object)
{
    struct str id = json_get_str(object, "id");
    if (json_get(object, "resource")) {
        read_terraform(import, json_get(object, "data"), "data.");
        read_terraform(import, json_get(object, "resource"), "");
    } else if (json_get(object, "username")) {
        read_user(import, object, id);
    } else if (id.n > 0 && (json_get(object, "name") || json_get(object, "escalation_chain_id"))) {
        keep(import, object, id);
    }
}

/* --- shifts --- */

struct making {
    struct import *import;
    const struct json *shift;
    struct import_layer *layer;
    struct str frequency;
    int64_t start_min, duration_min, interval;
};

static bool has_items(const struct json *object, const char *key)
{
    const struct json *list = json_get(object, key);
    return list && list->type == JSON_ARRAY && list->count > 0;
}

static bool read_people(struct import *import, const struct json *list, struct import_slot *slot)
{
    size_t count = list->type == JSON_ARRAY ? list->count : 0;
    size_t *people = arena_array(import->arena, count, sizeof *people);
    *slot = (struct import_slot){.people = people};
    for (const struct json *item = count > 0 ? list->first : NULL; item; item = item->next) {
        size_t person = item->type == JSON_STRING && item->text.n > 0
                            ? import_person_of(import, item->text, STR(""), STR(""))
                            : IMPORT_NOBODY;
        bool known = person == IMPORT_NOBODY;
        for (size_t i = 0; i < slot->count; i++)
            known = known || people[i] == person;
        if (!known)
            people[slot->count++] = person;
    }
    return slot->count > 0;
}

static const char *read_slots(struct making *making)
{
    struct import_layer *layer = making->layer;
    const struct json *rolling = json_get(making->shift, "rolling_users");
    int64_t first = 0;
    if (!has_items(making->shift, "rolling_users")) {
        struct import_slot *slot = arena_make(making->import->arena, struct import_slot);
        layer->slots = slot;
        layer->slot_count = 1;
        return has_items(making->shift, "users") &&
                       read_people(making->import, json_get(making->shift, "users"), slot)
                   ? NULL
                   : "nobody is named in it. Leave it out.";
    }
    struct import_slot *slots = arena_array(making->import->arena, rolling->count, sizeof *slots);
    struct import_slot *turned = arena_array(making->import->arena, rolling->count, sizeof *turned);
    for (const struct json *item = rolling->first; item; item = item->next)
        if (!read_people(making->import, item, &slots[layer->slot_count++]))
            return "one of its turns is nobody's, and a rota here names somebody in each turn. "
                   "Write it by hand.";
    if (json_get_int(making->shift, "start_rotation_from_user_index", &first) &&
        (first < 0 || first >= (int64_t)layer->slot_count))
        return "start_rotation_from_user_index names no list of rolling_users.";
    for (size_t i = 0; i < layer->slot_count; i++)
        turned[i] = slots[(i + (size_t)first) % layer->slot_count];
    layer->slots = turned;
    return NULL;
}

static const char *read_times(struct making *making)
{
    int64_t duration_s = 0;
    const struct json *shift = making->shift;
    if (!import_wall(making->import, making->layer->zone, json_get_str(shift, "start"),
                     &making->start_min))
        return "its start is no time.";
    if (!json_get_int(shift, "duration", &duration_s) || duration_s < MINUTE_S ||
        duration_s % MINUTE_S != 0 || duration_s / MINUTE_S > ROTA_LENGTH_MAX_MIN)
        return "its duration is not of whole minutes, or longer than 366 days.";
    making->duration_min = duration_s / MINUTE_S;
    making->interval = 1;
    if (import_has(shift, "interval") &&
        (!json_get_int(shift, "interval", &making->interval) || making->interval < 1 ||
         making->interval > ROTA_LENGTH_MAX_MIN / ROTA_HOUR_MIN))
        return "its interval is no number of turns.";
    making->layer->has_from = true;
    making->layer->from_min = making->layer->anchor_min = making->start_min;
    return NULL;
}

/* RFC 5545 has until bound the beginnings; the last event runs to its end. */
static const char *read_until(struct making *making, int64_t step_min)
{
    struct import_layer *layer = making->layer;
    int64_t until_min = 0;
    layer->has_until = import_has(making->shift, "until");
    if (!layer->has_until)
        return NULL;
    if (!import_wall(making->import, layer->zone, json_get_str(making->shift, "until"), &until_min))
        return "its until is no time.";
    layer->until_min = making->start_min +
                       floor_div(until_min - making->start_min, step_min) * step_min +
                       making->duration_min;
    return NULL;
}

/* On certain days of each week: turns change with the week, at the time of the shifts. */
static const char *make_days(struct making *making)
{
    struct import_layer *layer = making->layer;
    const struct json *days = json_get(making->shift, "by_day");
    struct str week_start = json_get_str(making->shift, "week_start");
    int64_t first = 0;
    if (!str_is(making->frequency, "weekly") || making->interval != 1 ||
        making->duration_min > ROTA_DAY_MIN)
        return "by_day is taken over for shifts of every week of at most a day. Write it by hand.";
    if (week_start.n > 0 && !import_find_day(day_names, week_start, &first))
        return "its week_start is no day.";
    int64_t day = floor_div(making->start_min, ROTA_DAY_MIN);
    int64_t minute = making->start_min - day * ROTA_DAY_MIN;
    int64_t weekday = (day + 4 - floor_div(day + 4, WEEK_DAYS) * WEEK_DAYS);
    for (const struct json *item = days->first; item; item = item->next) {
        int64_t on = 0;
        if (item->type != JSON_STRING || !import_find_day(day_names, item->text, &on))
            return "by_day has something other than the days SU to SA.";
        if (!import_add_week_window(layer, on * ROTA_DAY_MIN + minute, making->duration_min))
            return "only: has room for 16 times. Write it by hand.";
    }
    layer->length_min = ROTA_WEEK_MIN;
    layer->anchor_min =
        making->start_min - (weekday - first + WEEK_DAYS) % WEEK_DAYS * ROTA_DAY_MIN;
    return read_until(making, ROTA_DAY_MIN);
}

static const char *make_recurrence(struct making *making)
{
    static const struct {
        const char *name;
        int64_t min;
    } units[] = {{"hourly", ROTA_HOUR_MIN}, {"daily", ROTA_DAY_MIN}, {"weekly", ROTA_WEEK_MIN}};
    struct import_layer *layer = making->layer;
    int64_t unit_min = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_is(making->frequency, units[i].name))
            unit_min = units[i].min;
    if (unit_min == 0 || has_items(making->shift, "by_month") ||
        has_items(making->shift, "by_monthday"))
        return "it recurs by the month. Write it by hand.";
    if (has_items(making->shift, "by_day"))
        return make_days(making);
    layer->length_min = unit_min * making->interval;
    if (layer->length_min > ROTA_LENGTH_MAX_MIN)
        return "its turns are longer than 366 days.";
    if (making->duration_min > layer->length_min)
        return "its shifts are longer than its interval, so that two of its turns are on at once. "
               "Write it by hand.";
    const char *why = read_until(making, layer->length_min);
    if (why || making->duration_min == layer->length_min)
        return why;
    if (making->interval != 1 || unit_min == ROTA_HOUR_MIN)
        return "its shifts are shorter than its interval of several days or of hours. Write it by "
               "hand with only:.";
    int64_t thursday_min = making->start_min + INT64_C(4) * ROTA_DAY_MIN;
    int64_t week_min = thursday_min - floor_div(thursday_min, ROTA_WEEK_MIN) * ROTA_WEEK_MIN;
    bool good = true;
    for (int64_t day = 0; good && day < (unit_min == ROTA_DAY_MIN ? WEEK_DAYS : 1); day++)
        good = import_add_week_window(layer, week_min + day * ROTA_DAY_MIN, making->duration_min);
    return good ? NULL : "only: has room for 16 times. Write it by hand.";
}

static const char *make_shift(struct making *making)
{
    struct import_layer *layer = making->layer;
    struct str type = json_get_str(making->shift, "type");
    const char *why = read_slots(making);
    why = why ? why : read_times(making);
    if (why)
        return why;
    if (!str_is(type, "single_event"))
        return make_recurrence(making);
    struct instant end = rota_wall(layer->zone, making->start_min);
    end.us += making->duration_min * MINUTE_S * INT64_C(1000000);
    layer->has_until = true;
    layer->until_min = rota_wall_min(layer->zone, end);
    return layer->slot_count == 1 ? NULL : "a single event has several turns.";
}

static struct str write_instant(struct import *import, struct instant at)
{
    char text[INSTANT_TEXT_BYTES];
    instant_write(at, text);
    return str_copy(import->arena, str_of(text));
}

static void add_override(struct making *making, const struct import_rota *rota)
{
    if (read_slots(making) || read_times(making)) {
        import_break(making->import, rota, making->layer, "it is no override that can be read.");
        return;
    }
    struct import *import = making->import;
    struct instant from = rota_wall(making->layer->zone, making->start_min);
    struct instant until = {from.us + making->duration_min * MINUTE_S * INT64_C(1000000)};
    struct import_override made = {.rota = rota->key,
                                   .part = STR(""),
                                   .person = making->layer->slots[0].people[0],
                                   .from = write_instant(import, from),
                                   .until = write_instant(import, until)};
    import_add_override(import, &made);
}

static void add_shift(struct import *import, struct import_rota *rota, const struct json *shift,
                      const struct zone *zone)
{
    struct str own = json_get_str(shift, "time_zone");
    struct str name = json_get_str(shift, "name");
    struct import_layer *layer =
        import_add_layer(import, rota, name.n > 0 ? name : STR("shift"), zone);
    struct making making = {import, shift, layer, json_get_str(shift, "frequency"), 0, 0, 1};
    if (own.n > 0 && !import_zone(import, "The shift", name, own, &layer->zone)) {
        layer->is_broken = true;
        return;
    }
    if (str_is(json_get_str(shift, "type"), "override")) {
        add_override(&making, rota);
        rota->count--;
        return;
    }
    if (!json_get_int(shift, "level", &layer->level))
        layer->level = 0;
    const char *why = make_shift(&making);
    if (why)
        import_break(import, rota, layer, why);
}

/* --- schedules and chains --- */

static const struct import_kept *find_kept(const struct import *import, struct str id)
{
    for (size_t i = 0; i < import->kept_count; i++)
        if (str_equal(import->kept[i].id, id))
            return &import->kept[i];
    return NULL;
}

static void read_schedule(struct import *import, const struct import_kept *kept)
{
    const struct json *object = kept->object;
    const struct json *shifts = json_get(object, "shifts");
    const struct zone *zone = zone_utc();
    struct str title = json_get_str(object, "name");
    struct str zone_name = json_get_str(object, "time_zone");
    struct import_rota *rota = import_add_rota(import, kept->id, title);
    rota->is_cumulative = true;
    if (!has_items(object, "shifts")) {
        import_note(import,
                    "The schedule \"%.*s\" is not taken over: it names no shifts, because it is a "
                    "calendar elsewhere or the file leaves them out.",
                    STR_ARGS(str_cut(title, 80)));
        return;
    }
    if (zone_name.n > 0 && !import_zone(import, "The schedule", title, zone_name, &zone))
        return;
    if (import_has(object, "ical_url_overrides") &&
        json_get_str(object, "ical_url_overrides").n > 0)
        import_note(import,
                    "The schedule \"%.*s\" has overrides in a calendar elsewhere, which are not "
                    "read: give them as reeve oncall override.",
                    STR_ARGS(str_cut(title, 80)));
    for (const struct json *item = shifts->first; item; item = item->next) {
        const struct import_kept *shift =
            item->type == JSON_STRING ? find_kept(import, item->text) : NULL;
        if (!shift) {
            import_note(import,
                        "The schedule \"%.*s\" is not taken over: its shift %.*s is not in the "
                        "files. Give the file of on_call_shifts, too.",
                        STR_ARGS(str_cut(title, 80)),
                        STR_ARGS(str_cut(item->type == JSON_STRING ? item->text : STR("?"), 80)));
            return;
        }
    }
    rota->is_broken = false;
    for (const struct json *item = shifts->first; item; item = item->next)
        add_shift(import, rota, find_kept(import, item->text)->object, zone);
}

static void add_step(struct import_policy *policy, const struct import_step *step)
{
    if (policy->count < IMPORT_STEPS_MAX)
        policy->steps[policy->count++] = *step;
}

static void add_steps(struct import_policy *policy, const struct json *object, int64_t *after_min)
{
    struct str type = json_get_str(object, "type");
    int64_t wait_s = 0;
    struct import_step step = {.target = IMPORT_TO_OTHER, .words = type, .after_min = *after_min};
    if (str_is(type, "wait")) {
        if (json_get_int(object, "duration", &wait_s) && wait_s > 0 && wait_s < INT32_MAX)
            *after_min += (wait_s + MINUTE_S - 1) / MINUTE_S;
        return;
    }
    if (str_is(type, "notify_on_call_from_schedule")) {
        step.target = IMPORT_TO_ROTA;
        step.key = json_get_str(object, "notify_on_call_from_schedule");
    }
    if (!str_is(type, "notify_persons") || !has_items(object, "persons_to_notify")) {
        add_step(policy, &step);
        return;
    }
    for (const struct json *item = json_get(object, "persons_to_notify")->first; item;
         item = item->next) {
        step.target = IMPORT_TO_PERSON;
        step.key = item->type == JSON_STRING ? item->text : STR("");
        add_step(policy, &step);
    }
}

/* The steps of a chain, by their position; few, so looked for one by one. */
static void read_chain(struct import *import, const struct import_kept *chain)
{
    struct import_policy policy = {.title = json_get_str(chain->object, "name")};
    int64_t after_min = 0;
    int64_t last = INT64_MIN;
    for (int round = 0; round < IMPORT_STEPS_MAX; round++) {
        const struct json *next = NULL;
        int64_t next_at = INT64_MAX;
        for (size_t i = 0; i < import->kept_count; i++) {
            const struct json *object = import->kept[i].object;
            int64_t position = 0;
            if (!str_equal(json_get_str(object, "escalation_chain_id"), chain->id) ||
                !json_get_int(object, "position", &position) || position <= last ||
                position >= next_at)
                continue;
            next = object;
            next_at = position;
        }
        if (!next)
            break;
        last = next_at;
        add_steps(&policy, next, &after_min);
    }
    if (policy.count > 0)
        LIST_PUSH(import->arena, import->policies, import->policy_count, import->policy_capacity) =
            policy;
}

static bool is_schedule(const struct json *object)
{
    struct str type = json_get_str(object, "type");
    return json_get(object, "shifts") || str_is(type, "web") || str_is(type, "calendar") ||
           str_is(type, "ical");
}

void grafana_finish(struct import *import)
{
    for (size_t i = 0; i < import->kept_count; i++)
        if (is_schedule(import->kept[i].object))
            read_schedule(import, &import->kept[i]);
    for (size_t i = 0; i < import->kept_count; i++) {
        const struct json *object = import->kept[i].object;
        if (!is_schedule(object) && !json_get(object, "start") &&
            !json_get(object, "escalation_chain_id"))
            read_chain(import, &import->kept[i]);
    }
}
