/* test_plan.c - files and history beside each other. */
#include "harness/test.h"
#include "migrate/plan.h"

static const struct migration_file files[] = {
    {STR("1_a.sql"), STR("-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n")},
    {STR("2_b.sql"),
     STR("-- migrate:up transaction:false\nSELECT 1; SELECT 2; SELECT 3;\n-- migrate:down\n")},
    {STR("3_c.sql"), STR("SELECT 1")},
};
enum { FILES = 3, ROWS_MAX = 8 };

struct case_row {
    const char *version;
    bool down;
    int part, parts;
    bool done;
    const char *sum; /* NULL: as the file has it */
};

struct story {
    struct migration_set set;
    struct migration_plan plan;
    struct history_row rows[ROWS_MAX];
};

static void tell(struct arena *arena, struct story *story, const struct case_row *rows,
                 struct plan_options options)
{
    size_t count = 0;
    migration_set_read(arena, files, FILES, &story->set);
    for (; rows[count].version; count++) {
        const struct migration *migration =
            migration_find(&story->set, str_of(rows[count].version));
        int part = rows[count].part;
        const char *sum = rows[count].sum ? rows[count].sum
                          : migration && part > 0 && !rows[count].down
                              ? migration->up.statements[part - 1].sum
                              : "";
        story->rows[count] = (struct history_row){
            .version = str_of(rows[count].version),
            .name = STR("as it was"),
            .down = rows[count].down,
            .part = part,
            .parts = rows[count].parts,
            .done = rows[count].done,
            .sum = str_of(sum),
            .file_sum = rows[count].sum ? str_of(sum) : str_of(migration ? migration->sum : ""),
            .at = STR("2024")};
    }
    migration_plan_make(&story->set, story->rows, count, options, &story->plan);
}

static struct str shown(struct arena *arena, const struct story *story)
{
    struct text text;
    text_init(&text, arena, 8192);
    for (size_t i = 0; i < story->plan.count; i++) {
        const struct migration_view *view = &story->plan.views[i];
        text_printf(&text, "%.*s %s %d/%d%s%s%s%s; ", STR_ARGS(view->version),
                    migration_state_name(view->state), (int)view->done, (int)view->parts,
                    view->edited ? " edited" : "", view->late ? " late" : "",
                    view->doubt ? " doubt" : "", view->migration ? "" : " gone");
    }
    for (size_t i = 0; i < story->set.finding_count; i++)
        text_printf(&text, "%s%.*s", story->set.findings[i].stops ? "!" : "~",
                    STR_ARGS(story->set.findings[i].version));
    return text_str(&text);
}

TEST(states_follow_from_rows)
{
    static const struct {
        struct case_row rows[ROWS_MAX];
        struct plan_options options;
        const char *shown;
    } cases[] = {
        {{{0}}, {0}, "1 pending 0/1; 2 pending 0/3; 3 pending 0/1; "},
        {{{"1", false, 1, 1, true, NULL}}, {0}, "1 applied 1/1; 2 pending 0/3; 3 pending 0/1; "},
        {{{"2", false, 2, 3, false, NULL},
          {"1", false, 1, 1, true, NULL},
          {"2", false, 1, 3, true, NULL}},
         {0},
         "1 applied 1/1; 2 half applied 1/3 doubt; 3 pending 0/1; "},
        {{{"2", false, 1, 3, true, "x"}},
         {0},
         "1 pending 0/1; 2 half applied 1/3 edited; 3 pending 0/1; !2"},
        {{{"1", false, 1, 1, true, "x"}},
         {0},
         "1 applied 1/1 edited; 2 pending 0/3; 3 pending 0/1; !1"},
        {{{"1", false, 1, 1, true, "x"}},
         {.allow_edited = true},
         "1 applied 1/1 edited; 2 pending 0/3; 3 pending 0/1; ~1"},
        {{{"3", false, 1, 1, true, NULL}},
         {0},
         "1 pending 0/1 late; 2 pending 0/3 late; 3 applied 1/1; !2!1"},
        {{{"3", false, 1, 1, true, NULL}},
         {.allow_late = true},
         "1 pending 0/1 late; 2 pending 0/3 late; 3 applied 1/1; ~2~1"},
        {{{"0", false, 0, 0, true, NULL}},
         {0},
         "0 applied 0/0 gone; 1 pending 0/1; 2 pending 0/3; 3 pending 0/1; ~0"},
        {{{"1", false, 1, 1, true, NULL}, {"1", true, 1, 2, true, ""}},
         {0},
         "1 half rolled back 1/2; 2 pending 0/3; 3 pending 0/1; "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct story story;
        tell(arena, &story, cases[i].rows, cases[i].options);
        CHECK_STR(shown(arena, &story), cases[i].shown);
    }
}

TEST(the_way_back_is_found_or_refused)
{
    static const struct case_row all[] = {{"1", false, 1, 1, true, NULL},
                                          {"2", false, 1, 3, true, NULL},
                                          {"2", false, 2, 3, true, NULL},
                                          {"2", false, 3, 3, true, NULL},
                                          {0}};
    struct story story;
    struct rollback rollback;
    struct err err = {0};
    tell(arena, &story, all, (struct plan_options){0});
    CHECK_OK(rollback_make(arena, &story.plan, STR(""), &rollback, &err), &err);
    CHECK_INT(rollback.count, 1);
    CHECK_STR(rollback.items[0]->version, "2");
    CHECK_OK(rollback_make(arena, &story.plan, STR("001"), &rollback, &err), &err);
    CHECK_INT(rollback.count, 1);
    CHECK_OK(rollback_make(arena, &story.plan, STR("0"), &rollback, &err), &err);
    CHECK_INT(rollback.count, 2);
    CHECK_STR(rollback.items[1]->version, "1");
    CHECK(!rollback_make(arena, &story.plan, STR("3"), &rollback, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK(!rollback_make(arena, &story.plan, STR("x"), &rollback, &err));
    CHECK(view_row(&story.plan.views[1], false, 3) != NULL);
    CHECK(view_row(&story.plan.views[1], true, 1) == NULL);

    static const struct case_row third[] = {{"3", false, 1, 1, true, NULL}, {0}};
    tell(arena, &story, third, (struct plan_options){0});
    CHECK(!rollback_make(arena, &story.plan, STR(""), &rollback, &err));
    CHECK(strstr(err.text, "has no way back") != NULL);
}
