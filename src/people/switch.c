/* switch.c - what is off, what that means for the ways to people, and the two commands. */
#include "people/switch.h"

#include "base/text.h"

enum { SHOWN_BYTES = 80, LIST_BYTES = 600 };

static const struct switch_off *find_name(const struct switches *switches, struct str name)
{
    for (size_t i = 0; i < switches->count; i++)
        if (str_is(name, switches->items[i].name))
            return &switches->items[i];
    return NULL;
}

/* "person:ana" is ana. */
static struct str name_of_actor(struct str actor)
{
    size_t colon = str_find(actor, ":", 0);
    return colon < actor.n ? str_from(actor, colon + 1) : actor;
}

void switch_fold(struct switches *switches, const struct event *event)
{
    if (event->kind != EVENT_SWITCH_OFF && event->kind != EVENT_SWITCH_ON)
        return;
    const struct switch_off *known = find_name(switches, event_str(event, "name"));
    switches->version++;
    if (event->kind == EVENT_SWITCH_ON && known) {
        size_t at = (size_t)(known - switches->items);
        switches->count--;
        memmove(&switches->items[at], &switches->items[at + 1],
                (switches->count - at) * sizeof *switches->items);
    }
    if (event->kind == EVENT_SWITCH_ON || known || switches->count == SWITCHES_MAX)
        return;
    struct switch_off *off = &switches->items[switches->count++];
    *off = (struct switch_off){.since = event->at};
    str_keep(off->name, sizeof off->name, event_str(event, "name"));
    str_keep(off->by, sizeof off->by, name_of_actor(event->actor));
    str_keep(off->reason, sizeof off->reason, event_str(event, "reason"));
}

static bool is_called(struct str full, const char *kind, struct str name)
{
    return str_starts(full, kind) && str_equal(str_from(full, strlen(kind)), name);
}

const struct switch_off *switch_find(const struct switches *switches, const char *kind,
                                     struct str name)
{
    for (size_t i = 0; i < switches->count; i++)
        if (is_called(str_of(switches->items[i].name), kind, name))
            return &switches->items[i];
    return NULL;
}

/* "person/ana/sms", or "". */
static bool is_of_person(struct str full, const struct person *person, enum method method)
{
    size_t n = strlen(SWITCH_PERSON);
    size_t slash = n + person->id.n;
    return str_starts(full, SWITCH_PERSON) && full.n > slash &&
           str_equal_nocase(str_slice(full, n, slash), person->id) && full.p[slash] == '/' &&
           str_is(str_from(full, slash + 1), method_name(method));
}

/* An address with its own server needs no provider. */
static bool has_own_server(const struct person *person, enum method method)
{
    return method == METHOD_NTFY &&
           str_find(person->reach[method], "://", 0) < person->reach[method].n;
}

/* Of what carries the way: NULL while one of them is on, or where nothing of reeve.yaml does. */
static const struct switch_off *off_carriers(const struct switches *switches,
                                             const struct switchables *all, enum method method)
{
    const struct switch_off *off = NULL;
    for (size_t i = 0; i < all->count; i++) {
        const struct switchable *item = &all->items[i];
        if (!str_starts(item->name, SWITCH_PROVIDER) || !(item->methods >> method & 1U))
            continue;
        off = find_name(switches, item->name);
        if (!off)
            return NULL;
    }
    return off;
}

const struct switch_off *switch_of_way(const struct switches *switches,
                                       const struct switchables *all, const struct person *person,
                                       enum method method)
{
    const struct switch_off *off = switch_find(switches, SWITCH_WAY, str_of(method_name(method)));
    for (size_t i = 0; !off && i < switches->count; i++)
        if (is_of_person(str_of(switches->items[i].name), person, method))
            off = &switches->items[i];
    return off || has_own_server(person, method) ? off : off_carriers(switches, all, method);
}

void switch_apply(const struct switches *switches, const struct switchables *all,
                  struct person *people)
{
    for (size_t i = 0; i < all->person_count; i++) {
        people[i].off = 0;
        for (int method = 0; switches->count > 0 && method < METHODS; method++)
            if (people[i].reach[method].n > 0 &&
                switch_of_way(switches, all, &people[i], (enum method)method))
                people[i].off |= 1U << method;
    }
}

struct str switch_words(struct arena *arena, const struct switch_off *off, struct instant now)
{
    return str_printf(arena,
                      "%s is switched off since %.*s by %s: %s; \"reeve switch on %s\" ends that",
                      off->name, STR_ARGS(instant_words(arena, off->since, now)), off->by,
                      off->reason, off->name);
}

/* --- commands --- */

/* "ana/sms" and "person/ana/sms" as reeve.yaml has them; "": no way of anybody is called so. */
static struct str find_person_way(struct arena *arena, const struct switchables *all,
                                  struct str typed)
{
    struct str rest =
        str_starts(typed, SWITCH_PERSON) ? str_from(typed, strlen(SWITCH_PERSON)) : typed;
    size_t slash = str_find(rest, "/", 0);
    struct people people = {all->people, all->person_count};
    const struct person *person = person_find(&people, str_slice(rest, 0, slash));
    enum method method;
    if (slash == rest.n || !person || !method_find(str_from(rest, slash + 1), &method) ||
        person->reach[method].n == 0)
        return STR("");
    return str_printf(arena, SWITCH_PERSON "%.*s/%s", STR_ARGS(person->id), method_name(method));
}

static bool is_short_for(struct str name, struct str typed)
{
    size_t slash = str_find(name, "/", 0);
    return !str_starts(name, SWITCH_REPLIES) && str_equal(str_from(name, slash + 1), typed);
}

static bool refuse_several(const struct switchables *all, struct str typed, struct arena *arena,
                           struct err *err)
{
    struct text text;
    text_init(&text, arena, LIST_BYTES);
    for (size_t i = 0; i < all->count; i++)
        if (is_short_for(all->items[i].name, typed))
            text_printf(&text, "%s%.*s", text.n > 0 ? ", " : "", STR_ARGS(all->items[i].name));
    return err_set(err, ERR_USAGE, "name", "Several are called \"%.*s\"; say which: %.*s.",
                   STR_ARGS(str_cut(typed, SHOWN_BYTES)), STR_ARGS(text_str(&text)));
}

static bool refuse_unknown(struct str typed, struct err *err)
{
    return err_set(
        err, ERR_USAGE, "name",
        "reeve.yaml has no provider, way or sender \"%.*s\", and nobody with such a way; "
        "\"reeve switch list\" names them.",
        STR_ARGS(str_cut(typed, SHOWN_BYTES)));
}

/* A provider and the way that it carries may have one name: then the provider is meant. */
static bool find_wanted(const struct switchables *all, struct str typed, struct arena *arena,
                        struct str *out_name, struct err *err)
{
    size_t fits = 0;
    size_t ways = 0;
    *out_name = find_person_way(arena, all, typed);
    for (size_t i = 0; i < all->count && out_name->n == 0; i++)
        if (str_equal(all->items[i].name, typed))
            *out_name = typed;
    if (out_name->n > 0)
        return true;
    for (size_t i = 0; i < all->count; i++) {
        struct str name = all->items[i].name;
        bool way = str_starts(name, SWITCH_WAY);
        if (!is_short_for(name, typed) || (way && fits > 0))
            continue;
        *out_name = name;
        fits += !way;
        ways += way;
    }
    if (fits > 1)
        return refuse_several(all, typed, arena, err);
    return fits + ways > 0 || refuse_unknown(typed, err);
}

/* Can anybody be told of anything once name is off, too? */
static bool leaves_somebody(const struct switches *switches, const struct switchables *all,
                            struct str name, struct arena *arena)
{
    struct switches *then = arena_make(arena, struct switches);
    struct person *people = arena_array(arena, all->person_count, sizeof *people);
    *then = *switches;
    str_keep(then->items[then->count++].name, SWITCH_NAME_BYTES, name);
    bool before = false;
    for (size_t i = 0; i < all->person_count; i++) {
        people[i] = all->people[i];
        before = before || person_is_reachable(&people[i]);
    }
    switch_apply(then, all, people);
    for (size_t i = 0; i < all->person_count; i++)
        if (person_is_reachable(&people[i]))
            return true;
    return !before;
}

static void add(const struct switch_call *call, enum event_kind kind, struct str name,
                struct event_list *out)
{
    struct event *event = event_list_add(out, kind, call->now, call->actor,
                                         str_printf(out->arena, "switch:%.*s", STR_ARGS(name)));
    event_set_str(event, "name", str_copy(out->arena, name));
    if (kind == EVENT_SWITCH_OFF)
        event_set_str(event, "reason", str_copy(out->arena, str_trim(call->reason)));
}

bool switch_turn_off(const struct switches *switches, const struct switchables *all,
                     const struct switch_call *call, struct event_list *out, struct err *err)
{
    struct str name;
    if (!find_wanted(all, str_trim(call->name), out->arena, &name, err))
        return false;
    const struct switch_off *off = find_name(switches, name);
    if (str_trim(call->reason).n == 0)
        return err_set(err, ERR_USAGE, "reason", "Say why with --reason \"…\".");
    if (name.n >= SWITCH_NAME_BYTES)
        return err_set(err, ERR_REFUSED, "name", "Its name has more than %d bytes.",
                       SWITCH_NAME_BYTES - 1);
    if (off)
        return err_set(err, ERR_REFUSED, "name", "%.*s.",
                       STR_ARGS(switch_words(out->arena, off, call->now)));
    if (switches->count == SWITCHES_MAX)
        return err_set(err, ERR_REFUSED, "name",
                       "%d are switched off already; \"reeve switch list\" names them.",
                       SWITCHES_MAX);
    if (!call->anyway && !leaves_somebody(switches, all, name, out->arena))
        return err_set(err, ERR_REFUSED, "name",
                       "Nobody under people: in reeve.yaml could be told of anything then; say "
                       "--anyway if that is meant.");
    add(call, EVENT_SWITCH_OFF, name, out);
    return true;
}

/* Also what reeve.yaml no longer has: only what is off is looked at. */
bool switch_turn_on(const struct switches *switches, const struct switch_call *call,
                    struct event_list *out, struct err *err)
{
    struct str typed = str_trim(call->name);
    const struct switch_off *found = find_name(switches, typed);
    size_t fits = 0;
    for (size_t i = 0; !found && i < switches->count; i++)
        fits += is_short_for(str_of(switches->items[i].name), typed);
    for (size_t i = 0; fits == 1 && i < switches->count; i++)
        if (is_short_for(str_of(switches->items[i].name), typed))
            found = &switches->items[i];
    if (fits > 1)
        return err_set(err, ERR_USAGE, "name",
                       "Several that are off are called \"%.*s\"; give the whole name, as \"reeve "
                       "switch list\" does.",
                       STR_ARGS(str_cut(typed, SHOWN_BYTES)));
    if (!found)
        return err_set(err, ERR_REFUSED, "name", "\"%.*s\" is not switched off.",
                       STR_ARGS(str_cut(typed, SHOWN_BYTES)));
    add(call, EVENT_SWITCH_ON, str_of(found->name), out);
    return true;
}
