/* message_short.c - what a page says where there is little room, or none for signs: notes of push
 * and chat, one line of a short message, what a call reads aloud; and many incidents at once. */
#include "people/message.h"

enum {
    TITLE_BYTES = 160,
    VALUE_BYTES = 80,
    BRIEF_LISTED_MAX = 4,
    SPOKEN_LISTED_MAX = 5,
    BUNDLE_TITLE_BYTES = 120,
    SUBJECT_TITLE_BYTES = 60,
    SUBJECT_SPARE_BYTES = 30 /* for a number, and how many more there are */
};

static bool is_test(const struct message_facts *facts)
{
    return facts->incident == NULL;
}

static bool wants_answer(const struct incident *incident)
{
    return incident->state == INCIDENT_OPEN ||
           (incident->state == INCIDENT_MITIGATED && instant_is_zero(incident->acknowledged));
}

struct str message_note(struct arena *arena, const struct message_facts *facts)
{
    struct message_facts short_facts = *facts;
    short_facts.checkpoint = STR(""); /* nobody keeps a push message */
    return message_text(arena, &short_facts);
}

static struct str cut_title(const struct incident *incident, size_t max_bytes)
{
    return str_cut(str_of(incident->title), max_bytes);
}

/* That they have a part in it is news by itself, also where there is little room. */
static void add_part(struct text *text, const struct page *page)
{
    struct str reason = str_of(page->reason);
    if (str_find(reason, "you are ", 0) < reason.n)
        text_printf(text, " Told because: %s.", page->reason);
}

static void add_answer(struct text *text, const struct message_facts *facts)
{
    if (!wants_answer(facts->incident))
        return;
    if (facts->ack_url.n)
        text_printf(text, " Ack: %.*s", STR_ARGS(facts->ack_url));
    else
        text_printf(text, " Ack: reeve incident ack %lld", (long long)facts->incident->number);
    if (facts->replies)
        text_printf(text, " Or reply: ack %lld", (long long)facts->incident->number);
}

struct str message_brief(struct arena *arena, const struct message_facts *facts)
{
    const struct incident *incident = facts->incident;
    char since[INSTANT_TEXT_BYTES];
    struct text text;
    text_init(&text, arena, BRIEF_BYTES_MAX);
    if (is_test(facts))
        return str_printf(arena, "[test] Reeve can reach %s so (page %s). Nothing is wrong.",
                          facts->page->person, facts->page->id);
    instant_write(incident->begun, since);
    text_printf(&text, "[%s] Incident %lld %s: %.*s. Since %.5s UTC.", incident->severity,
                (long long)incident->number, incident_state_name(incident->state),
                STR_ARGS(cut_title(incident, TITLE_BYTES)), since + 11);
    if (facts->value_text.n && incident->state != INCIDENT_MITIGATED)
        text_printf(&text, " Now %.*s.", STR_ARGS(str_cut(facts->value_text, VALUE_BYTES)));
    add_part(&text, facts->page);
    add_answer(&text, facts);
    return text_str(&text);
}

struct str message_spoken(struct arena *arena, const struct message_facts *facts)
{
    const struct incident *incident = facts->incident;
    struct text text;
    text_init(&text, arena, BRIEF_BYTES_MAX);
    if (is_test(facts))
        return STR("This is Reeve. This is a test call: you can be reached. Nothing is wrong.");
    text_printf(&text, "This is Reeve. Incident %lld, severity %s, is %s: %.*s.",
                (long long)incident->number, incident->severity,
                incident_state_name(incident->state), STR_ARGS(cut_title(incident, TITLE_BYTES)));
    if (facts->value_text.n && incident->state != INCIDENT_MITIGATED)
        text_printf(&text, " Now: %.*s.", STR_ARGS(str_cut(facts->value_text, VALUE_BYTES)));
    add_part(&text, facts->page);
    if (wants_answer(incident))
        text_adds(&text, " Nobody has acknowledged it. Open your messages or the page and "
                         "acknowledge it.");
    return text_str(&text);
}

struct str message_shaped(struct arena *arena, const struct message_facts *facts,
                          enum message_shape shape)
{
    switch (shape) {
    case SHAPE_MAIL: return message_text(arena, facts);
    case SHAPE_JSON: return message_json(arena, facts);
    case SHAPE_NOTE: return message_note(arena, facts);
    case SHAPE_BRIEF: return message_brief(arena, facts);
    case SHAPE_SPOKEN: return message_spoken(arena, facts);
    }
    return STR("");
}

/* --- many at once --- */

static int rank_of(const struct message_facts *facts)
{
    return severity_get(facts->plan, str_of(facts->incident->severity))->rank;
}

/* The gravest first, the oldest of those first. */
static const struct message_facts *find_gravest(const struct message_bundle *bundle)
{
    const struct message_facts *worst = &bundle->items[0];
    for (size_t i = 1; i < bundle->count; i++)
        if (rank_of(&bundle->items[i]) < rank_of(worst))
            worst = &bundle->items[i];
    return worst;
}

static bool add_name(struct text *text, const struct message_facts *facts, const char *before)
{
    struct str title = cut_title(facts->incident, SUBJECT_TITLE_BYTES);
    if (text->n + title.n + SUBJECT_SPARE_BYTES > SUBJECT_BYTES_MAX)
        return false;
    text_printf(text, "%s%lld %.*s", before, (long long)facts->incident->number, STR_ARGS(title));
    return true;
}

struct str message_bundle_subject(struct arena *arena, const struct message_bundle *bundle)
{
    const struct message_facts *worst = find_gravest(bundle);
    struct text text;
    text_init(&text, arena, 2 * SUBJECT_BYTES_MAX);
    text_printf(&text, "[%s] %zu incidents: ", worst->incident->severity, bundle->count);
    size_t named = add_name(&text, worst, "");
    for (size_t i = 0; i < bundle->count; i++)
        if (&bundle->items[i] != worst && add_name(&text, &bundle->items[i], "; "))
            named++;
    if (bundle->count > named)
        text_printf(&text, " and %zu more", bundle->count - named);
    return str_visible(arena, str_cut(text_str(&text), SUBJECT_BYTES_MAX), true);
}

static void add_line(struct text *text, const struct message_facts *facts)
{
    const struct incident *incident = facts->incident;
    char since[INSTANT_TEXT_BYTES];
    instant_write(incident->begun, since);
    text_printf(text, "%s incident %lld is %s: %.*s\n  since %.10s %.5s UTC", incident->severity,
                (long long)incident->number, incident_state_name(incident->state),
                STR_ARGS(cut_title(incident, BUNDLE_TITLE_BYTES)), since, since + 11);
    if (facts->value_text.n && incident->state != INCIDENT_MITIGATED)
        text_printf(text, "; now %.*s", STR_ARGS(str_cut(facts->value_text, VALUE_BYTES)));
    text_printf(text, "\n  told because: %s (page %s)\n", facts->page->reason, facts->page->id);
    if (wants_answer(incident) && facts->ack_url.n)
        text_printf(text, "  Acknowledge: %.*s\n", STR_ARGS(facts->ack_url));
    else if (wants_answer(incident))
        text_printf(text, "  Acknowledge: reeve incident ack %lld\n", (long long)incident->number);
    else
        text_printf(text, "  Details: reeve incident show %lld\n", (long long)incident->number);
}

static struct str bundle_text(struct arena *arena, const struct message_bundle *bundle, bool mail)
{
    const struct message_facts *worst = find_gravest(bundle);
    struct text text;
    text_init(&text, arena, BUNDLE_BYTES_MAX);
    text_printf(&text, "You are told of %zu incidents at once. The gravest first:\n\n",
                bundle->count);
    add_line(&text, worst);
    for (size_t i = 0; i < bundle->count; i++)
        if (&bundle->items[i] != worst)
            add_line(&text, &bundle->items[i]);
    text_adds(&text, "\nAll of them: reeve incident list\n");
    if (mail)
        message_add_checkpoint(&text, worst->checkpoint);
    return text_str(&text);
}

/* One line: the gravest with its link, of the next ones their numbers. */
static struct str bundle_brief(struct arena *arena, const struct message_bundle *bundle)
{
    const struct message_facts *worst = find_gravest(bundle);
    struct text text;
    text_init(&text, arena, 2 * BRIEF_BYTES_MAX);
    text_printf(&text, "%zu incidents. %.*s Also", bundle->count,
                STR_ARGS(message_brief(arena, worst)));
    size_t listed = 0;
    for (size_t i = 0; i < bundle->count && listed < BRIEF_LISTED_MAX; i++) {
        const struct incident *incident = bundle->items[i].incident;
        if (&bundle->items[i] == worst)
            continue;
        text_printf(&text, "%s [%s] %lld: %.*s", listed++ ? ";" : "", incident->severity,
                    (long long)incident->number,
                    STR_ARGS(cut_title(incident, BUNDLE_TITLE_BYTES / 2)));
    }
    if (bundle->count > listed + 1)
        text_printf(&text, "; and %zu more", bundle->count - listed - 1);
    text_adds(&text, ". All: reeve incident list");
    return text_str(&text);
}

static struct str bundle_spoken(struct arena *arena, const struct message_bundle *bundle)
{
    const struct message_facts *worst = find_gravest(bundle);
    struct text text;
    text_init(&text, arena, 2 * BRIEF_BYTES_MAX);
    text_printf(&text, "%.*s These are %zu incidents at once; the others are",
                STR_ARGS(message_spoken(arena, worst)), bundle->count);
    size_t listed = 0;
    for (size_t i = 0; i < bundle->count && listed < SPOKEN_LISTED_MAX; i++)
        if (&bundle->items[i] != worst)
            text_printf(&text, "%s %lld", listed++ ? "," : "",
                        (long long)bundle->items[i].incident->number);
    if (bundle->count > listed + 1)
        text_printf(&text, " and %zu more", bundle->count - listed - 1);
    text_adds(&text, ".");
    return text_str(&text);
}

struct str message_bundle_shaped(struct arena *arena, const struct message_bundle *bundle,
                                 enum message_shape shape)
{
    switch (shape) {
    case SHAPE_MAIL: return bundle_text(arena, bundle, true);
    case SHAPE_JSON: return STR(""); /* programs are told of each by itself */
    case SHAPE_NOTE: return bundle_text(arena, bundle, false);
    case SHAPE_BRIEF: return bundle_brief(arena, bundle);
    case SHAPE_SPOKEN: return bundle_spoken(arena, bundle);
    }
    return STR("");
}
