/* event.c - the table of event kinds, and reading and writing an event's fields. */
#include "ledger/event.h"

#include <stdlib.h>

/* clang-format off */
#define S(name) {name, FIELD_STR}
#define I(name) {name, FIELD_INT}
#define R(name) {name, FIELD_REAL}
#define B(name) {name, FIELD_BOOL}
#define AT(name) {name, FIELD_INSTANT}
#define T(name) {name, FIELD_TEXT}
/* clang-format on */

static const struct event_row rows[EVENT_KINDS] = {
    [EVENT_NODE_STARTED] = {"node.started",
                            "Reeve {version} started (process {pid}, boot {boot}).",
                            {S("version"), I("pid"), S("boot"), AT("last_seen")}},
    [EVENT_NODE_STOPPED] = {"node.stopped", "Reeve stopped: {reason}.", {S("reason")}},
    [EVENT_CLOCK_STEPPED] = {"clock.stepped",
                             "The wall clock was set by {by_ms}; open clocks were re-based.",
                             {I("by_ms")}},
    [EVENT_LEDGER_UNWRITABLE] = {"ledger.unwritable",
                                 "The ledger could not be written from {since} on: {reason}; "
                                 "{pages} pages went out unrecorded.",
                                 {AT("since"), S("reason"), I("pages")}},
    [EVENT_CALL_REFUSED] = {"call.refused",
                            "{actor} was refused {action}: {reason}.",
                            {S("action"), S("reason")}},
    [EVENT_CALL_DECLINED] = {"call.declined",
                             "{actor} asked for {action} and did not get it: {reason}",
                             {S("action"), T("reason")}},
    [EVENT_TOKEN_REPLACED] = {"token.replaced",
                              "{actor} replaced the token of the page.",
                              {S("digest")}},
    [EVENT_TEXT_ERASED] = {"text.erased",
                           "{actor} erased the texts of entry {entry}: {reason}",
                           {I("entry"), T("reason")}},
    [EVENT_REQUEST_REFUSED] = {"request.refused",
                               "A request from {from} was refused: {reason} (count: {count}).",
                               {S("from"), S("reason"), I("count")}},
    [EVENT_LOGIN_REFUSED] = {"login.refused",
                             "A login as {name} from {from} was refused: {reason} (count: "
                             "{count}).",
                             {S("name"), S("from"), S("reason"), I("count")}},
    [EVENT_ACCOUNT_CREATED] = {"account.created",
                               "{actor} made the account {name} with the role {role}.",
                               {S("name"), S("role")}},
    [EVENT_ACCOUNT_ROLE_CHANGED] = {"account.role-changed",
                                    "{actor} changed the role of {name} from {from} to {to}.",
                                    {S("name"), S("from"), S("to")}},
    [EVENT_ACCOUNT_PASSWORD_SET] = {"account.password-set",
                                    "{actor} set the password of {name}.",
                                    {S("name"), S("mark")}},
    [EVENT_ACCOUNT_REMOVED] = {"account.removed",
                               "{actor} removed the account {name}.",
                               {S("name")}},
    [EVENT_SESSION_OPENED] = {"session.opened",
                              "{name} logged in (session {session}, until {ends} at most).",
                              {S("name"), S("session"), AT("ends")}},
    [EVENT_SESSION_ENDED] = {"session.ended",
                             "A session of {name} ended because {reason} (session {session}).",
                             {S("name"), S("session"), S("reason")}},
    [EVENT_API_TOKEN_CREATED] = {"api-token.created",
                                 "{actor} made the API token {name} with the scope {scope}, good "
                                 "until {expires}.",
                                 {S("name"), S("token"), S("scope"), AT("expires")}},
    [EVENT_API_TOKEN_REVOKED] = {"api-token.revoked",
                                 "{actor} revoked the API token {name}.",
                                 {S("name"), S("token")}},
    [EVENT_RUNBOOK_LOADED] = {"runbook.loaded",
                              "Runbook {path} is in force: {statements} statements, {rules} rules, "
                              "digest {digest}.",
                              {S("path"), S("digest"), I("statements"), I("rules")}},
    [EVENT_RUNBOOK_REFUSED] = {"runbook.refused",
                               "A new version of {path} (digest {digest}) was not taken: {errors} "
                               "errors, the first: {first}",
                               {S("path"), S("digest"), I("errors"), S("first")}},
    [EVENT_ALERT_PENDING] = {"alert.pending",
                             "Rule on line {line} is true: {title} ({value_text}); it {for_ms}.",
                             {S("rule"), I("line"), S("title"), R("value"), S("value_text"),
                              I("for_ms")}},
    [EVENT_ALERT_CALMED] = {"alert.calmed",
                            "Rule on line {line} is no longer true: {title} ({value_text}).",
                            {S("rule"), I("line"), S("title"), R("value"), S("value_text")}},
    [EVENT_ALERT_FIRED] = {"alert.fired",
                           "Rule on line {line} fired{muted}: {title} ({value_text}).",
                           {S("rule"), I("line"), S("title"), S("level"), S("signal"), R("value"),
                            S("value_text"), S("series"), I("held_ms"), B("muted")}},
    [EVENT_ALERT_RESOLVED] = {"alert.resolved",
                              "Rule on line {line} resolved: {title} ({value_text}).",
                              {S("rule"), I("line"), S("title"), R("value"), S("value_text")}},
    [EVENT_ALERT_UNKNOWN] = {"alert.unknown",
                             "Rule on line {line} is unknown: {reason}.",
                             {S("rule"), I("line"), S("title"), S("reason"), I("missed_ms")}},
    [EVENT_ALERT_KNOWN] = {"alert.known",
                           "Rule on line {line} is known again: {value_text} (unknown for "
                           "{unknown_ms}).",
                           {S("rule"), I("line"), S("title"), S("value_text"), I("unknown_ms")}},
    [EVENT_ALERT_RETIRED] = {"alert.retired",
                             "The rule of line {line} is no longer in the runbook: {title}.",
                             {S("rule"), I("line"), S("title")}},
    [EVENT_ALERT_HELD] = {"alert.held",
                          "Rule on line {line} has not recovered: {title} ({value_text}).",
                          {S("rule"), I("line"), S("title"), R("value"), S("value_text")}},
    [EVENT_ALERT_FLAPPING] = {"alert.flapping",
                              "Rule on line {line} flaps: {title} ({changes} changes in "
                              "{within_ms}); it goes on firing until it is quiet.",
                              {S("rule"), I("line"), S("title"), I("changes"), I("within_ms")}},
    [EVENT_ALERT_STEADY] = {"alert.steady",
                            "Rule on line {line} no longer flaps: {title} ({value_text}).",
                            {S("rule"), I("line"), S("title"), R("value"), S("value_text")}},
    [EVENT_SILENCE_OPENED] = {"silence.opened",
                              "{actor} silenced {title} until {until} (silence {number}): {reason}",
                              {I("number"), S("scope"), S("what"), S("title"), I("line"),
                               AT("until"), I("for_ms"), T("reason"), S("sender")}},
    [EVENT_SILENCE_ENDING] = {"silence.ending",
                              "Silence {number} ends at {until}, and the rule on line {line} "
                              "still fires: {title}.",
                              {I("number"), S("rule"), I("line"), S("title"), AT("until")}},
    [EVENT_SILENCE_EXPIRING] = {"silence.expiring",
                                "Silence {number} ends at {until}, and it still mutes: {title}.",
                                {I("number"), S("rule"), S("title"), AT("until")}},
    [EVENT_SILENCE_ENDED] = {"silence.ended",
                             "{actor} ended silence {number} of {title}.",
                             {I("number"), S("title")}},
    [EVENT_SILENCE_EXPIRED] = {"silence.expired",
                               "Silence {number} of {title} is over.",
                               {I("number"), S("title")}},
    [EVENT_INBOUND_FIRED] = {"inbound.fired",
                             "An alert of {sender} fires{muted}: {name}, since {starts}: {summary}",
                             {S("sender"), S("key"), S("name"), S("severity"), T("summary"),
                              AT("starts"), S("url"), S("group"), S("opens"), I("others"),
                              B("muted")}},
    [EVENT_INBOUND_RAISED] = {"inbound.raised",
                              "An alert of {sender} is worse by now, {severity}: {name}.",
                              {S("sender"), S("key"), S("name"), S("severity"), S("group"),
                               S("opens"), I("others"), S("from_group"), I("from_others")}},
    [EVENT_INBOUND_RESOLVED] = {"inbound.resolved",
                                "An alert of {sender} has resolved: {name}.",
                                {S("sender"), S("key"), S("name"), S("group"), I("others")}},
    [EVENT_INBOUND_CLOSED] = {"inbound.closed",
                              "{actor} closed an alert of {sender}: {name}: {reason}",
                              {S("sender"), S("key"), S("name"), S("group"), I("others"),
                               T("reason")}},
    [EVENT_INCIDENT_OPENED] = {"incident.opened",
                               "Incident {number} opened as {severity}: {title}.",
                               {I("number"), S("severity"), S("title"), S("cause"), S("rule"),
                                I("line"), T("description")}},
    [EVENT_INCIDENT_JOINED] = {"incident.joined",
                               "Rule on line {line} joined incident {number}: {title}.",
                               {I("number"), S("rule"), I("line"), S("title")}},
    [EVENT_INCIDENT_FOLLOWED] = {"incident.followed",
                                 "Rule on line {line} joined incident {number}: {title}; it "
                                 "follows from: {cause}.",
                                 {I("number"), S("rule"), I("line"), S("title"), S("cause_rule"),
                                  S("cause")}},
    [EVENT_INCIDENT_SEVERITY_CHANGED] = {"incident.severity-changed",
                                         "Incident {number} went from {from} to {to}: {reason}.",
                                         {I("number"), S("from"), S("to"), S("reason")}},
    [EVENT_INCIDENT_RETITLED] = {"incident.retitled",
                                 "Incident {number} is named after the rule on line {line}: "
                                 "{title} (until now: {from}).",
                                 {I("number"), S("rule"), I("line"), S("from"), S("title")}},
    [EVENT_INCIDENT_ACKNOWLEDGED] = {"incident.acknowledged",
                                     "{actor} acknowledged incident {number} by {via}.",
                                     {I("number"), S("person"), S("via")}},
    [EVENT_INCIDENT_RESPONSE_MISSED] = {"incident.response-missed",
                                        "Incident {number} was not answered within its response "
                                        "time (due at {due}).",
                                        {I("number"), AT("due")}},
    [EVENT_INCIDENT_ESCALATED] = {"incident.escalated",
                                  "Incident {number} was escalated to {to}: {reason}.",
                                  {I("number"), I("step"), S("to"), S("reason")}},
    [EVENT_INCIDENT_UNREACHED] = {"incident.unreached",
                                  "Nobody could be told of incident {number}: {reason}; next: "
                                  "{to}.",
                                  {I("number"), I("step"), S("to"), S("reason")}},
    [EVENT_INCIDENT_NOTED] = {"incident.noted",
                              "{actor} noted on incident {number}: {note}",
                              {I("number"), T("note")}},
    [EVENT_INCIDENT_TICKED] = {"incident.ticked",
                               "{actor} set item {item} of incident {number} to {done}: {text}.",
                               {I("number"), I("item"), B("done"), S("text")}},
    [EVENT_INCIDENT_MITIGATED] = {"incident.mitigated",
                                  "Incident {number} is mitigated: {reason}; a person resolves it.",
                                  {I("number"), S("reason")}},
    [EVENT_INCIDENT_REOPENED] = {"incident.reopened",
                                 "Incident {number} reopened: {reason}.",
                                 {I("number"), S("rule"), S("reason")}},
    [EVENT_INCIDENT_RESOLVED] = {"incident.resolved",
                                 "{actor} resolved incident {number}: {note}",
                                 {I("number"), T("note")}},
    [EVENT_INCIDENT_ROLE_GIVEN] = {"incident.role-given",
                                   "{person} is {role} of incident {number}: {reason}.",
                                   {I("number"), S("role"), S("person"), S("reason")}},
    [EVENT_INCIDENT_ROLE_HANDED_OVER] = {"incident.role-handed-over",
                                         "{actor} handed the role of {role} of incident {number} "
                                         "over from {from} to {person}.",
                                         {I("number"), S("role"), S("from"), S("person")}},
    [EVENT_INCIDENT_ROLE_ENDED] = {"incident.role-ended",
                                   "{person} is no longer {role} of incident {number}, and nobody "
                                   "is.",
                                   {I("number"), S("role"), S("person")}},
    [EVENT_INCIDENT_LINKED] = {"incident.linked",
                               "{actor} linked incident {number} with incident {other}: {title}.",
                               {I("number"), I("other"), S("title")}},
    [EVENT_INCIDENT_UNLINKED] = {"incident.unlinked",
                                 "{actor} took the link of incident {number} with incident {other} "
                                 "away.",
                                 {I("number"), I("other")}},
    [EVENT_INCIDENT_MERGED] = {"incident.merged",
                               "{actor} merged incident {number} into incident {into}: {reason}",
                               {I("number"), I("into"), T("reason")}},
    [EVENT_INCIDENT_TOOK_OVER] = {"incident.took-over",
                                  "Incident {number} took over incident {from}, of {opened}: "
                                  "{title}.",
                                  {I("number"), I("from"), S("title"), AT("opened")}},
    [EVENT_INCIDENT_SPLIT] = {"incident.split",
                              "{actor} split incident {into} out of incident {number}, with what "
                              "is called {title}: {reason}",
                              {I("number"), I("into"), S("rule"), I("line"), S("title"),
                               T("reason")}},
    [EVENT_INCIDENT_UPDATE_MISSED] = {"incident.update-missed",
                                      "No update of incident {number} was written within "
                                      "{after_ms} (due at {due}).",
                                      {I("number"), AT("due"), I("after_ms")}},
    [EVENT_INCIDENT_RESOLUTION_MISSED] = {"incident.resolution-missed",
                                          "Incident {number} was not resolved within {after_ms} "
                                          "(due at {due}).",
                                          {I("number"), AT("due"), I("after_ms")}},
    [EVENT_INCIDENT_FOLLOW_UP_ADDED] = {"incident.follow-up-added",
                                        "{actor} added follow-up {follow_up} to incident {number} "
                                        "({owner}, {when}): {text}",
                                        {I("number"), I("follow_up"), S("owner"), AT("due"),
                                         S("when"), T("text")}},
    [EVENT_INCIDENT_FOLLOW_UP_DONE] = {"incident.follow-up-done",
                                       "{actor} says that follow-up {follow_up} of incident "
                                       "{number} is done: {note}",
                                       {I("number"), I("follow_up"), T("note")}},
    [EVENT_INCIDENT_FOLLOW_UP_REOPENED] = {"incident.follow-up-reopened",
                                           "{actor} says that follow-up {follow_up} of incident "
                                           "{number} is not done: {reason}",
                                           {I("number"), I("follow_up"), T("reason")}},
    [EVENT_INCIDENT_FOLLOW_UP_OVERDUE] = {"incident.follow-up-overdue",
                                          "Follow-up {follow_up} of incident {number} ({owner}) "
                                          "was due at {due} and is not done.",
                                          {I("number"), I("follow_up"), S("owner"), AT("due")}},
    [EVENT_INCIDENT_CLOSED] = {"incident.closed",
                               "{actor} closed incident {number}, its postmortem is done: {where}",
                               {I("number"), T("where")}},
    [EVENT_INCIDENT_CLOSED_WITHOUT] = {"incident.closed-without-postmortem",
                                       "{actor} closed incident {number} without a postmortem: "
                                       "{reason}",
                                       {I("number"), T("reason")}},
    [EVENT_ONCALL_OVERRIDDEN] =
        {"oncall.overridden",
         "{actor} put {person} on the rota {rota} from {from} to {until} (change {number}): "
         "{reason}",
         {I("number"), S("rota"), S("person"), AT("from"), AT("until"), T("reason")}},
    [EVENT_ONCALL_SWAPPED] =
        {"oncall.swapped",
         "{actor} let {person} and {other} swap their shifts of the rota {rota} from {from} to "
         "{until} (change {number}): {reason}",
         {I("number"), S("rota"), S("person"), S("other"), AT("from"), AT("until"), T("reason")}},
    [EVENT_ONCALL_LEAVE] = {"oncall.leave",
                            "{actor} recorded that {person} is on leave from {from} to {until} "
                            "(change {number}): {reason}",
                            {I("number"), S("person"), AT("from"), AT("until"), T("reason")}},
    [EVENT_ONCALL_UNDONE] = {"oncall.undone",
                             "{actor} took change {number} of the rotas back: {title}.",
                             {I("number"), S("title")}},
    [EVENT_ONCALL_GAP] = {"oncall.gap",
                          "The rota {rota} has nobody {when}: {reason} (gap {number}).",
                          {I("number"), S("rota"), AT("from"), AT("until"), S("when"), S("reason"),
                           I("with")}},
    [EVENT_ONCALL_GAP_CLOSED] = {"oncall.gap-closed",
                                 "Gap {number} of the rota {rota} is closed: {reason}.",
                                 {I("number"), S("rota"), S("reason")}},
    [EVENT_PAGE_REQUESTED] =
        {"page.requested",
         "{page.person} is to be told of {page.about} by {page.method}: {reason}.",
         {S("page"), S("person"), S("method"), I("number"), S("reason"), I("attempt"),
          AT("not_before"), B("after_ack"), I("run"), I("step"), S("digest"), AT("until"),
          I("silence"), I("rank"), I("gap")}},
    [EVENT_PAGE_STARTED] =
        {"page.started",
         "{page.person} is being told by {page.method} (page {page}, try {try}).",
         {S("page"), I("try")}},
    [EVENT_PAGE_BUNDLED] = {"page.bundled",
                            "{page.person} is being told of {page.about} by {page.method} in the "
                            "message of page {bundle} (page {page}, try {try}).",
                            {S("page"), I("try"), S("bundle")}},
    [EVENT_PAGE_SENT] = {"page.sent",
                         "{page.person} was reached by {page.method} ({detail}).",
                         {S("page"), S("detail")}},
    [EVENT_PAGE_FAILED] = {"page.failed",
                           "{page.person} could not be reached by {page.method}: {error}.",
                           {S("page"), S("error"), B("final"), I("wait_ms")}},
    [EVENT_PAGE_DOUBTED] =
        {"page.doubted",
         "Whether {page.person} was reached by {page.method} is unknown: {reason}.",
         {S("page"), S("reason"), B("final")}},
    [EVENT_PAGE_STOPPED] = {"page.stopped",
                            "{page.person} is not told by {page.method} any more: {reason}.",
                            {S("page"), S("reason")}},
    [EVENT_LINK_USED] = {"link.used",
                         "The acknowledge link that {page.person} got by {page.method} was used.",
                         {S("page"), S("nonce")}},
    [EVENT_APPROVAL_LINK_USED] = {"approval-link.used",
                                  "The approval link that {page.person} got by {page.method} was "
                                  "used.",
                                  {S("page")}},
    [EVENT_RUN_OPENED] =
        {"run.opened",
         "{actor} started run {number}: {procedure} (line {line} of the runbook, {steps} "
         "steps).",
         {I("number"), S("procedure"), S("statement"), I("line"), S("digest"), I("steps"),
          S("behind")}},
    [EVENT_RUN_REHEARSAL_OPENED] =
        {"run.rehearsal-opened",
         "{actor} started run {number}, a rehearsal in {environment}: {procedure} (line {line} of "
         "the runbook, {steps} steps).",
         {I("number"), S("procedure"), S("statement"), I("line"), S("digest"), I("steps"),
          S("environment"), S("plan"), S("behind")}},
    [EVENT_RUN_STEP_PLANNED] = {"run.step-planned",
                                "Step {step} of run {number} is to be: {text} ({does}).",
                                {I("number"),   I("step"),      I("depth"),       S("does"),
                                 S("text"),     I("line"),      S("statement"),   S("action"),
                                 S("command"),  S("when"),      I("time_ms"),     I("time_months"),
                                 B("free"),     I("approvals"), I("deadline_ms"), B("endless"),
                                 I("retries"),  I("every_ms"),  S("note"),        S("people"),
                                 S("condition")}},
    [EVENT_RUN_VALUE_SET] = {"run.value-set",
                             "{name} of run {number} is \"{value}\".",
                             {I("number"), S("name"), T("value")}},
    [EVENT_RUN_STEP_APPROVED] = {"run.step-approved",
                                 "{actor} approved step {step} of run {number} until {until} "
                                 "(digest {digest}).",
                                 {I("number"), I("step"), S("digest"), AT("until"), S("behind"),
                                  S("despite")}},
    [EVENT_RUN_APPROVAL_VOID] = {"run.approval-void",
                                 "The approval of step {step} of run {number} by {who} counts no "
                                 "more: {reason}.",
                                 {I("number"), I("step"), S("who"), S("reason")}},
    [EVENT_RUN_STEP_REFUSED] = {"run.step-refused",
                                "{actor} refused step {step} of run {number}: {reason}",
                                {I("number"), I("step"), S("digest"), T("reason")}},
    [EVENT_RUN_STEP_STARTED] = {"run.step-started",
                                "Step {step} of run {number} begins (try {try}): {text}.",
                                {I("number"), I("step"), I("try"), S("text"), S("digest")}},
    [EVENT_RUN_STEP_ATTACHED] = {"run.step-attached",
                                 "{actor} attached \"{name}\" to step {step} of run {number} "
                                 "({bytes} bytes, SHA-256 {digest}).",
                                 {I("number"), I("step"), T("name"), S("digest"), I("bytes")}},
    [EVENT_RUN_STEP_DONE] = {"run.step-done",
                             "Step {step} of run {number} was done by {actor}: {text} ({detail}).",
                             {I("number"), I("step"), S("text"), S("detail"), S("output"),
                              I("output_bytes"), T("note")}},
    [EVENT_RUN_STEP_FAILED] = {"run.step-failed",
                               "Step {step} of run {number} failed: {text} ({reason}).",
                               {I("number"), I("step"), S("text"), S("reason"), S("output"),
                                I("output_bytes"), B("unbegun")}},
    [EVENT_RUN_STEP_DOUBTED] = {"run.step-doubted",
                                "Whether step {step} of run {number} was done is unknown: {text} "
                                "({reason}).",
                                {I("number"), I("step"), S("text"), S("reason")}},
    [EVENT_RUN_STEP_SKIPPED] = {"run.step-skipped",
                                "{actor} skipped step {step} of run {number}: {reason}",
                                {I("number"), I("step"), T("reason")}},
    [EVENT_RUN_STEP_RETRIED] = {"run.step-retried",
                                "{actor} lets step {step} of run {number} be tried again: {reason}",
                                {I("number"), I("step"), T("reason"), S("behind")}},
    [EVENT_RUN_STEP_OVERDUE] = {"run.step-overdue",
                                "Step {step} of run {number} was due at {due} and is not done: "
                                "{text}.",
                                {I("number"), I("step"), S("text"), AT("due")}},
    [EVENT_RUN_STEP_STOPPED] = {"run.step-stopped",
                                "{actor} ends the watching of step {step} of run {number}: {note}",
                                {I("number"), I("step"), T("note")}},
    [EVENT_RUN_STEP_DECIDED] = {"run.step-decided",
                                "{actor} answered {answer} to what step {step} of run {number} "
                                "asks: {asked} ({why})",
                                {I("number"), I("step"), S("answer"), S("asked"), S("why"),
                                 T("note")}},
    [EVENT_RUN_CANCELLED] = {"run.cancelled",
                             "{actor} cancelled run {number}: {reason}",
                             {I("number"), T("reason")}},
    [EVENT_RUN_TAKEN_BACK] = {"run.taken-back",
                              "{actor} takes run {number} back by {steps} more steps: {reason}",
                              {I("number"), I("steps"), T("reason"), S("behind")}},
    [EVENT_RUN_RESUMED] = {"run.resumed",
                           "{actor} resumed run {number}.",
                           {I("number"), S("behind")}},
    [EVENT_RUN_ENDED] = {"run.ended",
                         "Run {number} of {procedure} is done after {took_ms}.",
                         {I("number"), S("procedure"), S("statement"), I("took_ms")}},
    [EVENT_HEARTBEAT_FAILED] = {"heartbeat.failed",
                                "The outward heartbeat has not arrived since {since}: {error}.",
                                {AT("since"), S("error")}},
    [EVENT_HEARTBEAT_RESTORED] = {"heartbeat.restored",
                                  "The outward heartbeat arrives again after {gap_ms}.",
                                  {I("gap_ms")}},
    [EVENT_BEAT_EXPECTED] = {"beat.expected",
                             "Heartbeat {name} is expected from now on: {plan}.",
                             {S("name"), S("rule"), S("plan"), I("count")}},
    [EVENT_BEAT_LATE] = {"beat.late",
                         "Heartbeat {name} is late{muted}: it was due at {due}, and its grace of "
                         "{grace_ms} is over.",
                         {S("name"), S("rule"), AT("due"), AT("last"), I("grace_ms"), I("count"),
                          B("muted")}},
    [EVENT_BEAT_FAILED] = {"beat.failed",
                           "The job of heartbeat {name} failed{muted}: {reason}.",
                           {S("name"), S("rule"), S("reason"), I("count"), B("muted")}},
    [EVENT_BEAT_OVERRAN] = {"beat.overran",
                            "The job of heartbeat {name} began at {begun} and has not ended "
                            "within {longest_ms}{muted}.",
                            {S("name"), S("rule"), AT("begun"), I("longest_ms"), I("count"),
                             B("muted")}},
    [EVENT_BEAT_BACK] = {"beat.back",
                         "Heartbeat {name} is back after {gap_ms}.",
                         {S("name"), S("rule"), I("gap_ms")}},
    [EVENT_BEAT_DROPPED] = {"beat.dropped",
                            "Heartbeat {name} is no longer in the configuration.",
                            {S("name"), S("rule")}},
};

const struct event_row *event_row(enum event_kind kind)
{
    if ((unsigned)kind >= EVENT_KINDS)
        abort();
    return &rows[kind];
}

bool event_kind_find(struct str name, enum event_kind *out_kind)
{
    for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
        if (name.n == 0 || name.p[0] != rows[kind].name[0] || !str_is(name, rows[kind].name))
            continue;
        *out_kind = (enum event_kind)kind;
        return true;
    }
    return false;
}

void event_list_init(struct event_list *list, struct arena *arena)
{
    *list = (struct event_list){.arena = arena};
}

struct event *event_list_add(struct event_list *list, enum event_kind kind, struct instant at,
                             struct str actor, struct str subject)
{
    struct event *event = &LIST_PUSH(list->arena, list->items, list->count, list->capacity);
    *event = (struct event){.kind = kind,
                            .at = at,
                            .actor = str_copy(list->arena, actor),
                            .subject = str_copy(list->arena, subject)};
    return event;
}

static size_t find_field(const struct event *event, const char *field, enum field_type type,
                         enum field_type other)
{
    const struct event_row *row = &rows[event->kind];
    for (size_t i = 0; i < EVENT_FIELDS_MAX && row->fields[i].name; i++) {
        if (strcmp(row->fields[i].name, field) != 0)
            continue;
        if (row->fields[i].type != type && row->fields[i].type != other)
            abort();
        return i;
    }
    abort();
}

void event_set_str(struct event *event, const char *field, struct str value)
{
    event->values[find_field(event, field, FIELD_STR, FIELD_TEXT)].str = value;
}

void event_set_int(struct event *event, const char *field, int64_t value)
{
    event->values[find_field(event, field, FIELD_INT, FIELD_BOOL)].integer = value;
}

void event_set_real(struct event *event, const char *field, double value)
{
    event->values[find_field(event, field, FIELD_REAL, FIELD_REAL)].real = value;
}

void event_set_instant(struct event *event, const char *field, struct instant value)
{
    event->values[find_field(event, field, FIELD_INSTANT, FIELD_INSTANT)].integer = value.us;
}

struct str event_str(const struct event *event, const char *field)
{
    return event->values[find_field(event, field, FIELD_STR, FIELD_TEXT)].str;
}

int64_t event_int(const struct event *event, const char *field)
{
    return event->values[find_field(event, field, FIELD_INT, FIELD_BOOL)].integer;
}

double event_real(const struct event *event, const char *field)
{
    return event->values[find_field(event, field, FIELD_REAL, FIELD_REAL)].real;
}

struct instant event_instant(const struct event *event, const char *field)
{
    return (struct instant){
        event->values[find_field(event, field, FIELD_INSTANT, FIELD_INSTANT)].integer};
}
