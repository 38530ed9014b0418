/* write.c - the rows for reeve.yaml, and before them one comment for each thing that is not there
 * or was decided. */
#include "import/model.h"

#include "base/mail.h"

enum { COLUMNS = 110, WORDS_BYTES = 4000, LAYER_NAME_BYTES = 60 };

/* On one line, with what nobody sees shown: it stands in a comment or in quotes. */
static struct str plain(struct arena *arena, struct str words)
{
    struct text text;
    text_init(&text, arena, words.n + 1);
    for (size_t i = 0; i < words.n; i++)
        text_byte(&text, (unsigned char)words.p[i] < ' ' || words.p[i] == 0x7f ? ' ' : words.p[i]);
    return str_visible(arena, text_str(&text), true);
}

static void add_comment(struct text *text, const char *indent, struct str words)
{
    struct str rest = plain(text->arena, words);
    const char *lead = "# ";
    while (rest.n > 0) {
        size_t end = rest.n;
        if (end > COLUMNS) {
            end = COLUMNS;
            while (end > 0 && rest.p[end] != ' ')
                end--;
            end = end == 0 ? str_find_byte(rest, ' ', 0) : end;
        }
        text_printf(text, "%s%s%.*s\n", indent, lead, STR_ARGS(str_slice(rest, 0, end)));
        rest = str_trim(str_from(rest, end));
        lead = "#   ";
    }
}

static void add_person(struct text *text, const struct import_person *person)
{
    struct str mail = person->mail.n > 0 ? person->mail : person->login;
    struct str full = plain(text->arena, str_cut(person->full, 80));
    struct str phone = plain(text->arena, str_cut(person->phone, 40));
    text_printf(text, "  %.*s: { ", STR_ARGS(person->id));
    if (mail_is_address(mail)) {
        text_adds(text, "email: ");
        json_quote(text, mail);
        text_adds(text, ", ");
    }
    text_adds(text, "roles: [responder] }");
    if (full.n > 0 || phone.n > 0)
        text_printf(text, " # %.*s%s%.*s", STR_ARGS(full), phone.n > 0 ? " phone: " : "",
                    STR_ARGS(phone));
    text_byte(text, '\n');
}

static void add_slot(struct text *text, const struct import *import, const struct import_slot *slot)
{
    if (slot->count > 1)
        text_byte(text, '[');
    for (size_t i = 0; i < slot->count; i++)
        text_printf(text, "%s%.*s", i ? ", " : "", STR_ARGS(import->people[slot->people[i]].id));
    if (slot->count > 1)
        text_byte(text, ']');
}

static void add_slots(struct text *text, const struct import *import, const char *key,
                      const struct import_layer *layer)
{
    text_printf(text, "%s: [", key);
    for (size_t i = 0; i < layer->slot_count; i++) {
        text_adds(text, i ? ", " : "");
        add_slot(text, import, &layer->slots[i]);
    }
    text_byte(text, ']');
}

static void add_date(struct text *text, const char *key, int64_t wall_min)
{
    struct civil civil = civil_of((struct instant){wall_min * 60 * INT64_C(1000000)});
    text_printf(text, ", %s: %04d-%02d-%02d %02d:%02d", key, civil.year, civil.month, civil.day,
                civil.hour, civil.minute);
}

static void add_turns(struct text *text, const struct import *import,
                      const struct import_layer *layer)
{
    static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
    struct civil at = civil_of((struct instant){layer->anchor_min * 60 * INT64_C(1000000)});
    int64_t length = layer->length_min;
    bool weeks = length % ROTA_WEEK_MIN == 0;
    bool whole_days = length % ROTA_DAY_MIN == 0;
    if (length == 0 || (length != ROTA_WEEK_MIN && length != ROTA_DAY_MIN)) {
        if (length > 0)
            text_printf(text, "every: %lld %s, ",
                        (long long)(length / (weeks        ? ROTA_WEEK_MIN
                                              : whole_days ? ROTA_DAY_MIN
                                                           : ROTA_HOUR_MIN)),
                        weeks        ? "weeks"
                        : whole_days ? "days"
                                     : "hours");
        add_slots(text, import, "people", layer);
    } else {
        add_slots(text, import, weeks ? "weekly" : "daily", layer);
    }
    if (length > 0 && whole_days)
        text_printf(text, ", handover: %s%s%02d:%02d", weeks ? days[at.weekday] : "",
                    weeks ? " " : "", at.hour, at.minute);
}

static void add_windows(struct text *text, const struct import_layer *layer)
{
    static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
    for (size_t i = 0; i < layer->window_count; i++) {
        const struct rota_window *window = &layer->windows[i];
        text_adds(text, i ? ", \"" : ", only: [\"");
        bool first = true;
        for (int day = 0; day < 7 && window->weekdays != 0x7f; day++) {
            if (!((window->weekdays >> day) & 1U))
                continue;
            text_printf(text, "%s%s", first ? "" : ", ", days[day]);
            first = false;
        }
        text_printf(text, "%s%02d:%02d-%02d:%02d\"", first ? "" : " ", window->from_minute / 60,
                    window->from_minute % 60, window->to_minute / 60, window->to_minute % 60);
    }
    if (layer->window_count > 0)
        text_byte(text, ']');
}

void import_write_layer(struct text *text, const struct import *import,
                        const struct import_layer *layer)
{
    text_adds(text, "{ name: ");
    json_quote(text, str_cut(plain(text->arena, layer->name), LAYER_NAME_BYTES));
    text_adds(text, ", ");
    add_turns(text, import, layer);
    text_printf(text, ", zone: %.*s", STR_ARGS(zone_name(layer->zone)));
    if (layer->has_from)
        add_date(text, "starts", layer->from_min);
    if (layer->has_until)
        add_date(text, "until", layer->until_min);
    add_windows(text, layer);
    text_adds(text, " }");
}

static void add_rota(struct text *text, const struct import *import, const struct import_rota *rota)
{
    text_printf(text, "  %.*s: # %.*s\n    layers:\n", STR_ARGS(rota->name),
                STR_ARGS(plain(text->arena, str_cut(rota->title, 160))));
    for (size_t i = 0; i < rota->count; i++) {
        text_adds(text, "      - ");
        import_write_layer(text, import, &rota->layers[i]);
        text_byte(text, '\n');
    }
}

/* --- what is only said --- */

static const struct import_rota *find_rota(const struct import *import, struct str key)
{
    for (size_t i = 0; i < import->rota_count; i++)
        if (key.n > 0 && str_equal(import->rotas[i].key, key) && !import->rotas[i].is_broken)
            return &import->rotas[i];
    return NULL;
}

static void add_step(struct text *words, const struct import *import,
                     const struct import_step *step, bool first)
{
    const struct import_rota *rota =
        step->target == IMPORT_TO_ROTA ? find_rota(import, step->key) : NULL;
    size_t person =
        step->target == IMPORT_TO_PERSON ? import_find_person(import, step->key) : IMPORT_NOBODY;
    text_printf(words, "%s", first ? " " : "; ");
    if (step->after_min > 0)
        text_printf(words, "After %lld minutes: ", (long long)step->after_min);
    else
        text_adds(words, "at once ");
    if (rota)
        text_printf(words, "%sthe %.*s on call", step->after_min > 0 ? "escalate to " : "",
                    STR_ARGS(rota->name));
    else if (person != IMPORT_NOBODY)
        text_printf(words, "%s%.*s", step->after_min > 0 ? "escalate to " : "",
                    STR_ARGS(import->people[person].id));
    else
        text_printf(words, "%.*s, which has nothing like it here",
                    STR_ARGS(str_cut(step->words, 160)));
}

static void add_policy(struct text *text, const struct import *import,
                       const struct import_policy *policy)
{
    struct text words;
    text_init(&words, text->arena, WORDS_BYTES);
    text_printf(&words,
                "Escalation policy \"%.*s\". The runbook says when pages go further, so "
                "write it there as bullets of a severity:",
                STR_ARGS(str_cut(policy->title, 80)));
    for (size_t i = 0; i < policy->count; i++)
        add_step(&words, import, &policy->steps[i], i == 0);
    text_adds(&words, ".");
    add_comment(text, "", text_str(&words));
}

static struct str stamp(struct arena *arena, struct str words)
{
    char whole[INSTANT_TEXT_BYTES];
    struct instant at;
    if (!instant_parse(words, &at))
        return plain(arena, str_cut(words, 40));
    instant_write(at, whole);
    return str_printf(arena, "%.*sZ", STR_ARGS(str_slice(str_of(whole), 0, 19)));
}

/* A command, on one line whatever its length. */
static void add_override(struct text *text, const struct import *import,
                         const struct import_override *override)
{
    const struct import_rota *rota = find_rota(import, override->rota);
    if (!rota && override->rota.n == 0 && import->rota_count == 1 && !import->rotas[0].is_broken)
        rota = &import->rotas[0];
    struct str name = rota ? rota->name : STR("ROTA");
    struct str from = stamp(text->arena, override->from);
    struct str until = stamp(text->arena, override->until);
    text_printf(text,
                "#   reeve oncall override %.*s %.*s --from %.*s --until %.*s --reason import",
                STR_ARGS(name), STR_ARGS(import->people[override->person].id), STR_ARGS(from),
                STR_ARGS(until));
    if (override->part.n > 0)
        text_printf(text, "   # of \"%.*s\" only",
                    STR_ARGS(plain(text->arena, str_cut(override->part, 80))));
    text_byte(text, '\n');
}

static void add_notes(struct text *text, struct import *import)
{
    for (size_t i = 0; i < import->note_count; i++)
        add_comment(text, "", import->notes[i]);
    for (size_t i = 0; i < import->policy_count; i++)
        add_policy(text, import, &import->policies[i]);
    if (import->override_count > 0)
        add_comment(text, "",
                    STR("Overrides are facts here and no configuration. When Reeve runs with these "
                        "rows, give those that are not over:"));
    for (size_t i = 0; i < import->override_count; i++)
        add_override(text, import, &import->overrides[i]);
}

static void note_people(struct import *import)
{
    for (size_t i = 0; i < import->person_count; i++) {
        const struct import_person *person = &import->people[i];
        if (!mail_is_address(person->mail.n > 0 ? person->mail : person->login))
            import_note(import,
                        "%.*s (%.*s): no mail address is in the files. Give the users' file too, "
                        "or add email: to the row.",
                        STR_ARGS(person->id),
                        STR_ARGS(str_cut(person->full.n > 0 ? person->full : person->key, 80)));
        if (person->phone.n > 0)
            import_note(import,
                        "%.*s: the phone number is a comment. As phone: it needs a provider that "
                        "carries sms or voice under providers:.",
                        STR_ARGS(person->id));
    }
}

void import_write_rows(struct text *text, struct import *import, const char *vendor)
{
    bool any = false;
    note_people(import);
    text_printf(text, "# From %s, for reeve.yaml. Look at each comment before it is used.\n",
                vendor);
    add_notes(text, import);
    text_adds(text, "\npeople:\n");
    for (size_t i = 0; i < import->person_count; i++)
        add_person(text, &import->people[i]);
    for (size_t i = 0; i < import->rota_count; i++) {
        if (import->rotas[i].is_broken)
            continue;
        text_adds(text, any ? "" : "\non_call:\n");
        any = true;
        add_rota(text, import, &import->rotas[i]);
    }
    if (!any)
        add_comment(text, "",
                    STR("on_call: is not here, because no schedule could be taken over."));
}
