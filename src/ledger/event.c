/* event.c - reading and writing an event's fields. */
#include "ledger/event.h"

#include <stdlib.h>

void event_list_init(struct event_list *list, struct arena *arena)
{
    *list = (struct event_list){.arena = arena};
}

struct event *event_list_add(struct event_list *list, enum event_kind kind, struct instant at,
                             struct str actor, struct str subject)
{
    struct event *event = &LIST_PUSH(list->arena, list->items, list->count, list->capacity);
    *event = (struct event){.kind = kind,
                            .at = at,
                            .actor = str_copy(list->arena, actor),
                            .subject = str_copy(list->arena, subject)};
    return event;
}

static size_t find_field(const struct event *event, const char *field, enum field_type type,
                         enum field_type other)
{
    const struct event_row *row = event_row(event->kind);
    for (size_t i = 0; i < EVENT_FIELDS_MAX && row->fields[i].name; i++) {
        if (strcmp(row->fields[i].name, field) != 0)
            continue;
        if (row->fields[i].type != type && row->fields[i].type != other)
            abort();
        return i;
    }
    abort();
}

void event_set_str(struct event *event, const char *field, struct str value)
{
    event->values[find_field(event, field, FIELD_STR, FIELD_TEXT)].str = value;
}

void event_set_int(struct event *event, const char *field, int64_t value)
{
    event->values[find_field(event, field, FIELD_INT, FIELD_BOOL)].integer = value;
}

void event_set_real(struct event *event, const char *field, double value)
{
    event->values[find_field(event, field, FIELD_REAL, FIELD_REAL)].real = value;
}

void event_set_instant(struct event *event, const char *field, struct instant value)
{
    event->values[find_field(event, field, FIELD_INSTANT, FIELD_INSTANT)].integer = value.us;
}

struct str event_str(const struct event *event, const char *field)
{
    return event->values[find_field(event, field, FIELD_STR, FIELD_TEXT)].str;
}

int64_t event_int(const struct event *event, const char *field)
{
    return event->values[find_field(event, field, FIELD_INT, FIELD_BOOL)].integer;
}

double event_real(const struct event *event, const char *field)
{
    return event->values[find_field(event, field, FIELD_REAL, FIELD_REAL)].real;
}

struct instant event_instant(const struct event *event, const char *field)
{
    return (struct instant){
        event->values[find_field(event, field, FIELD_INSTANT, FIELD_INSTANT)].integer};
}
