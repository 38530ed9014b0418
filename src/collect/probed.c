/* probed.c - one target that is probed. */
#include "collect/probed.h"

struct probed {
    struct arena arena; /* as long as the target */
    struct arena known; /* the intake's: until it is renewed */
    struct arena turn;  /* one line */
    const struct scrape_use *use;
    struct collector_target target;
    struct intake intake;
    struct reading *readings;
    char *carry;
    struct instant at; /* of the last line */
};

struct probed *probed_open(const struct collector_target *target, const struct signals *signals,
                           const struct scrape_use *use)
{
    struct arena arena;
    arena_init(&arena);
    struct probed *probed = arena_make(&arena, struct probed);
    *probed = (struct probed){.arena = arena, .use = use};
    struct arena *own = &probed->arena;
    arena_init(&probed->turn);
    arena_init(&probed->known);
    probed->target = (struct collector_target){
        str_copy(own, target->name), str_copy(own, target->url), target->interval_ms, true};
    probed->readings = arena_array(own, signals->count + 1, sizeof *probed->readings);
    probed->carry = arena_alloc(own, LIMIT_SCRAPE_LINE_BYTES);
    intake_init(&probed->intake, &probed->known, signals, probed->target.name);
    return probed;
}

void probed_restore(struct probed *probed, struct str saved)
{
    intake_restore(&probed->intake, saved);
}

struct str probed_target(const struct probed *probed)
{
    return probed->target.name;
}

static void renew(struct probed *probed)
{
    struct arena former = probed->known;
    arena_init(&probed->known);
    intake_renew(&probed->intake, &probed->known);
    arena_done(&former);
}

/* The readings that the samples give; out_status says what is odd about them. */
static size_t read_samples(struct probed *probed, struct str samples,
                           struct target_status *out_status)
{
    struct exposition reader;
    struct err err = {0};
    if (intake_is_crowded(&probed->intake))
        renew(probed);
    intake_begin(&probed->intake, probed->at, probed->target.interval_ms);
    exposition_init(&reader, &probed->intake.use, probed->carry);
    if (!exposition_feed(&reader, samples, &err) || !exposition_end(&reader, &err)) {
        out_status->problem = str_copy(&probed->turn, str_of(err.text));
        return 0;
    }
    int64_t interval_ms = probed->target.interval_ms;
    size_t count = intake_finish(&probed->intake, &probed->turn, interval_ms, probed->readings);
    count += intake_ended(&probed->intake, &probed->turn, interval_ms, probed->readings + count);
    intake_say_reasons(&probed->intake, &probed->turn, out_status);
    return count;
}

void probed_take(struct probed *probed, const struct probe_line *line)
{
    size_t count = 0;
    if (!instant_before(probed->at, line->at))
        return;
    probed->at = line->at;
    struct target_status status = {.name = probed->target.name,
                                   .url = probed->target.url,
                                   .at = line->at,
                                   .interval_ms = probed->target.interval_ms,
                                   .up = line->up};
    if (line->samples.n > 0)
        count = read_samples(probed, line->samples, &status);
    if (line->note.n > 0)
        status.problem = line->note;
    if (!line->up)
        status.problem = line->problem.n > 0 ? line->problem : STR("nothing was seen of it");
    status.of_metric = status.of_metric && line->up && line->note.n == 0;
    probed->use->done(probed->use->context, &status, probed->readings, count, &probed->intake);
    arena_reset(&probed->turn);
}

void probed_close(struct probed *probed)
{
    arena_done(&probed->turn);
    arena_done(&probed->known);
    struct arena arena = probed->arena;
    arena_done(&arena);
}
