/* flap.c - the ring of changes. */
#include "alert/flap.h"

void flap_fold(struct flap *flap, const struct event *event)
{
    switch ((unsigned)event->kind) { /* the rest is passed over */
    case EVENT_ALERT_FLAPPING:
        flap->is_flapping = true;
        flap->said = event_int(event, "changes");
        break;
    case EVENT_ALERT_RESOLVED:
        if (flap->is_flapping) {
            *flap = (struct flap){0};
            break;
        }
        flap->changes[flap->next++ % FLAP_KEPT] = event->at;
        break;
    case EVENT_ALERT_FIRED:
        flap->changes[flap->next++ % FLAP_KEPT] = event->at;
        flap->swung = event->at;
        break;
    case EVENT_ALERT_STEADY: *flap = (struct flap){0}; break;
    case EVENT_ALERT_PENDING:
    case EVENT_ALERT_CALMED:
    case EVENT_ALERT_HELD:
    case EVENT_ALERT_UNKNOWN: flap->swung = event->at; break;
    default: break;
    }
}

static void shift(struct instant *at, int64_t by_ms)
{
    if (!instant_is_zero(*at))
        *at = instant_add_ms(*at, by_ms);
}

void flap_shift(struct flap *flap, int64_t by_ms)
{
    for (size_t i = 0; i < FLAP_KEPT; i++)
        shift(&flap->changes[i], by_ms);
    shift(&flap->swung, by_ms);
}

int64_t flap_changes(const struct flap *flap, struct instant now)
{
    int64_t count = 0;
    for (size_t i = 0; i < FLAP_KEPT; i++)
        count += !instant_is_zero(flap->changes[i]) &&
                 instant_ms_between(flap->changes[i], now) <= FLAP_WITHIN_MS;
    return count;
}

bool flap_is_quiet(const struct flap *flap, struct instant now)
{
    return instant_ms_between(flap->swung, now) >= FLAP_QUIET_MS;
}
