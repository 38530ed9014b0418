/* rota_answers.c - answers a test's questions about the rotas of a reeve.yaml, which is the
 * argument, line by line: "leave PERSON FROM UNTIL", "swap ROTA A B FROM UNTIL" and "override ROTA
 * PERSON FROM UNTIL" are folded as facts; "who ROTA AT" is answered with the people, in order, or
 * "-"; "shift ROTA AT" with beginning, end and people; "shifts ROTA FROM TO" with their number.
 * Times are seconds since 1970; an end that there is not is "-". */
#include "main/compose.h"

#include <stdio.h>

enum { LINE_BYTES_MAX = 512 };

struct answering {
    struct arena *arena;
    struct people people;
    struct oncall_changes changes;
    struct oncall oncall;
};

static struct instant seconds(long long s)
{
    return (struct instant){s * 1000000};
}

static void print_end(struct instant at)
{
    if (at.us == ROTA_NEVER.us || at.us == ROTA_ALREADY.us)
        printf("- ");
    else
        printf("%lld ", (long long)(at.us / 1000000));
}

static void print_people(const struct shift *shift)
{
    for (size_t i = 0; i < shift->count; i++)
        printf("%s%.*s", i ? "," : "", STR_ARGS(shift->people[i]));
    printf("%s\n", shift->count ? "" : "-");
}

/* rota, person and other as far as the kind has them. */
static void fold(struct answering *answering, enum event_kind kind, const char *const *names,
                 const long long *times)
{
    struct event_list list;
    event_list_init(&list, answering->arena);
    struct event *event =
        event_list_add(&list, kind, seconds(0), STR("person:ana"), STR("oncall:1"));
    event_set_int(event, "number", answering->changes.last_number + 1);
    event_set_instant(event, "from", seconds(times[0]));
    event_set_instant(event, "until", seconds(times[1]));
    event_set_str(event, "reason", STR("so"));
    event_set_str(event, "person", str_copy(answering->arena, str_of(names[1])));
    if (kind != EVENT_ONCALL_LEAVE)
        event_set_str(event, "rota", str_copy(answering->arena, str_of(names[0])));
    if (kind == EVENT_ONCALL_SWAPPED)
        event_set_str(event, "other", str_copy(answering->arena, str_of(names[2])));
    oncall_change_fold(&answering->changes, event);
}

static void ask(struct answering *answering, const char *what, const char *rota,
                const long long *times)
{
    const struct rota *found =
        rota_find(answering->oncall.rotas, answering->oncall.rota_count, str_of(rota));
    struct arena scratch;
    if (!found) {
        printf("?\n");
        return;
    }
    arena_init(&scratch);
    struct shift_source source = oncall_source(&answering->oncall, found);
    if (strcmp(what, "shifts") == 0) {
        struct shifts shifts =
            shifts_between(&source, &scratch, seconds(times[0]), seconds(times[1]));
        printf("%zu%s\n", shifts.count, shifts.is_cut ? " cut" : "");
    } else {
        bool whole = strcmp(what, "shift") == 0;
        struct shift shift = whole ? shift_at(&source, &scratch, seconds(times[0]))
                                   : shift_piece(&source, &scratch, seconds(times[0]));
        if (whole) {
            print_end(shift.from);
            print_end(shift.to);
        }
        print_people(&shift);
    }
    arena_done(&scratch);
}

static void answer(struct answering *answering, const char *line)
{
    char a[LINE_BYTES_MAX];
    char b[LINE_BYTES_MAX];
    char c[LINE_BYTES_MAX];
    long long times[2];
    const char *const names[] = {a, b, c};
    if (sscanf(line, "leave %511s %lld %lld", b, &times[0], &times[1]) == 3)
        fold(answering, EVENT_ONCALL_LEAVE, names, times);
    else if (sscanf(line, "swap %511s %511s %511s %lld %lld", a, b, c, &times[0], &times[1]) == 5)
        fold(answering, EVENT_ONCALL_SWAPPED, names, times);
    else if (sscanf(line, "override %511s %511s %lld %lld", a, b, &times[0], &times[1]) == 4)
        fold(answering, EVENT_ONCALL_OVERRIDDEN, names, times);
    else if (sscanf(line, "%511s %511s %lld %lld", a, b, &times[0], &times[1]) >= 3)
        ask(answering, a, b, times);
    else
        printf("?\n");
}

static bool load(struct answering *answering, const char *path)
{
    struct config *config = arena_make(answering->arena, struct config);
    struct config_errors *errors = arena_make(answering->arena, struct config_errors);
    struct config_input input = {.file = str_of(path)};
    struct err err = {0};
    if (!config_load(answering->arena, input, false, config, errors)) {
        struct str text = config_errors_text(answering->arena, errors);
        (void)fprintf(stderr, "%.*s\n", STR_ARGS(text));
        return false;
    }
    struct person *people = arena_array(answering->arena, config->person_count, sizeof *people);
    for (size_t i = 0; i < config->person_count; i++)
        people[i].id = config->people[i].name;
    answering->people = (struct people){people, config->person_count};
    answering->oncall =
        (struct oncall){.people = &answering->people, .changes = &answering->changes};
    if (compose_rotas(answering->arena, config, &answering->oncall, &err))
        return true;
    (void)fprintf(stderr, "%s: %s\n", err.place, err.text);
    return false;
}

int main(int argc, char **argv)
{
    struct arena arena;
    char line[LINE_BYTES_MAX];
    struct answering answering = {.arena = &arena};
    arena_init(&arena);
    oncall_changes_init(&answering.changes, &arena);
    bool good = argc == 2 && load(&answering, argv[1]);
    while (good && fgets(line, sizeof line, stdin))
        answer(&answering, line);
    arena_done(&arena);
    return good ? 0 : 2;
}
