/* small_world.c - the short runbook and who is on call. */
#include "small_world.h"

#include "harness/test.h"

static const char runbook[] = "# The small shop\n"
                              "\n"
                              "### Severity Levels\n"
                              "- **P0 (Critical)**: Nobody can buy\n"
                              "  - Response time: 20 seconds\n"
                              "  - Escalation: Immediate to CTO\n"
                              "- **P1 (High)**: Some cannot buy\n"
                              "  - Response time: 30 seconds\n"
                              "  - Escalation: After 1 minute\n"
                              "- **P3 (Low)**: A blemish\n"
                              "  - Response time: 10 minutes\n"
                              "\n"
                              "### Response Checklist\n"
                              "1. [ ] Acknowledge the page\n"
                              "2. [ ] Find the cause\n"
                              "\n"
                              "### Critical Alerts\n"
                              "- Error rate > 5% for 10 seconds\n"
                              "- Disk usage > 90%\n"
                              "- Moon phase > 3 for 5 minutes\n"
                              "\n"
                              "### Daily Backups\n"
                              "- Orders database: Base backup at 02:00 UTC\n"
                              "\n"
                              "```bash\n"
                              "# Restart the shop\n"
                              "systemctl restart shop\n"
                              "```\n"
                              "\n"
                              "Some words for people.\n";

static const struct person team[] = {
    {.id = {"ana", 3}, .reach[METHOD_SMTP] = {"ana@acme.example", 16}},
    {.id = {"ben", 3},
     .reach[METHOD_SMTP] = {"ben@acme.example", 16},
     .reach[METHOD_WEBHOOK] = {"http://sink", 11}},
    {.id = {"kim", 3}},
};
static const struct str primary[] = {{"ana", 3}};
static const struct str secondary[] = {{"ben", 3}};
static const struct rota_slot slots[] = {{primary, 1}, {secondary, 1}};
static const struct rota_layer layers[] = {ROTA_ALWAYS(&slots[0]), ROTA_ALWAYS(&slots[1])};
static const struct rota rotas[] = {
    {.name = {"primary", 7}, .layers = &layers[0], .layer_count = 1},
    {.name = {"secondary", 9}, .layers = &layers[1], .layer_count = 1}};

struct instant small_world_now(int64_t second)
{
    return (struct instant){(1795435200 + second) * 1000000}; /* 2026-11-23T12:00:00Z, a Monday */
}

struct world *small_world_make(struct arena *arena)
{
    struct err err = {0};
    struct program *program = NULL;
    struct world *world = arena_make(arena, struct world);
    struct signal_option disk = {STR("gauge"), STR("disk_share")};
    world_init(world);
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(runbook), &program, &err), &err);
    signals_init(&world->signals, arena);
    CHECK_OK(signal_bind(&world->signals, STR("disk usage"), &disk, 1, &err), &err);
    world->program = program;
    world->rules = rules_make(arena, program, &world->signals);
    CHECK_INT(world->rules.count, 3);
    world->histories = arena_array(arena, world->rules.count, sizeof *world->histories);
    severity_plan_make(program, &world->mapping, &world->plan);
    world->people = (struct people){team, 3};
    world->oncall =
        (struct oncall){&world->people, rotas, 2, &world->oncall_changes, NULL, NULL, 0, 0, 0};
    world->now = small_world_now(0);
    return world;
}

struct line_view small_world_line(const struct world *world, struct arena *arena,
                                  const char *beginning)
{
    const struct line_view *lines = view_lines(world, arena);
    for (int i = 0; i < world->program->count; i++)
        if (str_starts(world->program->statements[i].text, beginning))
            return lines[i];
    test_fail(__FILE__, __LINE__, "no statement begins with \"%s\"", beginning);
}

void small_world_read(struct world *world, struct arena *arena, const char *beginning,
                      enum truth truth)
{
    struct evaluation *evaluations = arena_array(arena, world->rules.count, sizeof *evaluations);
    for (size_t i = 0; i < world->rules.count; i++) {
        bool meant = str_starts(world->rules.items[i].title, beginning);
        evaluations[i] = (struct evaluation){
            .truth = meant ? truth : TRUTH_FALSE, .value = 0.07, .value_text = STR("7.0 %")};
        if (evaluations[i].truth == TRUTH_UNKNOWN)
            evaluations[i].reason = STR("target shop has given nothing for 6 s");
    }
    world->evaluations = evaluations;
}
