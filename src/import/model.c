/* model.c - what the three readers share: finding people, adding rotas, times of the week. */
#include "import/model.h"

enum { WEEK_MIN = ROTA_WEEK_MIN };

bool import_has(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);
    return value && value->type != JSON_NULL;
}

size_t import_find_person(const struct import *import, struct str key)
{
    for (size_t i = 0; i < import->person_count && key.n > 0; i++) {
        const struct import_person *person = &import->people[i];
        if (str_equal(person->key, key) || str_equal_nocase(person->login, key))
            return i;
    }
    return IMPORT_NOBODY;
}

size_t import_person_of(struct import *import, struct str key, struct str full, struct str mail)
{
    size_t found = import_find_person(import, key);
    found = found == IMPORT_NOBODY ? import_find_person(import, mail) : found;
    if (found == IMPORT_NOBODY && import->person_count > LIMIT_PEOPLE)
        return LIMIT_PEOPLE; /* too many: nothing is written */
    if (found == IMPORT_NOBODY) {
        found = import->person_count;
        LIST_PUSH(import->arena, import->people, import->person_count, import->person_capacity) =
            (struct import_person){.key = key.n > 0 ? key : mail};
    }
    struct import_person *person = &import->people[found];
    if (mail.n > 0 && person->login.n == 0)
        person->login = mail;
    if (full.n > 0 && person->full.n == 0)
        person->full = full;
    return found;
}

struct import_rota *import_add_rota(struct import *import, struct str key, struct str title)
{
    import->is_full = import->is_full || import->rota_count >= IMPORT_OBJECTS_MAX;
    if (import->is_full)
        import->rota_count = 0;
    struct import_rota *rota =
        &LIST_PUSH(import->arena, import->rotas, import->rota_count, import->rota_capacity);
    *rota = (struct import_rota){.key = key, .title = title, .is_broken = true};
    return rota;
}

void import_add_override(struct import *import, const struct import_override *override)
{
    import->is_full = import->is_full || import->override_count >= IMPORT_OBJECTS_MAX;
    if (!import->is_full)
        LIST_PUSH(import->arena, import->overrides, import->override_count,
                  import->override_capacity) = *override;
}

struct import_policy *import_add_policy(struct import *import, struct str title)
{
    import->is_full = import->is_full || import->policy_count >= IMPORT_OBJECTS_MAX;
    if (import->is_full)
        import->policy_count = 0;
    struct import_policy *policy =
        &LIST_PUSH(import->arena, import->policies, import->policy_count, import->policy_capacity);
    *policy = (struct import_policy){.title = title};
    return policy;
}

struct import_layer *import_add_layer(struct import *import, struct import_rota *rota,
                                      struct str name, const struct zone *zone)
{
    struct import_layer *layer =
        &LIST_PUSH(import->arena, rota->layers, rota->count, rota->capacity);
    *layer = (struct import_layer){.name = name, .zone = zone};
    return layer;
}

struct import_slot import_slot_of(struct import *import, size_t person)
{
    size_t *people = arena_array(import->arena, 1, sizeof *people);
    people[0] = person;
    return (struct import_slot){people, 1};
}

bool import_zone(struct import *import, const char *of, struct str title, struct str name,
                 const struct zone **out_zone)
{
    struct err err = {0};
    if (name.n > 0 && import->find_zone(import->arena, name, out_zone, &err))
        return true;
    import_note(import,
                "%s \"%.*s\" is not taken over: its time zone \"%.*s\" is not known here. Correct "
                "time zone in the file, or write the rota by hand.",
                of, STR_ARGS(str_cut(title, 80)), STR_ARGS(str_cut(name, 80)));
    return false;
}

static bool has_zone(struct str text)
{
    size_t time = str_find_byte(text, 'T', 0);
    for (size_t i = time; i < text.n; i++)
        if (text.p[i] == 'Z' || text.p[i] == '+' || text.p[i] == '-')
            return true;
    return false;
}

bool import_wall(struct import *import, const struct zone *zone, struct str text,
                 int64_t *out_wall_min)
{
    struct instant at;
    bool zoned = has_zone(text);
    struct str whole = zoned ? text : str_printf(import->arena, "%.*sZ", STR_ARGS(text));
    if (!instant_parse(whole, &at))
        return false;
    *out_wall_min = rota_wall_min(zoned ? zone : zone_utc(), at);
    return true;
}

struct str import_name(const struct json *item, const char *key)
{
    return item->type == JSON_STRING ? item->text : json_get_str(item, key);
}

void import_break(struct import *import, const struct import_rota *rota, struct import_layer *layer,
                  const char *why)
{
    layer->is_broken = true;
    import_note(import, "\"%.*s\" of the schedule \"%.*s\" is not taken over: %s",
                STR_ARGS(str_cut(layer->name, 80)), STR_ARGS(str_cut(rota->title, 80)), why);
}

bool import_find_day(const char *const names[IMPORT_WEEK_DAYS], struct str name, int64_t *out_day)
{
    for (int i = 0; i < IMPORT_WEEK_DAYS; i++) {
        if (!str_is_nocase(name, names[i]))
            continue;
        *out_day = i;
        return true;
    }
    return false;
}

bool import_add_week_window(struct import_layer *layer, int64_t begin_min, int64_t length_min)
{
    int64_t at = begin_min % WEEK_MIN;
    int64_t left = length_min;
    while (left > 0) {
        int64_t day = at / ROTA_DAY_MIN;
        int64_t minute = at % ROTA_DAY_MIN;
        /* Up to a day is one window, also over midnight; what is longer is parted at midnight. */
        bool whole = left <= ROTA_DAY_MIN && !(left == ROTA_DAY_MIN && minute > 0);
        int64_t part = whole ? left : ROTA_DAY_MIN - minute;
        int64_t end = minute + part;
        if (layer->window_count == ROTA_WINDOWS_MAX)
            return false;
        layer->windows[layer->window_count++] =
            (struct rota_window){.weekdays = 1U << day,
                                 .from_minute = (int)minute,
                                 .to_minute = (int)(end > ROTA_DAY_MIN ? end - ROTA_DAY_MIN : end)};
        left -= part;
        at = (at + part) % WEEK_MIN;
    }
    /* The same times on several days are one window. */
    size_t kept = 0;
    for (size_t i = 0; i < layer->window_count; i++) {
        size_t k = 0;
        while (k < kept && (layer->windows[k].from_minute != layer->windows[i].from_minute ||
                            layer->windows[k].to_minute != layer->windows[i].to_minute))
            k++;
        if (k < kept)
            layer->windows[k].weekdays |= layer->windows[i].weekdays;
        else
            layer->windows[kept++] = layer->windows[i];
    }
    layer->window_count = kept;
    return true;
}
