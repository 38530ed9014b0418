/* company.c - the company of the simulation: Acme's runbook in three versions, four people, two
 * targets, and what they would measure. */
#include "sim.h"

#include "alert/depend.h"
#include "run/rehearsal.h"

#include "base/text.h"

enum { RUNBOOK_BYTES_MAX = 256 * 1024, FEED_MOST_MS = 6000 };

static struct str replace(struct arena *arena, struct str source, const char *from, const char *to)
{
    size_t at = str_find(source, from, 0);
    struct text text;
    if (at == source.n)
        test_fail(__FILE__, __LINE__, "Acme's runbook has no \"%s\" any more", from);
    text_init(&text, arena, RUNBOOK_BYTES_MAX);
    text_add(&text, str_slice(source, 0, at));
    text_adds(&text, to);
    text_add(&text, str_from(source, at + strlen(from)));
    return text_str(&text);
}

/* Behind each version: procedures of every kind of step. */
static const char procedures[] =
    "\n## Simulated Release\n"
    "1. Look at the weather\n"
    "2. Migrate: `npm run db:migrate`\n"
    "3. Monitor for 20 seconds\n"
    "4. Wait for 30 seconds\n"
    "5. Restart: `systemctl restart shop`\n"
    "6. Say thanks after 10 minutes\n"
    "7. Write it up within 1 minute\n"
    "\n## Simulated Calls\n"
    "- [ ] Call the bank\n- [ ] Call the baker\n- [ ] Call the police\n"
    "\n## Simulated Notice\n"
    "1. Tell the team\n2. Breathe\n3. Notify the team\n"
    "\n## Simulated Restart\n"
    "1. Stop: `systemctl stop shop`\n2. Start: `systemctl start shop`\n"
    "\n## Simulated Watch\n"
    "1. Follow: `tail -f /var/log/shop`\n2. Say what you saw\n"
    "\n## Simulated Choice\n"
    "1. Look at the sky\n"
    "2. If it rains, close: `systemctl stop roof`\n"
    "3. If it fails, look: `systemctl status roof`\n"
    "4. Otherwise, go on: `systemctl start fan`\n"
    "5. Unless an alert is firing, light: `systemctl start light`\n"
    "6. If the moon is up:\n   1. Look at it\n   2. Clean: `rm -rf /srv/moon`\n"
    "7. Repeat steps 2-6 until the sky is blue\n"
    "8. Go home\n"
    "\n## Simulated Breach\n"
    "1. **Immediate**: Isolate it\n2. **1 min**: Assess it\n3. **5 min**: Report it\n"
    "\n## Enable simulated mode\n1. Put it on\n2. Look\n"
    "\n## Disable simulated mode\n1. Put it off\n2. Look\n"
    "\n## Simulated Cleaning\n```bash\n"
    "# Clean one up\nrm -rf /srv/USER_ID\n```\n";

static struct str with_procedures(struct arena *arena, struct str source)
{
    return str_printf(arena, "%.*s%s", STR_ARGS(source), procedures);
}

static void read_runbooks(struct company *company, struct arena *arena)
{
    struct err err = {0};
    struct str sources[SIM_RUNBOOKS];
    sources[0] = test_read_file(arena, test_source_path(arena, "examples/acme/RUNBOOK.md"));
    sources[1] = replace(arena, sources[0], "- Error rate > 1% for 20 seconds\n", "");
    sources[1] = replace(arena, sources[1], "Disk usage > 75%", "Disk usage > 70%");
    sources[2] =
        replace(arena, sources[0], "Response time: 30 seconds", "Response time: 45 seconds");
    sources[2] =
        replace(arena, sources[2], "Escalation: After 1 minute", "Escalation: After 2 minutes");
    for (int i = 0; i < SIM_RUNBOOKS; i++)
        CHECK_OK(program_read(arena, STR("RUNBOOK.md"), with_procedures(arena, sources[i]),
                              &company->runbooks[i], &err),
                 &err);
}

void company_make(struct company *company, struct arena *arena)
{
    static const char *const names[SIM_PEOPLE] = {"ana", "ben", "eva", "kim"};
    static const struct contact ordered[] = {{METHOD_WEBHOOK, 0}, {METHOD_SMTP, 45000}};
    *company = (struct company){0};
    read_runbooks(company, arena);
    for (int i = 0; i < SIM_PEOPLE; i++) {
        company->roles[i][0] = STR("responder");
        company->roles[i][1] = STR("CTO");
        company->persons[i] = (struct person){
            .id = str_of(names[i]),
            .reach[METHOD_SMTP] = str_printf(arena, "%s@acme.example", names[i]),
            .reach[METHOD_WEBHOOK] = i == 1 ? STR("http://acme.example/hook") : STR(""),
            .roles = company->roles[i],
            .role_count = i == 0 ? 2 : 1};
    }
    company->persons[1].contacts = ordered; /* by one way after the other */
    company->persons[1].contact_count = sizeof ordered / sizeof *ordered;
    company->persons[3].reach[METHOD_SMTP] = STR(""); /* kim cannot be reached */
    company->people = (struct people){company->persons, SIM_PEOPLE};
    company->primary[0] = STR("ana");
    static const char *const rota_names[] = {"primary", "secondary"};
    for (size_t i = 0; i < 2; i++) {
        company->slots[i] = (struct rota_slot){i ? company->secondary : company->primary, 1};
        company->layers[i] = (struct rota_layer)ROTA_ALWAYS(&company->slots[i]);
        company->rotas[i] = (struct rota){
            .name = str_of(rota_names[i]), .layers = &company->layers[i], .layer_count = 1};
    }
    company->secondary[0] = STR("ben");
    company->targets[0] = STR("shop");
    company->targets[1] = STR("bank");
}

static void bind_signals(struct signals *signals)
{
    static const struct {
        const char *name;
        struct signal_option options[2];
    } rows[] = {
        {"error rate", {{{"failures", 8}, {"e{code=~\"5..\"}", 14}}, {{"of", 2}, {"e", 1}}}},
        {"response time", {{{"histogram", 9}, {"t", 1}}}},
        {"failed auth attempts", {{{"count", 5}, {"a", 1}}}},
        {"database connection pool", {{{"used", 4}, {"p", 1}}, {{"limit", 5}, {"q", 1}}}},
        {"token usage", {{{"used", 4}, {"u", 1}}, {{"limit", 5}, {"v", 1}}}},
        {"disk usage", {{{"used", 4}, {"d", 1}}, {{"limit", 5}, {"f", 1}}}},
        {"memory usage", {{{"used", 4}, {"m", 1}}, {{"limit", 5}, {"n", 1}}}},
    };
    struct err err = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_OK(signal_bind(signals, str_of(rows[i].name), rows[i].options,
                             rows[i].options[1].key.n ? 2 : 1, &err),
                 &err);
}

static const struct action_binding actions[] = {
    {.action = {"db:migrate", 10},
     .command = {"npm run db:migrate", 18},
     .undo = {"db:rollback", 11},
     .retries = 1,
     .approvals = -1},
    {.action = {"db:rollback", 11}, .command = {"npm run db:rollback", 19}, .approvals = 1},
    {.action = {"people:notify", 13}, .people = {"ana, eva", 8}, .approvals = -1},
};

static const struct run_environment environments[] = {
    {.name = {"staging", 7},
     .settings = {.commands = true,
                  .actions = actions,
                  .action_count = sizeof actions / sizeof *actions,
                  .deadline_ms = 1800000,
                  .approvals = 1,
                  .context = {"/staging", 8}}}};

/* Some rules recover late, some keep firing, some fire when nothing is heard of them; errors are
 * only to be expected while the database has no connections. */
static void take_policies(struct arena *arena, struct rules *rules)
{
    static const struct str database[] = {{"database", 8}};
    static const struct dependency depends[] = {{{"error rate", 10}, database, 1}};
    const struct dependencies all = {depends, 1};
    struct err err = {0};
    size_t bad = 0;
    for (size_t i = 0; i < rules->count; i++) {
        struct rule *rule = &rules->items[i];
        if (str_is(rule->signal_name, "error rate"))
            rule->policy = (struct rule_policy){
                .has_recovery = true, .recovery = rule->limit * 0.6, .keeps_firing_ms = 40000};
        if (str_is(rule->signal_name, "disk usage"))
            rule->policy =
                (struct rule_policy){.missing = MISSING_FIRES, .missing_ms = SIM_MISSING_MS};
        if (str_is(rule->signal_name, "memory usage"))
            rule->policy = (struct rule_policy){.missing = MISSING_STAYS};
    }
    CHECK_OK(depend_bind(arena, rules, &all, &bad, &err), &err);
}

void company_take_runbook(struct sim *sim, int runbook)
{
    struct world *world = &sim->core.world;
    sim->runbook = runbook;
    world->program = sim->company->runbooks[runbook];
    static const struct severity_time times[] = {{{"P0", 2}, 60 * 1000, 0},
                                                 {{"P1", 2}, 2 * 60 * 1000, 4 * 60 * 1000},
                                                 {{"P3", 2}, 5 * 60 * 1000, 10 * 60 * 1000}};
    world->mapping = (struct severity_mapping){.critical = STR("P1"),
                                               .warning = STR("P3"),
                                               .times = times,
                                               .time_count = sizeof times / sizeof *times};
    world->rules = rules_make(&sim->core.arena, world->program, &world->signals);
    take_policies(&sim->core.arena, &world->rules);
    rules_retain(&world->rules, &world->telemetry);
    world->histories = arena_array(&sim->core.arena, world->rules.count, sizeof *world->histories);
    severity_plan_make(world->program, &world->mapping, &world->plan);
    world->evaluations = NULL;
    world->run_settings = (struct run_settings){.commands = true,
                                                .actions = actions,
                                                .action_count = sizeof actions / sizeof *actions,
                                                .deadline_ms = 1800000,
                                                .approvals = 2,
                                                .context = STR("/srv"),
                                                .environments = environments,
                                                .environment_count = 1};
    static const struct str senders[] = {{"watch", 5}, {"wall", 4}};
    world->alert_senders = senders;
    world->alert_sender_count = 2;
    world->beat_plans = beats_of(runbook);
    world->procedures = procedures_make(&sim->core.arena, world->program, &world->run_settings);
}

void company_compose(struct sim *sim)
{
    const struct company *company = sim->company;
    struct world *world = &sim->core.world;
    signals_init(&world->signals, &sim->core.arena);
    bind_signals(&world->signals);
    telemetry_set_targets(&world->telemetry, company->targets, SIM_TARGETS);
    world->persons = arena_array(&sim->core.arena, company->people.count, sizeof *world->persons);
    memcpy(world->persons, company->people.items, company->people.count * sizeof *world->persons);
    world->people = (struct people){world->persons, company->people.count};
    static const struct switchable ways[] = {{{"way/smtp", 8}, 1U << METHOD_SMTP},
                                             {{"way/webhook", 11}, 1U << METHOD_WEBHOOK}};
    world->switchables =
        (struct switchables){ways, sizeof ways / sizeof *ways, world->persons, world->people.count};
    world_apply_switches(world);
    world->oncall = (struct oncall){.people = &world->people,
                                    .rotas = company->rotas,
                                    .rota_count = 2,
                                    .changes = &world->oncall_changes};
    /* In some runs only: each fact is one more place to crash at. */
    if (sim->plan.seed % 3 == 0)
        world->channel_settings = (struct channel_settings){.kind = STR("irc"), .name_bytes = 49};
    world->repeat_ms = 120000;
    world->look_ahead_ms = 3600000;
    world->handover_rules = (struct handover_rules){HANDOVER_BOTH, 0, 600000};
    world->group_ms = 30000;
    world->bundle_ms = 20000;
    world->drill_ms = sim->draining ? 0 : 4 * 3600000; /* one always follows another */
    company_take_runbook(sim, sim->runbook);
}

static void fill_quantile(struct reading *reading, int trouble)
{
    static const double edges[] = {0.1, 0.5, 1, 2};
    static const double fast[4][4] = {
        {39, 40, 40, 40}, {10, 20, 40, 40}, {5, 10, 20, 40}, {0, 0, 0, 0}};
    reading->edge_count = 4;
    memcpy(reading->edges, edges, sizeof edges);
    memcpy(reading->counts, fast[trouble], sizeof fast[trouble]);
    reading->of = trouble == 3 ? 0 : 40;
}

/* One second of one target. */
static struct reading make_reading(const struct signal *signal, struct str target,
                                   struct instant at, int trouble)
{
    static const double failures[] = {0, 1, 8, 0};
    static const double attempts[] = {0, 0, 5, 0};
    static const double shares[] = {0.3, 0.85, 1, 0.3};
    struct reading reading = {.signal = signal->name,
                              .target = target,
                              .at = at,
                              .since = instant_add_ms(at, -1000),
                              .interval_ms = 1000,
                              .kind = signal->kind};
    if (signal->kind == SIGNAL_RATIO) {
        reading.part = failures[trouble];
        reading.of = trouble == 3 ? 0 : 40;
    } else if (signal->kind == SIGNAL_COUNT) {
        reading.part = attempts[trouble];
    } else if (signal->kind == SIGNAL_QUANTILE) {
        fill_quantile(&reading, trouble);
    } else {
        reading.high = shares[trouble];
        reading.low = 0.2;
        reading.high_series = reading.low_series = str_is(target, "shop") ? STR("/srv") : STR("/");
    }
    return reading;
}

/* Which signals of the world some rule looks at. */
static bool is_wanted(const struct world *world, const struct signal *signal)
{
    for (size_t i = 0; i < world->rules.count; i++)
        if (world->rules.items[i].signal == signal)
            return true;
    return false;
}

static void feed_signal(struct sim *sim, const struct signal *signal, int trouble)
{
    struct err err = {0};
    int64_t from_ms =
        sim->boot_ms - FEED_MOST_MS > sim->fed_ms ? sim->boot_ms - FEED_MOST_MS : sim->fed_ms;
    for (int target = 0; target < SIM_TARGETS; target++) {
        for (int64_t ms = from_ms + 1000; ms <= sim->boot_ms && !sim->silent[target]; ms += 1000) {
            struct instant at = instant_add_ms(sim_now(sim), ms - sim->boot_ms);
            /* Only the shop has trouble; the bank is well. */
            struct reading reading =
                make_reading(signal, sim->company->targets[target], at, target ? 0 : trouble);
            if (!telemetry_fold(&sim->core.world.telemetry, &reading, &err))
                sim_fail(sim, "telemetry refuses a reading: %s", err.text);
        }
    }
}

void company_feed(struct sim *sim)
{
    struct world *world = &sim->core.world;
    size_t used = 0;
    for (size_t i = 0; i < world->signals.count && used < SIM_SIGNALS_MAX; i++)
        if (is_wanted(world, &world->signals.items[i]))
            feed_signal(sim, &world->signals.items[i], sim->trouble[used++]);
    sim->fed_ms = sim->boot_ms;
    core_evaluate(&sim->core, sim_now(sim));
}
