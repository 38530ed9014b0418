/* binding.c - from what is said to the names of the vocabulary. */
#include "runbook/binding.h"

#include "runbook/sentence.h"

enum { LABEL_WORDS_MAX = 5, TIME_WORDS_MAX = 6 };

/* "npm run db:migrate" in a step is the action of that name. */
static struct str action_of_command(struct str command)
{
    static const char *const runner = "npm run ";
    if (!str_starts(command, runner))
        return (struct str){"", 0};
    struct str name = str_from(command, strlen(runner));
    return vocabulary_target(VOCABULARY_ACTION, str_slice(name, 0, str_find_byte(name, ' ', 0)));
}

/* "after 24 hours", "for at least 15 minutes" at the end is read already: the index of its first
 * word, or to. */
static int before_time(const struct phrase *said, int to)
{
    int at = to;
    bool number = false;
    while (at > 0 && (said->roles[at - 1] == PHRASE_LENGTH || said->roles[at - 1] == PHRASE_NUMBER))
        number |= said->roles[--at] == PHRASE_NUMBER;
    for (int i = at - 1; number && i >= 0 && to - i <= TIME_WORDS_MAX; i--)
        if (said->words[i] == PHRASE_STEM("after") || said->words[i] == PHRASE_STEM("for") ||
            said->words[i] == PHRASE_STEM("within"))
            return i;
    return to;
}

/* "… if needed", "… immediately" at the end changes nothing of what is done: the index of its first
 * word, or to. */
static int before_remark(const struct phrase *said, int to)
{
    if (to < 2)
        return to;
    uint64_t last = said->words[to - 1];
    uint64_t link = said->words[to - 2];
    if (last == PHRASE_STEM("immediateli") || last == PHRASE_STEM("now"))
        return to - 1;
    if (to < 3 || (link != PHRASE_STEM("if") && link != PHRASE_STEM("as")))
        return to;
    bool needed = last == PHRASE_STEM("needed") || last == PHRASE_STEM("necessari") ||
                  last == PHRASE_STEM("required") || last == PHRASE_STEM("applicabl") ||
                  last == PHRASE_STEM("possibl");
    return needed ? to - 2 : to;
}

/* The parts of a step that may be its whole meaning, in order: behind "If …,", behind a time, all
 * of it, behind a label, before "using: …". */
static struct str find_step(const struct vocabulary *vocabulary, enum vocabulary_kind kind,
                            struct str heading, const struct phrase *said,
                            const struct step_statement *step)
{
    int end = before_remark(said, said->count);
    if (step->time == TIME_WITHIN || step->time == TIME_NOT_BEFORE || step->time == TIME_HOLD)
        end = before_time(said, end);
    struct phrase_part parts[] = {
        {said, 0, end, true}, {said, said->colon, end, true}, {said, 0, said->colon, true}};
    size_t first = 0;
    size_t count = said->colon ? 3 : 1;
    if (step->time == TIME_DUE_AT) { /* "15 min: …" */
        first = 1;
        count = 2;
    } else if (step->conditional) {
        parts[0].from = said->clause;
        count = 1;
    } else if (said->colon > LABEL_WORDS_MAX) {
        parts[1] = parts[2];
        count = 2;
    }
    for (size_t i = first; i < count; i++) {
        struct str found = vocabulary_find_part(vocabulary, kind, heading, parts[i]);
        if (found.n)
            return found;
    }
    return (struct str){"", 0};
}

/* What is said from its first word on is looked at by that word first. */
static bool may_bind(const struct vocabulary *vocabulary, struct str text, bool check,
                     bool conditional)
{
    if (conditional || str_find_byte(text, ':', 0) < text.n)
        return true;
    return vocabulary_may_begin(vocabulary, check ? VOCABULARY_CHECK : VOCABULARY_ACTION, false,
                                text) ||
           (check && vocabulary_may_begin(vocabulary, VOCABULARY_PRACTICE, false, text));
}

static void bind_step(const struct vocabulary *vocabulary, struct str heading, struct str text,
                      struct statement *statement)
{
    struct step_statement *step = &statement->step;
    bool check = statement->kind == STATEMENT_CHECK;
    struct phrase said;
    if (!binding_is_wanted(statement))
        return;
    if (!check)
        step->action = action_of_command(step->command);
    if (step->action.n || !may_bind(vocabulary, text, check, step->conditional))
        return;
    phrase_parse(text, false, &said);
    if (!said.cut && !said.turned)
        step->action = find_step(vocabulary, check ? VOCABULARY_CHECK : VOCABULARY_ACTION, heading,
                                 &said, step);
    if (check && step->action.n == 0 && !said.cut && !said.turned)
        step->action = find_step(vocabulary, VOCABULARY_PRACTICE, heading, &said, step);
}

void binding_make(const struct vocabulary *vocabulary, struct arena *arena, struct str heading,
                  struct statement *statement)
{
    struct str none = {"", 0};
    switch ((unsigned)statement->kind) { /* the rest speaks of nothing by name, or was bound */
    case STATEMENT_STEP:
    case STATEMENT_CHECK:
        bind_step(vocabulary, heading, text_plain(arena, statement->text), statement);
        break;
    case STATEMENT_RESPONSE:
        statement->response.role =
            vocabulary_find(vocabulary, VOCABULARY_PARTY, none, statement->response.to);
        break;
    case STATEMENT_CONTACT:
        if (statement->contact.method.n + statement->contact.address.n == 0)
            break; /* somebody by name: whose service is not said */
        statement->contact.area =
            vocabulary_find(vocabulary, VOCABULARY_SERVICE, none, statement->contact.service);
        break;
    case STATEMENT_PRACTICE:
        statement->practice.check =
            vocabulary_practice(vocabulary, heading, text_plain(arena, statement->text));
        break;
    default: break;
    }
}

bool binding_is_wanted(const struct statement *statement)
{
    switch ((unsigned)statement->kind) { /* the rest has nothing to bind */
    case STATEMENT_STEP:
    case STATEMENT_CHECK: return !statement->step.nested_title;
    case STATEMENT_ALERT:
    case STATEMENT_PRACTICE:
    case STATEMENT_CONTACT: return true;
    case STATEMENT_RESPONSE:
        return statement->response.act == DUTY_ESCALATE || statement->response.to.n > 0;
    default: return false;
    }
}

struct str binding_of(const struct statement *statement)
{
    switch ((unsigned)statement->kind) { /* the rest has nothing to bind */
    case STATEMENT_STEP:
    case STATEMENT_CHECK: return statement->step.action;
    case STATEMENT_ALERT: return statement->alert.signal;
    case STATEMENT_PRACTICE: return statement->practice.check;
    case STATEMENT_CONTACT: return statement->contact.area;
    case STATEMENT_RESPONSE: return statement->response.role;
    default: return (struct str){"", 0};
    }
}
