/* event.h - what can happen: the vocabulary of facts.
 *
 * An event kind is a row of the table in event.c: its name, the sentence people read, and its
 * fields. A kind never changes meaning; new meaning, new kind. Codec, sentences, documentation and
 * folds all read that one table.
 * Refuses: personal data of the company's users; free text outside FIELD_TEXT (which stands in the
 * leaf only as a salted digest, the text beside it, erasable). */
#ifndef LEDGER_EVENT_H
#define LEDGER_EVENT_H

#include "base/instant.h"
#include "base/str.h"

enum event_kind {
    EVENT_NODE_STARTED,
    EVENT_NODE_STOPPED,
    EVENT_CLOCK_STEPPED,
    EVENT_LEDGER_UNWRITABLE,
    EVENT_CALL_REFUSED,
    EVENT_CALL_DECLINED,
    EVENT_TOKEN_REPLACED,
    EVENT_TEXT_ERASED,
    EVENT_REQUEST_REFUSED,
    EVENT_LOGIN_REFUSED,
    EVENT_ACCOUNT_CREATED,
    EVENT_ACCOUNT_ROLE_CHANGED,
    EVENT_ACCOUNT_PASSWORD_SET,
    EVENT_ACCOUNT_REMOVED,
    EVENT_SESSION_OPENED,
    EVENT_SESSION_ENDED,
    EVENT_API_TOKEN_CREATED,
    EVENT_API_TOKEN_REVOKED,
    EVENT_RUNBOOK_LOADED,
    EVENT_RUNBOOK_REFUSED,
    EVENT_ALERT_PENDING,
    EVENT_ALERT_CALMED,
    EVENT_ALERT_FIRED,
    EVENT_ALERT_RESOLVED,
    EVENT_ALERT_UNKNOWN,
    EVENT_ALERT_KNOWN,
    EVENT_ALERT_RETIRED,
    EVENT_ALERT_HELD,
    EVENT_ALERT_FLAPPING,
    EVENT_ALERT_STEADY,
    EVENT_SILENCE_OPENED,
    EVENT_SILENCE_ENDING,
    EVENT_SILENCE_EXPIRING,
    EVENT_SILENCE_ENDED,
    EVENT_SILENCE_EXPIRED,
    EVENT_INBOUND_FIRED,
    EVENT_INBOUND_RAISED,
    EVENT_INBOUND_RESOLVED,
    EVENT_INBOUND_CLOSED,
    EVENT_INCIDENT_OPENED,
    EVENT_INCIDENT_JOINED,
    EVENT_INCIDENT_FOLLOWED,
    EVENT_INCIDENT_SEVERITY_CHANGED,
    EVENT_INCIDENT_RETITLED,
    EVENT_INCIDENT_ACKNOWLEDGED,
    EVENT_INCIDENT_RESPONSE_MISSED,
    EVENT_INCIDENT_ESCALATED,
    EVENT_INCIDENT_UNREACHED,
    EVENT_INCIDENT_NOTED,
    EVENT_INCIDENT_TICKED,
    EVENT_INCIDENT_MITIGATED,
    EVENT_INCIDENT_REOPENED,
    EVENT_INCIDENT_RESOLVED,
    EVENT_INCIDENT_ROLE_GIVEN,
    EVENT_INCIDENT_ROLE_HANDED_OVER,
    EVENT_INCIDENT_ROLE_ENDED,
    EVENT_INCIDENT_LINKED,
    EVENT_INCIDENT_UNLINKED,
    EVENT_INCIDENT_MERGED,
    EVENT_INCIDENT_TOOK_OVER,
    EVENT_INCIDENT_SPLIT,
    EVENT_INCIDENT_CALLED,
    EVENT_INCIDENT_UPDATE_MISSED,
    EVENT_INCIDENT_RESOLUTION_MISSED,
    EVENT_INCIDENT_FOLLOW_UP_ADDED,
    EVENT_INCIDENT_FOLLOW_UP_DONE,
    EVENT_INCIDENT_FOLLOW_UP_REOPENED,
    EVENT_INCIDENT_FOLLOW_UP_OVERDUE,
    EVENT_INCIDENT_FOLLOW_UP_TOLD,
    EVENT_INCIDENT_CLOSED,
    EVENT_INCIDENT_CLOSED_WITHOUT,
    EVENT_INCIDENT_BREACH_BEGUN,
    EVENT_INCIDENT_BREACH_LINE,
    EVENT_INCIDENT_BREACH_WITHDRAWN,
    EVENT_INCIDENT_AWARE,
    EVENT_INCIDENT_DEED_DONE,
    EVENT_INCIDENT_DEED_UNDONE,
    EVENT_INCIDENT_DEED_MISSED,
    EVENT_INCIDENT_AUTHORITY_TOLD,
    EVENT_INCIDENT_AUTHORITY_WAIVED,
    EVENT_INCIDENT_AUTHORITY_MISSED,
    EVENT_INCIDENT_RUN_LINKED,
    EVENT_INCIDENT_SEVERITY_CONFIRMED,
    EVENT_INCIDENT_TICKED_BY_ACTION,
    EVENT_INCIDENT_UNTICKED,
    EVENT_ONCALL_OVERRIDDEN,
    EVENT_ONCALL_SWAPPED,
    EVENT_ONCALL_LEAVE,
    EVENT_ONCALL_UNDONE,
    EVENT_ONCALL_GAP,
    EVENT_ONCALL_GAP_CLOSED,
    EVENT_ONCALL_HANDOVER,
    EVENT_SWITCH_OFF,
    EVENT_SWITCH_ON,
    EVENT_PAGE_REQUESTED,
    EVENT_PAGE_STARTED,
    EVENT_PAGE_BUNDLED,
    EVENT_PAGE_SENT,
    EVENT_PAGE_FAILED,
    EVENT_PAGE_DOUBTED,
    EVENT_PAGE_STOPPED,
    EVENT_PAGE_FOLLOWING,
    EVENT_PAGE_FOLLOWED,
    EVENT_PAGE_FOLLOW_FAILED,
    EVENT_LINK_USED,
    EVENT_APPROVAL_LINK_USED,
    EVENT_RUN_OPENED,
    EVENT_RUN_REHEARSAL_OPENED,
    EVENT_RUN_STEP_PLANNED,
    EVENT_RUN_VALUE_SET,
    EVENT_RUN_STEP_APPROVED,
    EVENT_RUN_APPROVAL_VOID,
    EVENT_RUN_STEP_REFUSED,
    EVENT_RUN_STEP_STARTED,
    EVENT_RUN_STEP_ATTACHED,
    EVENT_RUN_STEP_DONE,
    EVENT_RUN_STEP_FAILED,
    EVENT_RUN_STEP_DOUBTED,
    EVENT_RUN_STEP_SKIPPED,
    EVENT_RUN_STEP_RETRIED,
    EVENT_RUN_STEP_OVERDUE,
    EVENT_RUN_STEP_STOPPED,
    EVENT_RUN_STEP_DECIDED,
    EVENT_RUN_CANCELLED,
    EVENT_RUN_TAKEN_BACK,
    EVENT_RUN_RESUMED,
    EVENT_RUN_DATES_COUNTED,
    EVENT_RUN_ENDED,
    EVENT_HEARTBEAT_FAILED,
    EVENT_HEARTBEAT_RESTORED,
    EVENT_BEAT_EXPECTED,
    EVENT_BEAT_LATE,
    EVENT_BEAT_FAILED,
    EVENT_BEAT_OVERRAN,
    EVENT_BEAT_BACK,
    EVENT_BEAT_DROPPED,
    EVENT_CHANNEL_WANTED,
    EVENT_CHANNEL_TAKEN,
    EVENT_CHANNEL_REFUSED,
    EVENT_CHANNEL_CREATED,
    EVENT_CHANNEL_TOPIC_SET,
    EVENT_CHANNEL_POSTING,
    EVENT_CHANNEL_POSTED,
    EVENT_CHANNEL_HEARD,
    EVENT_CHANNEL_LEFT,
    EVENT_KINDS
};

enum field_type {
    FIELD_NONE,
    FIELD_STR,  /* short, ours or a name: stands in the leaf */
    FIELD_INT,  /* int64 */
    FIELD_REAL, /* finite double */
    FIELD_BOOL,
    FIELD_INSTANT, /* RFC 3339 in the leaf */
    FIELD_TEXT     /* free text of people or output: salted digest in the leaf */
};

enum { EVENT_FIELDS_MAX = 21 };

struct event_field {
    const char *name;
    enum field_type type;
};

struct event_row {
    const char *name;     /* "incident.opened" */
    const char *sentence; /* "{field}" is replaced; {subject} and {actor} too */
    struct event_field fields[EVENT_FIELDS_MAX];
};

struct event_value {
    struct str str;  /* FIELD_STR, FIELD_TEXT */
    int64_t integer; /* FIELD_INT, FIELD_BOOL, FIELD_INSTANT (microseconds) */
    double real;     /* FIELD_REAL */
    bool erased;     /* FIELD_TEXT whose text was erased */
};

/* One fact. Strings belong to the arena that the event was made or decoded in. */
struct event {
    enum event_kind kind;
    struct instant at;
    struct str actor;   /* "reeve", "person:ana", "program:NAME" */
    struct str subject; /* "incident:12", "rule:8f3a…", "page:…", "node:…" */
    struct event_value values[EVENT_FIELDS_MAX];
};

/* Events decided in one round, in order. */
struct event_list {
    struct arena *arena;
    struct event *items;
    size_t count;
    size_t capacity;
};

/* "person:ana" and "program:deploy" by their names. */
static inline struct str actor_name(struct str actor)
{
    size_t colon = str_find_byte(actor, ':', 0);
    return colon < actor.n ? str_from(actor, colon + 1) : actor;
}

const struct event_row *event_row(enum event_kind kind);
MUST_USE bool event_kind_find(struct str name, enum event_kind *out_kind);

void event_list_init(struct event_list *list, struct arena *arena);
/* Appends an event with all fields empty; actor and subject are copied into the arena. */
struct event *event_list_add(struct event_list *list, enum event_kind kind, struct instant at,
                             struct str actor, struct str subject);
/* Setters and getters by field name; an unknown name or another type is a bug and aborts.
 * Setters copy strings into list->arena's lifetime: pass strings that live there already. */
void event_set_str(struct event *event, const char *field, struct str value);
void event_set_int(struct event *event, const char *field, int64_t value); /* INT and BOOL */
void event_set_real(struct event *event, const char *field, double value);
void event_set_instant(struct event *event, const char *field, struct instant value);
struct str event_str(const struct event *event, const char *field); /* STR and TEXT */
int64_t event_int(const struct event *event, const char *field);    /* INT and BOOL */
double event_real(const struct event *event, const char *field);
struct instant event_instant(const struct event *event, const char *field);

/* The sentence people read, with the values filled in; "(erased)" for an erased text. */
struct str event_sentence(struct arena *arena, const struct event *event);

#endif
