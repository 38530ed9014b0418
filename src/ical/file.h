/* file.h - the components of a calendar file: events and zones, their lines kept as they are. */
#ifndef ICAL_FILE_H
#define ICAL_FILE_H

#include "ical/ical.h"
#include "ical/repeat.h"
#include "ical/when.h"

enum { ICAL_MAILS_MAX = 64, ICAL_ZONES_MAX = 500, ICAL_DEPTH_MAX = 16 };

struct ical_values {
    struct ical_line *items;
    size_t count, capacity;
};

struct ical_event {
    size_t line; /* of its BEGIN */
    struct str uid;
    int64_t sequence;
    int priority; /* 1..9; 5 where none is said */
    struct str summary, organizer;
    struct str *mails; /* of those who take part and have not declined */
    size_t mail_count, mail_capacity;
    bool cancelled;
    struct ical_line start, end, length, recurrence_id; /* name "": it has none */
    struct ical_values rules, dates, exceptions;
    struct instant replaces; /* of one with recurrence_id, once it is known */
};

/* STANDARD or DAYLIGHT. */
struct ical_observance {
    size_t line;
    struct ical_line start;
    struct ical_values rules, dates;
    int32_t from_s, to_s;
    bool has_from, has_to;
};

struct ical_zone {
    struct str id;
    size_t line;
    struct ical_observance *observances;
    size_t count, capacity;
};

struct ical_file {
    struct ical_event *events;
    size_t event_count, event_capacity;
    struct ical_zone *zones;
    size_t zone_count, zone_capacity;
};

/* Texts live in file's bytes or in arena. */
MUST_USE bool ical_read_file(struct arena *arena, struct str bytes, struct ical_file *out_file,
                             struct err *err);

/* clocks.c: the clocks by which a file's times are read. */
struct ical_named_clock {
    struct str id;
    const struct ical_clock *clock;
};

struct ical_clocks {
    struct arena *arena;
    const struct ical_order *order;
    const struct ical_file *file;
    const struct ical_clock *floating; /* of the order's zone */
    struct ical_named_clock *items;
    size_t count, capacity;
    size_t floating_count; /* times that had no zone */
    int64_t *steps;
};

MUST_USE bool ical_clocks_init(struct ical_clocks *clocks, struct err *err);
/* The time of a DTSTART or the like; text is its value, or one of several. */
MUST_USE bool ical_find_time(struct ical_clocks *clocks, const struct ical_line *line,
                             struct str text, struct ical_time *out_time, struct err *err);

#endif
