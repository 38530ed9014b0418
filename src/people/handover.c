/* handover.c - which change of a rota is a hand-over, and when it is due to be told. */
#include "people/handover.h"

enum { PIECES_MAX = 200, SHORT_MAX = 8 };

static const int64_t plan_ms = INT64_C(7) * 24 * 3600 * 1000;

const struct oncall_handover *handover_get(const struct oncall_handovers *handovers, int64_t number)
{
    const struct oncall_handover *found =
        number > 0 ? &handovers->items[number % HANDOVERS_MAX] : NULL;
    return found && found->number == number ? found : NULL;
}

void handover_fold(struct oncall_handovers *handovers, const struct event *event)
{
    if (event->kind != EVENT_ONCALL_HANDOVER ||
        event_int(event, "number") <= handovers->last_number)
        return;
    int64_t number = event_int(event, "number");
    handovers->last_number = number;
    struct oncall_handover *handover = &handovers->items[number % HANDOVERS_MAX];
    *handover = (struct oncall_handover){.number = number,
                                         .instead = event_int(event, "instead"),
                                         .from = event_instant(event, "from"),
                                         .until = event_instant(event, "until")};
    str_keep(handover->rota, sizeof handover->rota, event_str(event, "rota"));
    str_keep(handover->off, sizeof handover->off, event_str(event, "off"));
    str_keep(handover->on, sizeof handover->on, event_str(event, "on"));
}

struct finding {
    const struct handover_world *world;
    struct shift_source source;
    struct event_list *out;
    int64_t *last_number; /* with those of this round */
};

static bool is_short(const struct finding *finding, const struct shift *shift)
{
    return shift->from.us != ROTA_ALREADY.us && shift->to.us != ROTA_NEVER.us &&
           instant_ms_between(shift->from, shift->to) < finding->world->rules->shortest_ms;
}

static struct shift shift_before(const struct finding *finding, struct instant at)
{
    return shift_at(&finding->source, finding->out->arena, (struct instant){at.us - 1});
}

static bool are_same(const struct shift *a, const struct shift *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = str_equal(a->people[i], b->people[i]);
    return same;
}

/* Is the shift, with what the same people have behind it (or before it), short ones of others
 * passed over, long enough to be handed over? */
static bool is_long(const struct finding *finding, const struct shift *shift, bool before)
{
    struct shift part = *shift;
    struct shift whole = *shift;
    for (int i = 0; i < SHORT_MAX && is_short(finding, &whole); i++) {
        part = before ? shift_before(finding, part.from)
                      : shift_at(&finding->source, finding->out->arena, part.to);
        if (are_same(&part, shift)) {
            whole.from = before ? part.from : whole.from;
            whole.to = before ? whole.to : part.to;
        } else if (!is_short(finding, &part)) {
            break;
        }
    }
    return !is_short(finding, &whole);
}

static struct str names_of(const struct finding *finding, const struct shift *shift)
{
    struct str names = shift_names(finding->out->arena, shift);
    return str_cut(names, HANDOVER_NAMES_BYTES - 1);
}

bool handover_is_replaced(const struct oncall_handovers *handovers, int64_t number)
{
    for (size_t i = 0; i < HANDOVERS_MAX; i++)
        if (handovers->items[i].number > 0 && handovers->items[i].instead == number)
            return true;
    return false;
}

/* The newest one that was told of this rota and instant, or NULL. */
static const struct oncall_handover *find_told(const struct finding *finding, struct instant from)
{
    const struct oncall_handovers *handovers = finding->world->handovers;
    for (size_t i = 0; i < HANDOVERS_MAX; i++) {
        const struct oncall_handover *told = &handovers->items[i];
        if (told->number > 0 && told->from.us == from.us &&
            str_is_nocase(finding->source.rota->name, told->rota) &&
            !handover_is_replaced(handovers, told->number))
            return told;
    }
    return NULL;
}

/* Was it announced that they come on with it? */
static bool was_told(const struct finding *finding, const struct shift *shift)
{
    const struct oncall_handover *told = find_told(finding, shift->from);
    return told && str_is(names_of(finding, shift), told->on);
}

/* The last shift before that was long enough to have been handed over, or was told, however short
 * it became, or that of the same people: they come back. */
static struct shift find_leaving(const struct finding *finding, const struct shift *coming)
{
    struct shift leaving = shift_before(finding, coming->from);
    for (int i = 0; i < SHORT_MAX && !are_same(&leaving, coming) && !was_told(finding, &leaving) &&
                    !is_long(finding, &leaving, true);
         i++)
        leaving = shift_before(finding, leaving.from);
    return leaving;
}

struct saying {
    struct instant from, until;
    struct str off, on;
    int64_t instead; /* of that hand-over, or 0 */
};

static void say(const struct finding *finding, const struct saying *saying)
{
    struct event_list *out = finding->out;
    struct instant never = {0};
    long long number = ++*finding->last_number;
    struct event *event =
        event_list_add(out, EVENT_ONCALL_HANDOVER, finding->world->now, STR("reeve"),
                       str_printf(out->arena, "handover:%lld", number));
    event_set_int(event, "number", number);
    event_set_str(event, "rota", str_copy(out->arena, finding->source.rota->name));
    event_set_instant(event, "from", saying->from);
    event_set_instant(event, "until", saying->until.us == ROTA_NEVER.us ? never : saying->until);
    event_set_str(event, "off", saying->off);
    event_set_str(event, "on", saying->on);
    event_set_int(event, "instead", saying->instead);
}

static void visit_border(const struct finding *finding, struct instant border)
{
    struct shift coming = shift_at(&finding->source, finding->out->arena, border);
    if (coming.count == 0 || coming.from.us != border.us || !is_long(finding, &coming, false))
        return;
    struct shift leaving = find_leaving(finding, &coming);
    if (!are_same(&leaving, &coming))
        say(finding, &(struct saying){.from = border,
                                      .until = coming.to,
                                      .off = names_of(finding, &leaving),
                                      .on = names_of(finding, &coming)});
}

/* Others come on by now than was told, or whoever was to go off stays: that is told instead. */
static void visit_told(const struct finding *finding, const struct oncall_handover *told)
{
    struct shift coming = shift_at(&finding->source, finding->out->arena, told->from);
    struct shift leaving = shift_before(finding, told->from);
    struct str on = names_of(finding, &coming);
    if (coming.count == 0 || str_is(on, told->on) || !is_long(finding, &coming, false))
        return;
    say(finding, &(struct saying){.from = told->from,
                                  .until = coming.to,
                                  .off = are_same(&leaving, &coming) ? str_of(told->on)
                                                                     : names_of(finding, &leaving),
                                  .on = on,
                                  .instead = told->number});
}

static void visit_all_told(const struct finding *finding)
{
    const struct oncall_handovers *handovers = finding->world->handovers;
    struct instant late = instant_add_ms(finding->world->now, -HANDOVER_LATE_MS);
    for (size_t i = 0; i < HANDOVERS_MAX; i++) {
        const struct oncall_handover *told = &handovers->items[i];
        if (told->number > 0 && instant_before(late, told->from) &&
            str_is_nocase(finding->source.rota->name, told->rota) &&
            !handover_is_replaced(handovers, told->number))
            visit_told(finding, told);
    }
}

/* What was told of the rota already, or is too long ago, is passed over. */
static struct instant find_begin(const struct finding *finding)
{
    const struct oncall_handovers *handovers = finding->world->handovers;
    struct instant begin = instant_add_ms(finding->world->now, -HANDOVER_LATE_MS);
    for (size_t i = 0; i < HANDOVERS_MAX; i++) {
        const struct oncall_handover *told = &handovers->items[i];
        if (told->number > 0 && instant_before(begin, told->from) &&
            str_is_nocase(finding->source.rota->name, told->rota))
            begin = told->from;
    }
    return begin;
}

/* Returns when to look again. */
static struct instant visit_rota(const struct finding *finding)
{
    const struct handover_world *world = finding->world;
    struct instant horizon = instant_add_ms(world->now, world->rules->before_ms);
    struct instant at = find_begin(finding);
    visit_all_told(finding);
    for (int i = 0; i < PIECES_MAX; i++) {
        struct shift piece = shift_piece(&finding->source, finding->out->arena, at);
        if (piece.to.us == ROTA_NEVER.us)
            break;
        if (instant_before(horizon, piece.to)) {
            struct instant due = instant_add_ms(piece.to, -world->rules->before_ms);
            struct instant plan = instant_add_ms(world->now, plan_ms);
            return instant_before(due, plan) ? due : plan;
        }
        visit_border(finding, piece.to);
        at = piece.to;
    }
    return instant_add_ms(world->now, plan_ms);
}

static bool is_anew(const struct handover_world *world, const struct handover_watch *watch,
                    int64_t version)
{
    return watch->rotas != world->oncall->rotas || watch->version != version ||
           instant_before(world->now, watch->looked);
}

void handover_decide(const struct handover_world *world, struct handover_watch *watch,
                     struct event_list *out)
{
    const struct oncall *oncall = world->oncall;
    int64_t version = oncall_version(oncall);
    int64_t last_number = world->handovers->last_number;
    bool anew = is_anew(world, watch, version);
    if (world->rules->tell == HANDOVER_NOBODY ||
        (!anew && instant_before(world->now, watch->first)))
        return;
    watch->first = ROTA_NEVER;
    for (size_t i = 0; i < oncall->rota_count && i < LIMIT_ROTAS; i++) {
        struct finding finding = {world, oncall_source(oncall, &oncall->rotas[i]), out,
                                  &last_number};
        if (anew || !instant_before(world->now, watch->next[i]))
            watch->next[i] = visit_rota(&finding);
        if (instant_before(watch->next[i], watch->first))
            watch->first = watch->next[i];
    }
    watch->version = version;
    watch->looked = world->now;
    /* What was said is folded first, and looked at again: an append that failed loses nothing. */
    watch->rotas = last_number > world->handovers->last_number ? NULL : oncall->rotas;
}
