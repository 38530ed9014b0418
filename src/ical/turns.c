/* turns.c - from events to the times that they name somebody for, written as the answer. */
#include "ical/file.h"

#include <stdlib.h>

enum { DAY_S = 24 * 3600, SHOWN_BYTES = 80, NOTES_MAX = 20 };

/* A time of an event that does not come, or that another event stands for. */
struct exclusion {
    int64_t utc_s;
    int64_t day_s; /* of the wall, where only a day is said */
    bool is_day;
};

struct length {
    int64_t wall_s, exact_s;
};

struct turning {
    struct arena *arena;
    const struct ical_order *order;
    struct ical_clocks clocks;
    struct text *out;
    int64_t steps;
    size_t event_count, turn_count, note_count;
    int64_t from_s, until_s;

    struct ical_event *event; /* the one that is looked at */
    struct ical_time start;
    struct length length;
    struct exclusion *exclusions;
    size_t exclusion_count, exclusion_capacity;
    bool is_written;
};

static void note(struct turning *turning, size_t line, const char *sentence)
{
    if (turning->note_count++ < NOTES_MAX)
        text_printf(turning->out, "N\t%zu\t%s\n", line, sentence);
}

static void write_event(struct turning *turning)
{
    const struct ical_event *event = turning->event;
    turning->event_count++;
    turning->is_written = true;
    text_printf(turning->out, "E\t%zu\t%d\t", event->line, event->priority);
    text_add(turning->out, event->summary);
    text_byte(turning->out, '\t');
    text_add(turning->out, event->organizer);
    for (size_t i = 0; i < event->mail_count; i++) {
        text_byte(turning->out, '\t');
        text_add(turning->out, event->mails[i]);
    }
    text_byte(turning->out, '\n');
}

static bool write_turn(struct turning *turning, int64_t from_s, int64_t to_s, struct err *err)
{
    if (to_s <= from_s || to_s <= turning->from_s || from_s >= turning->until_s)
        return true;
    if (turning->turn_count++ == ICAL_TURNS_MAX)
        return ical_refuse(err, turning->event->line,
                           "Up to here the file names over %d turns in the time that is looked at.",
                           ICAL_TURNS_MAX);
    if (!turning->is_written)
        write_event(turning);
    text_printf(turning->out, "T\t%lld\t%lld\n", (long long)from_s * 1000000,
                (long long)to_s * 1000000);
    return true;
}

static bool is_excluded(const struct turning *turning, int64_t wall_s, int64_t utc_s)
{
    for (size_t i = 0; i < turning->exclusion_count; i++) {
        const struct exclusion *exclusion = &turning->exclusions[i];
        if (exclusion->is_day ? exclusion->day_s <= wall_s && wall_s < exclusion->day_s + DAY_S
                              : exclusion->utc_s == utc_s)
            return true;
    }
    return false;
}

static bool visit(void *context, int64_t wall_s, struct err *err)
{
    struct turning *turning = context;
    const struct ical_clock *clock = turning->start.clock;
    int64_t from_s = ical_utc_s(clock, wall_s);
    if (is_excluded(turning, wall_s, from_s))
        return true;
    int64_t to_s = ical_utc_s(clock, wall_s + turning->length.wall_s) + turning->length.exact_s;
    return write_turn(turning, from_s, to_s, err);
}

/* What a rule names, but for the first time, which is visited by itself. */
static bool visit_repeated(void *context, int64_t wall_s, struct err *err)
{
    const struct turning *turning = context;
    return wall_s == turning->start.wall_s || visit(context, wall_s, err);
}

/* --- how long --- */

static bool find_end(struct turning *turning, struct err *err)
{
    const struct ical_event *event = turning->event;
    struct ical_time end;
    if (!ical_find_time(&turning->clocks, &event->end, event->end.value, &end, err))
        return false;
    int64_t length_s = end.wall_s - turning->start.wall_s;
    if (end.clock == turning->start.clock)
        turning->length = (struct length){length_s, 0};
    else
        turning->length =
            (struct length){0, ical_utc_s(end.clock, end.wall_s) -
                                   ical_utc_s(turning->start.clock, turning->start.wall_s)};
    if (turning->length.wall_s + turning->length.exact_s < 0)
        return ical_refuse(err, event->end.number, "The event ends before it begins.");
    return true;
}

static bool find_length(struct turning *turning, struct err *err)
{
    const struct ical_event *event = turning->event;
    turning->length = (struct length){turning->start.is_date ? DAY_S : 0, 0};
    if (event->end.name.n > 0) {
        if (!find_end(turning, err))
            return false;
    } else if (event->length.name.n > 0 &&
               !ical_parse_length(str_trim(event->length.value), &turning->length.wall_s,
                                  &turning->length.exact_s)) {
        return ical_refuse(err, event->length.number, "\"%.*s\" is no length of an event.",
                           STR_ARGS(str_cut(event->length.value, SHOWN_BYTES)));
    }
    if (turning->length.wall_s + turning->length.exact_s == 0)
        note(turning, event->line, "The event has no length, so that it names nobody.");
    return true;
}

/* --- what does not come --- */

static void exclude(struct turning *turning, const struct ical_time *time)
{
    bool is_day = time->is_date && !turning->start.is_date;
    LIST_PUSH(turning->arena, turning->exclusions, turning->exclusion_count,
              turning->exclusion_capacity) =
        (struct exclusion){ical_utc_s(time->clock, time->wall_s), time->wall_s, is_day};
}

static bool take_exceptions(struct turning *turning, struct err *err)
{
    const struct ical_values *lines = &turning->event->exceptions;
    for (size_t i = 0; i < lines->count; i++) {
        struct str rest = lines->items[i].value;
        struct str one;
        while (str_split(&rest, ',', &one)) {
            struct ical_time time;
            if (!ical_find_time(&turning->clocks, &lines->items[i], one, &time, err))
                return false;
            exclude(turning, &time);
        }
    }
    return true;
}

/* --- RDATE --- */

/* "20260302T090000/PT8H", "20260302T090000/20260302T170000" */
static bool visit_period(struct turning *turning, const struct ical_line *line, struct str text,
                         struct err *err)
{
    size_t slash = str_find_byte(text, '/', 0);
    struct str behind = str_trim(str_from(text, slash + 1));
    struct ical_time begin;
    struct ical_time end;
    struct length length = {0};
    if (!ical_find_time(&turning->clocks, line, str_slice(text, 0, slash), &begin, err))
        return false;
    int64_t from_s = ical_utc_s(begin.clock, begin.wall_s);
    if (is_excluded(turning, begin.wall_s, from_s))
        return true;
    if (ical_parse_length(behind, &length.wall_s, &length.exact_s))
        return write_turn(turning, from_s,
                          ical_utc_s(begin.clock, begin.wall_s + length.wall_s) + length.exact_s,
                          err);
    return ical_find_time(&turning->clocks, line, behind, &end, err) &&
           write_turn(turning, from_s, ical_utc_s(end.clock, end.wall_s), err);
}

static bool visit_dates(struct turning *turning, struct err *err)
{
    const struct ical_values *lines = &turning->event->dates;
    for (size_t i = 0; i < lines->count; i++) {
        struct str rest = lines->items[i].value;
        struct str one;
        while (str_split(&rest, ',', &one)) {
            struct ical_time time;
            if (--turning->steps < 0)
                return ical_refuse(err, lines->items[i].number, "The file has too many dates.");
            if (str_find_byte(one, '/', 0) < one.n) {
                if (!visit_period(turning, &lines->items[i], one, err))
                    return false;
                continue;
            }
            if (!ical_find_time(&turning->clocks, &lines->items[i], one, &time, err))
                return false;
            /* By the clock of the event: its length is one of that. */
            int64_t wall_s =
                time.clock == turning->start.clock
                    ? time.wall_s
                    : ical_wall_s(turning->start.clock, ical_utc_s(time.clock, time.wall_s));
            if (!visit(turning, wall_s, err))
                return false;
        }
    }
    return true;
}

/* --- events --- */

static bool visit_event(struct turning *turning, struct err *err)
{
    const struct ical_event *event = turning->event;
    turning->is_written = false;
    if (event->cancelled)
        return true;
    if (event->start.name.n == 0)
        return ical_refuse(err, event->line, "The event has no DTSTART.");
    if (!ical_find_time(&turning->clocks, &event->start, event->start.value, &turning->start,
                        err) ||
        !find_length(turning, err) || !take_exceptions(turning, err) ||
        !visit(turning, turning->start.wall_s, err) || !visit_dates(turning, err))
        return false;
    for (size_t i = 0; i < event->rules.count; i++) {
        /* A day more: the wall may be ahead of UTC. */
        struct ical_repeat repeat = {event->rules.items[i].value, turning->start,
                                     turning->until_s + DAY_S, &turning->steps,
                                     event->rules.items[i].number};
        if (!ical_repeat(&repeat, visit_repeated, turning, err))
            return false;
    }
    return true;
}

static bool is_override(const struct ical_event *event)
{
    return event->recurrence_id.name.n > 0;
}

/* By UID; of one UID the overrides last; then by SEQUENCE, then as they stand. */
static int compare_events(const void *a, const void *b)
{
    const struct ical_event *x = a;
    const struct ical_event *y = b;
    int order = str_compare(x->uid, y->uid);
    if (order == 0 && x->uid.n > 0)
        order = is_override(x) - is_override(y);
    if (order == 0 && x->uid.n > 0)
        order = (x->sequence > y->sequence) - (x->sequence < y->sequence);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static bool find_replaced(struct turning *turning, struct ical_event *override,
                          struct ical_time *out_time, struct err *err)
{
    const struct ical_line *line = &override->recurrence_id;
    if (ical_param(line, "RANGE").n > 0)
        return ical_refuse(err, line->number,
                           "RANGE=THISANDFUTURE is not followed; give the later times as an event "
                           "of their own.");
    if (!ical_find_time(&turning->clocks, line, line->value, out_time, err))
        return false;
    override->replaces = (struct instant){ical_utc_s(out_time->clock, out_time->wall_s) * 1000000};
    return true;
}

/* Of those that stand for the same time the last counts: it has the highest SEQUENCE. */
static bool is_replaced(const struct ical_event *events, size_t at, size_t end)
{
    for (size_t i = at + 1; i < end; i++)
        if (events[i].replaces.us == events[at].replaces.us)
            return true;
    return false;
}

/* All events of one UID: [begin, end), the overrides from first_override on. */
static bool visit_series(struct turning *turning, struct ical_event *events, size_t begin,
                         size_t end, struct err *err)
{
    size_t first_override = begin;
    turning->exclusion_count = 0;
    while (first_override < end && !is_override(&events[first_override]))
        first_override++;
    turning->start = (struct ical_time){.is_date = false};
    for (size_t i = first_override; i < end; i++) {
        struct ical_time time;
        if (!find_replaced(turning, &events[i], &time, err))
            return false;
        LIST_PUSH(turning->arena, turning->exclusions, turning->exclusion_count,
                  turning->exclusion_capacity) =
            (struct exclusion){ical_utc_s(time.clock, time.wall_s), time.wall_s,
                               time.is_date && events[begin].start.value.n > 8};
    }
    if (first_override > begin) {
        turning->event = &events[first_override - 1];
        if (first_override - begin > 1)
            note(turning, turning->event->line,
                 "Another event has the UID of this one, which counts, because it has the highest "
                 "SEQUENCE or is the last.");
        if (!visit_event(turning, err))
            return false;
    }
    for (size_t i = first_override; i < end; i++) {
        turning->exclusion_count = 0;
        turning->event = &events[i];
        if (!is_replaced(events, i, end) && !visit_event(turning, err))
            return false;
    }
    return true;
}

static bool visit_all(struct turning *turning, struct ical_file *file, struct err *err)
{
    struct ical_event *events = file->events;
    if (file->event_count > 0)
        qsort(events, file->event_count, sizeof *events, compare_events);
    for (size_t i = 0; i < file->event_count;) {
        size_t end = i + 1;
        while (events[i].uid.n > 0 && end < file->event_count &&
               str_equal(events[end].uid, events[i].uid))
            end++;
        if (turning->order->tell)
            turning->order->tell(turning->order->context, events[i].line);
        if (!visit_series(turning, events, i, end, err))
            return false;
        i = end;
    }
    return true;
}

bool ical_read(struct arena *arena, const struct ical_order *order, struct str bytes,
               struct text *out_answer, struct err *err)
{
    struct ical_file *file = arena_make(arena, struct ical_file);
    struct turning turning = {.arena = arena,
                              .order = order,
                              .out = out_answer,
                              .steps = ICAL_STEPS_MAX,
                              .from_s = order->from.us / 1000000,
                              .until_s = order->until.us / 1000000};
    turning.clocks =
        (struct ical_clocks){.arena = arena, .order = order, .file = file, .steps = &turning.steps};
    if (!ical_read_file(arena, bytes, file, err) || !ical_clocks_init(&turning.clocks, err))
        return false;
    text_printf(out_answer, "agenda 1\nW\t%lld\t%lld\n", (long long)order->from.us,
                (long long)order->until.us);
    if (!visit_all(&turning, file, err))
        return false;
    text_printf(out_answer, "Z\t%zu\n.\t%zu\t%zu\n", turning.clocks.floating_count,
                turning.event_count, turning.turn_count);
    return !text_full(out_answer) ||
           err_set(err, ERR_USAGE, "", "What the file names is over %d MB.",
                   ICAL_ANSWER_BYTES_MAX / 1024 / 1024);
}
