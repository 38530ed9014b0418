/* sample_run.c - a fabricated run and procedure, for the page's tests and pictures. */
#include "sample_run.h"

static const struct instant now = {1795435200LL * 1000000}; /* 2026-11-23T12:00:00Z */

static struct instant ago(int64_t second)
{
    return instant_add_ms(now, -second * 1000);
}

static const struct {
    int depth;
    const char *does, *state, *text, *command, *when;
    int64_t time_ms, started, ended, due; /* seconds ago; 0: not */
    const char *by, *detail, *output, *ask;
    int tries;
} rows[] = {
    {0, "manual", "done", "Announce the <b>release</b> in `#ops`", "", "", 0, 0, 1500, 0,
     "person:ana", "ticked", "", "", 0},
    {0, "group", "planned", "Prepare", "", "", 0, 0, 0, 0, "", "", "", "", 0},
    {1, "command", "done", "Migrate the database",
     "npm run db:migrate -- --to \"$version\" && echo '</code><script>alert(1)</script>'", "", 0,
     1490, 1290, 0, "reeve", "exit 0",
     "$ migrate\n001_orders.sql  ok\n002_<script>alert(1)</script>.sql  ok\n", "", 1},
    {1, "manual", "skipped", "Tell support", "", "", 0, 0, 1100, 0, "person:ben",
     "nobody is there & it is \"small\"", "", "", 0},
    {0, "hold", "done", "Monitor for 5 minutes", "", "for", 300000, 1100, 800, 0, "reeve",
     "no rule began to fire", "", "", 1},
    {0, "command", "failed", "Switch the traffic over", "./switch --to <version>", "", 0, 800, 620,
     0, "reeve", "exit 1: the region \"eu\" does not answer",
     "switching eu\ncurl: (7) Failed to connect to eu.lb.example port 443\n",
     "retry it, skip it, or tick it with a note on how it was done", 2},
    {0, "command", "planned", "Delete the old version", "rm -rf old", "", 0, 0, 0, 0, "", "", "",
     "", 0},
    {0, "manual", "planned", "Within 20 minutes, write the notes", "", "within", 1200000, 0, 0, 300,
     "", "", "", "", 0},
    {0, "manual", "planned", "After 24 hours, tidy up", "", "after", 86400000, 0, 0, 0, "", "", "",
     "", 0},
};

static struct run_step_view step_of(size_t at)
{
    struct run_step_view step = {.number = (int)at + 1,
                                 .depth = rows[at].depth,
                                 .line = 10 + (int64_t)at,
                                 .does = str_of(rows[at].does),
                                 .is_title = str_is(str_of(rows[at].does), "group"),
                                 .state = str_of(rows[at].state),
                                 .text = str_of(rows[at].text),
                                 .command = str_of(rows[at].command),
                                 .when = str_of(rows[at].when),
                                 .time_ms = rows[at].time_ms,
                                 .by = str_of(rows[at].by),
                                 .detail = str_of(rows[at].detail),
                                 .output = str_of(rows[at].output),
                                 .output_bytes = (int64_t)strlen(rows[at].output),
                                 .ask = str_of(rows[at].ask),
                                 .tries = rows[at].tries};
    if (rows[at].started)
        step.started = ago(rows[at].started);
    if (rows[at].ended)
        step.ended = ago(rows[at].ended);
    if (rows[at].due) {
        step.due = ago(rows[at].due);
        step.overdue = true;
    }
    return step;
}

/* When which step was what, in seconds ago. */
static const struct {
    int step, from, to;
    const char *state;
} spans[] = {
    {1, 1600, 1500, "ready"}, {3, 1490, 1460, "approval"}, {3, 1460, 1290, "running"},
    {4, 1290, 1100, "ready"}, {5, 1100, 800, "running"},   {6, 800, 760, "running"},
    {6, 760, 700, "failed"},  {6, 700, 700, "approval"},   {6, 700, 620, "running"},
    {6, 620, 0, "failed"},
};
static const struct {
    int step, at;
    const char *kind;
} marks[] = {
    {3, 1460, "approved"}, {4, 1100, "skipped"}, {6, 760, "failed"},    {6, 700, "retried"},
    {6, 620, "failed"},    {8, 300, "overdue"},  {0, 650, "cancelled"}, {0, 640, "resumed"},
};

static struct run_history history_of(struct arena *arena)
{
    struct run_history history = {.span_count = sizeof spans / sizeof *spans,
                                  .mark_count = sizeof marks / sizeof *marks};
    history.spans = arena_array(arena, history.span_count, sizeof *history.spans);
    history.marks = arena_array(arena, history.mark_count, sizeof *history.marks);
    for (size_t i = 0; i < history.span_count; i++)
        history.spans[i] = (struct run_span){.step = spans[i].step,
                                             .state = str_of(spans[i].state),
                                             .from = ago(spans[i].from),
                                             .to = ago(spans[i].to),
                                             .is_open = spans[i].to == 0};
    for (size_t i = 0; i < history.mark_count; i++)
        history.marks[i] = (struct run_mark){
            .step = marks[i].step, .kind = str_of(marks[i].kind), .at = ago(marks[i].at)};
    return history;
}

struct run_view *sample_run(struct arena *arena)
{
    static struct timeline_view timeline[] = {
        {61, {1795434580LL * 1000000}, {"Step 6 of run 3 failed: <i>exit 1</i>.", 38}},
        {40, {1795433600LL * 1000000}, {"Ana started run 3: Deployment Steps.", 36}},
    };
    size_t count = sizeof rows / sizeof *rows;
    struct run_view *run = arena_make(arena, struct run_view);
    *run = (struct run_view){.number = 3,
                             .procedure = STR("Deployment <Steps>"),
                             .statement = STR("0123456789abcdef"),
                             .digest = STR("ff08a665dc6d46b6466cf5f288744995f561e8fbd3ecece35b0104"
                                           "df5b9e9b68"),
                             .state = STR("stopped"),
                             .opened_by = STR("person:ana"),
                             .values = STR("version=1.2, region=<eu>"),
                             .line = 9,
                             .opened = ago(1600),
                             .since = ago(1600),
                             .step_count = count,
                             .done_count = 4,
                             .todo_count = (int)count - 1,
                             .current = 6,
                             .older = true,
                             .timeline = timeline,
                             .timeline_count = 2,
                             .first_entry = 40,
                             .last_entry = 61,
                             .last_hash = STR("0f5e"),
                             .checkpoint = STR("reeve\n61\nroot=\n\n\xE2\x80\x94 <reeve> sig\n"),
                             .history = history_of(arena)};
    run->steps = arena_array(arena, count, sizeof *run->steps);
    for (size_t i = 0; i < count; i++)
        run->steps[i] = step_of(i);
    return run;
}

struct run_view *sample_run_of(struct arena *arena, const char *state, const char *does,
                               const char *step)
{
    bool is_over = str_is(str_of(step), "done") || str_is(str_of(step), "skipped");
    struct run_view *run = arena_make(arena, struct run_view);
    *run = (struct run_view){.number = 4,
                             .procedure = STR("One"),
                             .statement = STR("0123456789abcdef"),
                             .state = str_of(state),
                             .opened_by = STR("person:ana"),
                             .opened = ago(60),
                             .since = ago(60),
                             .step_count = 1,
                             .todo_count = 1,
                             .current = is_over ? 0 : 1};
    run->steps = arena_make(arena, struct run_step_view);
    *run->steps = (struct run_step_view){.number = 1,
                                         .does = str_of(does),
                                         .state = str_of(step),
                                         .text = STR("Do it"),
                                         .ask = STR("do it, then tick it")};
    return run;
}

struct procedure_view sample_procedure(struct arena *arena)
{
    static struct procedure_step_view steps[] = {
        {.number = 1, .line = 10, .does = {"manual", 6}, .text = {"Announce <it>", 13}},
        {.number = 2, .line = 11, .does = {"group", 5}, .text = {"Prepare", 7}, .is_title = true},
        {.number = 3,
         .depth = 1,
         .line = 12,
         .does = {"command", 7},
         .text = {"Drop the old table", 18},
         .command = {"psql -c 'drop table <old>'", 26},
         .destroys = {"drops a table", 13},
         .approvals = 1},
        {.number = 4,
         .line = 13,
         .does = {"hold", 4},
         .when = {"for", 3},
         .text = {"Monitor for 5 minutes", 21},
         .time_ms = 300000},
    };
    static struct place_view places[] = {
        {.name = {"old", 3}, .step = 3, .is = "a name"},
        {.name = {"a\"b", 3}, .step = 3, .is = "a whole number"},
    };
    (void)arena;
    return (struct procedure_view){.title = STR("Releases / Tidy \"up\""),
                                   .statement = "0123456789abcdef",
                                   .line = 9,
                                   .steps = steps,
                                   .step_count = 4,
                                   .places = places,
                                   .place_count = 2};
}
