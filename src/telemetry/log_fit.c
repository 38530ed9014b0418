/* log_fit.c - lines that cannot be read, counted by halves of a minute. */
#include "telemetry/log_fit.h"

#include <stdio.h>

enum { HALF_MS = 30 * 1000, SAID_MS = 10 * 60 * 1000 };

/* As what prints JSON for people begins it. */
static bool begins_spread(struct str line)
{
    line = str_trim(line);
    return str_is(line, "{") || str_is(line, "[") || str_is(line, "[{");
}

void log_fit_add(struct log_fit *fit, const struct log_entry *entry, struct instant now)
{
    int64_t number = now.us / 1000 / HALF_MS;
    size_t at = (size_t)(number & 1);
    if (entry->form == ENTRY_PLAIN) {
        fit->plain++;
        return;
    }
    bool unread = entry->form == ENTRY_UNREAD;
    if (unread && entry->message.n > 0 && byte_is_blank(entry->message.p[0]))
        return;
    if (fit->halves[at].number != number) {
        fit->halves[at].number = number;
        fit->halves[at].lines = 0;
        fit->halves[at].unread = 0;
    }
    fit->halves[at].lines++;
    fit->halves[at].unread += unread;
    fit->read += !unread;
    fit->unread += unread;
    fit->in_row = unread ? fit->in_row + 1 : 0;
    if (unread)
        fit->unread_at = now;
    if (unread && begins_spread(entry->message)) {
        fit->spread++;
        fit->spread_at = now;
    }
    bool has_before = fit->halves[1 - at].number == number - 1;
    int64_t lines = fit->halves[at].lines + (has_before ? fit->halves[1 - at].lines : 0);
    int64_t bad = fit->halves[at].unread + (has_before ? fit->halves[1 - at].unread : 0);
    fit->misfit = fit->read == 0 || fit->in_row >= LOG_FIT_LEAST ||
                  (lines >= LOG_FIT_LEAST && bad * 2 > lines);
}

/* Lines alone, whatever is in them? */
static bool counts_lines(const struct selector *selector)
{
    bool lines = str_is(selector->metric, "log_events_total");
    for (size_t i = 0; i < selector->matcher_count; i++)
        lines = lines && !str_is(selector->matchers[i].label, "level");
    return lines;
}

static bool needs_fields(const struct signal *signal)
{
    for (size_t i = 0; signal->kind == SIGNAL_COUNT && i < signal->alternative_count; i++)
        if (counts_lines(&signal->alternatives[i].parts[0]))
            return false;
    return true;
}

size_t log_fit_filter(const struct log_fit *fit, const struct signals *signals,
                      struct reading *readings, size_t count)
{
    size_t kept = 0;
    if (!fit->misfit && (fit->plain == 0 || fit->read > 0))
        return count;
    for (size_t i = 0; i < count; i++) {
        const struct signal *signal = signal_find(signals, readings[i].signal);
        if (signal && !needs_fields(signal))
            readings[kept++] = readings[i];
    }
    return kept;
}

void log_fit_say(const struct log_fit *fit, struct str format, struct instant now,
                 char out_text[LOG_FIT_TEXT_BYTES])
{
    char at[INSTANT_TEXT_BYTES];
    bool spread = fit->spread > 0 && instant_ms_between(fit->spread_at, now) < SAID_MS;
    instant_write(spread ? fit->spread_at : fit->unread_at, at);
    format = str_cut(format, 32);
    out_text[0] = '\0';
    if (spread)
        (void)snprintf(out_text, LOG_FIT_TEXT_BYTES,
                       "has JSON objects that go over several lines (%lld, the newest at %.19sZ), "
                       "%s level, status and duration%s; let its program write each object on one "
                       "line",
                       (long long)fit->spread, at,
                       fit->misfit ? "so that" : "which are counted as lines without",
                       fit->misfit ? " are not known" : "");
    else if (fit->misfit)
        (void)snprintf(out_text, LOG_FIT_TEXT_BYTES,
                       "has lines that are not in the format %.*s (%lld, the newest at %.19sZ), so "
                       "their level, status and duration are not known; name theirs with format: "
                       "(json, logfmt, combined or text)",
                       STR_ARGS(format), (long long)fit->unread, at);
    else if (fit->unread > 0 && instant_ms_between(fit->unread_at, now) < SAID_MS)
        (void)snprintf(
            out_text, LOG_FIT_TEXT_BYTES,
            "has had lines that are not in the format %.*s (%lld, the newest at %.19sZ); "
            "they are counted without level, status and duration",
            STR_ARGS(format), (long long)fit->unread, at);
}
