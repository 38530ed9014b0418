/* target.c - whom an incident concerns: those on call, who leads it, who was named. */
#include "people/target.h"

#include "base/text.h"

static void add_target(struct targets *targets, struct target target)
{
    for (size_t i = 0; i < targets->count; i++) {
        struct target *known = &targets->items[i];
        if (known->person != target.person)
            continue;
        if (target.others)
            return;
        known->raised = known->raised && target.raised;
        /* What wakes nobody stays so for what is told anew. */
        bool newer = known->since.us < target.since.us;
        known->over = newer ? target.over : known->over && target.over;
        /* At the same instant the later reason is the graver one: an escalation says so. */
        if (!target.raised && !instant_before(target.since, known->since)) {
            bool at_once = known->since.us == target.since.us && known->called;
            known->called = target.called || at_once;
            known->since = target.since;
            known->reason = target.reason;
        }
        known->repeat = known->repeat || target.repeat;
        known->after_ack = known->after_ack || target.after_ack;
        known->fresh = known->fresh && target.fresh;
        known->quiet = known->quiet && target.quiet;
        return;
    }
    if (targets->count < LIMIT_PEOPLE)
        targets->items[targets->count++] = target;
}

static void add_party(struct target_search *search, struct str party, struct target target)
{
    size_t count = oncall_party(search->world->oncall, party, search->world->now, search->party);
    for (size_t i = 0; i < count; i++) {
        target.person = search->party[i];
        add_target(search->targets, target);
    }
}

/* And those who came on since then. */
static size_t add_paged_now(struct target_search *search, size_t count, const struct person **known)
{
    size_t paged = oncall_paged(search->world->oncall, search->world->now, search->party);
    for (size_t i = 0; i < paged && count < LIMIT_PEOPLE; i++) {
        bool is_known = false;
        for (size_t at = 0; !is_known && at < count; at++)
            is_known = known[at] == search->party[i];
        if (!is_known)
            known[count++] = search->party[i];
    }
    return count;
}

/* To wake somebody, not those who had acknowledged it by then, or were being paged for it. */
static void add_escalated(struct target_search *search, const struct incident *incident,
                          struct str party, struct target target)
{
    const struct oncall *oncall = search->world->oncall;
    const struct person **known = arena_array(search->arena, LIMIT_PEOPLE + 1, sizeof *known);
    bool answered = !instant_is_zero(incident->acknowledged) &&
                    !instant_before(target.since, incident->acknowledged);
    const struct person *by = person_find(oncall->people, str_of(incident->acknowledged_by));
    size_t count = answered ? 0 : oncall_paged(oncall, target.since, known);
    if (!answered && incident->state == INCIDENT_OPEN)
        count = add_paged_now(search, count, known);
    if (answered && by)
        known[count++] = by;
    struct oncall_escalation escalation = {party, search->world->now, {known, count}};
    count = oncall_escalated(oncall, escalation, search->party);
    for (size_t i = 0; i < count; i++) {
        target.person = search->party[i];
        add_target(search->targets, target);
    }
}

/* Whoever leads the incident, else whoever is on call, answered or not; both, where the leader is
 * on leave: then somebody has to see to it. */
static void add_leader(struct target_search *search, const struct incident *incident,
                       struct target target)
{
    const struct person *leader = person_find(search->world->oncall->people,
                                              incident_role_person(incident, INCIDENT_COMMANDER));
    if (leader && person_is_reachable(leader)) {
        target.person = leader;
        add_target(search->targets, target);
        if (!oncall_is_on_leave(search->world->oncall, leader->id, search->world->now))
            return;
    }
    add_party(search, STR(ONCALL_PRIMARY), target);
}

/* Lines of a breach timeline that are late, and the law's time. */
static void add_breach(struct target_search *search, const struct incident *incident,
                       struct target target)
{
    const struct breach *breach = incident->breach;
    struct text late;
    int count = 0;
    text_init(&late, search->arena, BREACH_LINES_MAX * (BREACH_TEXT_BYTES + 2));
    for (int i = 0; breach && i < breach->count; i++) {
        struct instant missed = breach->lines[i].missed;
        if (instant_is_zero(missed) || !instant_is_zero(breach->lines[i].done))
            continue;
        text_printf(&late, "%s%.*s", count++ > 0 ? "; " : "",
                    STR_ARGS(str_cut(str_of(breach->lines[i].text), 100)));
        if (count == 1 || instant_before(target.since, missed))
            target.since = missed;
    }
    target.reason = count == 1
                        ? str_printf(search->arena, "a deadline of the breach was missed: %.*s",
                                     STR_ARGS(text_str(&late)))
                        : str_printf(search->arena, "%d deadlines of the breach were missed: %.*s",
                                     count, STR_ARGS(str_cut(text_str(&late), 400)));
    if (count > 0)
        add_leader(search, incident, target);
    if (!breach || breach->is_law_over || instant_is_zero(breach->law_missed))
        return;
    target.since = breach->law_missed;
    target.reason = STR("the authority was not notified of the breach within 72 hours");
    add_leader(search, incident, target);
}

/* Who is told once of a clock that ran out, and who was given a role by somebody else. */
static void add_led(struct target_search *search, const struct incident *incident,
                    struct target target)
{
    target.after_ack = true;
    target.repeat = target.repeat && incident->state == INCIDENT_OPEN;
    target.since = incident->update_missed_at;
    target.over = incident->state == INCIDENT_MITIGATED;
    target.reason = STR("no update was written in time");
    if (!instant_is_zero(target.since))
        add_leader(search, incident, target);
    target.since = incident->resolution_missed_at;
    target.reason = STR("it was not resolved in time");
    if (!instant_is_zero(target.since))
        add_leader(search, incident, target);
    target.over = false;
    add_breach(search, incident, target);
    for (size_t i = 0; i < incident->role_count; i++) {
        const struct incident_role *role = &incident->roles[i];
        target.person = person_find(search->world->oncall->people, str_of(role->person));
        target.since = role->since;
        target.repeat = false;
        target.called = true;
        target.reason = str_printf(search->arena, "you are %s of it", role->name);
        if (role->given && target.person && person_is_reachable(target.person))
            add_target(search->targets, target);
    }
}

void incident_targets(struct target_search *search, const struct incident *incident)
{
    const struct severity_level *level =
        severity_get(search->world->plan, str_of(incident->severity));
    bool quiet = level->rank >= SEVERITY_QUIET_RANK;
    struct target target = {.since = incident->paged_from,
                            .rank = level->rank,
                            .repeat = !quiet,
                            .quiet = quiet,
                            .reason = STR("on call")};
    search->targets->count = 0;
    bool open = incident->state == INCIDENT_OPEN;
    if (open)
        add_party(search, STR(ONCALL_PRIMARY), target);
    add_led(search, incident, target);
    if (open && incident->response_missed) {
        target.since = incident->missed_at;
        target.raised = incident->missed_raised;
        target.reason = STR("nobody answered within the response time");
        add_escalated(search, incident, STR(ONCALL_SECONDARY), target);
    }
    for (size_t i = 0; i < incident->escalation_count; i++) {
        const struct incident_escalation *escalation = &incident->escalations[i];
        target.since = escalation->at;
        target.raised = escalation->raised;
        target.repeat = open && !quiet;
        target.after_ack = true;
        target.others = escalation->others;
        target.called = escalation->by[0] != '\0';
        target.over = incident->state == INCIDENT_MITIGATED && !target.called;
        target.fresh = target.others && !open;
        target.reason = escalation->by[0]
                            ? str_printf(search->arena, "called by %s", escalation->by)
                            : str_printf(search->arena,
                                         target.others ? "nobody before %s could be reached"
                                                       : "escalated to %s",
                                         escalation->to);
        add_escalated(search, incident, str_of(escalation->to), target);
    }
}

/* Does what was asked for say too little by now: it waits although its incident is graver, it would
 * not wait although the incident is mild, or it was told as something mild? */
static bool is_outgrown(const struct page *page, const struct target *target)
{
    if (page->state != PAGE_REQUESTED)
        return target->repeat && page->rank >= SEVERITY_QUIET_RANK;
    bool calmer = target->quiet && page->rank < SEVERITY_QUIET_RANK;
    return !page->says_calm && (calmer || target->rank < page->rank);
}

/* Was it taken back while it waited, because somebody else was on? */
static bool is_withdrawn(const struct page *page)
{
    return page->state == PAGE_STOPPED && !page->answered;
}

bool target_is_owed(const struct page *page, const struct target *target)
{
    if (!page || is_withdrawn(page) || is_outgrown(page, target))
        return true;
    return instant_before(page->requested, target->since) && !(target->raised && page->told);
}
