/* read_run.c - "run list", "run show". */
#include "action/read_output.h"
#include "action/reads.h"
#include "base/noun.h"

static void write_run(struct json_writer *w, const struct run_view *view)
{
    json_open_object(w, NULL);
    json_int(w, "number", view->number);
    json_str(w, "procedure", view->procedure);
    json_str(w, "state", view->state);
    json_str(w, "environment", view->environment);
    json_str(w, "opened_by", view->opened_by);
    reply_instant(w, "opened", view->opened);
    reply_instant(w, "ended", view->ended);
    json_str(w, "runbook", view->digest);
    json_int(w, "current", view->current);
    json_open_array(w, "steps");
    for (size_t i = 0; i < view->step_count; i++) {
        const struct run_step_view *step = &view->steps[i];
        json_open_object(w, NULL);
        json_int(w, "step", step->number);
        json_str(w, "text", step->text);
        json_str(w, "does", step->does);
        json_str(w, "state", step->state);
        json_str(w, "command", step->command);
        json_str(w, "note", step->note);
        json_str(w, "people", step->people);
        json_str(w, "by", step->by);
        json_str(w, "detail", step->detail);
        json_open_array(w, "last_lines");
        for (size_t k = 0; k < step->last_line_count; k++)
            json_str(w, NULL, step->last_lines[k]);
        json_close_array(w);
        reply_instant(w, "started", step->started);
        reply_instant(w, "ended", step->ended);
        reply_instant(w, "due", step->due);
        json_bool(w, "overdue", step->overdue);
        json_int(w, "tries", step->tries);
        json_str(w, "question", step->question);
        json_bool(w, "asks", step->asks);
        json_str(w, "answer", step->answer);
        json_str(w, "decided_by", step->decided_by);
        json_str(w, "why", step->why);
        json_bool(w, "left_out", step->left_out);
        json_int(w, "rounds", step->rounds);
        json_int(w, "handled_by", step->handler);
        json_str(w, "evidence", step->evidence);
        json_open_array(w, "attachments");
        for (size_t k = 0; k < step->attachment_count; k++) {
            json_open_object(w, NULL);
            json_str(w, "name", step->attachments[k].name);
            json_str(w, "digest", step->attachments[k].digest);
            json_int(w, "bytes", step->attachments[k].bytes);
            json_str(w, "by", step->attachments[k].by);
            json_str(w, "problem", step->attachments[k].problem);
            json_close_object(w);
        }
        json_close_array(w);
        json_int(w, "output_bytes", step->output_bytes);
        json_int(w, "approvals", step->approvals);
        json_int(w, "approved", step->approved);
        json_str(w, "runs", step->runs);
        json_str(w, "folder", step->folder);
        json_str(w, "variables", step->variables);
        json_str(w, "digest", step->agreed_to);
        json_str(w, "warnings", step->warnings);
        json_str(w, "refused", step->refused);
        json_close_object(w);
    }
    json_close_array(w);
    json_close_object(w);
}

bool read_run_list(const struct call *call, const struct world *world, struct reply *reply,
                   struct err *err)
{
    (void)err;
    size_t count = 0;
    struct run_view *views = view_runs(world, reply->arena, call_flag(call, "all"), &count);
    struct json_writer w = {.text = &reply->json};
    json_open_array(&w, NULL);
    for (size_t i = 0; i < count; i++) {
        const struct run_view *view = &views[i];
        const struct run_step_view *step =
            view->current > 0 ? &view->steps[view->current - 1] : NULL;
        text_printf(&reply->text, "%lld  %-9.*s  %d of %d  since %-12.*s  %.*s",
                    (long long)view->number, STR_ARGS(view->state), view->done_count,
                    view->todo_count, STR_ARGS(reply_age(reply, view->since, world->now)),
                    STR_ARGS(view->procedure));
        if (view->environment.n > 0)
            text_printf(&reply->text, "  (rehearsal in %.*s)", STR_ARGS(view->environment));
        if (step)
            text_printf(&reply->text, "  (step %d %.*s: %.*s)", step->number, STR_ARGS(step->state),
                        STR_ARGS(read_first_line(step->text)));
        text_byte(&reply->text, '\n');
        write_run(&w, view);
    }
    json_close_array(&w);
    if (count == 0)
        text_adds(&reply->text, "No run is open.\n");
    return true;
}

static void add_line(struct text *text, const char *what, struct str words)
{
    if (words.n > 0)
        text_printf(text, "         %s %.*s\n", what, STR_ARGS(words));
}

/* What somebody is asked to agree to, to the letter. */
static void add_approval(struct reply *reply, const struct run_step_view *step)
{
    struct text *text = &reply->text;
    struct str have = str_printf(reply->arena, "%d of %d%s%.*s", step->approved, step->approvals,
                                 step->approvers.n > 0 ? ": " : "", STR_ARGS(step->approvers));
    read_add_lines(text, "refused before:", step->refused);
    add_line(text, "cannot be filled in:", step->problem);
    add_line(text, "runs", step->runs);
    add_line(text, "with", step->given);
    add_line(text, "in", step->folder);
    add_line(text, "environment:", step->variables);
    add_line(text, "in reeve.yaml by now, and not used by this run:", step->other);
    add_line(text, "approvals:", have);
    add_line(text, "digest", step->agreed_to);
}

/* What it asks, and how that stands. */
static void add_condition(struct reply *reply, const struct run_step_view *step)
{
    struct text *text = &reply->text;
    int indent = 2 * step->depth;
    if (step->question.n > 0 && step->answer.n == 0 && !step->asks)
        text_printf(text, "       %*sasks: %.*s\n", indent, "", STR_ARGS(step->question));
    if (step->answer.n > 0)
        text_printf(text, "       %*s%.*s %.*s (%.*s)\n", indent, "", STR_ARGS(step->question),
                    STR_ARGS(step->answer), STR_ARGS(step->why));
    else if (step->asks && step->why.n > 0)
        text_printf(text, "       %*sReeve cannot say: %.*s\n", indent, "", STR_ARGS(step->why));
    if (step->rounds > 0)
        text_printf(text, "       %*sbegun again %d time%s\n", indent, "", step->rounds,
                    step->rounds > 1 ? "s" : "");
    if (step->handler > 0)
        text_printf(text, "       %*sstep %d deals with that\n", indent, "", step->handler);
}

static void add_state(struct reply *reply, const struct run_step_view *step, struct instant now)
{
    bool waits = str_is(step->state, "waiting");
    bool runs = str_is(step->state, "running");
    text_printf(&reply->text, "  [%.*s", STR_ARGS(step->state));
    if (runs)
        text_printf(&reply->text, " for %.*s", STR_ARGS(reply_age(reply, step->started, now)));
    bool ahead = !instant_is_zero(step->due) && instant_before(now, step->due);
    if (ahead && (waits || runs))
        text_printf(&reply->text, ", %.*s more", STR_ARGS(reply_age(reply, now, step->due)));
    else if (ahead && !str_is(step->state, "done") && !str_is(step->state, "skipped"))
        text_printf(&reply->text, ", due in %.*s", STR_ARGS(reply_age(reply, now, step->due)));
    if (step->overdue)
        text_printf(&reply->text, ", overdue for %.*s", STR_ARGS(reply_age(reply, step->due, now)));
    if (step->by.n > 0)
        text_printf(&reply->text, " by %.*s", STR_ARGS(actor_name(step->by)));
    text_adds(&reply->text, "]");
    if (step->detail.n > 0 && !str_is(step->detail, "ticked"))
        text_printf(&reply->text, " %.*s", STR_ARGS(step->detail));
    text_byte(&reply->text, '\n');
    for (size_t i = 0; i < step->last_line_count; i++)
        text_printf(&reply->text, "       %*s| %.*s\n", 2 * step->depth, "",
                    STR_ARGS(step->last_lines[i]));
    if (step->lasting.n > 0 && runs)
        text_printf(&reply->text, "       %*s%.*s\n", 2 * step->depth, "", STR_ARGS(step->lasting));
    if (step->people.n > 0 && step->detail.n == 0)
        text_printf(&reply->text, "       %*stells %.*s by mail\n", 2 * step->depth, "",
                    STR_ARGS(step->people));
    if (step->note.n > 0)
        text_printf(&reply->text, "       %*s%.*s\n", 2 * step->depth, "", STR_ARGS(step->note));
    add_condition(reply, step);
    if (step->ask.n > 0)
        text_printf(&reply->text, "       %*s→ %.*s\n", 2 * step->depth, "", STR_ARGS(step->ask));
    read_add_lines(&reply->text, "warning:", step->warnings);
    if (step->agreed_to.n > 0)
        add_approval(reply, step);
}

static void add_attachments(struct reply *reply, const struct run_step_view *step)
{
    for (size_t i = 0; i < step->attachment_count; i++) {
        const struct attachment_view *view = &step->attachments[i];
        text_printf(&reply->text, "       %*sattached by %.*s: ", 2 * step->depth, "",
                    STR_ARGS(actor_name(view->by)));
        if (view->name.n > 0)
            text_printf(&reply->text, "%.*s", STR_ARGS(view->name));
        else
            text_adds(&reply->text, "(erased)");
        text_printf(&reply->text, ", %lld %s, SHA-256 %.*s\n", (long long)view->bytes,
                    noun(view->bytes, "byte", "bytes"), STR_ARGS(view->digest));
        if (view->problem.n > 0)
            text_printf(&reply->text, "       %*s%.*s\n", 2 * step->depth, "",
                        STR_ARGS(view->problem));
    }
}

const struct run *read_find_run(const struct world *world, int64_t number, struct err *err)
{
    const struct run *run = run_find(&world->runs, number);
    if (run)
        return run;
    if (number >= 1 && number <= world->runs.last_number)
        err_set(err, ERR_USAGE, NULL,
                "Run %lld ended some time ago; \"reeve ledger show --subject run:%lld\" has its "
                "story.",
                (long long)number, (long long)number);
    else
        err_set(err, ERR_USAGE, NULL,
                "There is no run %lld; \"reeve run list\" shows those that are open.",
                (long long)number);
    return NULL;
}

bool read_run_show(const struct call *call, const struct world *world, struct reply *reply,
                   struct err *err)
{
    int64_t number = call_int(call, "number");
    const struct run *run = read_find_run(world, number, err);
    struct json_writer w = {.text = &reply->json};
    if (!run)
        return false;
    struct run_view view = view_run(world, reply->arena, run);
    view_run_last_lines(world, reply->arena, run, &view);
    text_printf(&reply->text, "Run %lld: %.*s (line %lld), %.*s, started by %.*s %.*s ago\n",
                (long long)number, STR_ARGS(view.procedure), (long long)view.line,
                STR_ARGS(view.state), STR_ARGS(actor_name(view.opened_by)),
                STR_ARGS(reply_age(reply, view.since, world->now)));
    if (view.again_by.n > 0)
        text_printf(&reply->text, "%s by %.*s\n", view.taken_back ? "taken back" : "resumed",
                    STR_ARGS(actor_name(view.again_by)));
    if (view.environment.n > 0)
        text_printf(&reply->text, "A rehearsal in %.*s, not in production.\n",
                    STR_ARGS(view.environment));
    if (view.values.n > 0)
        text_printf(&reply->text, "with %.*s\n", STR_ARGS(view.values));
    if (view.older)
        text_adds(&reply->text, "The runbook has changed since; this run keeps the steps it began "
                                "with.\n");
    for (size_t i = 0; i < view.step_count; i++) {
        const struct run_step_view *step = &view.steps[i];
        text_printf(&reply->text, "%4d %*s%.*s", step->number, 2 * step->depth, "",
                    STR_ARGS(read_first_line(step->text)));
        if (step->is_title && step->question.n == 0)
            text_byte(&reply->text, '\n');
        else
            add_state(reply, step, world->now);
        add_attachments(reply, step);
        read_add_result(world, reply, run, (int)i);
    }
    if (view.undo_count > 0)
        text_printf(&reply->text,
                    "What it has done can be taken back by %d %s: reeve run undo %lld REASON\n",
                    view.undo_count, noun(view.undo_count, "step", "steps"), (long long)number);
    write_run(&w, &view);
    return true;
}
