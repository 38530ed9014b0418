/* plan.c - what the history and the files say together. */
#include "migrate/plan.h"

#include <stdlib.h>

static int by_place(const void *a, const void *b)
{
    const struct history_row *first = a;
    const struct history_row *second = b;
    int order = version_compare(first->version, second->version);
    if (order == 0)
        order = (int)first->down - (int)second->down;
    if (order == 0)
        order = first->part < second->part ? -1 : first->part > second->part;
    return order;
}

static void say(struct migration_set *set, const struct migration_view *view, bool stops,
                struct str text)
{
    migration_say(set,
                  &(struct migration_finding){
                      .version = view->version, .place = view->name, .text = text, .stops = stops});
}

/* Were all statements of that direction done? */
static bool is_whole(const struct migration_view *view)
{
    return view->row_count > 0 && !view->doubt && view->done == view->parts;
}

static void count_rows(struct migration_view *view)
{
    bool back = view->row_count > 0 && view->rows[view->row_count - 1].down;
    for (size_t i = 0; i < view->row_count; i++) {
        const struct history_row *row = &view->rows[i];
        if (row->down != back)
            continue;
        view->parts = row->parts;
        view->done += row->done && row->part > 0;
        view->doubt = view->doubt || !row->done;
        if (str_compare(row->at, view->at) > 0)
            view->at = row->at;
    }
    view->state = back              ? MIGRATION_UNDOING
                  : is_whole(view)  ? MIGRATION_APPLIED
                  : view->row_count ? MIGRATION_PARTLY
                                    : MIGRATION_PENDING;
}

/* Statements that were done must stand in the file as they were. */
static bool changed_below(const struct migration_view *view, const struct migration_script *script,
                          bool down)
{
    for (size_t i = 0; i < view->row_count; i++) {
        const struct history_row *row = &view->rows[i];
        if (row->down != down || row->part < 1 || row->sum.n == 0)
            continue;
        if (row->part > (int64_t)script->count ||
            (row->done && !str_is(row->sum, script->statements[row->part - 1].sum)))
            return true;
    }
    return false;
}

static void check_edited(struct migration_set *set, struct migration_view *view,
                         struct plan_options options)
{
    const struct migration *migration = view->migration;
    if (!migration || migration->unread || view->row_count == 0)
        return;
    bool whole = view->state == MIGRATION_APPLIED;
    view->edited =
        whole ? !str_is(view->rows[0].file_sum, migration->sum) && view->rows[0].file_sum.n > 0
              : changed_below(view, &migration->up, false);
    if (view->state == MIGRATION_UNDOING)
        view->edited = changed_below(view, &migration->down, true);
    if (view->edited && whole)
        say(set, view, !options.allow_edited,
            STR("The file was changed after it was applied: put the change into a new file, or "
                "accept it as it stands with --accept-edited, which runs nothing of it."));
    else if (view->edited)
        say(set, view, true,
            str_printf(set->arena,
                       "The file is half done, and one of the %lld statements that are done was "
                       "changed: write them as they were; what comes behind may be changed.",
                       (long long)view->done));
}

/* Findings of files that are applied already stop nothing. */
static void calm_findings(struct migration_set *set, const struct migration_plan *plan)
{
    for (size_t i = 0; i < set->finding_count; i++) {
        struct migration_finding *finding = &set->findings[i];
        const struct migration_view *view =
            finding->version.n > 0 ? plan_find(plan, finding->version) : NULL;
        if (!finding->always && view && view->state == MIGRATION_APPLIED && view->migration->unread)
            finding->stops = false;
    }
}

static void check_late(struct migration_set *set, struct migration_plan *plan,
                       struct plan_options options)
{
    const struct migration_view *newest = NULL;
    for (size_t i = plan->count; i-- > 0;) {
        struct migration_view *view = &plan->views[i];
        if (view->state == MIGRATION_APPLIED && !newest)
            newest = view;
        view->late = newest && view->state == MIGRATION_PENDING;
        if (view->late)
            say(set, view, !options.allow_late,
                str_printf(set->arena,
                           "It is not applied and %.*s, which comes behind it, is: give it a "
                           "higher number, or run it all the same with --out-of-order.",
                           STR_ARGS(newest->name)));
    }
}

/* A file that was renamed would be run once more under its new number. */
static void check_renamed(struct migration_set *set, const struct migration_plan *plan,
                          const struct migration_view *gone)
{
    for (size_t i = 0; i < plan->count && gone->rows[0].file_sum.n > 0; i++) {
        const struct migration_view *view = &plan->views[i];
        if (view->state == MIGRATION_PENDING && view->migration->up.count > 0 &&
            str_is(gone->rows[0].file_sum, view->migration->sum))
            say(set, view, true,
                str_printf(set->arena,
                           "It has the very statements of %.*s, which is applied and whose file is "
                           "gone: when it was renamed, give it its old number back.",
                           STR_ARGS(gone->name)));
    }
}

static void check_gone(struct migration_set *set, const struct migration_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct migration_view *view = &plan->views[i];
        if (view->migration)
            continue;
        bool whole = view->state == MIGRATION_APPLIED;
        say(set, view, !whole,
            whole ? STR("It is applied, and its file is not here.")
                  : STR("It is half done, and its file is not here: bring the file back."));
        check_renamed(set, plan, view);
    }
}

static struct migration_view view_make(const struct migration *migration,
                                       const struct history_row *rows, size_t count)
{
    struct migration_view view = {.migration = migration, .rows = rows, .row_count = count};
    if (migration) {
        view.version = migration->version;
        view.name = migration->name;
        view.parts = (int64_t)migration->up.count;
    } else if (rows) { /* one of the two is there */
        view.version = rows[0].version;
        view.name = rows[0].name;
    }
    count_rows(&view);
    return view;
}

void migration_plan_make(struct migration_set *set, struct history_row *rows, size_t row_count,
                         struct plan_options options, struct migration_plan *out_plan)
{
    struct migration_plan plan = {.count = 0};
    size_t file = 0;
    size_t at = 0;
    if (row_count > 1)
        qsort(rows, row_count, sizeof *rows, by_place);
    while (file < set->count || at < row_count) {
        int order = file == set->count ? 1
                    : at == row_count  ? -1
                                      : version_compare(set->items[file].version, rows[at].version);
        size_t from = at;
        while (order >= 0 && at < row_count &&
               version_compare(rows[at].version, rows[from].version) == 0)
            at++;
        LIST_PUSH(set->arena, plan.views, plan.count, plan.capacity) =
            view_make(order <= 0 ? &set->items[file] : NULL, rows ? &rows[from] : NULL, at - from);
        file += order <= 0;
    }
    for (size_t i = 0; i < plan.count; i++)
        check_edited(set, &plan.views[i], options);
    calm_findings(set, &plan);
    check_late(set, &plan, options);
    check_gone(set, &plan);
    *out_plan = plan;
}

const struct migration_view *plan_find(const struct migration_plan *plan, struct str version)
{
    for (size_t i = 0; i < plan->count; i++)
        if (version_compare(plan->views[i].version, version) == 0)
            return &plan->views[i];
    return NULL;
}

const struct history_row *view_row(const struct migration_view *view, bool down, int64_t part)
{
    size_t from = 0;
    size_t to = view->row_count;
    struct history_row want = {.version = view->version, .down = down, .part = part};
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = by_place(&view->rows[middle], &want);
        if (order == 0)
            return &view->rows[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

static bool check_back(const struct migration_view *view, struct err *err)
{
    const char *place = view->name.p;
    if (!view->migration)
        return err_set(err, ERR_REFUSED, place,
                       "Its file is not here, so nobody knows the way back: bring the file back.");
    if (view->migration->unread)
        return err_set(err, ERR_REFUSED, place, "Its file cannot be read; see db:status.");
    if (!view->migration->has_down)
        return err_set(err, ERR_REFUSED, place,
                       "It has no way back: write one (\"-- migrate:down\", or a file .down.sql), "
                       "or undo it by a new migration.");
    if (view->state == MIGRATION_PARTLY)
        return err_set(err, ERR_REFUSED, place,
                       "It is half applied (%lld of %lld statements): let db:migrate finish it "
                       "first.",
                       (long long)view->done, (long long)view->parts);
    if (view->edited && view->state == MIGRATION_UNDOING)
        return err_set(err, ERR_REFUSED, place,
                       "The part of its way back that is done was changed: write it as it was.");
    return true;
}

bool rollback_make(struct arena *arena, const struct migration_plan *plan, struct str target,
                   struct rollback *out_rollback, struct err *err)
{
    struct rollback made = {.items = arena_array(arena, plan->count + 1, sizeof *made.items)};
    struct str version = version_of(target);
    if (target.n > 0) {
        const struct migration_view *found = version.n > 0 ? plan_find(plan, version) : NULL;
        bool all = str_is(version, "0");
        if (version.n == 0 || (!all && (!found || found->state == MIGRATION_PENDING)))
            return err_set(err, ERR_USAGE, "target",
                           "\"%.*s\" is no version that is applied; db:status lists them, and 0 "
                           "means before the first.",
                           STR_ARGS(str_cut(target, 60)));
    }
    for (size_t i = plan->count; i-- > 0;) {
        const struct migration_view *view = &plan->views[i];
        if (view->state == MIGRATION_PENDING)
            continue;
        if (target.n > 0 ? version_compare(view->version, version) <= 0 : made.count > 0)
            break;
        if (!check_back(view, err))
            return false;
        made.items[made.count++] = view;
    }
    *out_rollback = made;
    return true;
}

const char *migration_state_name(enum migration_state state)
{
    static const char *const names[] = {
        [MIGRATION_PENDING] = "pending",
        [MIGRATION_APPLIED] = "applied",
        [MIGRATION_PARTLY] = "half applied",
        [MIGRATION_UNDOING] = "half rolled back",
    };
    return names[state];
}
