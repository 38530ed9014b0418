/* view_offers.c - what the runbook has for an incident: procedures that fit what it is about, and
 * whom outside to ask.
 *
 * A procedure fits when its name or the heading above it has two words of what fires, or when its
 * name, its steps or their actions are one of the usual mitigations of such a cause. Nothing is
 * started by being offered. */
#include "state/world.h"

#include "base/mail.h"
#include "base/text.h"
#include "incident/propose.h"
#include "runbook/vocabulary_row.h"

enum { OFFERS_MAX = 8, WORDS_MAX = 48, ABOUT_BYTES_MAX = 4096, MAIL_BYTES_MAX = 4000 };

/* What an incident is about, in words: title, cause, the titles of its rules. */
struct about {
    struct str text;
    struct str words[WORDS_MAX]; /* that say something */
    size_t word_count;
};

static bool is_letter(char c)
{
    return byte_is_alnum(c) || c == '-' || c == '_';
}

/* Words of less than 4 letters, and those of every alert, say nothing of a cause. */
static bool says_something(struct str word)
{
    static const char *const common[] = {"rate",    "time",    "over",    "than",  "more",
                                         "high",    "from",    "with",    "usage", "limit",
                                         "minutes", "seconds", "response"};
    if (word.n < 4 || byte_is_digit(word.p[0]))
        return false;
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (str_is_nocase(word, common[i]))
            return false;
    return true;
}

static size_t split(struct str text, struct str *words, size_t room)
{
    size_t count = 0;
    for (size_t at = 0; at < text.n && count < room;) {
        size_t from = at;
        while (at < text.n && is_letter(text.p[at]))
            at++;
        if (at > from)
            words[count++] = str_slice(text, from, at);
        else
            at++;
    }
    return count;
}

static struct about about_of(const struct world *world, struct arena *arena,
                             const struct incident *incident)
{
    struct about about = {0};
    struct str all[WORDS_MAX];
    struct text text;
    const struct incident_rule *rule;
    size_t at = 0;
    text_init(&text, arena, ABOUT_BYTES_MAX);
    text_printf(&text, "%s; %s", incident->title, incident->cause);
    while ((rule = incident_rule_next(&world->incidents, incident, &at))) {
        const struct rule *found = rules_find(&world->rules, str_of(rule->id));
        if (found)
            text_printf(&text, "; %.*s; %.*s", STR_ARGS(found->title),
                        STR_ARGS(found->signal_name));
    }
    about.text = text_str(&text);
    size_t count = split(about.text, all, WORDS_MAX);
    for (size_t i = 0; i < count; i++)
        if (says_something(all[i]))
            about.words[about.word_count++] = all[i];
    return about;
}

/* --- mitigations --- */

/* Usual answers: a cause that has one of the first words is answered by what has one of the second.
 */
static const struct {
    const char *causes[7], *answers[9], *why;
} usual[] = {
    {{"error rate", "outage", "down", "unavailable", "fail", "response time"},
     {"rollback", "roll back", "roll-back"},
     "it takes the newest change back"},
    {{"error rate", "outage", "down", "unavailable", "fail", "database", "response time"},
     {"maintenance mode", "maintenance:on", "maintenance"},
     "it keeps people away while it is mended"},
    {{"response time", "cpu", "memory", "disk", "pool", "connections", "slow"},
     {"scale", "scaling", "replica", "upgrade tier", "increase memory"},
     "it gives more room"},
    {{"failed auth", "login", "security", "breach", "api key"},
     {"block", "revoke", "rotate", "isolate", "disable user", "lock account"},
     "it stops who must not come in"},
    {{"token", "quota", "rate limit", "cost"},
     {"feature flag", "feature off", "disable feature", "rotate", "throttle", "key"},
     "it stops what uses it up"},
    {{"queue", "memory", "pool", "stuck", "worker"}, {"restart", "drain"}, "it begins anew"},
    {{"data loss", "corrupt", "database down", "deleted"},
     {"restore", "recovery", "failover"},
     "it brings the data back"},
};

static bool has(struct str text, const char *word)
{
    return str_find_nocase(text, word, 0) < text.n;
}

/* What a procedure is known by: its name, and what its steps are bound to. */
static bool is_answer(const struct procedure *procedure, const char *const *answers)
{
    for (; *answers; answers++) {
        if (has(procedure->name, *answers) || has(procedure->command, *answers))
            return true;
        for (int i = 0; procedure->step_count == 1 && i < procedure->step_count; i++)
            if (has(procedure->steps[i].action, *answers) ||
                has(procedure->steps[i].text, *answers))
                return true;
    }
    return false;
}

/* It takes a mitigation back, or is planned anyway. */
static bool undoes(const struct procedure *procedure)
{
    static const char *const words[] = {
        "disable maintenance", "maintenance:off", "scheduled", "unblock",   "unlock",
        "scale down",          "scale-down",      "scale in",  "fail back", "failback",
        "roll forward",        "undrain"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (has(procedure->name, words[i]))
            return true;
    return false;
}

bool view_is_mitigation(const struct procedure *procedure)
{
    for (size_t i = 0; i < sizeof usual / sizeof *usual && !undoes(procedure); i++)
        if (is_answer(procedure, usual[i].answers))
            return true;
    return false;
}

static const char *usual_why(const struct about *about, const struct procedure *procedure)
{
    for (size_t i = 0; i < sizeof usual / sizeof *usual && !undoes(procedure); i++) {
        bool is_cause = false;
        for (const char *const *cause = usual[i].causes; *cause; cause++)
            is_cause = is_cause || has(about->text, *cause);
        if (is_cause && is_answer(procedure, usual[i].answers))
            return usual[i].why;
    }
    return NULL;
}

/* "High Error Rate" is about "Error rate > 5 %": all but the common words of its name are there. */
static bool is_about(const struct about *about, struct str name)
{
    struct str words[WORDS_MAX];
    size_t count = split(name, words, WORDS_MAX);
    size_t said = 0;
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        if (!says_something(words[i]))
            continue;
        for (size_t k = 0; k < about->word_count; k++)
            found = found || str_equal_nocase(words[i], about->words[k]);
        if (!found && !str_is_nocase(words[i], "issues") && !str_is_nocase(words[i], "slow"))
            return false;
        said += found;
    }
    return said > 0;
}

static int nth_of(const struct world *world, int index)
{
    int nth = 1;
    for (int i = 0; i < index; i++)
        nth += world->procedures.items[i].statement == world->procedures.items[index].statement;
    return nth;
}

static int64_t run_of(const struct world *world, const char *statement)
{
    for (size_t i = world->runs.count; i-- > 0;)
        if (run_is_open(world->runs.items[i]) && str_is(world->runs.items[i]->statement, statement))
            return world->runs.items[i]->number;
    return 0;
}

/* Where data may be in strange hands, minutes count, and the runbook has a procedure for it. */
bool view_is_breach_procedure(const struct procedure *procedure)
{
    return procedure->step_count > 1 &&
           (has(procedure->name, "breach") || has(procedure->name, "security incident"));
}

bool view_may_be_breach(const struct world *world, struct arena *arena,
                        const struct incident *incident)
{
    struct about about = about_of(world, arena, incident);
    return propose_is_breach(severity_get(&world->plan, str_of(incident->severity))) ||
           has(about.text, "breach") || has(about.text, "security");
}

void view_add_offers(const struct world *world, struct arena *arena,
                     const struct incident *incident, struct incident_view *view)
{
    struct about about = about_of(world, arena, incident);
    bool may_be_breach = view_may_be_breach(world, arena, incident);
    view->offers = arena_array(arena, OFFERS_MAX, sizeof *view->offers);
    for (int i = 0; i < world->procedures.count && view->offer_count < OFFERS_MAX; i++) {
        const struct procedure *procedure = &world->procedures.items[i];
        const struct statement *statement = &world->program->statements[procedure->statement];
        const char *why = usual_why(&about, procedure);
        if (may_be_breach && view_is_breach_procedure(procedure))
            why = "if data may be in strange hands: its times count from when you know of it";
        else if (!why && procedure->step_count > 1 && is_about(&about, procedure->name))
            why = "it is about this";
        if (!why)
            continue;
        view->offers[view->offer_count++] = (struct offer_view){
            .name = procedure_unique_name(&world->procedures, procedure, arena),
            .why = str_of(why),
            .statement = statement->id,
            .nth = nth_of(world, i),
            .line = statement->line,
            .run = run_of(world, statement->id),
            .undo =
                view_is_mitigation(procedure) ? view_undo_of(world, arena, procedure) : STR("")};
    }
}

/* --- vendors --- */

/* Signals of the trade that are of a service without naming it. */
static const struct {
    const char *words, *area;
} silent[] = {
    {"connection pool", "database"}, {"replication", "database"}, {"query", "database"},
    {"token usage", "ai"},           {"failed auth", "auth"},     {"checkout", "payments"},
    {"payment", "payments"},         {"certificate", "dns"},
};

static bool names_area(const struct world *world, const struct about *about, struct str area)
{
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
        if (str_is_nocase(area, silent[i].area) && has(about->text, silent[i].words))
            return true;
    for (size_t i = 0; i < about->word_count; i++)
        if (str_equal_nocase(vocabulary_find(world->oncall.vocabulary, VOCABULARY_SERVICE, STR(""),
                                             about->words[i]),
                             area))
            return true;
    return false;
}

/* By the row's service, the vendor's first word, or what area both are of. */
static bool names_service(const struct world *world, const struct about *about,
                          const struct contact_statement *contact)
{
    struct str vendor = str_slice(contact->who, 0, str_find_byte(contact->who, ' ', 0));
    for (size_t i = 0; i < about->word_count; i++)
        if (str_equal_nocase(about->words[i], contact->service) ||
            str_equal_nocase(about->words[i], vendor))
            return true;
    return contact->area.n > 0 && names_area(world, about, contact->area);
}

static void add_escaped(struct text *text, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool plain = byte_is_alnum(s.p[i]) || memchr("-._~", s.p[i], 4);
        if (plain)
            text_byte(text, s.p[i]);
        else
            text_printf(text, "%%%02X", (unsigned)(unsigned char)s.p[i]);
    }
}

/* What their support asks for first; nothing of ours that they need not know. */
static struct str body_of(const struct world *world, struct arena *arena,
                          const struct incident *incident, const struct contact_statement *contact)
{
    struct text text;
    char since[INSTANT_TEXT_BYTES];
    instant_write(incident->begun, since);
    text_init(&text, arena, MAIL_BYTES_MAX);
    text_printf(&text,
                "We have an incident that may concern %.*s.\n\nWhat we see: %s\nSince: %.10s "
                "%.8s UTC (for %.*s)\nOur severity: %s\nOur number: incident %lld\n",
                STR_ARGS(contact->service), incident->title, since, since + 11,
                STR_ARGS(duration_text(arena, instant_ms_between(incident->begun, world->now))),
                incident->severity, (long long)incident->number);
    if (contact->escalation.n > 0)
        text_printf(&text, "Our support level: %.*s\n", STR_ARGS(contact->escalation));
    text_adds(&text, "\nIs anything known on your side? Project or account: \nWho answers here: ");
    text_add(&text, incident_role_person(incident, INCIDENT_COMMANDER));
    text_byte(&text, '\n');
    return text_str(&text);
}

static struct str mailto_of(struct arena *arena, const struct vendor_view *vendor)
{
    struct text text;
    if (!mail_is_address(vendor->address))
        return STR("");
    text_init(&text, arena, 4 * MAIL_BYTES_MAX);
    text_printf(&text, "mailto:%.*s?subject=", STR_ARGS(vendor->address));
    add_escaped(&text, vendor->subject);
    text_adds(&text, "&body=");
    add_escaped(&text, vendor->body);
    return text_str(&text);
}

void view_add_vendors(const struct world *world, struct arena *arena,
                      const struct incident *incident, struct incident_view *view)
{
    struct about about = about_of(world, arena, incident);
    view->vendors = arena_array(arena, OFFERS_MAX, sizeof *view->vendors);
    for (int i = 0; i < world->program->count && view->vendor_count < OFFERS_MAX; i++) {
        const struct statement *statement = &world->program->statements[i];
        const struct contact_statement *contact = &statement->contact;
        if (statement->kind != STATEMENT_CONTACT || contact->placeholder ||
            !names_service(world, &about, contact))
            continue;
        struct vendor_view *vendor = &view->vendors[view->vendor_count++];
        *vendor =
            (struct vendor_view){.service = contact->service,
                                 .who = contact->who,
                                 .method = contact->method,
                                 .address = contact->address.n ? contact->address : contact->method,
                                 .escalation = contact->escalation,
                                 .line = statement->line,
                                 .subject = str_printf(arena, "[%s] %.*s: %s", incident->severity,
                                                       STR_ARGS(contact->service), incident->title),
                                 .body = body_of(world, arena, incident, contact)};
        vendor->mailto = mailto_of(arena, vendor);
    }
}
