/* file.c - from lines to components. */
#include "ical/file.h"

enum { UID_BYTES = 1000, SUMMARY_BYTES = 200, MAIL_BYTES = 254, SHOWN_BYTES = 60 };

struct reading {
    struct arena *arena;
    struct ical_file *file;
    struct str open[ICAL_DEPTH_MAX]; /* components */
    size_t open_lines[ICAL_DEPTH_MAX];
    size_t depth;
    struct ical_event *event;           /* that is read, or NULL */
    struct ical_zone *zone;             /* the same */
    struct ical_observance *observance; /* the same */
    struct err *err;
};

static bool is_name(const struct ical_line *line, const char *name)
{
    return str_is_nocase(line->name, name);
}

static void keep(struct reading *reading, struct ical_values *values, const struct ical_line *line)
{
    LIST_PUSH(reading->arena, values->items, values->count, values->capacity) = *line;
}

static bool begin_event(struct reading *reading, const struct ical_line *line)
{
    struct ical_file *file = reading->file;
    if (file->event_count == ICAL_EVENTS_MAX)
        return ical_refuse(reading->err, line->number, "The file has over %d events.",
                           ICAL_EVENTS_MAX);
    struct ical_event *event =
        &LIST_PUSH(reading->arena, file->events, file->event_count, file->event_capacity);
    *event = (struct ical_event){.line = line->number,
                                 .priority = 5,
                                 .uid = STR(""),
                                 .summary = STR(""),
                                 .organizer = STR("")};
    reading->event = event;
    return true;
}

static bool begin_zone(struct reading *reading, const struct ical_line *line)
{
    struct ical_file *file = reading->file;
    if (file->zone_count == ICAL_ZONES_MAX)
        return ical_refuse(reading->err, line->number, "The file has over %d time zones.",
                           ICAL_ZONES_MAX);
    reading->zone = &LIST_PUSH(reading->arena, file->zones, file->zone_count, file->zone_capacity);
    *reading->zone = (struct ical_zone){.id = STR(""), .line = line->number};
    return true;
}

/* Events and zones stand in VCALENDAR; what stands in a component that is not known is left. */
static bool begin(struct reading *reading, const struct ical_line *line)
{
    struct str name = str_trim(line->value);
    bool inside = reading->depth == 1 && str_is_nocase(reading->open[0], "VCALENDAR");
    if (reading->depth == 0 && !str_is_nocase(name, "VCALENDAR"))
        return ical_refuse(reading->err, line->number,
                           "A calendar begins with BEGIN:VCALENDAR; here stands BEGIN:%.*s.",
                           STR_ARGS(str_cut(name, SHOWN_BYTES)));
    if (reading->depth == ICAL_DEPTH_MAX)
        return ical_refuse(reading->err, line->number, "Components are nested over %d deep.",
                           ICAL_DEPTH_MAX);
    reading->open_lines[reading->depth] = line->number;
    reading->open[reading->depth++] = name;
    if (inside && str_is_nocase(name, "VEVENT"))
        return begin_event(reading, line);
    if (inside && str_is_nocase(name, "VTIMEZONE"))
        return begin_zone(reading, line);
    if (reading->zone && reading->depth == 3 &&
        (str_is_nocase(name, "STANDARD") || str_is_nocase(name, "DAYLIGHT"))) {
        struct ical_zone *zone = reading->zone;
        reading->observance =
            &LIST_PUSH(reading->arena, zone->observances, zone->count, zone->capacity);
        *reading->observance = (struct ical_observance){.line = line->number};
    }
    return true;
}

static bool end(struct reading *reading, const struct ical_line *line)
{
    struct str name = str_trim(line->value);
    if (reading->depth == 0 || !str_equal_nocase(reading->open[reading->depth - 1], name))
        return ical_refuse(reading->err, line->number, "END:%.*s stands here without its BEGIN.",
                           STR_ARGS(str_cut(name, SHOWN_BYTES)));
    reading->depth--;
    if (reading->depth < 3)
        reading->observance = NULL;
    if (reading->depth < 2) {
        reading->event = NULL;
        reading->zone = NULL;
    }
    return true;
}

/* "mailto:ana@acme.example" */
static struct str mail_of(const struct reading *reading, const struct ical_line *line)
{
    struct str value = str_trim(line->value);
    if (!str_starts_nocase(value, "mailto:"))
        value = ical_param(line, "EMAIL");
    else
        value = str_from(value, strlen("mailto:"));
    struct str mail = str_trim(ical_text(reading->arena, value, MAIL_BYTES));
    return str_find_byte(mail, ' ', 0) == mail.n ? mail : STR("");
}

static void take_attendee(const struct reading *reading, const struct ical_line *line)
{
    struct ical_event *event = reading->event;
    struct str mail = mail_of(reading, line);
    struct str kind = ical_param(line, "CUTYPE");
    if (mail.n == 0 || event->mail_count == ICAL_MAILS_MAX ||
        str_is_nocase(ical_param(line, "PARTSTAT"), "DECLINED") || str_is_nocase(kind, "ROOM") ||
        str_is_nocase(kind, "RESOURCE"))
        return;
    LIST_PUSH(reading->arena, event->mails, event->mail_count, event->mail_capacity) = mail;
}

static bool take_number(const struct reading *reading, const struct ical_line *line, int64_t most,
                        int64_t *out_number)
{
    int64_t number = 0;
    if (!str_int(str_trim(line->value), &number) || number < 0 || number > most)
        return ical_refuse(reading->err, line->number, "%.*s is a whole number from 0 to %lld.",
                           STR_ARGS(line->name), (long long)most);
    *out_number = number;
    return true;
}

static bool take_priority(const struct reading *reading, const struct ical_line *line)
{
    int64_t priority = 0;
    if (!take_number(reading, line, 9, &priority))
        return false;
    reading->event->priority = priority > 0 ? (int)priority : 5;
    return true;
}

static bool take_of_event(struct reading *reading, const struct ical_line *line)
{
    struct ical_event *event = reading->event;
    struct {
        const char *name;
        struct ical_line *line;
        struct ical_values *values;
    } rows[] = {{"DTSTART", &event->start, NULL},    {"DTEND", &event->end, NULL},
                {"DURATION", &event->length, NULL},  {"RECURRENCE-ID", &event->recurrence_id, NULL},
                {"RRULE", NULL, &event->rules},      {"RDATE", NULL, &event->dates},
                {"EXDATE", NULL, &event->exceptions}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!is_name(line, rows[i].name))
            continue;
        if (line->is_cut)
            return ical_refuse(reading->err, line->number, "The line has over %d bytes.",
                               ICAL_LINE_BYTES);
        if (rows[i].line)
            *rows[i].line = *line;
        else
            keep(reading, rows[i].values, line);
        return true;
    }
    if (is_name(line, "EXRULE"))
        return ical_refuse(reading->err, line->number,
                           "EXRULE is no longer part of calendars; give what is left out as "
                           "EXDATE.");
    if (is_name(line, "UID"))
        event->uid = str_slice(str_trim(line->value), 0, UID_BYTES);
    else if (is_name(line, "SUMMARY"))
        event->summary = str_trim(ical_text(reading->arena, line->value, SUMMARY_BYTES));
    else if (is_name(line, "STATUS"))
        event->cancelled = str_is_nocase(str_trim(line->value), "CANCELLED");
    else if (is_name(line, "ORGANIZER"))
        event->organizer = mail_of(reading, line);
    else if (is_name(line, "ATTENDEE"))
        take_attendee(reading, line);
    else if (is_name(line, "SEQUENCE"))
        return take_number(reading, line, INT32_MAX, &event->sequence);
    else if (is_name(line, "PRIORITY"))
        return take_priority(reading, line);
    return true;
}

static bool take_of_observance(struct reading *reading, const struct ical_line *line)
{
    struct ical_observance *observance = reading->observance;
    bool to = is_name(line, "TZOFFSETTO");
    if (is_name(line, "DTSTART"))
        observance->start = *line;
    else if (is_name(line, "RRULE"))
        keep(reading, &observance->rules, line);
    else if (is_name(line, "RDATE"))
        keep(reading, &observance->dates, line);
    else if (to || is_name(line, "TZOFFSETFROM"))
        *(to ? &observance->has_to : &observance->has_from) =
            ical_parse_offset(str_trim(line->value), to ? &observance->to_s : &observance->from_s);
    return true;
}

static bool take(struct reading *reading, const struct ical_line *line)
{
    if (is_name(line, "BEGIN"))
        return begin(reading, line);
    if (is_name(line, "END"))
        return end(reading, line);
    if (reading->depth == 0)
        return ical_refuse(reading->err, line->number,
                           "This is no calendar: it does not begin with BEGIN:VCALENDAR.");
    if (reading->event && reading->depth == 2)
        return take_of_event(reading, line);
    if (reading->observance && reading->depth == 3)
        return take_of_observance(reading, line);
    if (reading->zone && reading->depth == 2 && is_name(line, "TZID"))
        reading->zone->id = str_trim(line->value);
    return true;
}

static size_t line_at(struct str bytes, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += bytes.p[i] == '\n';
    return line;
}

bool ical_read_file(struct arena *arena, struct str bytes, struct ical_file *out_file,
                    struct err *err)
{
    struct ical_file file = {0};
    struct reading reading = {.arena = arena, .file = &file, .err = err};
    struct ical_lines lines = {.arena = arena, .rest = bytes};
    struct ical_line line;
    size_t nul = str_find_byte(bytes, '\0', 0);
    size_t calendars = 0;
    if (nul < bytes.n)
        return ical_refuse(err, line_at(bytes, nul),
                           "A zero byte stands here: this is no text, or its writing was broken "
                           "off.");
    if (str_starts(lines.rest, "\xef\xbb\xbf"))
        lines.rest = str_from(lines.rest, 3);
    while (ical_next_line(&lines, &line)) {
        if (!take(&reading, &line))
            return false;
        calendars += is_name(&line, "BEGIN") && reading.depth == 1;
    }
    if (reading.depth > 0)
        return ical_refuse(err, reading.open_lines[reading.depth - 1],
                           "The file is cut: the %.*s that begins here does not end.",
                           STR_ARGS(str_cut(reading.open[reading.depth - 1], SHOWN_BYTES)));
    if (calendars == 0)
        return ical_refuse(err, 1, "This is no calendar: it does not begin with BEGIN:VCALENDAR.");
    *out_file = file;
    return true;
}
