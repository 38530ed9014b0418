/* page_procedure.c - what a run of a procedure would do, and the form that starts one. */
#include "face/page_run.h"

#include "base/noun.h"
static void question_write(struct text *text, struct str question)
{
    if (question.n == 0)
        return;
    text_adds(text, "<p class=\"facts\"><span>asks: ");
    text_html(text, question);
    text_adds(text, "</span></p>");
}

static void step_plan_write(struct text *text, const struct procedure_step_view *step)
{
    text_printf(text,
                "<li class=\"step%s\"><div class=\"step-head\"><span class=\"number\"><span "
                "class=\"unseen\">Step </span>%d</span><span class=\"said\">",
                step->is_title ? " title" : "", step->number);
    html_inline_write(text, step->text);
    text_adds(text, "</span></div>");
    question_write(text, step->question);
    if (step->is_title)
        return;
    text_printf(text, "<div class=\"step-body\"><p class=\"facts\"><span>%s</span>",
                does_words(step->does, step->command.n > 0));
    people_write(text, step->people);
    if (step->when.n > 0) {
        text_adds(text, "<span>");
        when_write(text, step->when, step->time_ms, step->time_months);
        text_adds(text, "</span>");
    }
    text_printf(text, "<a href=\"/#L%lld\">line %lld</a></p>", (long long)step->line,
                (long long)step->line);
    command_write(text, step->command,
                  str_printf(text->arena, "Command of step %d", step->number).p);
    warnings_write(text, step->warnings);
    note_write(text, step->note);
    if (step->destroys.n > 0) {
        text_adds(text, "<p class=\"reason bad\"><strong>Destroys:</strong> ");
        text_html_visible(text, step->destroys);
        text_adds(text, "</p>");
    }
    if (step->user.n > 0) {
        text_adds(text, "<p class=\"facts\"><span>runs as the user ");
        text_html_visible(text, step->user);
        text_adds(text, "</span></p>");
    }
    if (step->approvals > 0)
        text_printf(text,
                    "<p class=\"warn\">It waits for the approval of %d %s other than who "
                    "starts the run.</p>",
                    step->approvals, noun(step->approvals, "person", "persons"));
    if (step->lasting.n > 0) {
        text_adds(text, "<p class=\"warn\">It ");
        text_html_visible(text, step->lasting);
        text_adds(text, ".</p>");
    } else if (step->endless) {
        text_adds(text, "<p class=\"warn\">Its command does not end by itself.</p>");
    }
    text_adds(text, "</div>");
}

static void place_write(struct text *text, const struct place_view *place, int nth)
{
    text_printf(text, "<p class=\"place\"><label for=\"place-%d\">", nth);
    text_html_visible(text, place->name);
    text_printf(text,
                "</label><span class=\"faint\" id=\"place-is-%d\">%s, first needed by step %d"
                "</span><input id=\"place-%d\" aria-describedby=\"place-is-%d\" name=\"set.",
                nth, place->is, place->step, nth, nth);
    text_html(text, place->name);
    text_adds(text, "\" required maxlength=\"1000\" autocomplete=\"off\"></p>");
}

/* Why it cannot be started here and now; NULL: it can. */
static struct str refusal_of(struct text *text, const struct procedure_view *procedure)
{
    for (int i = 0; i < procedure->place_count; i++)
        if (procedure->places[i].is_refused)
            return str_printf(text->arena,
                              "%.*s is a secret, and values are written into the ledger: give it "
                              "to the command as a variable under commands: environment: in "
                              "reeve.yaml.",
                              STR_ARGS(procedure->places[i].name));
    return procedure->refused;
}

/* One button for each place where it can be begun; what forbids a run in production does not
 * forbid a rehearsal. */
static void buttons_write(struct text *text, const struct procedure_view *procedure)
{
    if (procedure->refused.n == 0)
        text_adds(text, "<button class=\"main\">Start</button>");
    for (size_t i = 0; procedure->incident == 0 && i < procedure->environment_count; i++) {
        text_adds(text, " <button name=\"rehearse\" value=\"");
        text_html(text, procedure->environments[i]);
        text_adds(text, "\">Rehearse in ");
        text_html_visible(text, procedure->environments[i]);
        text_adds(text, "</button>");
    }
    text_adds(text,
              "<p class=\"faint\">What Reeve or the clock does begins by itself when its turn "
              "comes; the rest waits for a person.");
    if (procedure->environment_count > 0)
        text_adds(text, " A rehearsal finds none of production's variables; this plan is "
                        "production's.");
    text_adds(text, "</p>");
}

static void start_write(struct text *text, const struct procedure_view *procedure)
{
    struct str refusal = refusal_of(text, procedure);
    if (refusal.n > 0) {
        text_adds(text, "<p class=\"warn\"><strong>It cannot be started now.</strong> ");
        text_html_visible(text, refusal);
        text_adds(text, "</p>");
    }
    if (refusal.n > 0 &&
        (procedure->refused.n == 0 || procedure->environment_count == 0 || procedure->is_full))
        return;
    text_adds(text, "<form method=\"post\" action=\"/do/run\" class=\"begin\"><input "
                    "type=\"hidden\" name=\"procedure\" value=\"");
    text_html(text, procedure->title);
    text_adds(text, "\">");
    csrf_write(text);
    if (procedure->incident > 0)
        text_printf(text, "<input type=\"hidden\" name=\"incident\" value=\"%lld\">",
                    (long long)procedure->incident);
    for (int i = 0; i < procedure->place_count; i++)
        place_write(text, &procedure->places[i], i + 1);
    buttons_write(text, procedure);
    text_adds(text, "</form>");
}

static void rehearsal_write(struct text *text, const struct rehearsal_view *view)
{
    if (view->run > 0) {
        text_printf(text, "<p class=\"facts\"><a href=\"/runs/%lld\">", (long long)view->run);
        text_html_visible(text, view->said);
        text_adds(text, "</a></p>");
    } else if (view->warning.n == 0) {
        text_adds(text, "<p class=\"facts\">never rehearsed</p>");
    }
    if (view->warning.n == 0)
        return;
    text_adds(text, "<p class=\"warn\"><strong>It is to be rehearsed,</strong> because it recovers "
                    "something: ");
    text_html_visible(text, view->warning);
    text_adds(text, ".</p>");
}

void page_procedure_write(struct text *text, const struct procedure_view *procedure,
                          struct instant now)
{
    struct step_list list = {.text = text};
    single_open(text, str_printf(text->arena, "Run %.*s", STR_ARGS(procedure->title)), now);
    text_adds(text, "<section class=\"run-card\"><h1>");
    text_html_visible(text, procedure->title);
    text_printf(text,
                "</h1><p class=\"facts\"><span>Nothing has begun: this is the plan.</span>"
                "<a href=\"/#L%lld\">line %lld of the runbook</a></p>",
                (long long)procedure->line, (long long)procedure->line);
    if (procedure->incident > 0)
        text_printf(text,
                    "<p class=\"facts\">Begun here, it belongs to <a "
                    "href=\"/incidents/%lld\">incident %lld</a>.</p>",
                    (long long)procedure->incident, (long long)procedure->incident);
    if (procedure->run > 0)
        text_printf(text,
                    "<p class=\"facts\"><a href=\"/runs/%lld\">Run %lld of it</a> is "
                    "open.</p>",
                    (long long)procedure->run, (long long)procedure->run);
    rehearsal_write(text, &procedure->rehearsal);
    start_write(text, procedure);
    text_adds(text, "</section><section class=\"plan\" aria-labelledby=\"steps-head\"><h2 "
                    "id=\"steps-head\">Steps</h2>");
    for (int i = 0; i < procedure->step_count; i++) {
        step_list_next(&list, procedure->steps[i].depth);
        step_plan_write(text, &procedure->steps[i]);
    }
    step_list_end(&list);
    text_adds(text, "</section>");
    single_close(text);
}
