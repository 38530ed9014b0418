/* notice.c - whom a step still has to tell, how it ends, and what its mails say. */
#include "run/notice.h"

#include "people/message.h"
#include "run/approval.h"

enum { NOTICES_MAX = PAGE_THREADS_MAX / 2 }; /* the other half is for incidents */
enum { LIST_BYTES_MAX = 4096, MAIL_BYTES_MAX = 64 * 1024, TITLE_BYTES_MAX = 120 };

/* A step that is telling people, and how far it has come. */
struct telling {
    const struct run_world *world;
    const struct run *run;
    int step;
    struct event_list *out;
    bool is_busy;                  /* a page is under way, or was asked for in this round */
    struct text told;              /* names */
    struct text perhaps, not_told; /* names with the reason */
};

static struct str subject_of(const struct telling *telling)
{
    return str_printf(telling->out->arena, "run:%lld", (long long)telling->run->number);
}

/* Attempts are the step's tries. */
static struct str thread_of(const struct telling *telling, struct str name)
{
    return str_printf(telling->out->arena, "r%lld.%d-%.*s-%s", (long long)telling->run->number,
                      telling->step + 1, STR_ARGS(name), method_name(METHOD_SMTP));
}

static void ask(const struct telling *telling, struct str name)
{
    const struct run *run = telling->run;
    struct event_list *out = telling->out;
    struct instant now = telling->world->now;
    int tries = run->steps[telling->step].tries;
    struct event *event =
        event_list_add(out, EVENT_PAGE_REQUESTED, now, STR("reeve"), subject_of(telling));
    event_set_str(event, "page",
                  str_printf(out->arena, "%.*s-%d", STR_ARGS(thread_of(telling, name)), tries));
    event_set_int(event, "attempt", tries);
    event_set_str(event, "person", str_copy(out->arena, name));
    event_set_str(event, "method", str_of(method_name(METHOD_SMTP)));
    event_set_int(event, "run", run->number);
    event_set_int(event, "step", telling->step + 1);
    event_set_str(event, "reason", str_printf(out->arena, "step %d says so", telling->step + 1));
    event_set_instant(event, "not_before", now);
    event_set_int(event, "after_ack", 1);
}

static void add_name(struct text *text, struct str name)
{
    text_printf(text, "%s%.*s", text->n > 0 ? ", " : "", STR_ARGS(name));
}

static void add_reason(struct text *text, struct str name, const char *reason)
{
    text_printf(text, "%s%.*s: %s", text->n > 0 ? "; " : "", STR_ARGS(name), reason);
}

/* Nobody was asked yet in this try. */
static void ask_or_say(struct telling *telling, struct str name)
{
    const struct run_world *world = telling->world;
    const struct person *person = person_find(world->people, name);
    if (telling->run->cancelled) {
        add_reason(&telling->not_told, name, "the run was cancelled");
    } else if (!person || !person_has_method(person, METHOD_SMTP)) {
        add_reason(&telling->not_told, name, "reeve.yaml has no way to send them a mail any more");
    } else if (world->pages->table.count + telling->out->count >= NOTICES_MAX) {
        add_reason(&telling->not_told, name, "too many pages are kept");
    } else {
        ask(telling, name);
        telling->is_busy = true;
    }
}

static void look_at(struct telling *telling, struct str name)
{
    const struct run_step *step = &telling->run->steps[telling->step];
    const struct page *page = map_find(&telling->world->pages->table, thread_of(telling, name));
    if (page && page->attempt <= step->tries_before)
        page = NULL; /* what was told in an earlier round of a loop is told again */
    bool is_of_try = page && page->attempt == step->tries;
    if (page && page->state == PAGE_SENT) {
        add_name(&telling->told, name);
    } else if (page && page->state == PAGE_REQUESTED && telling->run->cancelled) {
        page_stop(page, STR("the run was cancelled"), telling->world->now, telling->out);
        telling->is_busy = true; /* what becomes of the step is seen in the next round */
    } else if (page && (page->state == PAGE_REQUESTED || page->state == PAGE_STARTED)) {
        telling->is_busy = true;
    } else if (is_of_try && page->doubts > 0) {
        add_reason(&telling->perhaps, name,
                   page->state == PAGE_STOPPED ? "the run was cancelled" : page->problem);
    } else if (is_of_try) {
        add_reason(&telling->not_told, name,
                   page->state == PAGE_STOPPED ? "the run was cancelled" : page->problem);
    } else {
        ask_or_say(telling, name);
    }
}

static void end(struct telling *telling)
{
    struct event_list *out = telling->out;
    struct text words;
    text_init(&words, out->arena, 3 * LIST_BYTES_MAX);
    if (telling->not_told.n > 0)
        text_printf(&words, "not told %.*s", STR_ARGS(text_str(&telling->not_told)));
    if (telling->perhaps.n > 0)
        text_printf(&words, "%sperhaps told %.*s", words.n > 0 ? "; " : "",
                    STR_ARGS(text_str(&telling->perhaps)));
    if (telling->told.n > 0)
        text_printf(&words, "%stold %.*s", words.n > 0 ? "; " : "",
                    STR_ARGS(text_str(&telling->told)));
    struct run_step_end how = {.outcome = telling->not_told.n > 0  ? RUN_STEP_DID_FAIL
                                          : telling->perhaps.n > 0 ? RUN_STEP_IN_DOUBT
                                                                   : RUN_STEP_WAS_DONE,
                               .detail = text_str(&words)};
    run_finish(telling->run, telling->step, &how, telling->world->now, out);
}

static void decide_step(const struct run_world *world, const struct run *run, int step,
                        struct event_list *out)
{
    struct telling telling = {.world = world, .run = run, .step = step, .out = out};
    struct str names = run->steps[step].people;
    struct str name;
    text_init(&telling.told, out->arena, LIST_BYTES_MAX);
    text_init(&telling.perhaps, out->arena, LIST_BYTES_MAX);
    text_init(&telling.not_told, out->arena, LIST_BYTES_MAX);
    while (names.n > 0 && str_split(&names, ',', &name))
        look_at(&telling, str_trim(name));
    if (!telling.is_busy)
        end(&telling);
}

void notice_decide(const struct run_world *world, struct event_list *out)
{
    for (size_t i = 0; i < world->runs->count; i++) {
        const struct run *run = world->runs->items[i];
        for (int k = 0; run_is_open(run) && k < run->step_count; k++)
            if (run->steps[k].does == DOES_NOTIFY &&
                run_step_state(world, run, k) == RUN_STEP_RUNNING)
                decide_step(world, run, k, out);
    }
}

static const struct run *find_run(const struct notice_mail *mail)
{
    const struct run *run = run_find(mail->world->runs, mail->page->run);
    return run && mail->page->step >= 1 && mail->page->step <= run->step_count ? run : NULL;
}

struct str notice_subject(struct arena *arena, const struct notice_mail *mail)
{
    const struct run *run = find_run(mail);
    struct str title =
        run ? str_cut(run->steps[mail->page->step - 1].text, TITLE_BYTES_MAX) : STR("");
    return str_printf(arena, "[notice] Run %lld, step %d: %.*s", (long long)mail->page->run,
                      mail->page->step, STR_ARGS(approval_header_line(arena, title)));
}

static void add_time(struct text *text, struct instant at)
{
    char written[INSTANT_TEXT_BYTES];
    instant_write(at, written);
    text_printf(text, "%.10s %.8s UTC", written, written + 11);
}

struct str notice_text(struct arena *arena, const struct notice_mail *mail)
{
    const struct run *run = find_run(mail);
    long long number = (long long)mail->page->run;
    struct text text;
    text_init(&text, arena, MAIL_BYTES_MAX);
    if (!run)
        return str_printf(arena, "Run %lld, which was to tell you something, is over.\n", number);
    const struct run_step *step = &run->steps[mail->page->step - 1];
    text_printf(&text, "%.*s\n\n", STR_ARGS(step->text));
    text_printf(&text, "You are told this by step %d of run %lld: %.*s\n", mail->page->step, number,
                STR_ARGS(run->procedure));
    text_printf(&text, "Runbook line %lld\n", (long long)step->line);
    text_printf(&text, "Started by %.*s, ", STR_ARGS(actor_name(run->opened_by)));
    add_time(&text, run->opened);
    if (run->again_by.n > 0)
        text_printf(&text, "\n%s by %.*s", run->taken_back ? "Taken back" : "Resumed",
                    STR_ARGS(actor_name(run->again_by)));
    text_printf(&text, "\nTold: %.*s\n", STR_ARGS(step->people));
    if (mail->page->doubts > 0)
        text_adds(&text, "Whether it arrived before is not known: you may have this mail twice.\n");
    text_adds(&text, "\nNothing in this mail changes anything. How the run stands:\n");
    if (mail->public_url.n > 0)
        text_printf(&text, "  %.*s/runs/%lld\n", STR_ARGS(mail->public_url), number);
    text_printf(&text, "  reeve run show %lld\n", number);
    message_add_checkpoint(&text, mail->checkpoint);
    return str_visible(arena, text_str(&text), false);
}
