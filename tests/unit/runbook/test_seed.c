/* test_seed.c - the mission's runbook and the corpus, where they are: named skips elsewhere; and
 * the project's own runbook, which has every kind of line that the mission's has. */
#include "harness/test.h"

#include "runbook/binding.h"

#include <stdlib.h>
#include <unistd.h>

/* The path of a shared file, or a skip that names it. */
static struct str shared_path(struct arena *arena, const char *name)
{
    const char *folder = getenv("REEVE_SHARED");
    struct str path = folder ? str_printf(arena, "%s/%s", folder, name)
                             : test_source_path(arena, str_printf(arena, "../shared/%s", name).p);
    if (access(path.p, R_OK) != 0)
        SKIP(str_printf(arena, "%s: REEVE_SHARED and ../shared are absent", name).p);
    return path;
}

static struct program *read_seed(struct arena *arena)
{
    struct program *program = NULL;
    struct err err = {0};
    struct str source = test_read_file(arena, shared_path(arena, "runbooks/production.md"));
    CHECK_OK(program_read(arena, STR("production.md"), source, &program, &err), &err);
    return program;
}

static const struct statement *at_line(const struct program *program, int line)
{
    for (int i = 0; i < program->count; i++)
        if (program->statements[i].line <= line && program->statements[i].last_line >= line)
            return &program->statements[i];
    test_fail(__FILE__, __LINE__, "no statement on line %d", line);
}

TEST(seed_counts)
{
    struct program *program = read_seed(arena);
    static const int want[STATEMENT_KINDS] = {
        [STATEMENT_STRUCTURE] = 70, [STATEMENT_SEVERITY] = 4,  [STATEMENT_RESPONSE] = 8,
        [STATEMENT_ALERT] = 10,     [STATEMENT_SCHEDULE] = 4,  [STATEMENT_STEP] = 103,
        [STATEMENT_CHECK] = 6,      [STATEMENT_CONTACT] = 4,   [STATEMENT_COMMAND] = 26,
        [STATEMENT_NOTE] = 25,      [STATEMENT_PRACTICE] = 45, [STATEMENT_GUIDANCE] = 12};
    int total = 0;
    int filled = 0;
    for (int kind = 0; kind < STATEMENT_KINDS; kind++) {
        test_same_int(__FILE__, __LINE__, program->kind_lines[kind], want[kind],
                      statement_kind_name((enum statement_kind)kind));
        total += program->kind_lines[kind];
    }
    for (int i = 0; i < program->line_count; i++)
        filled += str_trim(program->lines[i]).n > 0;
    CHECK_INT(total, 317);
    CHECK_INT(filled, 317);
}

TEST(seed_findings)
{
    struct program *program = read_seed(arena);
    static const struct {
        int line;
        const char *code;
    } decisions[] = {{12, "nobody-named"},   {14, "undefined-edge"}, {16, "nobody-named"},
                     {20, "nobody-named"},   {46, "which-address"},  {61, "which-severity"},
                     {63, "which-limit"},    {64, "which-scope"},    {65, "state-signal"},
                     {68, "which-severity"}, {70, "which-limit"},    {71, "which-hosts"},
                     {72, "which-hosts"},    {79, "who-is"}};
    size_t next = 0;
    for (int i = 0; i < program->finding_count; i++) {
        const struct finding *finding = &program->findings[i];
        CHECK(finding->level != FINDING_ERROR);
        if (finding->level != FINDING_OPEN_DECISION)
            continue;
        CHECK(next < sizeof decisions / sizeof decisions[0]);
        CHECK_INT(finding->line, decisions[next].line);
        CHECK_STR(str_of(finding->code), decisions[next].code);
        next++;
    }
    CHECK_INT(next, sizeof decisions / sizeof decisions[0]);
}

TEST(seed_parts)
{
    struct program *program = read_seed(arena);
    const struct statement *alert = at_line(program, 61);
    CHECK_STR(alert->alert.signal, "error rate");
    CHECK(alert->alert.value == 0.05 && alert->alert.window_ms == 300000);
    CHECK_STR(alert->path, "Monitoring Alerts / Critical Alerts");
    CHECK_STR(at_line(program, 8)->response.to, "CTO");
    CHECK_STR(at_line(program, 8)->response.level, "P0");
    const struct statement *checklist = at_line(program, 22);
    for (int line = 23; line <= 30; line++) {
        const struct statement *step = at_line(program, line);
        CHECK(step->kind == STATEMENT_STEP && step->step.checkbox &&
              step->step.number == line - 22);
        CHECK(&program->statements[step->parent] == checklist);
    }
    CHECK_INT(at_line(program, 34)->schedule.every_months, 3);
    CHECK_INT(at_line(program, 95)->schedule.every_ms, 86400000);
    CHECK_INT(at_line(program, 132)->schedule.from_minute, 120);
    CHECK_INT(at_line(program, 133)->schedule.length_ms, 259200000);
    CHECK_STR(at_line(program, 171)->contact.address, "support@supabase.io");
    CHECK_STR(at_line(program, 173)->contact.who, "Stripe Support");
    CHECK_STR(at_line(program, 181)->command.text, "npm run db:migrate");
    CHECK_INT(at_line(program, 146)->last_line, 149);
}

/* Whatever speaks of something by name has a row in the vocabulary. Returns how many. */
static int check_bound(const struct program *program)
{
    int count = 0;
    for (int i = 0; i < program->count; i++) {
        const struct statement *statement = &program->statements[i];
        bool told = statement->kind != STATEMENT_RESPONSE || statement->response.to.n > 0;
        if (!binding_is_wanted(statement) || !told)
            continue;
        if (binding_of(statement).n == 0)
            test_fail(__FILE__, __LINE__, "line %d is bound to nothing: %.*s", statement->line,
                      STR_ARGS(statement->text));
        test_checked();
        count++;
    }
    return count;
}

TEST(acme_is_bound)
{
    struct program *program = NULL;
    struct err err = {0};
    struct str source = test_read_file(arena, test_source_path(arena, "examples/acme/RUNBOOK.md"));
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), source, &program, &err), &err);
    CHECK_INT(check_bound(program), 162);
}

/* By hand: each line of the mission's runbook that speaks of something by name, and the name. */
static const char seed_bindings[] =
    "8 cto;23 incident:ack;24 incident:channel;25 incident:assess;26 incident:mitigate;"
    "27 status:update;28 incident:diagnose;29 deploy:hotfix;30 incident:postmortem;"
    "37 secret:create;38 env:update;39 deploy:verify;40 secret:revoke;43 secret:create;"
    "44 secret:webhook;45 env:update;46 test:payment;47 deploy:production;48 health:watch;"
    "49 secret:revoke;52 security:rotate-keys;53 security:verify-encryption;54 secret:seal;"
    "55 vault:update;61 error rate;62 response time;63 token usage;64 failed auth attempts;"
    "65 database connection pool;68 error rate;69 response time;70 token usage;71 disk usage;"
    "72 memory usage;77 breach:isolate;78 breach:assess;79 breach:notify;80 breach:forensics;"
    "81 breach:prepare-notice;82 breach:notify-authority;83 breach:report;86 gdpr:identity;"
    "87 gdpr:log-request;88 gdpr:export;89 gdpr:review;90 gdpr:deliver;"
    "91 gdpr:log-completion;103 traffic:stop;104 backup:restore;105 db:verify;"
    "106 traffic:resume;107 health:watch;110 infra:provision;111 backup:restore;"
    "112 storage:restore;113 dns:update;114 health:check;115 traffic:resume;"
    "122 scale:replica;123 scale:node;126 scale:up;127 scale:memory;135 maintenance:on;"
    "136 db:migrate;137 deploy:production;138 health:check;139 maintenance:off;171 database;"
    "172 hosting;173 payments;174 ai;229 deploy:tests;230 deploy:scans;231 deploy:migrations;"
    "232 deploy:variables;233 deploy:monitoring;234 deploy:rollback-plan;238 deploy:staging;"
    "239 test:smoke;240 test:integrations;243 maintenance:on;244 deploy:production;"
    "245 health:check;246 health:watch;247 maintenance:off;250 health:check;"
    "251 metrics:errors;252 metrics:performance;253 docs:update;271 gdpr:export;"
    "272 gdpr:rectify;273 gdpr:erase;274 gdpr:portability;277 gdpr:records;"
    "278 gdpr:lawful-basis;279 gdpr:consent;280 gdpr:by-design;300 diagnose:deployments;"
    "301 logs:errors;302 diagnose:vendors;303 db:ping;304 diagnose:rate-limits;"
    "307 diagnose:database;308 diagnose:queries;309 diagnose:apis;310 diagnose:cache;"
    "311 diagnose:resources;314 diagnose:tokens;315 diagnose:sessions;316 diagnose:api-keys;"
    "317 diagnose:rate-limits;318 diagnose:permissions;321 db:verify;322 diagnose:corruption;"
    "323 diagnose:changes;324 backup:status;325 diagnose:migrations;330 database:index;"
    "331 database:queries;332 database:pool;333 database:replicas;334 database:partitions;"
    "337 app:profile;338 app:memory;339 app:caching;340 app:responses;341 app:bundle;"
    "344 infra:cdn;345 infra:balancing;346 infra:autoscaling;347 infra:allocation;"
    "348 infra:cost;353 code:input;354 code:sql-injection;355 code:xss;356 code:csrf;"
    "357 code:practices;360 infra:segmentation;361 infra:firewall;362 infra:tls;"
    "363 infra:access;364 infra:monitoring;367 data:encryption;368 data:keys;"
    "369 data:classification;370 data:access;371 data:audit-log;376 growth:users;"
    "377 growth:usage;378 growth:consumption;379 growth:cost;380 growth:scaling;"
    "383 capacity:database;384 capacity:storage;385 capacity:bandwidth;386 capacity:compute;"
    "387 capacity:limits;390 cost:utilization;391 cost:waste;392 cost:right-size;"
    "393 cost:commitments;394 cost:alerts;";

TEST(seed_is_bound)
{
    struct program *program = read_seed(arena);
    struct str rest = str_of(seed_bindings);
    struct str want;
    int count = 0;
    while (str_split(&rest, ';', &want) && want.n > 0) {
        int64_t line = 0;
        struct str name = want;
        struct str number;
        CHECK(str_split(&name, ' ', &number) && str_int(number, &line));
        CHECK_SAME(binding_of(at_line(program, (int)line)), name);
        count++;
    }
    CHECK_INT(check_bound(program), count);
}

/* No document may crash the reader or lose a line; some are refused with a place. */
TEST(corpus_is_read_whole)
{
    struct str labels = test_read_file(arena, shared_path(arena, "corpus/LABELS.tsv"));
    struct str line, file, last = {"", 0};
    int documents = 0;
    while (str_split(&labels, '\n', &line)) {
        struct str rest = line;
        struct program *program = NULL;
        struct err err = {0};
        if (!str_split(&rest, '\t', &file) || !str_ends(file, ".md") || str_equal(file, last))
            continue;
        last = file;
        struct str path = shared_path(arena, str_printf(arena, "corpus/%.*s", STR_ARGS(file)).p);
        struct str source = test_read_file(arena, path);
        CHECK_OK(program_read(arena, file, source, &program, &err), &err);
        int total = 0, filled = 0;
        for (int kind = 0; kind < STATEMENT_KINDS; kind++)
            total += program->kind_lines[kind];
        for (int i = 0; i < program->line_count; i++)
            filled += str_trim(program->lines[i]).n > 0;
        CHECK_INT(total, filled);
        documents++;
    }
    CHECK(documents > 20);
}
