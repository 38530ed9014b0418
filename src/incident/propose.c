/* propose.c - reading the words of severities, and holding numbers against them. */
#include "incident/propose.h"

#include <math.h>

static bool has(struct str words, const char *word)
{
    return str_find_nocase(words, word, 0) < words.n;
}

static bool has_any(struct str words, const char *const *list)
{
    for (; *list; list++)
        if (has(words, *list))
            return true;
    return false;
}

/* "50%" or "50 %" anywhere: its share. */
static bool find_percent(struct str words, double *out_share)
{
    for (size_t at = 0; at < words.n; at++) {
        size_t end = at;
        while (end < words.n && (byte_is_digit(words.p[end]) || words.p[end] == '.'))
            end++;
        struct str rest = str_trim(str_from(words, end));
        double percent;
        if (end > at && (str_starts(rest, "%") || str_starts_nocase(rest, "percent")) &&
            str_real(str_slice(words, at, end), &percent)) {
            *out_share = percent / 100;
            return true;
        }
        at = end > at ? end - 1 : at;
    }
    return false;
}

static struct propose_clause read_clause(struct str words)
{
    static const char *const breach[] = {"breach", "security", "intrusion", "leak", NULL};
    static const char *const outage[] = {"outage", "fail", "error", "unavailable", "down", NULL};
    static const char *const whole[] = {"complete", "total", "full", "entire",
                                        "all ",     "whole", NULL};
    static const char *const some[] = {"partial", "some", NULL};
    static const char *const slow[] = {"degrad", "slow", "latency", "response time", NULL};
    static const char *const under[] = {"<", "below", "under", "less than", "up to", NULL};
    struct propose_clause clause = {.words = words, .part = PROPOSE_PEOPLE};
    double share = 0;
    bool named = find_percent(words, &share);
    clause.limit = share;
    clause.below = named && has_any(words, under);
    if (has_any(words, breach)) {
        clause.part = PROPOSE_BREACH;
    } else if (has_any(words, slow)) {
        clause.part = named ? PROPOSE_SLOWER : PROPOSE_PEOPLE;
    } else if (has_any(words, outage) && (named || has_any(words, whole) || has_any(words, some))) {
        clause.part = PROPOSE_OUTAGE;
        if (!named)
            clause.limit = has_any(words, whole) ? PROPOSE_COMPLETE : PROPOSE_PARTIAL;
    }
    return clause;
}

size_t propose_read(struct str when, struct propose_clause out_clauses[PROPOSE_CLAUSES_MAX])
{
    size_t count = 0;
    struct str rest = when;
    struct str part;
    while (rest.n > 0 && count < PROPOSE_CLAUSES_MAX) {
        size_t comma = str_find_byte(rest, ',', 0);
        size_t semicolon = str_find_byte(rest, ';', 0);
        size_t either = str_find(rest, " or ", 0);
        size_t end = comma < semicolon ? comma : semicolon;
        size_t skip = 1;
        if (either < end) {
            end = either;
            skip = 4;
        }
        part = str_trim(str_slice(rest, 0, end));
        rest = end < rest.n ? str_from(rest, end + skip) : (struct str){0};
        if (part.n > 0)
            out_clauses[count++] = read_clause(part);
    }
    return count;
}

static bool is_met(const struct propose_clause *clause, const struct propose_facts *facts)
{
    if (clause->part != PROPOSE_OUTAGE && clause->part != PROPOSE_SLOWER)
        return false;
    double value = clause->part == PROPOSE_OUTAGE ? facts->failing : facts->slower;
    if (isnan(value))
        return false;
    /* Exactly the limit belongs to the severity above it. */
    return clause->below ? value >= PROPOSE_PARTIAL && value < clause->limit
                         : value >= clause->limit && value > 0;
}

struct proposal propose(const struct severity_plan *plan, const struct propose_facts *facts)
{
    struct proposal proposal = {0};
    for (int i = 0; i < plan->level_count; i++) {
        struct propose_clause clauses[PROPOSE_CLAUSES_MAX];
        size_t count = propose_read(plan->levels[i].when, clauses);
        for (size_t k = 0; k < count; k++) {
            proposal.wants_failing |= clauses[k].part == PROPOSE_OUTAGE && isnan(facts->failing);
            proposal.wants_slower |= clauses[k].part == PROPOSE_SLOWER && isnan(facts->slower);
            if (proposal.level || !is_met(&clauses[k], facts))
                continue;
            proposal.level = &plan->levels[i];
            proposal.met = clauses[k];
        }
    }
    return proposal;
}

bool propose_is_breach(const struct severity_level *level)
{
    struct propose_clause clauses[PROPOSE_CLAUSES_MAX];
    size_t count = propose_read(level->when, clauses);
    for (size_t i = 0; i < count; i++)
        if (clauses[i].part == PROPOSE_BREACH)
            return true;
    return false;
}
