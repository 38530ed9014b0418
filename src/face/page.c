/* page.c - the main page: headings at the left, incidents and runs on top, the runbook with its
 * live state; and what changed of it since last time. */
#include "base/json.h"
#include "base/noun.h"
#include "face/page_internal.h"

enum {
    UPDATE_LINES_BYTES = 256 * 1024, /* of one update; more lines come with the next ones */
    NOTICE_MUTED = 20
};

static void dot_write(struct text *text, enum mark mark, int line)
{
    text_printf(text, "<span class=\"dot %s\" id=\"dot-%d\" title=\"%s\">", mark_word(mark), line,
                mark_label(mark));
    if (mark >= MARK_TURN)
        text_printf(text, "<span class=\"unseen\">%s: </span>", mark_label(mark));
    text_adds(text, "</span>");
}

static void navigation_write(struct text *text, const struct page_view *view)
{
    const struct program *program = view->program;
    text_adds(text,
              "<nav id=\"contents\" aria-label=\"Contents\"><a class=\"close\" href=\"#document\">"
              "Close the contents</a><ul>");
    for (int i = 0; i < program->count; i++) {
        const struct statement *statement = &program->statements[i];
        if (statement->heading_level < 1 || statement->heading_level > 3)
            continue;
        text_printf(text, "<li class=\"h%d\"><a href=\"#L%d\">", statement->heading_level,
                    statement->line);
        dot_write(text, mark_below(view, i), statement->line);
        html_inline_write(text, statement->text);
        text_adds(text, "</a></li>");
    }
    text_adds(text, "</ul></nav>");
}

/* Rules of a mark; what is to be looked at is counted on every line. */
static int count_marks(const struct page_view *view, enum mark mark)
{
    int count = 0;
    for (int i = 0; i < view->program->count; i++)
        count += view->lines[i].mark == mark &&
                 (mark == MARK_FINDING || view->program->statements[i].kind == STATEMENT_ALERT);
    return count;
}

/* The whole state in one line. */
static void summary_write(struct text *text, const struct page_view *view)
{
    static const enum mark shown[] = {MARK_FIRING, MARK_PENDING, MARK_UNKNOWN, MARK_FINDING};
    text_adds(text, "<p class=\"sum\">");
    if (view->incident_count)
        text_printf(text, "<strong>%zu open %s</strong>", view->incident_count,
                    noun((int64_t)view->incident_count, "incident", "incidents"));
    else
        text_adds(text, "<strong>No open incidents</strong>");
    if (view->run_count)
        text_printf(text, "<a href=\"#runs\">%zu open %s</a>", view->run_count,
                    noun((int64_t)view->run_count, "run", "runs"));
    size_t elsewhere = view->inbound_count + view->inbound_more;
    if (elsewhere)
        text_printf(text, "<a href=\"#inbound\">%zu %s from elsewhere</a>", elsewhere,
                    noun((int64_t)elsewhere, "alert", "alerts"));
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        int count = count_marks(view, shown[i]);
        if (count)
            text_printf(text, "<span class=\"mark %s\">%d %s</span>", mark_word(shown[i]), count,
                        shown[i] == MARK_FINDING ? "to look at" : mark_word(shown[i]));
    }
    text_adds(text, "</p>");
}

void targets_write(struct text *text, const struct page_view *view)
{
    for (size_t i = 0; i < view->target_count; i++) {
        const struct target_view *target = &view->targets[i];
        bool is_well = target->up && target->problem.n == 0;
        text_printf(text, "<li><span class=\"mark %s\">%s</span> <strong>",
                    is_well      ? "ok"
                    : target->up ? "pending"
                                 : "unknown",
                    target->up      ? "Up"
                    : target->waits ? "Waiting"
                                    : "Down");
        text_html(text, target->name);
        text_adds(text, "</strong> <span class=\"url\">");
        text_html(text, target->url);
        text_adds(text, "</span>");
        if (!instant_is_zero(target->last)) {
            text_printf(text, "<span class=\"seen\">, %s ",
                        target->remembered ? "last read"
                        : target->up       ? "read"
                                           : "tried");
            html_clock_write(text, "since", target->last, view->now);
            text_adds(text, " ago</span>");
        }
        if (target->problem.n) {
            text_adds(text, "<p>");
            text_html_visible(text, target->problem);
            text_adds(text, "</p>");
        }
        text_adds(text, "</li>");
    }
}

static void foot_write(struct text *text, const struct page_view *view)
{
    text_adds(text, "<div id=\"oncall\">");
    oncall_write(text, view);
    text_adds(text, "</div><div id=\"beats\">");
    beats_write(text, view);
    text_adds(text, "</div><div id=\"ways\">");
    ways_write(text, view);
    text_adds(text, "</div><section class=\"targets\" aria-labelledby=\"targets-head\">"
                    "<h2 id=\"targets-head\">What Reeve reads</h2><ul id=\"targets\">");
    targets_write(text, view);
    text_adds(text, view->target_count ? "</ul>" : "</ul><p>No target is configured.</p>");
    text_printf(text,
                "</section><footer><p>Ledger entry <span id=\"sequence\">%lld</span>, page of ",
                (long long)view->sequence);
    html_time_write(text, view->now);
    text_adds(text, "</p>");
    if (view->checkpoint.n) {
        text_adds(text, "<details><summary>Newest signed checkpoint</summary><pre tabindex=\"0\">");
        text_html(text, view->checkpoint);
        text_adds(text, "</pre></details>");
    }
    text_adds(text, "</footer>");
}

/* What is wrong with Reeve itself, and with the document. */
static void notice_write(struct text *text, const struct page_view *view)
{
    bool has_rule = false;
    for (size_t i = 0; i < view->trouble_count; i++) {
        text_adds(text, "<p class=\"trouble\"><strong>Reeve is not well.</strong> ");
        text_html(text, view->troubles[i]);
        text_adds(text, "</p>");
    }
    gaps_write(text, view);
    for (size_t i = 0; i < view->muted_count && i < NOTICE_MUTED; i++) {
        text_adds(text, "<p class=\"trouble muted\"><strong>Silenced.</strong> ");
        text_html(text, view->muted[i]);
        text_adds(text, "</p>");
    }
    if (view->muted_count > NOTICE_MUTED)
        text_printf(text,
                    "<p class=\"trouble muted\"><strong>Silenced.</strong> %zu more rules fire and "
                    "nobody is paged; it stands beside their lines.</p>",
                    view->muted_count - NOTICE_MUTED);
    if (view->config_changed.n) {
        text_adds(text, "<p class=\"refused\"><strong>The configuration was changed."
                        "</strong> ");
        text_html(text, view->config_changed);
        text_adds(text, "</p>");
    }
    if (view->refused.n) {
        text_adds(text, "<p class=\"refused\"><strong>A newer version of the runbook is not in "
                        "force.</strong> ");
        text_html(text, view->refused);
        text_adds(text, "</p>");
    }
    for (int i = 0; i < view->program->count; i++)
        has_rule |= view->program->statements[i].kind == STATEMENT_ALERT;
    if (!has_rule)
        text_printf(text,
                    "<p class=\"refused\"><strong>%s</strong> A line such as \xE2\x80\x9C"
                    "Error rate &gt; 5%% for 5 minutes\xE2\x80\x9D under a heading \xE2\x80\x9C"
                    "Critical Alerts\xE2\x80\x9D makes a rule; <code>reeve check</code> tells how "
                    "each line is understood.</p>",
                    view->program->count
                        ? "Nothing in this runbook is watched: it has no alert rule."
                        : "This runbook is empty, so nothing is watched.");
}

static void keys_write(struct text *text)
{
    text_adds(text,
              "<dialog id=\"keys\" aria-labelledby=\"keys-head\"><h2 id=\"keys-head\">Keys</h2><dl>"
              "<dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next, previous line with a state</dd>"
              "<dt><kbd>n</kbd></dt><dd>next line that needs somebody</dd>"
              "<dt><kbd>o</kbd></dt><dd>open or close the line</dd>"
              "<dt><kbd>i</kbd></dt><dd>to the first open incident</dd>"
              "<dt><kbd>g</kbd></dt><dd>to the top</dd>"
              "<dt><kbd>?</kbd></dt><dd>this list</dd></dl>"
              "<form method=\"dialog\"><button>Close</button></form></dialog>");
}

static void digest_write(const struct page_view *view, char out_digest[HASH_HEX_BYTES])
{
    hash_hex(&view->program->digest, out_digest);
}

static void top_write(struct text *text, const struct page_view *view)
{
    char digest[HASH_HEX_BYTES];
    digest_write(view, digest);
    text_printf(
        text,
        "<body data-now=\"%lld\" data-runbook=\"%s\"><a class=\"skip\" href=\"#document\">To the "
        "runbook</a><header class=\"top\"><a class=\"brand\" href=\"/\">Reeve</a>"
        "<div id=\"summary\">",
        (long long)(view->now.us / 1000), digest);
    summary_write(text, view);
    text_adds(text,
              "</div><a class=\"who\" href=\"/account\">Account</a>"
              "<a class=\"menu\" href=\"#contents\">Contents</a>"
              "<p class=\"link\" id=\"link\" role=\"status\"><noscript>Reload for newer values"
              "</noscript></p></header>");
    html_voices_write(text);
}

static bool has_title(const struct program *program)
{
    for (int i = 0; i < program->count; i++)
        if (program->statements[i].heading_level == 1)
            return true;
    return false;
}

void page_write(struct text *text, const struct page_view *view)
{
    html_head_write(text, view->title, true);
    top_write(text, view);
    text_adds(text, "<div class=\"columns\">");
    navigation_write(text, view);
    text_adds(text, "<main>");
    if (!has_title(view->program)) {
        text_adds(text, "<h1 class=\"unseen\">");
        text_html(text, view->title);
        text_adds(text, "</h1>");
    }
    text_adds(text, "<div id=\"notice\">");
    notice_write(text, view);
    text_adds(text, "</div><div id=\"incidents\">");
    incidents_write(text, view);
    text_adds(text, "</div><div id=\"inbound\">");
    inbounds_write(text, view);
    text_adds(text, "</div><div id=\"runs\">");
    runs_write(text, view);
    text_adds(text, "</div><article id=\"document\" tabindex=\"-1\">");
    document_write(text, view);
    text_adds(text, "</article>");
    foot_write(text, view);
    text_adds(text, "</main></div>");
    keys_write(text);
    html_foot_write(text);
}

/* The parts beside the document. */
static const struct {
    const char *name;
    void (*write)(struct text *, const struct page_view *);
} parts[] = {{"incidents", incidents_write}, {"inbound", inbounds_write}, {"runs", runs_write},
             {"summary", summary_write},     {"targets", targets_write},  {"beats", beats_write},
             {"oncall", oncall_write},       {"ways", ways_write},        {"notice", notice_write}};

size_t page_update_slots(const struct page_view *view)
{
    return (size_t)view->program->count * 3 + sizeof parts / sizeof parts[0] + 1;
}

/* Clocks run in the browser, so a fragment counts as changed by what else it says: it is hashed
 * as written at a fixed moment. */
static bool part_changed(struct text *text, const struct page_view *view, uint64_t *slot,
                         void (*write)(struct text *, const struct page_view *))
{
    struct page_view still = *view;
    still.now = (struct instant){0};
    struct text scratch;
    text_init(&scratch, text->arena, text->max_bytes);
    write(&scratch, &still);
    uint64_t hash = str_hash(text_str(&scratch)) | 1;
    bool changed = *slot != hash;
    *slot = hash;
    return changed;
}

static void part_write(struct json_writer *w, const char *key, const struct page_view *view,
                       void (*write)(struct text *, const struct page_view *))
{
    struct text scratch;
    text_init(&scratch, w->text->arena, w->text->max_bytes);
    write(&scratch, view);
    json_str(w, key, text_str(&scratch));
}

/* What a line was sent as: its mark in the last four bits, the rest is of its words; 0: never. */
static uint64_t mark_slot(enum mark mark)
{
    return (uint64_t)mark + 1;
}

static bool line_update(struct json_writer *w, const struct page_view *view, int index,
                        uint64_t *slot)
{
    struct text cell;
    text_init(&cell, w->text->arena, 64 * 1024);
    line_summary_write(&cell, view, index);
    uint64_t hash =
        (str_hash(text_str(&cell)) & ~UINT64_C(15)) | mark_slot(view->lines[index].mark);
    if (*slot == hash)
        return false;
    *slot = hash;
    json_open_array(w, view->program->statements[index].id);
    json_str(w, NULL, str_of(mark_word(view->lines[index].mark)));
    json_str(w, NULL, text_str(&cell));
    json_close_array(w);
    return true;
}

/* Another mark than it was sent with; or never sent, and somebody should look at it. */
static bool is_pressing(const struct page_view *view, int index, uint64_t slot)
{
    enum mark mark = view->lines[index].mark;
    return slot != 0 ? (slot & 15) != mark_slot(mark) : mark >= MARK_TURN;
}

/* As much as one update may hold: first what has another mark now, then the others in turn, so that
 * none waits for ever. next: the line that is next, kept with the slots. */
static bool lines_update(struct json_writer *w, const struct page_view *view, uint64_t *seen,
                         uint64_t *next)
{
    const int count = view->program->count;
    const size_t most = w->text->n + UPDATE_LINES_BYTES;
    bool changed = false;
    json_open_object(w, "live");
    for (int i = 0; i < count && w->text->n < most; i++)
        if (line_has_state(view, i) && is_pressing(view, i, seen[i]))
            changed |= line_update(w, view, i, &seen[i]);
    int left = count;
    for (; left > 0 && w->text->n < most; left--) {
        int i = (int)(*next % (uint64_t)count);
        *next = (uint64_t)i + 1;
        if (line_has_state(view, i))
            changed |= line_update(w, view, i, &seen[i]);
    }
    json_close_object(w);
    return changed;
}

bool page_update_waits(const struct page_view *view, const uint64_t *seen, int index)
{
    return seen[index] == 0 && line_has_state(view, index);
}

static bool dots_update(struct json_writer *w, const struct page_view *view, uint64_t *seen)
{
    bool changed = false;
    json_open_object(w, "dots");
    for (int i = 0; i < view->program->count; i++) {
        if (view->program->statements[i].heading_level == 0)
            continue;
        enum mark worst = mark_below(view, i);
        if (seen[i] == (uint64_t)worst + 1)
            continue;
        seen[i] = (uint64_t)worst + 1;
        changed = true;
        struct text dot;
        int line = view->program->statements[i].line;
        text_init(&dot, w->text->arena, 400);
        dot_write(&dot, worst, line);
        json_str(w, str_printf(w->text->arena, "dot-%d", line).p, text_str(&dot));
    }
    json_close_object(w);
    return changed;
}

/* Beside the lines: what they start, and the runs of it. */
static bool procedures_update(struct json_writer *w, const struct page_view *view, uint64_t *seen)
{
    bool changed = false;
    json_open_object(w, "procedures");
    for (int i = 0; view->procedures && i < view->program->count; i++) {
        struct text cell;
        if (view->procedures[i].count == 0)
            continue;
        text_init(&cell, w->text->arena, 64 * 1024);
        line_procedures_write(&cell, view, i);
        uint64_t hash = str_hash(text_str(&cell)) | 1;
        if (seen[i] == hash)
            continue;
        seen[i] = hash;
        changed = true;
        json_str(w, view->program->statements[i].id, text_str(&cell));
    }
    json_close_object(w);
    return changed;
}

bool page_update_write(struct text *text, const struct page_view *view, uint64_t *seen)
{
    size_t count = (size_t)view->program->count;
    char digest[HASH_HEX_BYTES];
    struct text json;
    text_init(&json, text->arena, text->max_bytes);
    struct json_writer w = {.text = &json};
    json_open_object(&w, NULL);
    json_int(&w, "seq", view->sequence);
    json_int(&w, "now", view->now.us / 1000);
    digest_write(view, digest);
    json_str(&w, "runbook", str_of(digest));
    bool changed = lines_update(&w, view, seen, &seen[3 * count + sizeof parts / sizeof parts[0]]);
    changed |= dots_update(&w, view, seen + count);
    changed |= procedures_update(&w, view, seen + 2 * count);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (part_changed(text, view, &seen[3 * count + i], parts[i].write)) {
            part_write(&w, parts[i].name, view, parts[i].write);
            changed = true;
        }
    }
    json_close_object(&w);
    if (changed)
        text_add(text, text_str(&json));
    return changed;
}
