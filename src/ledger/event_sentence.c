/* event_sentence.c - what people read of a fact: the sentence of its kind with the values in it. */
#include "base/text.h"
#include "ledger/event.h"

#include <stdlib.h>

/* "12-ana-smtp-1": the person may have dashes in the name, the others have none. */
static void add_page_part(struct text *text, struct str page, struct str part)
{
    size_t ends[2] = {page.n, page.n}; /* of the method, of the person */
    size_t begin = str_find_byte(page, '-', 0);
    for (int i = 0; i < 2; i++) {
        size_t at = i ? ends[0] : page.n;
        while (at > begin && page.p[at - 1] != '-')
            at--;
        ends[i] = at > begin ? at - 1 : begin;
    }
    struct str number = str_slice(page, 0, begin);
    struct str method = ends[0] > ends[1] ? str_slice(page, ends[1] + 1, ends[0]) : STR("");
    if (str_is(part, "person"))
        text_add(text, begin < ends[1] ? str_slice(page, begin + 1, ends[1]) : page);
    else if (str_is(part, "method"))
        text_add(text, str_is(method, "smtp") ? STR("mail") : method);
    else if (str_is(number, "0"))
        text_adds(text, "a trial");
    else if (str_starts(number, "s")) /* "s3": that a silence ends */
        text_printf(text, "the end of silence %.*s", STR_ARGS(str_from(number, 1)));
    else if (str_starts(number, "g")) /* "g3": that a rota has nobody */
        text_printf(text, "gap %.*s of a rota", STR_ARGS(str_from(number, 1)));
    else if (str_starts(number, "f")) /* "f3": of a follow-up */
        text_printf(text, "follow-up %.*s", STR_ARGS(str_from(number, 1)));
    else if (str_starts(number, "h")) /* "h3": that a shift is handed over */
        text_printf(text, "hand-over %.*s of a rota", STR_ARGS(str_from(number, 1)));
    else if (str_starts(number, "r")) /* "r12.3": of a run's step */
        text_printf(text, "step %.*s of run %.*s",
                    STR_ARGS(str_from(number, str_find_byte(number, '.', 0) + 1)),
                    STR_ARGS(str_slice(number, 1, str_find_byte(number, '.', 0))));
    else
        text_printf(text, "incident %.*s", STR_ARGS(number));
}

/* "person:ana" is ana, "program:deploy" is the program deploy. */
static void add_actor(struct text *text, struct str actor)
{
    if (str_starts(actor, "program:"))
        text_adds(text, "the program ");
    text_add(text, actor_name(actor));
}

/* With the date only when it is another day than the event's. */
static void add_instant(struct text *text, struct instant at, struct instant event_at)
{
    char written[INSTANT_TEXT_BYTES];
    char now[INSTANT_TEXT_BYTES];
    instant_write(at, written);
    instant_write(event_at, now);
    if (strncmp(written, now, 10) != 0)
        text_printf(text, "%.10s ", written);
    text_printf(text, "%.8s UTC", written + 11);
}

static void add_value(struct text *text, const struct event *event, struct str name)
{
    const struct event_row *row = event_row(event->kind);
    if (str_is(name, "actor")) {
        add_actor(text, event->actor);
        return;
    }
    if (str_starts(name, "page.")) {
        add_page_part(text, event_str(event, "page"), str_from(name, 5));
        return;
    }
    for (size_t i = 0; i < EVENT_FIELDS_MAX && row->fields[i].name; i++) {
        if (!str_is(name, row->fields[i].name))
            continue;
        const struct event_value *value = &event->values[i];
        if (str_is(name, "who")) {
            add_actor(text, value->str);
            return;
        }
        if (str_is(name, "muted")) {
            text_adds(text, value->integer ? " (muted by a silence)" : "");
            return;
        }
        if (event->kind == EVENT_ALERT_PENDING && str_is(name, "for_ms")) {
            text_adds(text, value->integer > 0 ? "fires after " : "is firing already");
            if (value->integer <= 0)
                return;
        }
        switch (row->fields[i].type) {
        case FIELD_INT:
            if (str_ends(name, "_ms"))
                text_add(text, duration_text(text->arena, value->integer));
            else
                text_printf(text, "%lld", (long long)value->integer);
            break;
        case FIELD_REAL: text_real(text, value->real); break;
        case FIELD_BOOL: text_adds(text, value->integer ? "done" : "open"); break;
        case FIELD_INSTANT: add_instant(text, (struct instant){value->integer}, event->at); break;
        case FIELD_NONE:
        case FIELD_STR:
        case FIELD_TEXT:
            text_add(text,
                     value->erased ? STR("(erased)") : str_visible_line(text->arena, value->str));
            break;
        }
        return;
    }
    abort();
}

/* "{steps} more steps" of one is "1 more step": how much of rest is said by that. */
static size_t add_single(struct text *text, const struct event *event, struct str name,
                         struct str rest)
{
    static const char *const fronts[] = {" ", " more "};
    const struct event_row *row = event_row(event->kind);
    for (size_t i = 0; i < EVENT_FIELDS_MAX && row->fields[i].name; i++) {
        if (!str_is(name, row->fields[i].name))
            continue;
        if (row->fields[i].type != FIELD_INT || event->values[i].integer != 1 ||
            !str_ends(name, "s"))
            return 0;
        for (size_t k = 0; k < sizeof fronts / sizeof *fronts; k++) {
            size_t n = strlen(fronts[k]);
            if (!str_starts(rest, fronts[k]) || !str_equal(str_slice(rest, n, n + name.n), name))
                continue;
            text_add(text, str_slice(rest, 0, n + name.n - 1));
            return n + name.n;
        }
    }
    return 0;
}

/* A sentence may begin with a name. */
static struct str begin_large(struct arena *arena, struct str sentence)
{
    char first = sentence.n > 0 ? sentence.p[0] : ' ';
    return first < 'a' || first > 'z'
               ? sentence
               : str_printf(arena, "%c%.*s", first - 'a' + 'A', STR_ARGS(str_from(sentence, 1)));
}

/* A text that may be empty stands behind a colon at the end. */
static struct str end_well(struct arena *arena, struct str sentence)
{
    return str_ends(sentence, ": ") ? str_printf(arena, "%.*s.", (int)sentence.n - 2, sentence.p)
                                    : sentence;
}

/* What joins may be outside the runbook: a heartbeat, an alert of another system. */
static struct str pattern_of(const struct event *event)
{
    if (event->kind == EVENT_INCIDENT_JOINED && event_int(event, "line") == 0)
        return STR("Incident {number} was joined by: {title}.");
    if (event->kind == EVENT_INCIDENT_FOLLOWED && event_int(event, "line") == 0)
        return STR("Incident {number} was joined by: {title}; it follows from: {cause}.");
    if (event->kind == EVENT_INCIDENT_RETITLED && event_int(event, "line") == 0)
        return STR("Incident {number} is named after another alert of it: {title} (until now: "
                   "{from}).");
    if (event->kind == EVENT_INCIDENT_DEED_UNDONE && event_int(event, "item") == 0)
        return STR("{actor} says that {text} of incident {number} is not done: {reason}");
    return str_of(event_row(event->kind)->sentence);
}

struct str event_sentence(struct arena *arena, const struct event *event)
{
    struct str sentence = pattern_of(event);
    struct text text;
    text_init(&text, arena, 64 * 1024);
    for (size_t at = 0; at < sentence.n;) {
        size_t open = str_find_byte(sentence, '{', at);
        text_add(&text, str_slice(sentence, at, open));
        if (open == sentence.n)
            break;
        size_t close = str_find_byte(sentence, '}', open);
        struct str name = str_slice(sentence, open + 1, close);
        add_value(&text, event, name);
        at = close + 1;
        at += add_single(&text, event, name, str_from(sentence, at));
    }
    return begin_large(arena, end_well(arena, text_str(&text)));
}
