/* lock_tree.c - who waits for whom, as PostgreSQL itself decides it. */
#include "postgres/lock_tree.h"

#include <stdlib.h>

/* In the order of their strength; bit n: excludes mode n. From the manual's table of conflicting
 * lock modes. */
static const struct {
    const char *name;
    unsigned excludes;
} modes[] = {
    {"AccessShareLock", 1u << 7},
    {"RowShareLock", 1u << 6 | 1u << 7},
    {"RowExclusiveLock", 1u << 4 | 1u << 5 | 1u << 6 | 1u << 7},
    {"ShareUpdateExclusiveLock", 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 7},
    {"ShareLock", 1u << 2 | 1u << 3 | 1u << 5 | 1u << 6 | 1u << 7},
    {"ShareRowExclusiveLock", 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 7},
    {"ExclusiveLock", 0xfeu},
    {"AccessExclusiveLock", 0xffu},
};
enum { MODES = sizeof modes / sizeof *modes };

static size_t mode_of(struct str name)
{
    size_t i = 0;
    while (i < MODES && !str_is(name, modes[i].name))
        i++;
    return i;
}

bool lock_modes_conflict(struct str a, struct str b)
{
    size_t x = mode_of(a);
    size_t y = mode_of(b);
    return x == MODES || y == MODES || (modes[x].excludes >> y & 1u) != 0;
}

static struct lock_session *find(struct lock_tree *tree, int64_t pid, struct str gid)
{
    for (size_t i = 0; i < tree->count; i++)
        if (tree->sessions[i].pid == pid && str_equal(tree->sessions[i].gid, gid))
            return &tree->sessions[i];
    return NULL;
}

/* NULL: there is no room. */
static struct lock_session *get(struct lock_tree *tree, int64_t pid, struct str gid)
{
    struct lock_session *session = find(tree, pid, gid);
    if (session)
        return session;
    if (tree->count == LOCK_SESSIONS_MAX) {
        tree->full = true;
        return NULL;
    }
    session = &tree->sessions[tree->count++];
    *session = (struct lock_session){
        .pid = pid, .gid = gid, .wait_s = -1, .parent = LOCK_NOBODY, .state = STR("")};
    return session;
}

static bool is_granted(const struct look_table *locks, size_t row)
{
    return look_is_true(locks, row, "granted");
}

static void add_blocker(struct lock_tree *tree, struct lock_session *waiter,
                        const struct lock_session *blocker, bool holds)
{
    if (!blocker || blocker == waiter)
        return;
    size_t at = (size_t)(blocker - tree->sessions);
    for (size_t i = 0; i < waiter->blocker_count; i++)
        if (waiter->blockers[i].session == at)
            return;
    if (waiter->blocker_count == LOCK_BLOCKERS_MAX) {
        waiter->blockers_left_out++;
        return;
    }
    waiter->blockers[waiter->blocker_count++] = (struct lock_blocker){at, holds};
}

/* What the blocker holds of what the waiter wants, in a mode that excludes it; "": it does not. */
static struct str held_by(const struct look_table *locks, const struct lock_session *waiter,
                          int64_t pid, struct str gid)
{
    for (size_t i = 0; i < locks->count; i++) {
        int64_t holder;
        if (!is_granted(locks, i) || !look_int(locks, i, "pid", &holder) || holder != pid ||
            !str_equal(look_cell(locks, i, "gid"), gid) ||
            !str_equal(look_cell(locks, i, "object"), waiter->object))
            continue;
        if (lock_modes_conflict(look_cell(locks, i, "mode"), waiter->mode))
            return look_cell(locks, i, "mode");
    }
    return STR("");
}

static void note_held(struct arena *arena, struct lock_session *blocker, struct str mode,
                      struct str on)
{
    if (blocker && blocker->holds.n == 0)
        blocker->holds = str_printf(arena, "%.*s on %.*s", STR_ARGS(mode), STR_ARGS(on));
}

/* pg_blocking_pids says 0 for a prepared transaction, not which. */
static void add_prepared(struct arena *arena, struct lock_tree *tree,
                         const struct look_table *locks, struct lock_session *waiter)
{
    bool found = false;
    for (size_t i = 0; i < locks->count; i++) {
        struct str gid = look_cell(locks, i, "gid");
        if (gid.n == 0 || held_by(locks, waiter, 0, gid).n == 0)
            continue;
        struct lock_session *blocker = get(tree, 0, gid);
        add_blocker(tree, waiter, blocker, true);
        note_held(arena, blocker, held_by(locks, waiter, 0, gid), waiter->on);
        found = true;
    }
    if (!found)
        add_blocker(tree, waiter, get(tree, 0, STR("")), true);
}

static void add_waiter(struct arena *arena, struct lock_tree *tree, const struct look_table *locks,
                       size_t row)
{
    int64_t pid;
    struct str rest = look_cell(locks, row, "blockers");
    struct str one;
    if (!look_int(locks, row, "pid", &pid) || rest.n == 0)
        return; /* it went on in between */
    struct lock_session *waiter = get(tree, pid, STR(""));
    if (!waiter || waiter->waits)
        return;
    waiter->waits = true;
    waiter->mode = look_cell(locks, row, "mode");
    waiter->on = look_cell(locks, row, "on");
    waiter->object = look_cell(locks, row, "object");
    if (!look_real(locks, row, "wait_s", &waiter->wait_s))
        waiter->wait_s = -1;
    while (str_split(&rest, ' ', &one)) {
        int64_t blocker;
        if (!str_int(one, &blocker))
            continue;
        if (blocker == 0) {
            add_prepared(arena, tree, locks, waiter);
            continue;
        }
        if (waiter->blocker_count == LOCK_BLOCKERS_MAX) {
            waiter->blockers_left_out++;
            continue;
        }
        struct str mode = held_by(locks, waiter, blocker, STR(""));
        struct lock_session *holder = get(tree, blocker, STR(""));
        add_blocker(tree, waiter, holder, mode.n > 0 || waiter->object.n == 0);
        if (mode.n > 0)
            note_held(arena, holder, mode, waiter->on);
    }
}

static void fill(struct lock_session *session, const struct look_table *people, size_t row)
{
    session->is_there = true;
    session->id = look_cell(people, row, "session");
    session->user = look_cell(people, row, "user");
    session->application = look_cell(people, row, "application");
    session->database = look_cell(people, row, "database");
    session->client = look_cell(people, row, "client");
    session->state = look_cell(people, row, "state");
    session->type = look_cell(people, row, "type");
    session->query = look_cell(people, row, "query");
    session->is_known = session->state.n > 0 || session->type.n > 0;
    (void)look_real(people, row, "state_s", &session->state_s);
    (void)look_real(people, row, "transaction_s", &session->transaction_s);
}

static void fill_prepared(struct lock_session *session, const struct look_table *locks)
{
    for (size_t i = 0; i < locks->count; i++) {
        if (session->gid.n == 0 || !str_equal(look_cell(locks, i, "gid"), session->gid))
            continue;
        session->is_there = session->is_known = true;
        session->user = look_cell(locks, i, "prepared_by");
        session->database = look_cell(locks, i, "prepared_in");
        session->state = STR("prepared");
        (void)look_real(locks, i, "prepared_s", &session->state_s);
        session->transaction_s = session->state_s;
    }
}

/* The one of those it waits for below which it stands: who holds the lock and waits for nobody,
 * else who holds it, else who has waited longest. */
static void choose_parent(struct lock_tree *tree, struct lock_session *session)
{
    int best = -1;
    for (size_t i = 0; i < session->blocker_count; i++) {
        const struct lock_blocker *blocker = &session->blockers[i];
        const struct lock_session *other = &tree->sessions[blocker->session];
        int rank = blocker->holds ? (other->waits ? 2 : 3) : 1;
        bool older = best == rank && other->wait_s > tree->sessions[session->parent].wait_s;
        if (rank < best || (rank == best && !older))
            continue;
        best = rank;
        session->parent = blocker->session;
    }
}

/* A circle has no root: its member with the lowest pid becomes one. */
static void cut_circles(struct lock_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        size_t at = i;
        for (size_t steps = 0; steps < tree->count && at != LOCK_NOBODY; steps++)
            at = tree->sessions[at].parent;
        if (at == LOCK_NOBODY)
            continue;
        size_t from = at; /* surely in the circle */
        size_t lowest = at;
        do {
            tree->sessions[at].in_circle = true;
            if (tree->sessions[at].pid < tree->sessions[lowest].pid)
                lowest = at;
            at = tree->sessions[at].parent;
        } while (at != from);
        tree->sessions[lowest].parent = LOCK_NOBODY;
    }
}

static void count_depth(struct lock_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        for (size_t at = tree->sessions[i].parent; at != LOCK_NOBODY;
             at = tree->sessions[at].parent)
            tree->sessions[i].depth++;
}

static bool waits_for_one_of(const struct lock_session *session, const bool *those)
{
    for (size_t i = 0; i < session->blocker_count; i++)
        if (those[session->blockers[i].session])
            return true;
    return false;
}

/* All who wait for it, also by way of others, below it in the tree or not: of two who hold the same
 * lock, both must end. */
static void count_behind(struct arena *arena, struct lock_tree *tree)
{
    bool *reached = arena_array(arena, tree->count + 1, sizeof *reached);
    for (size_t i = 0; i < tree->count; i++) {
        struct lock_session *session = &tree->sessions[i];
        bool more = true;
        memset(reached, 0, tree->count * sizeof *reached);
        reached[i] = true;
        while (more) {
            more = false;
            for (size_t k = 0; k < tree->count; k++) {
                const struct lock_session *one = &tree->sessions[k];
                if (reached[k] || !waits_for_one_of(one, reached))
                    continue;
                reached[k] = more = true;
                session->behind++;
                if (one->wait_s > session->longest_s)
                    session->longest_s = one->wait_s;
            }
        }
    }
}

/* Those with the most behind them first, then those who wait longest. */
static int compare(const void *a, const void *b)
{
    const struct lock_session *x = *(const struct lock_session *const *)a;
    const struct lock_session *y = *(const struct lock_session *const *)b;
    if (x->behind != y->behind)
        return x->behind > y->behind ? -1 : 1;
    if (x->wait_s > y->wait_s || x->wait_s < y->wait_s)
        return x->wait_s > y->wait_s ? -1 : 1;
    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static void put_in_order(struct arena *arena, struct lock_tree *tree)
{
    const struct lock_session **sorted = arena_array(arena, tree->count + 1, sizeof(void *));
    size_t *stack = arena_array(arena, tree->count + 1, sizeof *stack);
    size_t depth = 0;
    size_t done = 0;
    tree->order = arena_array(arena, tree->count + 1, sizeof *tree->order);
    for (size_t i = 0; i < tree->count; i++)
        sorted[i] = &tree->sessions[i];
    qsort(sorted, tree->count, sizeof(void *), compare);
    for (size_t i = tree->count; i-- > 0;) /* the last one on the stack is the first one out */
        if (sorted[i]->parent == LOCK_NOBODY)
            stack[depth++] = (size_t)(sorted[i] - tree->sessions);
    while (depth > 0) {
        size_t at = stack[--depth];
        tree->order[done++] = at;
        for (size_t i = tree->count; i-- > 0;)
            if (sorted[i]->parent == at)
                stack[depth++] = (size_t)(sorted[i] - tree->sessions);
    }
}

struct lock_tree lock_tree_make(struct arena *arena, const struct look_table *locks,
                                const struct look_table *safe, const struct look_table *people)
{
    struct lock_tree tree = {.sessions =
                                 arena_array(arena, LOCK_SESSIONS_MAX, sizeof *tree.sessions)};
    for (size_t i = 0; i < locks->count; i++)
        if (!is_granted(locks, i))
            add_waiter(arena, &tree, locks, i);
    for (size_t i = 0; i < safe->count; i++)
        add_waiter(arena, &tree, safe, i);
    for (size_t i = 0; i < people->count; i++) {
        int64_t pid;
        struct lock_session *session =
            look_int(people, i, "pid", &pid) ? find(&tree, pid, STR("")) : NULL;
        if (session)
            fill(session, people, i);
    }
    for (size_t i = 0; i < tree.count; i++) {
        if (tree.sessions[i].pid == 0)
            fill_prepared(&tree.sessions[i], locks);
        choose_parent(&tree, &tree.sessions[i]);
    }
    cut_circles(&tree);
    count_depth(&tree);
    count_behind(arena, &tree);
    put_in_order(arena, &tree);
    return tree;
}
