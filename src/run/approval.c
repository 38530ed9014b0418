/* approval.c - what an approval is bound to, whether it counts, and giving or refusing it. */
#include "run/approval.h"

#include "run/ask.h"
#include "run/command_line.h"
#include "run/rehearsal.h"

#include <stdio.h>

enum { FIELDS_FIXED = 15, FIELDS_MAX = FIELDS_FIXED + 2 * LIMIT_RUN_VALUES, LENGTH_BYTES = 24 };
enum { CLOCK_SLACK_MS = 2000 }; /* a clock that is set by no more is only being kept right */

/* Fields of a digest, each behind its length, so that none can run into the next one. */
struct fields {
    char lengths[FIELDS_MAX][LENGTH_BYTES];
    struct str parts[2 * FIELDS_MAX];
    size_t count;
};

static void add_field(struct fields *fields, struct str value)
{
    char *length = fields->lengths[fields->count];
    (void)snprintf(length, LENGTH_BYTES, "%zu:", value.n);
    fields->parts[2 * fields->count] = str_of(length);
    fields->parts[2 * fields->count + 1] = value;
    fields->count++;
}

/* The command and the approvals that the configuration gives the step's action now. */
static struct str bound_now(const struct run_settings *settings, const struct run_step *step)
{
    const struct action_binding *binding = action_binding_find(settings, step->action);
    return binding ? binding->command : STR("");
}

void run_step_digest(const struct run_world *world, const struct run *run, int step,
                     char out_hex[HASH_HEX_BYTES])
{
    const struct run_step *of = &run->steps[step];
    const struct run_values *values = &run->values;
    const struct run_settings *settings = run_settings_of(world, run);
    struct fields fields = {.count = 0};
    char version[HASH_HEX_BYTES];
    char numbers[160];
    hash_hex(&world->program->digest, version);
    (void)snprintf(numbers, sizeof numbers, "%lld/%lld/%d/%d/%lld/%d/%d", (long long)run->number,
                   (long long)run->opened.us, step, of->round, (long long)of->deadline_ms,
                   of->approvals, values->count);
    add_field(&fields, STR("approval 2"));
    add_field(&fields, str_of(numbers));
    add_field(&fields, run->digest);
    add_field(&fields, str_of(version));
    add_field(&fields, of->text);
    add_field(&fields, of->action);
    add_field(&fields, of->command);
    add_field(&fields, run->environment);
    if (settings) { /* where its environment is gone, it is something else in any case */
        add_field(&fields, bound_now(settings, of));
        add_field(&fields, settings->directory);
        add_field(&fields, settings->context);
    }
    for (int i = 0; i < values->count; i++) {
        add_field(&fields, values->items[i].name);
        add_field(&fields, values->items[i].value);
    }
    struct hash hash = hash_of_list(fields.parts, 2 * fields.count);
    hash_hex(&hash, out_hex);
}

bool run_approver_is_ahead(const struct run_world *world, const struct run_approver *approver)
{
    return instant_ms_between(world->now, approver->at) > CLOCK_SLACK_MS;
}

bool run_approver_counts(const struct run_world *world, const struct run_approver *approver,
                         const char *digest)
{
    return !approver->lost && !run_approver_is_ahead(world, approver) &&
           instant_before(world->now, approver->until) && strcmp(digest, approver->digest) == 0;
}

int run_step_approved(const struct run_world *world, const struct run *run, int step)
{
    const struct run_step *of = &run->steps[step];
    char digest[HASH_HEX_BYTES];
    int count = 0;
    if (of->approver_count == 0)
        return 0;
    run_step_digest(world, run, step, digest);
    for (int i = 0; i < of->approver_count; i++)
        count += run_approver_counts(world, &of->approvers[i], digest);
    return count;
}

bool run_step_may_launch(const struct run_world *world, const struct run *run, int step,
                         struct err *err)
{
    const struct run_step *of = &run->steps[step];
    char digest[HASH_HEX_BYTES];
    if (of->approvals == 0)
        return true;
    if (!run_settings_of(world, run))
        return err_set(
            err, ERR_REFUSED, NULL,
            "it was not begun, because reeve.yaml does not name its environment any more");
    run_step_digest(world, run, step, digest);
    if (strcmp(digest, of->begun_as) != 0)
        return err_set(err, ERR_REFUSED, NULL,
                       "it was not begun, because what would run is not what was approved any "
                       "more: the runbook, reeve.yaml or the environment has changed");
    if (run_step_approved(world, run, step) < of->approvals)
        return err_set(err, ERR_REFUSED, NULL,
                       "it was not begun, because its approval counted no more when its turn came");
    return true;
}

/* Names of accounts are lower-case, those of the machine's users need not be. */
static bool is_same_person(struct str a, struct str b)
{
    return str_equal_nocase(a, b);
}

static struct str person_of(const struct run_call *call)
{
    return call->behind.n > 0 ? call->behind : call->actor;
}

static bool refuse_requester(const struct run *run, int step, const struct run_call *call,
                             struct err *err)
{
    if (str_equal(call->actor, run->opened_by))
        return err_set(err, ERR_REFUSED, NULL,
                       "You started run %lld yourself; somebody else has to approve its step %d.",
                       (long long)run->number, step + 1);
    if (!is_same_person(person_of(call), run->opened_person))
        return err_set(err, ERR_REFUSED, NULL,
                       "Run %lld was %s in your name; somebody else has to approve its step %d.",
                       (long long)run->number, run->taken_back ? "taken back" : "resumed",
                       step + 1);
    if (call->behind.n > 0)
        return err_set(err, ERR_REFUSED, NULL,
                       "Run %lld was started by %.*s, who made this API token; somebody else has "
                       "to approve its step %d.",
                       (long long)run->number, STR_ARGS(actor_name(call->behind)), step + 1);
    return err_set(err, ERR_REFUSED, NULL,
                   "Run %lld was started in your name, by %.*s; somebody else has to approve its "
                   "step %d.",
                   (long long)run->number, STR_ARGS(actor_name(run->opened_by)), step + 1);
}

static bool refuse_asker(const struct run *run, int step, const struct run_call *call,
                         struct err *err)
{
    const struct run_refusal *refusal = run->steps[step].refusal;
    if (is_same_person(person_of(call), run->opened_person) ||
        is_same_person(person_of(call), run->again_person))
        return refuse_requester(run, step, call, err);
    return err_set(err, ERR_REFUSED, NULL,
                   "Step %d of run %lld was refused by %.*s and asked for again in your name; "
                   "somebody else has to approve it.",
                   step + 1, (long long)run->number, STR_ARGS(actor_name(str_of(refusal->by))));
}

/* The page's token names nobody, and whoever holds it can have an account, too. */
static bool check_named_asker(const struct run *run, int step, struct err *err)
{
    const struct run_refusal *refusal = run->steps[step].refusal;
    const char *page = "person:page";
    bool again = refusal && strcmp(refusal->again_person, page) == 0;
    if (!str_is(run->opened_person, page) && !str_is(run->again_person, page) && !again)
        return true;
    return err_set(err, ERR_REFUSED, NULL,
                   "Run %lld was %s with the page's token, which names nobody, so nobody is known "
                   "to be somebody else: step %d cannot be approved. Start the procedure as a "
                   "person who has logged in.",
                   (long long)run->number,
                   again                              ? "asked for again"
                   : str_is(run->opened_person, page) ? "started"
                                                      : "taken up again",
                   step + 1);
}

/* Has this person agreed to the very same already? */
static bool has_approved(const struct run_world *world, const struct run_step *step,
                         const struct run_call *call, const char *digest)
{
    bool has = false;
    for (int i = 0; i < step->approver_count; i++)
        has = has || (run_approver_counts(world, &step->approvers[i], digest) &&
                      is_same_person(person_of(call), str_of(step->approvers[i].person)));
    return has;
}

/* The step, which has to wait for an approval and to be named: -1 with a sentence. */
static int find_waiting(const struct run_world *world, const struct run *run,
                        const struct run_call *call, struct err *err)
{
    int step = run ? ask_find_step(run, call, err) : -1;
    if (step < 0)
        return -1;
    if (run_step_state(world, run, step) != RUN_STEP_APPROVAL) {
        err_set(err, ERR_REFUSED, NULL, "Step %d of run %lld does not wait for an approval.",
                step + 1, (long long)run->number);
        return -1;
    }
    return step;
}

/* What somebody agrees to, they name: the step whose turn it is may be another one by now. */
static bool check_named(const struct run_world *world, const struct run *run, int step,
                        const struct run_call *call, struct err *err)
{
    struct arena arena;
    if (call->step > 0)
        return true;
    arena_init(&arena);
    struct approval_words words = approval_words(world, run, step, &arena);
    (void)err_set(err, ERR_USAGE, NULL,
                  "Step %d of run %lld waits for an approval; it would run \"%.*s\". Name the step "
                  "to agree to that: \"reeve approve %lld %d\".",
                  step + 1, (long long)run->number, STR_ARGS(str_cut(words.runs, 200)),
                  (long long)run->number, step + 1);
    arena_done(&arena);
    return false;
}

static bool check_shown(const struct run *run, int step, const struct run_call *call,
                        const char *digest, struct err *err)
{
    return call->digest.n == 0 || str_is(call->digest, digest) ||
           err_set(err, ERR_REFUSED, NULL,
                   "What step %d of run %lld would do has changed since it was shown to you; look "
                   "at it again, then decide.",
                   step + 1, (long long)run->number);
}

/* The pages and the mail say that it was refused and carry the digest; on the command line that is
 * known to have been read only when the digest is typed that stands beside it. */
static bool check_told(const struct run *run, int step, const struct run_call *call,
                       const char *digest, struct err *err)
{
    const struct run_refusal *refusal = run->steps[step].refusal;
    char at[INSTANT_TEXT_BYTES];
    if (!refusal || call->digest.n > 0)
        return true;
    instant_write(refusal->at, at);
    struct arena arena;
    arena_init(&arena);
    struct str again = STR("its turn has come again"); /* in a loop nobody has to ask */
    if (refusal->again_by[0])
        again = str_printf(&arena, "%.*s asks for it again: \"%.*s\"",
                           STR_ARGS(actor_name(str_of(refusal->again_by))),
                           STR_ARGS(str_cut(str_of(refusal->again_why), 120)));
    (void)err_set(err, ERR_USAGE, NULL,
                  "%.*s refused step %d of run %lld at %.10s %.8s UTC: \"%.*s\"; %.*s. To approve "
                  "it all the same, say \"reeve approve %lld %d --digest %s\".",
                  STR_ARGS(actor_name(str_of(refusal->by))), step + 1, (long long)run->number, at,
                  at + 11, STR_ARGS(str_cut(str_of(refusal->why), 120)), STR_ARGS(again),
                  (long long)run->number, step + 1, digest);
    arena_done(&arena);
    return false;
}

bool run_approve(const struct run_world *world, const struct run_call *call, struct event_list *out,
                 struct err *err)
{
    const struct run *run = ask_find_open(world, call, err);
    int step = find_waiting(world, run, call, err);
    char digest[HASH_HEX_BYTES];
    struct command_line line;
    if (step < 0)
        return false;
    const struct run_step *of = &run->steps[step];
    if (str_is(call->actor, "person:page"))
        return err_set(
            err, ERR_REFUSED, NULL,
            "The page's token names nobody; a person has to approve step %d of run %lld.", step + 1,
            (long long)run->number);
    if (run_step_is_asker(run, step, person_of(call)))
        return refuse_asker(run, step, call, err);
    if (!check_named_asker(run, step, err))
        return false;
    const struct run_settings *settings = run_settings_of(world, run);
    if (!settings)
        return err_set(err, ERR_REFUSED, NULL, "Step %d of run %lld cannot begin: %.*s.", step + 1,
                       (long long)run->number,
                       STR_ARGS(run_environment_problem(world, out->arena, run)));
    if (settings->context_unknown)
        return err_set(err, ERR_REFUSED, NULL,
                       "The secrets that step %d of run %lld would be given are known only while "
                       "Reeve runs; start it, then approve.",
                       step + 1, (long long)run->number);
    if (!command_line_make(out->arena, of->command, &run->values, &line, err))
        return false; /* a value was erased: it can never begin */
    run_step_digest(world, run, step, digest);
    if (!check_named(world, run, step, call, err) || !check_shown(run, step, call, digest, err) ||
        !check_told(run, step, call, digest, err))
        return false;
    if (has_approved(world, of, call, digest))
        return err_set(err, ERR_REFUSED, NULL,
                       "You have approved step %d of run %lld already; it needs %d persons.",
                       step + 1, (long long)run->number, of->approvals);
    struct event *event = ask_add(world, call, EVENT_RUN_STEP_APPROVED, run->number, out);
    event_set_int(event, "step", step + 1);
    event_set_str(event, "digest", str_copy(out->arena, str_of(digest)));
    event_set_instant(event, "until", instant_add_ms(world->now, RUN_APPROVAL_MS));
    event_set_str(event, "behind", str_copy(out->arena, call->behind));
    if (of->refusal)
        event_set_str(event, "despite", str_copy(out->arena, str_of(of->refusal->by)));
    return true;
}

bool run_refuse(const struct run_world *world, const struct run_call *call, struct event_list *out,
                struct err *err)
{
    const struct run *run = ask_find_open(world, call, err);
    int step = find_waiting(world, run, call, err);
    char digest[HASH_HEX_BYTES];
    if (step < 0 || !check_named(world, run, step, call, err) ||
        !ask_reason(call, "refuse it", err))
        return false;
    run_step_digest(world, run, step, digest);
    if (!check_shown(run, step, call, digest, err))
        return false;
    struct event *event = ask_add(world, call, EVENT_RUN_STEP_REFUSED, run->number, out);
    event_set_int(event, "step", step + 1);
    event_set_str(event, "digest", str_copy(out->arena, str_of(digest)));
    event_set_str(event, "reason", call->text);
    return true;
}

static void remove_approver(struct run_step *step, int at)
{
    step->approver_count--;
    memmove(&step->approvers[at], &step->approvers[at + 1],
            (size_t)(step->approver_count - at) * sizeof *step->approvers);
}

static void fold_approved(struct run *run, struct run_step *step, const struct event *event)
{
    struct str behind = event_str(event, "behind");
    struct str person = behind.n > 0 ? behind : event->actor;
    if (!step->approvers)
        step->approvers = arena_array(&run->arena, RUN_APPROVERS_MAX, sizeof *step->approvers);
    for (int i = step->approver_count; i-- > 0;)
        if (is_same_person(person, str_of(step->approvers[i].person)))
            remove_approver(step, i);
    if (step->approver_count == RUN_APPROVERS_MAX)
        remove_approver(step, 0);
    struct run_approver *approver = &step->approvers[step->approver_count++];
    *approver = (struct run_approver){.at = event->at, .until = event_instant(event, "until")};
    str_keep(approver->actor, sizeof approver->actor, event->actor);
    str_keep(approver->person, sizeof approver->person, person);
    str_keep(approver->digest, sizeof approver->digest, event_str(event, "digest"));
}

void approval_fold(struct run *run, struct run_step *step, const struct event *event)
{
    if (event->kind == EVENT_RUN_STEP_APPROVED) {
        fold_approved(run, step, event);
        return;
    }
    for (int i = step->approver_count; i-- > 0;)
        if (str_is(event_str(event, "who"), step->approvers[i].actor))
            remove_approver(step, i);
}

/* Does the event take from this approver what they agreed by? NULL: it does not. */
static const char *why_lost(const struct event *event, const struct run_approver *approver)
{
    enum role role = ROLE_VIEWER;
    bool is_account =
        event->kind == EVENT_ACCOUNT_REMOVED || event->kind == EVENT_ACCOUNT_ROLE_CHANGED;
    if (event->kind == EVENT_CLOCK_STEPPED)
        return "the clock was set after it was given";
    struct str name = event_str(event, "name");
    if (event->kind == EVENT_API_TOKEN_REVOKED)
        return str_starts(str_of(approver->actor), "program:") &&
                       str_equal(name, actor_name(str_of(approver->actor)))
                   ? "its API token was revoked"
                   : NULL;
    if (!is_account || !is_same_person(name, actor_name(str_of(approver->person))))
        return NULL;
    if (event->kind == EVENT_ACCOUNT_REMOVED)
        return "the account was removed";
    (void)!role_find(event_str(event, "to"), &role);
    return role_grants(role, PERMISSION_APPROVE) ? NULL : "the account may not approve any more";
}

void approval_fold_all(struct runs *runs, const struct event *event)
{
    if (event->kind != EVENT_CLOCK_STEPPED && event->kind != EVENT_API_TOKEN_REVOKED &&
        event->kind != EVENT_ACCOUNT_REMOVED && event->kind != EVENT_ACCOUNT_ROLE_CHANGED)
        return;
    for (size_t i = 0; i < runs->count; i++) {
        const struct run *run = runs->items[i];
        for (int k = 0; k < run->step_count; k++)
            for (int n = 0; n < run->steps[k].approver_count; n++) {
                struct run_approver *approver = &run->steps[k].approvers[n];
                const char *why = why_lost(event, approver);
                approver->lost = approver->lost ? approver->lost : why;
            }
    }
}
