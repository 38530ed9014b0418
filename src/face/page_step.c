/* page_step.c - one step of a run: its state, its times, its command, its output, and the forms for
 * what a person can do about it now.
 *
 * The forms follow what run/ask.c takes in each state; what it refuses all the same is said by the
 * reply. */
#include "face/page_run.h"

#include "base/noun.h"

static bool by_clock(const struct run_step_view *step)
{
    return str_is(step->does, "hold") || str_is(step->does, "wait");
}

void run_form_open(struct text *text, const struct run_page *page, const char *action, int step)
{
    long long number = (long long)page->run->number;
    text_printf(text,
                "<form method=\"post\" action=\"/do/%s\" class=\"say\"%s><input "
                "type=\"hidden\" name=\"number\" value=\"%lld\">",
                action, strcmp(action, "run/tick") == 0 ? " enctype=\"multipart/form-data\"" : "",
                number);
    if (step > 0)
        text_printf(text, "<input type=\"hidden\" name=\"step\" value=\"%d\">", step);
    back_write(text, str_printf(text->arena, "/runs/%lld", number));
}

struct words_field {         /* a line of words that a form asks for */
    const char *form, *name; /* "tick", "note": with the step they make its id */
    const char *asks;        /* what stands in it while it is empty */
    bool is_required;
    const char *button;
    bool is_main;
    bool takes_files;
};

static const char *file_field(struct arena *arena, const struct run_step_view *step)
{
    return str_printf(arena,
                      "<label class=\"file\"><span>%s<span class=\"unseen\">, step %d</span></span>"
                      "<input type=\"file\" name=\"attach\" id=\"attach-%d\" multiple></label>",
                      step->evidence.n > 0 ? "File as evidence" : "File", step->number,
                      step->number)
        .p;
}

/* The field, the button, and the end of the form. */
static void field_write(struct text *text, const struct run_step_view *step,
                        const struct words_field *field)
{
    text_printf(text,
                "<label><span class=\"unseen\">%s Step %d.</span><input name=\"%s\" "
                "id=\"%s-%d\"%s maxlength=\"4000\" autocomplete=\"off\" placeholder=\"%s\">"
                "</label>%s<button%s>%s<span class=\"unseen\">: step %d, ",
                field->asks, step->number, field->name, field->form, step->number,
                field->is_required ? " required" : "", field->asks,
                field->takes_files ? file_field(text->arena, step) : "",
                field->is_main ? " class=\"main\"" : "", field->button, step->number);
    text_html_visible(text, first_words(step->text));
    text_adds(text, "</span></button></form>");
}

static void tick_write(struct text *text, const struct run_page *page,
                       const struct run_step_view *step)
{
    struct words_field field = {"tick", "note", "Note, if there is one.", false, "Done",
                                true,   true};
    if (step->evidence.n > 0 && step->attachment_count == 0)
        field.asks = "What was seen? Or attach a file.";
    if (step_is_bad(step))
        field = (struct words_field){"tick", "note", "How do you know?", true, "It was done",
                                     false,  true};
    run_form_open(text, page, "run/tick", step->number);
    field_write(text, step, &field);
}

static void retry_write(struct text *text, const struct run_page *page,
                        const struct run_step_view *step)
{
    bool must = str_is(step->state, "doubted") &&
                (str_is(step->does, "command") || str_is(step->does, "notify"));
    struct words_field field = {"retry", "reason", "Why again? Optional.", false, "Retry",
                                true,    false};
    if (must || step->was_refused) {
        field.asks = must ? "Why is doing it again right?" : "Why is it asked for again?";
        field.is_required = true;
    }
    run_form_open(text, page, "run/retry", step->number);
    field_write(text, step, &field);
}

static void skip_write(struct text *text, const struct run_page *page,
                       const struct run_step_view *step, bool is_open)
{
    struct words_field field = {"skip", "reason", "Why is it left out?", true, "Skip",
                                false,  false};
    if (!is_open)
        text_printf(text,
                    "<details class=\"other\" id=\"other-%d\"><summary>Skip it"
                    "<span class=\"unseen\">: step %d</span></summary>",
                    step->number, step->number);
    run_form_open(text, page, "run/skip", step->number);
    field_write(text, step, &field);
    text_adds(text, is_open ? "" : "</details>");
}

static void stop_write(struct text *text, const struct run_page *page,
                       const struct run_step_view *step)
{
    struct words_field field = {"stop", "note", "What was seen? Optional.", false, "End watching",
                                true,   false};
    run_form_open(text, page, "run/stop", step->number);
    field_write(text, step, &field);
}

/* Two buttons; the field is for how it is known. */
static void answer_write(struct text *text, const struct run_page *page,
                         const struct run_step_view *step)
{
    static const char *const answers[][2] = {{"yes", "Yes"}, {"no", "No"}};
    run_form_open(text, page, "run/answer", step->number);
    text_printf(text,
                "<label><span class=\"unseen\">How is it known? Step %d.</span><input "
                "name=\"note\" id=\"answer-%d\" maxlength=\"4000\" autocomplete=\"off\" "
                "placeholder=\"How is it known? Optional.\"></label>",
                step->number, step->number);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        text_printf(text,
                    "<button name=\"answer\" value=\"%s\"%s>%s<span class=\"unseen\">: step %d, ",
                    answers[i][0], i == 0 ? " class=\"main\"" : "", answers[i][1], step->number);
        text_html(text, step->question);
        text_adds(text, "</span></button>");
    }
    text_adds(text, "</form>");
}

/* What it asks before it begins, and how that stands. */
static void condition_write_html(struct text *text, const struct run_step_view *step)
{
    if (step->question.n > 0) {
        text_adds(text, "<p class=\"facts\"><span>asks: ");
        text_html(text, step->question);
        text_adds(text, "</span>");
        if (step->answer.n > 0)
            text_printf(text, "<span><strong>%.*s</strong></span>", STR_ARGS(step->answer));
        if (step->why.n > 0) {
            text_adds(text, step->asks ? "<span>Reeve cannot say: " : "<span>");
            text_html(text, step->why);
            text_adds(text, "</span>");
        }
        if (step->rounds > 0)
            text_printf(text, "<span>begun again %d time%s</span>", step->rounds,
                        step->rounds > 1 ? "s" : "");
        text_adds(text, "</p>");
    }
    if (step->handler > 0)
        text_printf(text,
                    "<p class=\"reason\">What is to be done when it fails is <a "
                    "href=\"#step-%d\">step %d</a>, and the run goes on there.</p>",
                    step->handler, step->handler);
}

/* What is shown here is what is agreed to, or nothing. */
static void digest_write(struct text *text, const struct run_step_view *step)
{
    text_adds(text, "<input type=\"hidden\" name=\"digest\" value=\"");
    text_html(text, step->agreed_to);
    text_adds(text, "\">");
}

static void approve_write(struct text *text, const struct run_page *page,
                          const struct run_step_view *step)
{
    approval_write(text, step, page->now);
    bool opened = str_equal(page->viewer, page->run->opened_by);
    if (opened || str_equal(page->viewer, page->run->again_by) ||
        str_equal(page->viewer, step->asker)) {
        text_printf(text,
                    "<p class=\"faint\">You %s, so another person gives it: "
                    "<code>reeve approve %lld %d</code> on the machine.</p>",
                    opened ? "started this run" : "asked for this", (long long)page->run->number,
                    step->number);
        return;
    }
    run_form_open(text, page, "approve", step->number);
    digest_write(text, step);
    text_printf(text,
                "<button class=\"main\">Approve<span class=\"unseen\"> step %d</span></button>"
                "<p class=\"faint\">For an hour, for exactly this command with these values.</p>"
                "</form>",
                step->number);
    struct words_field field = {"refuse", "reason", "Why not?", true, "Refuse", false, false};
    run_form_open(text, page, "refuse", step->number);
    digest_write(text, step);
    field_write(text, step, &field);
}

/* Does its state leave anything to a person? */
static bool can_act(const struct run_page *page, const struct run_step_view *step)
{
    bool is_run_open = str_is(page->run->state, "going") || str_is(page->run->state, "stopped");
    bool is_busy = str_is(step->state, "running") && !by_clock(step) && !step->is_watched;
    return is_run_open && (!step->is_title || step->asks) && !step_is_over(step) && !is_busy &&
           step->handler == 0 && !str_is(step->state, "planned");
}

static void actions_write(struct text *text, const struct run_page *page,
                          const struct run_step_view *step)
{
    if (!can_act(page, step))
        return;
    text_printf(text, "<div class=\"actions%s\" id=\"do-%d\">", step_is_bad(step) ? " decide" : "",
                step->number);
    if (step->asks) {
        answer_write(text, page, step);
    } else if (step_is_bad(step)) {
        retry_write(text, page, step);
        tick_write(text, page, step);
    } else if (str_is(step->state, "approval")) {
        approve_write(text, page, step);
    } else if (str_is(step->state, "ready") && !by_clock(step)) {
        tick_write(text, page, step);
    }
    if (step->is_watched)
        stop_write(text, page, step);
    else if (!step->is_title)
        skip_write(text, page, step, step_is_bad(step));
    text_adds(text, "</div>");
}

/* "by ana, 14:03:20 UTC, after 3 min" of what is over, else since when and how much longer. */
static void times_write(struct text *text, const struct run_page *page,
                        const struct run_step_view *step)
{
    if (!instant_is_zero(step->ended)) {
        text_adds(text, "<span class=\"by\">by ");
        who_write(text, step->by);
        text_adds(text, ", ");
        html_time_write(text, step->ended);
        if (!instant_is_zero(step->started)) {
            text_adds(text, ", after ");
            text_add(text,
                     duration_text(text->arena,
                                   instant_ms_between(step->started, step->ended) / 1000 * 1000));
        }
        text_adds(text, "</span>");
    } else if (!instant_is_zero(step->started)) {
        text_adds(text, "<span>since ");
        html_time_write(text, step->started);
        text_adds(text, ", for ");
        html_clock_write(text, "since", step->started, page->now);
        text_adds(text, "</span>");
    }
    if (step->tries > 1)
        text_printf(text, "<span>try %d</span>", step->tries);
}

static void due_write(struct text *text, const struct run_page *page,
                      const struct run_step_view *step)
{
    text_printf(text, "<span class=\"due%s\">%s", step->overdue ? " missed" : "",
                step->overdue                 ? "<strong>Overdue</strong>: it was due at "
                : str_is(step->when, "for")   ? "ends at "
                : str_is(step->when, "after") ? "its turn comes at "
                                              : "due at ");
    html_date_write(text, step->due);
    text_adds(text, ", ");
    html_clock_write(text, "until", step->due, page->now);
    text_adds(text, "</span>");
}

static void facts_write(struct text *text, const struct run_page *page,
                        const struct run_step_view *step)
{
    text_adds(text, "<p class=\"facts\">");
    times_write(text, page, step);
    if (step_has_due(step))
        due_write(text, page, step);
    if (!step_is_over(step))
        text_printf(text, "<span>%s</span>", does_words(step->does, step->command.n > 0));
    people_write(text, step->people);
    if (!step_is_over(step) && step->lasting.n > 0) {
        text_adds(text, "<span>");
        text_html_visible(text, step->lasting);
        text_adds(text, "</span>");
    }
    if (!step_is_over(step) && !step_has_due(step) && step->when.n > 0) {
        text_adds(text, "<span>");
        when_write(text, step->when, step->time_ms, step->time_months);
        text_adds(text, "</span>");
    }
    text_printf(text, "<a href=\"/#L%lld\">line %lld</a></p>", (long long)step->line,
                (long long)step->line);
    proof_write(text, page, step);
    if (step->detail.n > 0 && !str_is(step->detail, "ticked")) {
        text_printf(text, "<p class=\"%s\">", step_is_bad(step) ? "reason bad" : "reason");
        text_html_visible(text, step->detail);
        text_adds(text, "</p>");
    }
    if (step->last_line_count == 0)
        return;
    text_adds(text, "<pre class=\"last\">");
    for (size_t i = 0; i < step->last_line_count; i++) {
        text_adds(text, i > 0 ? "\n" : "");
        text_html(text, step->last_lines[i]);
    }
    text_adds(text, "</pre>");
}

/* Each with its digest, so that a print of the page says what is meant. */
static void attachments_write(struct text *text, const struct run_page *page,
                              const struct run_step_view *step)
{
    if (step->attachment_count == 0)
        return;
    text_adds(text, "<ul class=\"attached\">");
    for (size_t i = 0; i < step->attachment_count; i++) {
        const struct attachment_view *view = &step->attachments[i];
        text_adds(text, "<li>");
        if (view->name.n == 0) {
            text_adds(text, "A file that was erased");
        } else {
            text_printf(text, "<a href=\"/attachments/%lld/%.*s\" download>",
                        (long long)page->run->number, STR_ARGS(view->digest));
            text_html_visible(text, view->name);
            text_adds(text, "</a>");
        }
        text_printf(text, ", %lld %s, by ", (long long)view->bytes,
                    noun(view->bytes, "byte", "bytes"));
        who_write(text, view->by);
        text_adds(text, ", ");
        html_time_write(text, view->at);
        text_printf(text, "<br><code class=\"digest\">SHA-256 %.*s</code>", STR_ARGS(view->digest));
        if (view->problem.n > 0) {
            text_adds(text, "<p class=\"reason bad\">");
            text_html_visible(text, view->problem);
            text_adds(text, "</p>");
        }
        text_adds(text, "</li>");
    }
    text_adds(text, "</ul>");
}

/* What SQL gave is what the step is for: it stands open. */
static void table_output_write(struct text *text, const struct run_step_view *step)
{
    text_printf(text,
                "<details class=\"output\" id=\"output-%d\" open><summary><h3>Result of step "
                "%d</h3></summary>",
                step->number, step->number);
    result_write(text, step->result, step->number);
    text_adds(text, "</details>");
}

static void output_write(struct text *text, const struct run_page *page,
                         const struct run_step_view *step)
{
    if (step->result.n > 0) {
        table_output_write(text, step);
        return;
    }
    bool is_open = page->run->current == step->number || step_is_bad(step);
    bool is_growing = str_is(step->does, "command") && str_is(step->state, "running");
    if (step->output.n == 0 && step->output_bytes == 0 && !is_growing)
        return;
    text_printf(text,
                "<details class=\"output\" id=\"output-%d\"%s><summary><h3>Output of step %d</h3>"
                "<span class=\"count\">",
                step->number, is_open ? " open" : "", step->number);
    int64_t bytes = is_growing ? step->output_end : step->output_bytes;
    if (bytes > 0 || is_growing)
        text_printf(text, "%lld %s%s", (long long)bytes, noun(bytes, "byte", "bytes"),
                    is_growing ? " so far" : "");
    /* The script adds what is printed from byte data-end of try data-try on. */
    text_printf(text,
                "</span></summary><pre tabindex=\"0\" role=\"region\" aria-label=\"Output of step "
                "%d\" data-try=\"%d\" data-end=\"%lld\">",
                step->number, step->tries, (long long)step->output_end);
    if (step->output.n > 0)
        text_html_visible(text, step->output);
    else if (!is_growing)
        text_adds(text, "The output cannot be shown.");
    text_adds(text, "</pre></details>");
}

void step_write(struct text *text, const struct run_page *page, const struct run_step_view *step)
{
    bool is_current = page->run->current == step->number;
    text_printf(text, "<li id=\"step-%d\" class=\"step %.*s%s\"%s><div class=\"step-head\">",
                step->number, STR_ARGS(step->state), step->is_title ? " title" : "",
                is_current ? " aria-current=\"step\" tabindex=\"-1\"" : "");
    text_printf(text,
                "<span class=\"number\"><span class=\"unseen\">Step </span>%d</span>"
                "<span class=\"said\">",
                step->number);
    html_inline_write(text, step->text);
    text_adds(text, "</span>");
    if (!step->is_title || step_is_over(step) || step->asks)
        state_mark_write(text, step->left_out ? step_words(STR("left-out"))
                               : step->asks   ? step_words(STR("asks"))
                                              : step_words(step->state));
    text_adds(text, "</div>");
    if (step->is_title && step->question.n == 0)
        return;
    text_adds(text, "<div class=\"step-body\">");
    if (!step->is_title)
        facts_write(text, page, step);
    condition_write_html(text, step);
    command_write(text, step->command,
                  str_printf(text->arena, "Command of step %d", step->number).p);
    warnings_write(text, step->warnings);
    note_write(text, step->note);
    if (step->ask.n > 0 && can_act(page, step)) {
        text_adds(text, "<p class=\"ask\"><strong>Now:</strong> ");
        text_html_visible(text, step->ask);
        text_adds(text, ".</p>");
    }
    attachments_write(text, page, step);
    actions_write(text, page, step);
    output_write(text, page, step);
    text_adds(text, "</div>");
}
