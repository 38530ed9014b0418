/* agenda.c - the answer of reeve-ics: its lines, whom events name, and the turns swept together. */
#include "people/agenda.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/text.h"

#include <stdlib.h>

enum {
    TURNS_MAX = 100000,
    EVENTS_MAX = 200000,
    WORD_BYTES = 256,
    SHOWN_BYTES = 100,
    FIELDS_MAX = 80,
    EVENT_FIELDS = 5
};

struct named_event {
    size_t line;
    int priority;
    const uint16_t *people; /* places of them */
    size_t count;
};

struct turn {
    int64_t from_us, to_us;
    const struct named_event *event;
};

struct reading {
    struct arena *arena; /* until it is read */
    struct arena *kept;  /* of what is given back */
    const struct agenda_people *people;
    struct map words;        /* ids and addresses of one word, in small letters: place + 1 */
    const uint16_t *phrases; /* people whose id is no single word */
    size_t phrase_count;
    bool *named; /* of the event that is read */
    struct agenda_reading *out;
    struct named_event *event;
    struct turn *turns;
    size_t turn_count, turn_capacity;
    size_t events_seen; /* also those that name nobody */
    bool has_window, has_end;
    struct err *err;
};

/* --- names in texts --- */

static bool is_letter(char c)
{
    return byte_is_alnum(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Of a word that goes on behind it: ana-maria, ana@acme.example. */
static bool is_joint(char c)
{
    return c == '-' || c == '.' || c == '@' || c == '+';
}

static size_t word_end(struct str text, size_t from)
{
    size_t end = from;
    while (end < text.n && (is_letter(text.p[end]) || (is_joint(text.p[end]) && end + 1 < text.n &&
                                                       is_letter(text.p[end + 1]))))
        end++;
    return end;
}

static bool is_word(struct str text)
{
    return text.n > 0 && text.n < WORD_BYTES && is_letter(text.p[0]) && word_end(text, 0) == text.n;
}

static struct str lowered(struct str word, char to[WORD_BYTES])
{
    for (size_t i = 0; i < word.n; i++)
        to[i] = byte_lower(word.p[i]);
    return (struct str){to, word.n};
}

/* Places are kept as pointers into people. */
static void add_word(struct reading *reading, struct str text, size_t place)
{
    char small[WORD_BYTES];
    struct str word = is_word(text) ? lowered(text, small) : STR("");
    if (word.n > 0 && !map_find(&reading->words, word))
        (void)!map_put(&reading->words, word, (void *)(uintptr_t)&reading->people->items[place]);
}

static void make_words(struct reading *reading)
{
    const struct agenda_people *people = reading->people;
    uint16_t *phrases = arena_array(reading->arena, people->count, sizeof *phrases);
    map_init(&reading->words, 2 * (size_t)LIMIT_PEOPLE + 2);
    for (size_t i = 0; i < people->count; i++) {
        add_word(reading, people->items[i].id, i);
        add_word(reading, people->items[i].mail, i);
        if (!is_word(people->items[i].id) && people->items[i].id.n > 0)
            phrases[reading->phrase_count++] = (uint16_t)i;
    }
    reading->phrases = phrases;
}

static bool find_phrase(struct str text, struct str id)
{
    for (size_t at = str_find_nocase(text, id.p, 0); at < text.n;
         at = str_find_nocase(text, id.p, at + 1)) {
        size_t end = at + id.n;
        if ((at == 0 || !is_letter(text.p[at - 1])) && (end == text.n || !is_letter(text.p[end])))
            return true;
    }
    return false;
}

static size_t name(struct reading *reading, const struct agenda_person *person)
{
    size_t place = person ? (size_t)(person - reading->people->items) : 0;
    if (!person || reading->named[place])
        return 0;
    reading->named[place] = true;
    return 1;
}

static size_t find_names(struct reading *reading, struct str text)
{
    char small[WORD_BYTES];
    size_t count = 0;
    for (size_t at = 0; at < text.n;) {
        size_t end = word_end(text, at);
        if (!is_letter(text.p[at]) || end == at) {
            at++;
            continue;
        }
        struct str word = str_slice(text, at, end);
        if (word.n < WORD_BYTES)
            count += name(reading, map_find(&reading->words, lowered(word, small)));
        at = end;
    }
    for (size_t i = 0; i < reading->phrase_count; i++) {
        const struct agenda_person *person = &reading->people->items[reading->phrases[i]];
        if (find_phrase(text, str_copy(reading->arena, person->id)))
            count += name(reading, person);
    }
    return count;
}

static const struct agenda_person *find_mail(const struct reading *reading, struct str mail)
{
    for (size_t i = 0; i < reading->people->count; i++)
        if (mail.n > 0 && str_equal_nocase(reading->people->items[i].mail, mail))
            return &reading->people->items[i];
    return NULL;
}

size_t agenda_find_names(const struct agenda_people *people, struct str text, bool *named)
{
    struct arena arena;
    arena_init(&arena);
    struct reading reading = {.arena = &arena, .people = people, .named = named};
    make_words(&reading);
    size_t count = find_names(&reading, text);
    map_done(&reading.words);
    arena_done(&arena);
    return count;
}

/* --- lines --- */

static bool refuse(struct reading *reading, const char *what)
{
    return err_set(reading->err, ERR_SELF, "", "The answer about the file is damaged: %s.", what);
}

static void find(struct reading *reading, size_t line, struct str sentence)
{
    struct agenda_reading *out = reading->out;
    if (out->finding_count == AGENDA_FINDINGS_MAX) {
        out->more_findings++;
        return;
    }
    out->findings[out->finding_count++] = (struct agenda_finding){
        line, str_copy(reading->kept,
                       str_cut(str_visible_line(reading->arena, sentence), AGENDA_FINDING_BYTES))};
}

static bool take_int(struct str field, int64_t least, int64_t most, int64_t *out_value)
{
    return str_int(field, out_value) && *out_value >= least && *out_value <= most;
}

/* The people of named, and cleared for the next event. */
static void keep_people(struct reading *reading, struct named_event *event, size_t count)
{
    uint16_t *people = arena_array(reading->arena, count, sizeof *people);
    for (size_t i = 0; i < reading->people->count; i++) {
        if (!reading->named[i])
            continue;
        reading->named[i] = false;
        people[event->count++] = (uint16_t)i;
    }
    event->people = people;
}

static void name_event(struct reading *reading, const struct str *fields, size_t count,
                       struct named_event *event)
{
    struct str summary = fields[3];
    const struct agenda_person *only = reading->people->only;
    size_t named = only ? name(reading, only) : find_names(reading, summary);
    bool by_summary = named > 0;
    bool other = false;
    bool same = false;
    for (size_t i = 5; i < count && !only; i++) {
        const struct agenda_person *person = find_mail(reading, fields[i]);
        if (person && by_summary) {
            bool also = reading->named[person - reading->people->items];
            same = same || also;
            other = other || !also;
        } else {
            named += name(reading, person);
        }
    }
    if (named == 0)
        named += name(reading, find_mail(reading, fields[4]));
    keep_people(reading, event, named);
    if (named == 0)
        find(reading, event->line,
             str_printf(reading->arena,
                        "The event \"%.*s\" names nobody of people:; write an id or an address in "
                        "its title, or invite them.",
                        STR_ARGS(str_cut(summary, SHOWN_BYTES))));
    else if (by_summary && other && !same)
        find(reading, event->line,
             str_printf(reading->arena,
                        "The title \"%.*s\" names other people than those invited; the title "
                        "counts.",
                        STR_ARGS(str_cut(summary, SHOWN_BYTES))));
}

static bool take_event(struct reading *reading, const struct str *fields, size_t count)
{
    int64_t line = 0;
    int64_t priority = 0;
    if (count < 4 || !take_int(fields[1], 1, INT32_MAX, &line) ||
        !take_int(fields[2], 1, AGENDA_PRIORITIES, &priority) ||
        reading->events_seen++ == EVENTS_MAX)
        return refuse(reading, "an event");
    struct named_event *event = arena_make(reading->arena, struct named_event);
    *event = (struct named_event){.line = (size_t)line,
                                  .priority = reading->people->is_leave ? 1 : (int)priority};
    name_event(reading, fields, count, event);
    reading->event = event;
    return true;
}

static bool take_turn(struct reading *reading, const struct str *fields, size_t count)
{
    struct turn turn = {.event = reading->event};
    if (count != 3 || !reading->event || reading->out->turn_count == TURNS_MAX ||
        !take_int(fields[1], -INT64_MAX / 2, INT64_MAX / 2, &turn.from_us) ||
        !take_int(fields[2], turn.from_us + 1, INT64_MAX / 2, &turn.to_us))
        return refuse(reading, "a time");
    reading->out->turn_count++;
    if (reading->event->count > 0)
        LIST_PUSH(reading->arena, reading->turns, reading->turn_count, reading->turn_capacity) =
            turn;
    return true;
}

static bool take_window(struct reading *reading, const struct str *fields, size_t count)
{
    struct agenda_reading *out = reading->out;
    reading->has_window = true;
    return (count == 3 && take_int(fields[1], -INT64_MAX / 2, INT64_MAX / 2, &out->from.us) &&
            take_int(fields[2], out->from.us, INT64_MAX / 2, &out->until.us)) ||
           refuse(reading, "its beginning");
}

static bool take_end(struct reading *reading, const struct str *fields, size_t count)
{
    int64_t events = 0;
    int64_t turns = 0;
    reading->has_end = true;
    return (count == 3 && take_int(fields[1], 0, INT32_MAX, &events) &&
            take_int(fields[2], 0, INT32_MAX, &turns) && (size_t)events == reading->events_seen &&
            (size_t)turns == reading->out->turn_count) ||
           refuse(reading, "its end");
}

static bool take_note(struct reading *reading, const struct str *fields, size_t count)
{
    int64_t line = 0;
    if (count != 3 || !take_int(fields[1], 1, INT32_MAX, &line))
        return refuse(reading, "a note");
    find(reading, (size_t)line, fields[2]);
    return true;
}

static bool take_floating(struct reading *reading, const struct str *fields, size_t count)
{
    int64_t floating = 0;
    if (count != 2 || !take_int(fields[1], 0, INT32_MAX, &floating))
        return refuse(reading, "a number");
    reading->out->floating_count = (size_t)floating;
    return true;
}

static bool take_line(struct reading *reading, struct str line)
{
    struct str fields[FIELDS_MAX];
    struct str rest = line;
    size_t count = 0;
    while (count < FIELDS_MAX && str_split(&rest, '\t', &fields[count]))
        count++;
    for (size_t i = count; i < EVENT_FIELDS; i++) /* the last ones of an event may be empty */
        fields[i] = STR("");
    char kind = fields[0].n == 1 ? fields[0].p[0] : '\0';
    if (reading->has_end)
        return refuse(reading, "more than its end");
    if (!reading->has_window && kind != 'W' && kind != 'F')
        return refuse(reading, "its beginning");
    switch (kind) {
    case 'F':
        return count == 2 ? err_set(reading->err, ERR_USAGE, "", "%.*s",
                                    STR_ARGS(str_visible_line(
                                        reading->arena, str_cut(fields[1], AGENDA_FINDING_BYTES))))
                          : refuse(reading, "a refusal");
    case 'W': return take_window(reading, fields, count);
    case 'E': return take_event(reading, fields, count);
    case 'T': return take_turn(reading, fields, count);
    case 'N': return take_note(reading, fields, count);
    case 'Z': return take_floating(reading, fields, count);
    case '.': return take_end(reading, fields, count);
    default: return refuse(reading, "a line of an unknown kind");
    }
}

/* --- the sweep --- */

struct border {
    int64_t at_us;
    const struct named_event *event;
    int by; /* 1: it begins; -1: it ends */
};

struct sweep {
    struct reading *reading;
    uint32_t *counts; /* of each priority and person */
    size_t totals[AGENDA_PRIORITIES + 1];
    size_t capacity;
};

static int compare_borders(const void *a, const void *b)
{
    const struct border *x = a;
    const struct border *y = b;
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    return x->by - y->by;
}

static void apply(struct sweep *sweep, const struct border *border)
{
    uint32_t *counts =
        sweep->counts + (size_t)border->event->priority * sweep->reading->people->count;
    for (size_t i = 0; i < border->event->count; i++)
        counts[border->event->people[i]] += (uint32_t)border->by;
    sweep->totals[border->event->priority] += (size_t)border->by;
}

/* Are those who are on now the ones of the newest entry? */
static bool is_same(const struct rota_slot *slot, const struct str *people, size_t count)
{
    if (slot->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (slot->people[i].p != people[i].p)
            return false;
    return true;
}

static void push(struct sweep *sweep, int64_t at_us, struct str *scratch)
{
    struct reading *reading = sweep->reading;
    struct agenda_reading *out = reading->out;
    size_t count = 0;
    size_t level = 1;
    while (level <= AGENDA_PRIORITIES && sweep->totals[level] == 0)
        level++;
    for (size_t i = 0; level <= AGENDA_PRIORITIES && i < reading->people->count; i++)
        if (sweep->counts[level * reading->people->count + i] > 0)
            scratch[count++] = reading->people->items[i].id;
    const struct rota_slot none = {0};
    const struct rota_slot *last =
        out->entry_count > 0 ? &out->entries[out->entry_count - 1].slot : &none;
    if (is_same(last, scratch, count))
        return;
    struct str *people = arena_array(reading->kept, count, sizeof *people);
    if (count > 0)
        memcpy(people, scratch, count * sizeof *people);
    LIST_PUSH(reading->kept, out->entries, out->entry_count, sweep->capacity) =
        (struct agenda_entry){{at_us}, {people, count}};
}

static void sweep_turns(struct reading *reading)
{
    size_t count = 2 * reading->turn_count;
    size_t people = reading->people->count;
    struct border *borders = arena_array(reading->arena, count, sizeof *borders);
    struct sweep sweep = {.reading = reading};
    struct str *scratch = arena_array(reading->arena, people, sizeof *scratch);
    sweep.counts =
        arena_array(reading->arena, (AGENDA_PRIORITIES + 1) * people, sizeof *sweep.counts);
    for (size_t i = 0; i < reading->turn_count; i++) {
        const struct turn *turn = &reading->turns[i];
        borders[2 * i] = (struct border){turn->from_us, turn->event, 1};
        borders[2 * i + 1] = (struct border){turn->to_us, turn->event, -1};
    }
    if (count > 0)
        qsort(borders, count, sizeof *borders, compare_borders);
    for (size_t i = 0; i < count; i++) {
        apply(&sweep, &borders[i]);
        if (i + 1 == count || borders[i + 1].at_us != borders[i].at_us)
            push(&sweep, borders[i].at_us, scratch);
    }
}

static bool read_lines(struct reading *reading, struct str answer)
{
    struct str rest = answer;
    struct str line;
    if (!str_utf8_valid(answer, NULL))
        return refuse(reading, "it is no text");
    if (!str_split(&rest, '\n', &line) || !str_is(line, "agenda 1"))
        return refuse(reading, "it is of another version");
    while (str_split(&rest, '\n', &line))
        if (line.n > 0 && !take_line(reading, line))
            return false;
    return (reading->has_window && reading->has_end) || refuse(reading, "it is cut");
}

bool agenda_read(struct arena *arena, const struct agenda_people *people, struct str answer,
                 struct agenda_reading *out_reading, struct err *err)
{
    struct agenda_reading read = {0};
    struct arena scratch;
    arena_init(&scratch);
    struct reading reading = {
        .arena = &scratch, .kept = arena, .people = people, .out = &read, .err = err};
    reading.named = arena_array(&scratch, people->count, sizeof *reading.named);
    make_words(&reading);
    bool good = read_lines(&reading, answer);
    if (good) {
        sweep_turns(&reading);
        read.event_count = reading.events_seen;
        *out_reading = read;
    }
    map_done(&reading.words);
    arena_done(&scratch);
    return good;
}
