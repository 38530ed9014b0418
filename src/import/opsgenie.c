/* opsgenie.c - schedules, escalations, users and overrides as Opsgenie's REST API v2 and the backup
 * made with it give them.
 *
 * The rotations of a schedule are cumulative there: whoever is on in any of them is notified. Turns
 * are counted from startDate by the clock of the schedule's zone. */
#include "import/model.h"

enum { DAY_HOURS = 24, HOUR_MIN = 60 };

static const char *const day_names[IMPORT_WEEK_DAYS] = {
    "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

static bool read_minute(const struct json *map, const char *hour_key, const char *minute_key,
                        int64_t *out_minute)
{
    int64_t hour = 0;
    int64_t minute = 0;
    if (!json_get_int(map, hour_key, &hour) || hour < 0 || hour > DAY_HOURS)
        return false;
    if (import_has(map, minute_key) && !json_get_int(map, minute_key, &minute))
        return false;
    *out_minute = hour * HOUR_MIN + minute;
    return minute >= 0 && minute < HOUR_MIN && *out_minute <= ROTA_DAY_MIN;
}

static bool add_time_of_day(struct import_layer *layer, const struct json *map)
{
    int64_t from = 0;
    int64_t to = 0;
    if (!read_minute(map, "startHour", "startMin", &from) ||
        !read_minute(map, "endHour", "endMin", &to) || from == to || from == ROTA_DAY_MIN ||
        layer->window_count == ROTA_WINDOWS_MAX)
        return false;
    to = to == 0 ? ROTA_DAY_MIN : to;
    layer->windows[layer->window_count++] =
        (struct rota_window){.weekdays = 0x7f, .from_minute = (int)from, .to_minute = (int)to};
    return true;
}

static bool add_time_of_week(struct import_layer *layer, const struct json *map)
{
    int64_t from = 0;
    int64_t to = 0;
    int64_t first = 0;
    int64_t last = 0;
    if (!import_find_day(day_names, json_get_str(map, "startDay"), &first) ||
        !import_find_day(day_names, json_get_str(map, "endDay"), &last) ||
        !read_minute(map, "startHour", "startMin", &from) ||
        !read_minute(map, "endHour", "endMin", &to))
        return false;
    int64_t begin = first * ROTA_DAY_MIN + from;
    int64_t length = last * ROTA_DAY_MIN + to - begin;
    length += length <= 0 ? ROTA_WEEK_MIN : 0;
    return import_add_week_window(layer, begin, length);
}

static bool read_restriction(struct import_layer *layer, const struct json *rotation)
{
    const struct json *restriction = json_get(rotation, "timeRestriction");
    if (!restriction || restriction->type == JSON_NULL)
        return true;
    struct str type = json_get_str(restriction, "type");
    const struct json *one = json_get(restriction, "restriction");
    const struct json *list = json_get(restriction, "restrictions");
    bool daily = str_is(type, "time-of-day");
    if (!daily && !str_is(type, "weekday-and-time-of-day"))
        return false;
    if (one && one->type == JSON_OBJECT)
        return daily ? add_time_of_day(layer, one) : add_time_of_week(layer, one);
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        if (!(daily ? add_time_of_day(layer, item) : add_time_of_week(layer, item)))
            return false;
    return list && list->count > 0;
}

static const char *read_participants(struct import *import, struct import_layer *layer,
                                     const struct json *rotation)
{
    const struct json *list = json_get(rotation, "participants");
    size_t count = list && list->type == JSON_ARRAY ? list->count : 0;
    struct import_slot *slots = arena_array(import->arena, count, sizeof *slots);
    for (const struct json *item = count > 0 ? list->first : NULL; item; item = item->next) {
        struct str type = json_get_str(item, "type");
        if (str_is(type, "none"))
            return "one of its turns is nobody's, and a rota here names somebody in each turn. "
                   "Write it by hand with only:, or put somebody into that turn.";
        if (!str_is(type, "user"))
            return "a team or an escalation takes turns in it. Put the people themselves into "
                   "the rotation, or write it by hand.";
        struct str login = json_get_str(item, "username");
        struct str key = json_get_str(item, "id");
        if (key.n == 0 && login.n == 0)
            return "a participant has neither id nor username.";
        slots[layer->slot_count++] =
            import_slot_of(import, import_person_of(import, key, STR(""), login));
    }
    layer->slots = slots;
    return layer->slot_count > 0 ? NULL : "nobody takes part in it. Leave it out.";
}

static bool read_length(const struct json *rotation, int64_t *out_min)
{
    static const struct {
        const char *type;
        int64_t min;
    } types[] = {{"hourly", ROTA_HOUR_MIN}, {"daily", ROTA_DAY_MIN}, {"weekly", ROTA_WEEK_MIN}};
    int64_t number = 1;
    if (import_has(rotation, "length") && !json_get_int(rotation, "length", &number))
        return false;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!str_is(json_get_str(rotation, "type"), types[i].type) || number < 1 ||
            number > ROTA_LENGTH_MAX_MIN / types[i].min)
            continue;
        *out_min = number * types[i].min;
        return true;
    }
    return false;
}

static void read_rotation(struct import *import, struct import_rota *rota, const struct zone *zone,
                          const struct json *rotation)
{
    struct import_layer *layer =
        import_add_layer(import, rota, json_get_str(rotation, "name"), zone);
    if (layer->name.n == 0)
        layer->name = STR("rotation");
    const char *why = read_participants(import, layer, rotation);
    if (!why && !read_length(rotation, &layer->length_min))
        why = "its turns are not hourly, daily or weekly, or longer than 366 days.";
    if (!why && !import_wall(import, zone, json_get_str(rotation, "startDate"), &layer->anchor_min))
        why = "its startDate is no time.";
    layer->has_from = true;
    layer->from_min = layer->anchor_min;
    layer->has_until = import_has(rotation, "endDate");
    if (!why && layer->has_until &&
        !import_wall(import, zone, json_get_str(rotation, "endDate"), &layer->until_min))
        why = "its endDate is no time.";
    if (!why && !read_restriction(layer, rotation))
        why = "its times of the day or week cannot be written under only:, which has room for 16. "
              "Write it by hand.";
    if (why)
        import_break(import, rota, layer, why);
}

static void read_schedule(struct import *import, const struct json *schedule)
{
    const struct zone *zone = zone_utc();
    const struct json *rotations = json_get(schedule, "rotations");
    const struct json *enabled = json_get(schedule, "enabled");
    struct str title = json_get_str(schedule, "name");
    struct import_rota *rota = import_add_rota(import, json_get_str(schedule, "id"), title);
    rota->is_cumulative = true;
    if (enabled && enabled->type == JSON_FALSE) {
        import_note(import, "The schedule \"%.*s\" is switched off there and not taken over.",
                    STR_ARGS(str_cut(title, 80)));
        return;
    }
    if (!rotations || rotations->type != JSON_ARRAY || rotations->count == 0) {
        import_note(import,
                    "The schedule \"%.*s\" has no rotations in this file. The list of the API "
                    "leaves them out: fetch it with expand=rotation.",
                    STR_ARGS(str_cut(title, 80)));
        return;
    }
    if (!import_zone(import, "The schedule", title, json_get_str(schedule, "timezone"), &zone))
        return;
    rota->is_broken = false;
    for (const struct json *item = rotations->first; item; item = item->next)
        read_rotation(import, rota, zone, item);
}

static void read_user(struct import *import, const struct json *user)
{
    struct str login = json_get_str(user, "username");
    size_t at =
        import_person_of(import, json_get_str(user, "id"), json_get_str(user, "fullName"), login);
    import->people[at].mail = login;
    import->people[at].zone = json_get_str(user, "timeZone");
}

static int64_t delay_of(const struct json *rule)
{
    const struct json *delay = json_get(rule, "delay");
    int64_t amount = 0;
    struct str unit = json_get_str(delay, "timeUnit");
    if (!delay || !json_get_int(delay, "timeAmount", &amount) || amount < 0 || amount > 100000)
        return 0;
    return str_is_nocase(unit, "hours")  ? amount * HOUR_MIN
           : str_is_nocase(unit, "days") ? amount * ROTA_DAY_MIN
                                         : amount;
}

static void read_escalation(struct import *import, const struct json *escalation)
{
    const struct json *rules = json_get(escalation, "rules");
    struct import_policy *policy =
        &LIST_PUSH(import->arena, import->policies, import->policy_count, import->policy_capacity);
    for (const struct json *rule = rules ? rules->first : NULL;
         rule && policy->count < IMPORT_STEPS_MAX; rule = rule->next) {
        const struct json *to = json_get(rule, "recipient");
        struct str type = json_get_str(to, "type");
        struct str notify = json_get_str(rule, "notifyType");
        bool all = notify.n == 0 || str_is(notify, "default") || str_is(notify, "all");
        struct str name = json_get_str(to, "name");
        struct import_step step = {.target = !all                       ? IMPORT_TO_OTHER
                                             : str_is(type, "schedule") ? IMPORT_TO_ROTA
                                             : str_is(type, "user")     ? IMPORT_TO_PERSON
                                                                        : IMPORT_TO_OTHER,
                                   .key = json_get_str(to, "id"),
                                   .after_min = delay_of(rule)};
        step.words = str_printf(import->arena, "%.*s \"%.*s\"%s%.*s", STR_ARGS(type),
                                STR_ARGS(name.n > 0 ? name : json_get_str(to, "username")),
                                all ? "" : ", notify ", STR_ARGS(all ? STR("") : notify));
        policy->steps[policy->count++] = step;
    }
}

static void read_override(struct import *import, const struct json *override)
{
    const struct json *user = json_get(override, "user");
    const struct json *parent = json_get(override, "_parent");
    const struct json *rotations = json_get(override, "rotations");
    struct str key = json_get_str(user, "id");
    struct str login = json_get_str(user, "username");
    if (key.n == 0 && login.n == 0)
        return;
    size_t person = import_person_of(import, key, STR(""), login);
    struct import_override made = {.rota = json_get_str(parent, "id"),
                                   .part = rotations && rotations->count == 1
                                               ? json_get_str(rotations->first, "name")
                                               : STR(""),
                                   .person = person,
                                   .from = json_get_str(override, "startDate"),
                                   .until = json_get_str(override, "endDate")};
    import_add_override(import, &made);
}

void opsgenie_read(struct import *import, const struct json *object)
{
    import->known++;
    if (json_get(object, "timezone") || json_get(object, "rotations")) {
        /* An override may name rotations, too. */
        if (json_get(object, "alias") || json_get(object, "user"))
            read_override(import, object);
        else
            read_schedule(import, object);
    } else if (json_get(object, "rules")) {
        read_escalation(import, object);
    } else if (json_get(object, "username")) {
        read_user(import, object);
    } else if (json_get(object, "user") && json_get(object, "startDate")) {
        read_override(import, object);
    } else {
        import->known--;
    }
}
