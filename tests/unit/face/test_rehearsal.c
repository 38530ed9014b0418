/* test_rehearsal.c - rehearsals and evidence on the page: what is said, and which forms stand. */
#include "face/page.h"
#include "harness/test.h"
#include "sample_run.h"

static const struct instant now = {1795435200LL * 1000000};

static bool holds(struct str html, const char *part)
{
    return str_find(html, part, 0) < html.n;
}

static struct str page_of_run(struct arena *arena, const struct run_view *run)
{
    struct text text;
    text_init(&text, arena, 4 * 1024 * 1024);
    page_run_write(&text, run, STR("person:ana"), now);
    return text_str(&text);
}

static struct str page_of_procedure(struct arena *arena, const struct procedure_view *view)
{
    struct text text;
    text_init(&text, arena, 4 * 1024 * 1024);
    page_procedure_write(&text, view, now);
    return text_str(&text);
}

TEST(a_rehearsal_is_called_one_and_production_is_named)
{
    struct run_view *run = sample_run(arena);
    struct str html = page_of_run(arena, run);
    CHECK(!holds(html, "ehearsal"));
    CHECK(holds(html, "<dt>Environment</dt><dd><code>production</code></dd>"));
    run->environment = STR("stag<ing>");
    html = page_of_run(arena, run);
    CHECK(holds(html, "Rehearsal in stag&lt;ing&gt;</span>"));
    CHECK(holds(html, "<strong>A rehearsal in stag&lt;ing&gt;, not in production.</strong>"));
    CHECK(holds(html, "<dt>Environment</dt><dd><code>stag&lt;ing&gt;</code></dd>"));
    CHECK(!holds(html, "<ing>"));
}

TEST(files_are_links_to_download_and_what_is_wrong_with_them_is_said)
{
    struct run_view *run = sample_run(arena);
    struct attachment_view files[] = {
        {.name = STR("a\"<b>.png"), .digest = STR("00ff"), .by = STR("person:ana"), .bytes = 1},
        {.digest = STR("11ff"), .by = STR("person:ben"), .bytes = 20},
        {.name = STR("c.png"), .digest = STR("22ff"), .by = STR("reeve"), .problem = STR("Lost.")},
    };
    run->steps[0].attachments = files;
    run->steps[0].attachment_count = 3;
    struct str html = page_of_run(arena, run);
    CHECK(holds(html,
                "<a href=\"/attachments/3/00ff\" download>a&quot;&lt;b&gt;.png</a>, 1 byte, by "
                "ana"));
    CHECK(holds(html, "<li>A file that was erased, 20 bytes, by ben"));
    CHECK(!holds(html, "/attachments/3/11ff"));
    CHECK(holds(html, "SHA-256 22ff</code><p class=\"reason bad\">Lost.</p>"));
}

TEST(who_ticks_can_attach_and_is_told_where_it_is_asked)
{
    struct run_view *run = sample_run(arena);
    struct run_step_view *step = &run->steps[0];
    step->state = STR("ready");
    run->state = STR("going");
    struct str html = page_of_run(arena, run);
    CHECK(holds(html, "action=\"/do/run/tick\" class=\"say\" enctype=\"multipart/form-data\""));
    CHECK(!holds(html, "action=\"/do/run/skip\" class=\"say\" enctype"));
    CHECK(holds(html, "type=\"file\" name=\"attach\" id=\"attach-1\" multiple"));
    CHECK(!holds(html, "as evidence"));
    step->evidence = STR("Record");
    html = page_of_run(arena, run);
    CHECK(holds(html, "What was seen? Or attach a file.") && holds(html, "File as evidence"));
}

TEST(a_procedure_is_rehearsed_also_where_a_run_forbids_a_start)
{
    static const struct str environments[] = {{"staging", 7}, {"lab", 3}};
    struct procedure_view view = sample_procedure(arena);
    struct str html = page_of_procedure(arena, &view);
    CHECK(holds(html, "never rehearsed") && !holds(html, "name=\"rehearse\""));
    CHECK(!holds(html, "to be rehearsed"));
    view.environments = environments;
    view.environment_count = 2;
    view.rehearsal = (struct rehearsal_view){.recovers = true,
                                             .run = 4,
                                             .said = STR("last rehearsed & <well>"),
                                             .warning = STR("never <whole>")};
    html = page_of_procedure(arena, &view);
    CHECK(holds(html, "<button class=\"main\">Start</button>"));
    CHECK(holds(html, "<button name=\"rehearse\" value=\"lab\">Rehearse in lab</button>"));
    CHECK(holds(html, "<a href=\"/runs/4\">last rehearsed &amp; &lt;well&gt;</a>"));
    CHECK(holds(html, "<strong>It is to be rehearsed,</strong>") &&
          holds(html, "never &lt;whole&gt;."));
    view.refused = STR("Run 7 is not over.");
    html = page_of_procedure(arena, &view);
    CHECK(!holds(html, ">Start</button>") && holds(html, "value=\"staging\""));
    view.is_full = true;
    CHECK(!holds(page_of_procedure(arena, &view), "value=\"staging\""));
}
