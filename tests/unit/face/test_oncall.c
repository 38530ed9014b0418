/* test_oncall.c - the page of the rotas: all words escaped, gaps and the present said in words. */
#include "face/page.h"
#include "harness/test.h"

static bool has(struct str html, const char *words)
{
    return str_find(html, words, 0) < html.n;
}

static struct str write(struct arena *arena, const struct oncall_view *view)
{
    struct text text;
    text_init(&text, arena, 64 * 1024);
    page_oncall_write(&text, view, (struct instant){1795435200000000});
    CHECK(!text_full(&text));
    return text_str(&text);
}

TEST(shifts_are_words_and_names_are_escaped)
{
    static const struct shift_view shifts[] = {{.from = {"Mon 2026-11-23 09:00 CET", 24},
                                                .until = {"until Mon 2026-11-30 09:00 CET", 30},
                                                .who = {"<b>ana</b>", 10},
                                                .why = {"rotation", 8},
                                                .is_now = true},
                                               {.from = {"Mon 2026-11-30 09:00 CET", 24},
                                                .until = {"for good", 8},
                                                .who = {"nobody", 6},
                                                .why = {"no layer has anybody", 20},
                                                .is_gap = true}};
    static const struct rota_view rota = {.name = {"prim&ary", 8},
                                          .zone = {"Europe/Ljubljana", 16},
                                          .shifts = shifts,
                                          .shift_count = 2};
    static const struct str sentence = {"The rota \"prim&ary\" has nobody.", 31};
    static const struct str person = {"\"ana\"", 5};
    static const struct change_view change = {7, {"Change 7, <leave>", 17}};
    struct oncall_view view = {.rotas = &rota,
                               .rota_count = 1,
                               .people = &person,
                               .people_count = 1,
                               .changes = &change,
                               .change_count = 1,
                               .gaps = &sentence,
                               .gap_count = 1};
    struct str html = write(arena, &view);
    CHECK(has(html, "<strong>Now:</strong> &lt;b&gt;ana&lt;/b&gt;"));
    CHECK(has(html, "<strong>Gap:</strong> nobody, so a page goes to others"));
    CHECK(has(html, "until Mon 2026-11-30 09:00 CET") && has(html, "for good"));
    CHECK(!has(html, "until until") && !has(html, "until for good"));
    CHECK(has(html, "<h2>prim&amp;ary</h2>"));
    CHECK(has(html, "aria-label=\"Shifts of prim&amp;ary\""));
    CHECK(has(html, "<h2>Overrides, swaps and leave</h2>"));
    CHECK(has(html, "<li>Change 7, &lt;leave&gt;<form method=\"post\" action=\"/do/oncall/undo\""));
    CHECK(has(html, "<option>prim&amp;ary</option>"));
    CHECK(has(html, "<option>&quot;ana&quot;</option>"));
    CHECK(!has(html, "<b>ana"));
}

TEST(without_rotas_it_says_who_is_paged)
{
    struct oncall_view view = {0};
    CHECK(has(write(arena, &view), "every responder is paged"));
}
