/* oncall_command.c - what people ask of the rotas: overrides, swaps, leave, and to undo one. */
#include "people/oncall.h"

#include "base/text.h"

enum { SHOWN_BYTES = 60, LIST_BYTES = 400 };

static struct str name_rotas(struct arena *arena, const struct oncall *oncall)
{
    struct text text;
    text_init(&text, arena, LIST_BYTES);
    for (size_t i = 0; i < oncall->rota_count; i++)
        text_printf(&text, "%s%.*s", i ? ", " : "", STR_ARGS(oncall->rotas[i].name));
    return text_str(&text);
}

static const struct rota *find_rota(struct arena *arena, const struct oncall *oncall,
                                    struct str name, struct err *err)
{
    const struct rota *rota = rota_find(oncall->rotas, oncall->rota_count, name);
    if (!rota)
        err_set(err, ERR_USAGE, "rota",
                "There is no rota \"%.*s\" under on_call: in reeve.yaml; there are: %.*s.",
                STR_ARGS(str_cut(name, SHOWN_BYTES)), STR_ARGS(name_rotas(arena, oncall)));
    return rota;
}

static const struct person *find_someone(const struct oncall *oncall, struct str name,
                                         struct err *err)
{
    const struct person *person = person_find(oncall->people, name);
    if (!person)
        err_set(err, ERR_USAGE, "person",
                "There is no person \"%.*s\" under people: in reeve.yaml.",
                STR_ARGS(str_cut(name, SHOWN_BYTES)));
    else if (person->id.n >= ONCALL_PERSON_BYTES)
        err_set(err, ERR_REFUSED, "person",
                "A person whose name has more than %d bytes cannot be written down here.",
                ONCALL_PERSON_BYTES - 1);
    return person && person->id.n < ONCALL_PERSON_BYTES ? person : NULL;
}

/* One that is not over. */
static bool is_open(const struct oncall_change *change, struct instant now)
{
    return instant_before(now, change->until);
}

static bool touches(const struct oncall_change *change, const struct oncall_call *call)
{
    return instant_before(change->from, call->until) && instant_before(call->from, change->until);
}

static bool check_times(const struct oncall *oncall, const struct oncall_call *call,
                        struct err *err)
{
    size_t open = 0;
    if (str_trim(call->reason).n == 0)
        return err_set(err, ERR_USAGE, "reason",
                       "A change of the rotas needs a reason; say why with --reason \"…\".");
    if (!instant_before(call->from, call->until))
        return err_set(err, ERR_USAGE, "until", "The end is not after the beginning.");
    if (!instant_before(call->now, call->until))
        return err_set(err, ERR_USAGE, "until",
                       "That is over already; what was cannot be changed any more.");
    if (instant_ms_between(call->now, call->until) > ONCALL_MOST_MS)
        return err_set(err, ERR_USAGE, "until", "It ends more than 400 days from now.");
    for (size_t i = 0; i < oncall->changes->count; i++)
        open += is_open(&oncall->changes->items[i], call->now);
    return open < ONCALL_CHANGES_MAX ||
           err_set(err, ERR_REFUSED, "changes",
                   "There are %d changes of the rotas that are not over; take one back with "
                   "\"reeve oncall undo N\".",
                   ONCALL_CHANGES_MAX);
}

static struct event *add(const struct oncall *oncall, const struct oncall_call *call,
                         enum event_kind kind, struct event_list *out)
{
    int64_t number = oncall->changes->last_number + 1;
    struct event *event = event_list_add(out, kind, call->now, call->actor,
                                         str_printf(out->arena, "oncall:%lld", (long long)number));
    event_set_int(event, "number", number);
    event_set_instant(event, "from", call->from);
    event_set_instant(event, "until", call->until);
    event_set_str(event, "reason", str_copy(out->arena, str_trim(call->reason)));
    return event;
}

static bool refuse_overlap(const struct oncall_change *change, struct arena *arena, struct err *err)
{
    return err_set(err, ERR_REFUSED, "oncall",
                   "It overlaps with change %lld, the %.*s; take that back first with \"reeve "
                   "oncall undo %lld\", or choose another time.",
                   (long long)change->number, STR_ARGS(oncall_change_words(arena, change)),
                   (long long)change->number);
}

/* Is the person away for a part of that time? */
static bool check_there(const struct oncall *oncall, struct str person,
                        const struct oncall_call *call, struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < oncall->changes->count; i++) {
        const struct oncall_change *change = &oncall->changes->items[i];
        if (change->kind == ONCALL_LEAVE && str_is_nocase(person, change->person) &&
            touches(change, call))
            return refuse_overlap(change, arena, err);
    }
    return true;
}

bool oncall_override(const struct oncall *oncall, const struct oncall_call *call,
                     struct event_list *out, struct err *err)
{
    const struct rota *rota = find_rota(out->arena, oncall, call->rota, err);
    const struct person *person = rota ? find_someone(oncall, call->person, err) : NULL;
    if (!person || !check_times(oncall, call, err) ||
        !check_there(oncall, person->id, call, out->arena, err))
        return false;
    for (size_t i = 0; i < oncall->changes->count; i++) {
        const struct oncall_change *change = &oncall->changes->items[i];
        if (change->kind == ONCALL_OVERRIDE && str_is_nocase(rota->name, change->rota) &&
            touches(change, call))
            return refuse_overlap(change, out->arena, err);
    }
    struct event *event = add(oncall, call, EVENT_ONCALL_OVERRIDDEN, out);
    event_set_str(event, "rota", str_copy(out->arena, rota->name));
    event_set_str(event, "person", str_copy(out->arena, person->id));
    return true;
}

/* Has one of them a shift of the rota in that time, by the rota itself? */
static bool check_shifts(const struct oncall *oncall, const struct rota *rota,
                         const struct oncall_call *call, struct err *err)
{
    struct arena scratch;
    bool found = false;
    arena_init(&scratch);
    struct shift_source source = {.rota = rota, .people = oncall->people};
    struct shifts shifts = shifts_between(&source, &scratch, call->from, call->until);
    for (size_t i = 0; i < shifts.count && !found; i++)
        for (size_t k = 0; k < shifts.items[i].count; k++)
            found = found || str_equal_nocase(shifts.items[i].people[k], call->person) ||
                    str_equal_nocase(shifts.items[i].people[k], call->other);
    arena_done(&scratch);
    return found || err_set(err, ERR_REFUSED, "oncall",
                            "Neither %.*s nor %.*s has a shift of %.*s in that time, so there is "
                            "nothing to swap.",
                            STR_ARGS(call->person), STR_ARGS(call->other), STR_ARGS(rota->name));
}

static bool names_one(const struct oncall_change *change, struct str a, struct str b)
{
    return str_is_nocase(a, change->person) || str_is_nocase(a, change->other) ||
           str_is_nocase(b, change->person) || str_is_nocase(b, change->other);
}

bool oncall_swap(const struct oncall *oncall, const struct oncall_call *call,
                 struct event_list *out, struct err *err)
{
    const struct rota *rota = find_rota(out->arena, oncall, call->rota, err);
    const struct person *person = rota ? find_someone(oncall, call->person, err) : NULL;
    const struct person *other = person ? find_someone(oncall, call->other, err) : NULL;
    if (!other || !check_times(oncall, call, err))
        return false;
    if (person == other)
        return err_set(err, ERR_USAGE, "oncall", "A swap is between two people.");
    for (size_t i = 0; i < oncall->changes->count; i++) {
        const struct oncall_change *change = &oncall->changes->items[i];
        if (change->kind == ONCALL_SWAP && str_is_nocase(rota->name, change->rota) &&
            names_one(change, person->id, other->id) && touches(change, call))
            return refuse_overlap(change, out->arena, err);
    }
    if (!check_shifts(oncall, rota, call, err))
        return false;
    struct event *event = add(oncall, call, EVENT_ONCALL_SWAPPED, out);
    event_set_str(event, "rota", str_copy(out->arena, rota->name));
    event_set_str(event, "person", str_copy(out->arena, person->id));
    event_set_str(event, "other", str_copy(out->arena, other->id));
    return true;
}

bool oncall_leave(const struct oncall *oncall, const struct oncall_call *call,
                  struct event_list *out, struct err *err)
{
    const struct person *person = find_someone(oncall, call->person, err);
    if (!person || !check_times(oncall, call, err) ||
        !check_there(oncall, person->id, call, out->arena, err))
        return false;
    event_set_str(add(oncall, call, EVENT_ONCALL_LEAVE, out), "person",
                  str_copy(out->arena, person->id));
    return true;
}

bool oncall_undo(const struct oncall *oncall, const struct oncall_call *call,
                 struct event_list *out, struct err *err)
{
    const struct oncall_change *change = oncall_change_find(oncall->changes, call->number);
    if (!change || !is_open(change, call->now))
        return err_set(err, ERR_USAGE, "oncall",
                       change ? "Change %lld of the rotas is over; what was stays as it was."
                              : "There is no change %lld of the rotas; \"reeve oncall\" shows "
                                "those that are not over.",
                       (long long)call->number);
    struct event *event =
        event_list_add(out, EVENT_ONCALL_UNDONE, call->now, call->actor,
                       str_printf(out->arena, "oncall:%lld", (long long)change->number));
    event_set_int(event, "number", change->number);
    event_set_str(event, "title", oncall_change_words(out->arena, change));
    return true;
}
