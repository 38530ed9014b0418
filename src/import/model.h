/* model.h - what the readers of this folder fill and its writer writes: people, rotas with layers,
 * escalation policies, overrides and notes. Of this folder only. */
#ifndef IMPORT_MODEL_H
#define IMPORT_MODEL_H

#include "base/json.h"
#include "base/limits.h"
#include "import/import.h"
#include "people/rota.h"

enum {
    IMPORT_NAME_BYTES = 40,
    IMPORT_STEPS_MAX = 32,
    IMPORT_OBJECTS_MAX = 2000, /* of each kind but people */
    IMPORT_LAYERS_READ = 64,   /* of a schedule, those that are over among them */
    IMPORT_DAY_S = 24 * 3600
};

struct import_person {
    struct str key;   /* by which the vendor's other objects name them */
    struct str login; /* the second such name: a mail address, or "" */
    struct str full;  /* "Ana Novak" */
    struct str mail, phone;
    struct str zone;
    struct str id; /* in reeve.yaml; given before writing */
};

/* People by their place in the list. */
struct import_slot {
    const size_t *people;
    size_t count;
};

struct import_layer {
    struct str name;
    const struct zone *zone;
    int64_t level; /* lower ones first */
    const struct import_slot *slots;
    size_t slot_count;
    int64_t length_min; /* 0: the one slot is always on */
    int64_t anchor_min; /* a hand-over to the first slot, in minutes of the wall */
    bool has_from, has_until;
    int64_t from_min, until_min; /* of the wall */
    struct rota_window windows[ROTA_WINDOWS_MAX];
    size_t window_count;
    bool is_broken; /* a note says why */
};

struct import_rota {
    struct str key, title;
    struct str name; /* in reeve.yaml */
    struct import_layer *layers;
    size_t count, capacity;
    bool is_cumulative; /* layers of one level that are on at once are all paged */
    bool is_broken;
    bool is_part; /* a layer of a cumulative one, by itself */
};

enum import_target { IMPORT_TO_ROTA, IMPORT_TO_PERSON, IMPORT_TO_OTHER };

struct import_step {
    enum import_target target;
    struct str key;   /* of the rota or person */
    struct str words; /* what the vendor calls it */
    int64_t after_min;
};

struct import_policy {
    struct str title;
    struct import_step steps[IMPORT_STEPS_MAX];
    size_t count;
};

struct import_override {
    struct str rota; /* its key, or "" */
    struct str part; /* the title of the one rotation that is meant, or "" */
    size_t person;
    struct str from, until;
};

/* An object of the files under its id. */
struct import_kept {
    const struct json *object;
    struct str id;
};

struct import {
    struct arena *arena;
    import_zone_find *find_zone;
    struct str file, input; /* that is read */
    struct import_person *people;
    size_t person_count, person_capacity;
    struct import_rota *rotas;
    size_t rota_count, rota_capacity;
    struct import_policy *policies;
    size_t policy_count, policy_capacity;
    struct import_override *overrides;
    size_t override_count, override_capacity;
    struct str *notes;
    size_t note_count, note_capacity;
    size_t known; /* objects of the vendor */
    bool is_full; /* there were more than can be kept */
    /* Objects that others name, kept until all files were read. */
    struct import_kept *kept;
    size_t kept_count, kept_capacity;
};

void import_note(struct import *import, const char *format, ...) PRINTF_LIKE(2, 3);
/* By key, login or full name; IMPORT_NOBODY: nobody. */
#define IMPORT_NOBODY SIZE_MAX
size_t import_find_person(const struct import *import, struct str key);
/* The same, added when there is nobody of that name: full and mail may be "". */
size_t import_person_of(struct import *import, struct str key, struct str full, struct str mail);
/* A new one that is broken until its reader says otherwise; never NULL. */
struct import_rota *import_add_rota(struct import *import, struct str key, struct str title);
struct import_layer *import_add_layer(struct import *import, struct import_rota *rota,
                                      struct str name, const struct zone *zone);
struct import_slot import_slot_of(struct import *import, size_t person);
void import_add_override(struct import *import, const struct import_override *override);
struct import_policy *import_add_policy(struct import *import, struct str title);
/* False and a note when this machine does not know the zone. */
bool import_zone(struct import *import, const char *of, struct str title, struct str name,
                 const struct zone **out_zone);
/* The day of the week, 0: Sunday, by its name in any case among seven that begin with Sunday's. */
enum { IMPORT_WEEK_DAYS = 7 };
MUST_USE bool import_find_day(const char *const names[IMPORT_WEEK_DAYS], struct str name,
                              int64_t *out_day);
/* Adds the windows of a length from a minute of the week (0: Sunday 00:00) on, a day at a time;
 * false when there is no room. */
bool import_add_week_window(struct import_layer *layer, int64_t begin_min, int64_t length_min);
/* "2026-01-05T09:00:00+01:00", or without a zone: what the wall shows then, and seconds cut
 * off. False: it is no such time. */
bool import_wall(struct import *import, const struct zone *zone, struct str text,
                 int64_t *out_wall_min);
/* An item of a list of names: the text itself, or its member. */
struct str import_name(const struct json *item, const char *key);
/* The note of a rotation that is not taken over; marks it. */
void import_break(struct import *import, const struct import_rota *rota, struct import_layer *layer,
                  const char *why);
bool import_has(const struct json *object, const char *key);

/* The readers: one object each, of whatever kind it is; then what only all files together say. */
void opsgenie_read(struct import *import, const struct json *object);
void pagerduty_read(struct import *import, const struct json *object);
void grafana_read(struct import *import, const struct json *object);
void grafana_finish(struct import *import);

/* Names for reeve.yaml, cumulative rotas parted, borders brought into reeve.yaml's form. */
void import_settle(struct import *import);
void import_write_rows(struct text *text, struct import *import, const char *vendor);
void import_write_layer(struct text *text, const struct import *import,
                        const struct import_layer *layer);

#endif
