/* person.c - finding people, and the table of ways to reach them. */
#include "people/person.h"

#include "calendar/zone.h"

static const struct method_row rows[METHODS] = {
    [METHOD_SMTP] = {"smtp", "email", ADDRESS_PLAIN, SHAPE_MAIL, "smtp: to send mails by", false,
                     false, false},
    [METHOD_WEBHOOK] = {"webhook", "webhook", ADDRESS_PLAIN, SHAPE_JSON, NULL, true, false, false},
    [METHOD_NTFY] = {"ntfy", "ntfy", ADDRESS_EITHER, SHAPE_NOTE, "provider of kind ntfy", false,
                     false, false},
    [METHOD_SMS] = {"sms", "phone", ADDRESS_PLAIN, SHAPE_BRIEF,
                    "provider of kind twilio or gateway", false, false, false},
    [METHOD_VOICE] = {"voice", "phone", ADDRESS_PLAIN, SHAPE_SPOKEN,
                      "provider of kind twilio with a from:", false, true, false},
    [METHOD_SLACK] = {"slack", "slack", ADDRESS_PLAIN, SHAPE_NOTE, "provider of kind slack", false,
                      false, false},
    [METHOD_MATTERMOST] = {"mattermost", "mattermost", ADDRESS_SECRET, SHAPE_NOTE, NULL, false,
                           false, false},
    [METHOD_DISCORD] = {"discord", "discord", ADDRESS_SECRET, SHAPE_NOTE, NULL, false, false,
                        false},
    [METHOD_TEAMS] = {"teams", "teams", ADDRESS_SECRET, SHAPE_NOTE, NULL, false, false, false},
    [METHOD_PAGERDUTY] = {"pagerduty", "pagerduty", ADDRESS_SECRET, SHAPE_NOTE, NULL, true, true,
                          true},
    [METHOD_PUSHOVER] = {"pushover", "pushover", ADDRESS_PLAIN, SHAPE_NOTE,
                         "provider of kind pushover", false, false, false},
};

const struct person *person_find(const struct people *people, struct str id)
{
    for (size_t i = 0; i < people->count && i < LIMIT_PEOPLE; i++) {
        if (str_equal_nocase(people->items[i].id, id))
            return &people->items[i];
    }
    return NULL;
}

bool person_has_role(const struct person *person, struct str role)
{
    for (size_t i = 0; i < person->role_count; i++) {
        if (str_equal_nocase(person->roles[i], role))
            return true;
    }
    return false;
}

bool person_has_method(const struct person *person, enum method method)
{
    return person->reach[method].n > 0 && !(person->off >> method & 1U);
}

size_t person_contacts(const struct person *person, struct contact out_contacts[METHODS],
                       bool *out_at_once)
{
    size_t count = 0;
    *out_at_once = person->contact_count == 0;
    for (size_t i = 0; i < person->contact_count && i < METHODS; i++)
        if (person_has_method(person, person->contacts[i].method))
            out_contacts[count++] = person->contacts[i];
    for (int method = 0; *out_at_once && method < METHODS; method++)
        if (person_has_method(person, (enum method)method))
            out_contacts[count++] = (struct contact){.method = (enum method)method};
    return count;
}

bool person_is_reachable(const struct person *person)
{
    struct contact contacts[METHODS];
    bool at_once;
    return person_contacts(person, contacts, &at_once) > 0;
}

/* The day's minute on the wall tells whether it is quiet; its end is today's or tomorrow's. */
struct instant person_awake(const struct person *person, struct instant at)
{
    const struct quiet_hours *quiet = &person->quiet;
    if (!quiet->zone)
        return at;
    struct civil wall = zone_civil(quiet->zone, at, NULL);
    int minute = wall.hour * 60 + wall.minute;
    bool over_midnight = quiet->to_minute <= quiet->from_minute;
    bool late = minute >= quiet->from_minute;
    bool early = minute < quiet->to_minute;
    if (over_midnight ? !late && !early : !late || !early)
        return at;
    wall.hour = quiet->to_minute / 60;
    wall.minute = quiet->to_minute % 60;
    wall.second = wall.microsecond = 0;
    if (over_midnight && late) {
        struct civil next = civil_of(instant_add_ms(instant_of_civil(wall), 24 * 60 * 60 * 1000));
        wall.year = next.year;
        wall.month = next.month;
        wall.day = next.day;
    }
    struct instant end = zone_instant(quiet->zone, wall, NULL);
    return instant_before(end, at) ? at : end;
}

const struct method_row *method_row(enum method method)
{
    return &rows[method];
}

const char *method_name(enum method method)
{
    return rows[method].name;
}

bool method_find(struct str name, enum method *out_method)
{
    for (int i = 0; i < METHODS; i++) {
        if (!str_is(name, rows[i].name))
            continue;
        *out_method = (enum method)i;
        return true;
    }
    return false;
}
