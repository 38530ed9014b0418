/* shift.c - layers, leave, swaps and overrides together. */
#include "people/shift.h"

#include "base/text.h"

enum { NAMES_BYTES_MAX = 4000, FILE_BYTES = 120 };

/* So many turns ahead somebody is looked for who covers. */
enum { AGENDA_COVERS_MAX = 366 };

struct asking {
    const struct shift_source *source;
    struct arena *arena;
    struct instant at;
    struct shift shift; /* from and to narrow as it is looked for */
};

static void narrow(struct asking *asking, struct instant border)
{
    if (instant_before(asking->at, border)) {
        if (instant_before(border, asking->shift.to))
            asking->shift.to = border;
    } else if (instant_before(asking->shift.from, border)) {
        asking->shift.from = border;
    }
}

static bool is_of(const struct asking *asking, const struct oncall_change *change)
{
    return change->kind == ONCALL_LEAVE || str_is_nocase(asking->source->rota->name, change->rota);
}

static bool is_known(const struct asking *asking, struct str person)
{
    return person_find(asking->source->people, person) != NULL;
}

static bool is_there(const struct asking *asking, struct str person)
{
    return is_known(asking, person) &&
           !oncall_is_away(asking->source->changes, person, asking->at) &&
           !agenda_names(asking->source->leaves, asking->source->leave_count, person, asking->at);
}

/* Whoever is away by a calendar may be another one from its next border on. */
static void narrow_by_leaves(struct asking *asking)
{
    for (size_t i = 0; i < asking->source->leave_count; i++) {
        struct instant from;
        struct instant to;
        (void)agenda_find(asking->source->leaves[i], asking->at, &from, &to);
        narrow(asking, from);
        narrow(asking, to);
    }
}

/* All that may change the answer narrows the time for which it holds. */
static const struct oncall_change *find_override(struct asking *asking)
{
    const struct oncall_changes *changes = asking->source->changes;
    const struct oncall_change *found = NULL;
    for (size_t i = 0; changes && i < changes->count; i++) {
        const struct oncall_change *change = &changes->items[i];
        if (!is_of(asking, change))
            continue;
        narrow(asking, change->from);
        narrow(asking, change->until);
        if (change->kind == ONCALL_OVERRIDE && oncall_change_is_on(change, asking->at) &&
            is_there(asking, str_of(change->person)))
            found = change;
    }
    return found;
}

/* Who has the shift of somebody: the other of a swap, where both are known. */
static struct str swap(struct asking *asking, struct str person, int64_t *out_change)
{
    const struct oncall_changes *changes = asking->source->changes;
    for (size_t i = 0; changes && i < changes->count; i++) {
        const struct oncall_change *change = &changes->items[i];
        bool first = str_is_nocase(person, change->person);
        if (change->kind != ONCALL_SWAP || !is_of(asking, change) ||
            !oncall_change_is_on(change, asking->at) ||
            (!first && !str_is_nocase(person, change->other)))
            continue;
        const struct person *other =
            person_find(asking->source->people, str_of(first ? change->other : change->person));
        if (!other)
            continue;
        *out_change = change->number;
        return other->id;
    }
    return person;
}

static bool holds(const struct str *names, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(names[i], name))
            return true;
    return false;
}

/* Those of a slot who are there. False: nobody. */
static bool take_slot(struct asking *asking, const struct rota_slot *slot)
{
    struct shift *shift = &asking->shift;
    struct str *people = arena_array(asking->arena, slot->count, sizeof *people);
    int64_t change = 0;
    shift->count = 0;
    for (size_t i = 0; i < slot->count; i++) {
        int64_t swapped = 0;
        struct str person = swap(asking, slot->people[i], &swapped);
        if (!is_there(asking, person) || holds(people, shift->count, person))
            continue;
        people[shift->count++] = person;
        if (swapped)
            change = swapped;
    }
    shift->people = people;
    shift->change = change;
    return shift->count > 0;
}

/* Whose shift it is with the swaps, who are away and are covered for. */
static const struct rota_slot *away_slot(struct asking *asking, const struct rota_slot *slot)
{
    struct rota_slot *away = arena_make(asking->arena, struct rota_slot);
    struct str *people = arena_array(asking->arena, slot->count, sizeof *people);
    int64_t change = 0;
    for (size_t i = 0; i < slot->count; i++)
        people[i] = swap(asking, slot->people[i], &change);
    *away = (struct rota_slot){people, slot->count};
    return away;
}

/* Those whom the calendar names now, else the next that it names who are there. */
static bool take_agenda(struct asking *asking, const struct agenda *agenda)
{
    struct instant from;
    struct instant to;
    size_t now = agenda_find(agenda, asking->at, &from, &to);
    narrow(asking, from);
    narrow(asking, to);
    if (now == SIZE_MAX || agenda->entries[now].slot.count == 0)
        return false;
    const struct rota_slot *of = &agenda->entries[now].slot;
    asking->shift.turn = (int64_t)now;
    for (size_t i = 0; i < AGENDA_COVERS_MAX && now + i < agenda->count; i++) {
        if (!take_slot(asking, &agenda->entries[now + i].slot))
            continue;
        asking->shift.origin = i > 0                  ? SHIFT_COVER
                               : asking->shift.change ? SHIFT_SWAPPED
                                                      : SHIFT_TURN;
        asking->shift.of = i > 0 ? away_slot(asking, of) : NULL;
        return true;
    }
    return false;
}

static bool take_layer(struct asking *asking, const struct rota_layer *layer)
{
    struct rota_span span = rota_span_at(layer, asking->at);
    narrow(asking, span.from);
    narrow(asking, span.to);
    if (span.on && layer->agenda)
        return take_agenda(asking, layer->agenda);
    if (!span.on || layer->slot_count == 0)
        return false;
    struct rota_turn turn = rota_turn_at(layer, asking->at);
    narrow(asking, turn.from);
    narrow(asking, turn.to);
    asking->shift.turn = turn.number;
    for (size_t i = 0; i < layer->slot_count; i++) {
        if (!take_slot(asking, &layer->slots[(turn.slot + i) % layer->slot_count]))
            continue;
        asking->shift.origin = i > 0                  ? SHIFT_COVER
                               : asking->shift.change ? SHIFT_SWAPPED
                                                      : SHIFT_TURN;
        asking->shift.of = i > 0 ? away_slot(asking, &layer->slots[turn.slot]) : NULL;
        return true;
    }
    return false;
}

struct shift shift_piece(const struct shift_source *source, struct arena *arena, struct instant at)
{
    struct asking asking = {.source = source, .arena = arena, .at = at};
    asking.shift.from = ROTA_ALREADY;
    asking.shift.to = ROTA_NEVER;
    narrow_by_leaves(&asking);
    const struct oncall_change *override = find_override(&asking);
    if (override) {
        struct str *person = arena_make(arena, struct str);
        *person = person_find(source->people, str_of(override->person))->id;
        asking.shift.people = person;
        asking.shift.count = 1;
        asking.shift.origin = SHIFT_OVERRIDE;
        asking.shift.change = override->number;
        return asking.shift;
    }
    for (size_t i = source->rota->layer_count; i-- > 0;) {
        asking.shift.layer = i;
        if (take_layer(&asking, &source->rota->layers[i]))
            return asking.shift;
    }
    struct shift nobody = {.from = asking.shift.from, .to = asking.shift.to};
    return nobody;
}

static bool is_same(const struct shift *a, const struct shift *b)
{
    if (a->origin != b->origin || a->count != b->count || a->change != b->change ||
        a->layer != b->layer)
        return false;
    if (a->origin != SHIFT_NOBODY && a->origin != SHIFT_OVERRIDE && a->turn != b->turn)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!str_equal(a->people[i], b->people[i]))
            return false;
    return true;
}

static void lengthen_forward(const struct shift_source *source, struct arena *arena,
                             struct shift *shift)
{
    for (int i = 0; i < SHIFT_PIECES_MAX && shift->to.us != ROTA_NEVER.us; i++) {
        struct shift next = shift_piece(source, arena, shift->to);
        if (!is_same(shift, &next))
            return;
        shift->to = next.to;
    }
}

static void lengthen_back(const struct shift_source *source, struct arena *arena,
                          struct shift *shift)
{
    for (int i = 0; i < SHIFT_PIECES_MAX && shift->from.us != ROTA_ALREADY.us; i++) {
        struct instant before = {shift->from.us - 1};
        struct shift former = shift_piece(source, arena, before);
        if (!is_same(shift, &former))
            return;
        shift->from = former.from;
    }
}

struct shift shift_at(const struct shift_source *source, struct arena *arena, struct instant at)
{
    struct shift shift = shift_piece(source, arena, at);
    lengthen_forward(source, arena, &shift);
    lengthen_back(source, arena, &shift);
    return shift;
}

struct shifts shifts_between(const struct shift_source *source, struct arena *arena,
                             struct instant from, struct instant to)
{
    struct shifts shifts = {0};
    size_t capacity = 0;
    struct instant at = from;
    for (int step = 0; instant_before(at, to) && step < SHIFT_STEPS_MAX; step++) {
        struct shift piece = shift_piece(source, arena, at);
        struct shift *last = shifts.count > 0 ? &shifts.items[shifts.count - 1] : NULL;
        at = piece.to;
        if (last && is_same(last, &piece)) {
            last->to = piece.to;
            continue;
        }
        if (shifts.count == SHIFTS_MAX)
            break;
        LIST_PUSH(arena, shifts.items, shifts.count, capacity) = piece;
    }
    shifts.is_cut = instant_before(at, to);
    if (shifts.count > 0) {
        lengthen_back(source, arena, &shifts.items[0]);
        lengthen_forward(source, arena, &shifts.items[shifts.count - 1]);
    }
    return shifts;
}

static void add_names(struct text *text, const struct str *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_printf(text, "%s%.*s",
                    i == 0           ? ""
                    : i + 1 == count ? " and "
                                     : ", ",
                    STR_ARGS(names[i]));
}

struct str shift_names(struct arena *arena, const struct shift *shift)
{
    struct text text;
    if (shift->count == 0)
        return STR("nobody");
    text_init(&text, arena, NAMES_BYTES_MAX);
    add_names(&text, shift->people, shift->count);
    return text_str(&text);
}

/* After a swap the one who covers may be the one of the slot. */
static bool is_slot_of(const struct rota_slot *slot, const struct shift *shift)
{
    bool same = slot->count == shift->count;
    for (size_t i = 0; same && i < slot->count; i++)
        same = str_equal(slot->people[i], shift->people[i]);
    return same;
}

struct str shift_reason(struct arena *arena, const struct rota *rota, const struct shift *shift)
{
    struct text text;
    text_init(&text, arena, NAMES_BYTES_MAX);
    if (shift->origin == SHIFT_NOBODY)
        return STR("no layer has anybody");
    if (shift->origin == SHIFT_OVERRIDE)
        return str_printf(arena, "override %lld", (long long)shift->change);
    const struct rota_layer *layer = &rota->layers[shift->layer];
    if (layer->agenda)
        text_add(&text, str_cut(layer->agenda->file, FILE_BYTES));
    else
        text_adds(&text, rota_has_turns(layer) ? "rotation" : "always");
    if (layer->name.n > 0)
        text_printf(&text, " of layer %.*s", STR_ARGS(layer->name));
    else if (rota->layer_count > 1)
        text_printf(&text, " of layer %zu", shift->layer + 1);
    if (shift->origin == SHIFT_COVER && !is_slot_of(shift->of, shift)) {
        text_adds(&text, ", covering for ");
        add_names(&text, shift->of->people, shift->of->count);
    }
    if (shift->change)
        text_printf(&text, ", swap %lld", (long long)shift->change);
    return text_str(&text);
}
