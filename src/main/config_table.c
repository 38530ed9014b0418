/* config_table.c - every key of reeve.yaml, in the order of the manual. */
#include "main/config_inside.h"
#include "people/rota.h"

enum { USER_NAME_BYTES = 255 };
enum { NAME_BYTES = 64, TEXT_BYTES = 1024, PATH_BYTES = 4096, MINUTE_MS = 60000 };
enum { HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };
#define MONTH_MS (INT64_C(30) * DAY_MS)

#define LATER(key, what)                                                                           \
    {                                                                                              \
        .name = (key), .type = TYPE_LATER, .help = (what)                                          \
    }

const struct config_key config_keys[] = {
    {"runbook", TYPE_PATH, 1, PATH_BYTES, "RUNBOOK.md", false, true,
     "The runbook: a Markdown file."},
    {"ledger", TYPE_LEDGER, 1, PATH_BYTES, "reeve.db", false, false,
     "The file that keeps every fact."},
    {"listen", TYPE_ADDRESS, 3, 255, "127.0.0.1:7333", false, false,
     "Where the page and the API are served, on this machine only."},
    {"public_url", TYPE_URL, 8, TEXT_BYTES, NULL, false, false,
     "What links in mails open; without it mails give the command instead."},
    {"services", TYPE_MAP, 0, 16, NULL, false, false, "The company's services."},
    {"services.database", TYPE_MAP, 1, 6, NULL, false, false,
     "The PostgreSQL server that db:ping and db:query ask."},
    {"services.database.url", TYPE_SECRET, 5, PATH_BYTES, NULL, true, false,
     "Its address, postgresql://user:password@host:5432/database, best of a user who may only "
     "read."},
    {"services.database.pooler", TYPE_SECRET, 5, PATH_BYTES, NULL, false, false,
     "The same by the pooler in front of it: pgBouncer, or Supabase's."},
    {"services.database.owner", TYPE_SECRET, 5, PATH_BYTES, NULL, false, false,
     "The address with the user who owns the tables, straight to the server; db:migrate and "
     "db:rollback work as this user. Without it they take url."},
    {"services.database.export_key", TYPE_SECRET, 5, PATH_BYTES, NULL, false, false,
     "The key of the archives that db:export makes, at least 16 characters; without it they are "
     "not encrypted."},
    {"services.database.migrations", TYPE_PATH, 1, PATH_BYTES, NULL, false, false,
     "The folder of the migrations; without it db/migrations, supabase/migrations or migrations "
     "beside this file, the first that is there."},
    {"services.database.statement_timeout", TYPE_DURATION, 100, 5 * MINUTE_MS, "30 s", false, false,
     "When the server gives a statement of db:query up."},
    {"services.backup", TYPE_MAP, 0, 12, NULL, false, false,
     "The backups of the database, which pgBackRest makes, and backup:status looks at."},
    {"services.backup.stanza", TYPE_TEXT, 1, 200, "main", false, false,
     "What pgBackRest calls the cluster."},
    {"services.backup.config", TYPE_PATH, 1, PATH_BYTES, NULL, false, false,
     "Its configuration, where it is not /etc/pgbackrest/pgbackrest.conf."},
    {"services.backup.program", TYPE_TEXT, 1, PATH_BYTES, "pgbackrest", false, false,
     "The program, where it is not found by its name."},
    {"services.backup.newest", TYPE_DURATION, MINUTE_MS, INT64_C(400) * 24 * 60 * MINUTE_MS, "26 h",
     false, false, "How old the newest backup may be: a day, and the time that it takes."},
    {"services.backup.wal", TYPE_DURATION, 1000, 24 * 60 * MINUTE_MS, "15 min", false, false,
     "How long what was written may be on the server alone; archive_timeout of PostgreSQL has to "
     "be shorter."},
    {"services.backup.encrypted", TYPE_YES_NO, 1, 8, "yes", false, false,
     "Whether each repository has to be encrypted."},
    {"services.backup.scratch", TYPE_PATH, 1, PATH_BYTES, "/var/tmp", false, false,
     "Where backup:drill restores to, with room for a copy; it is removed afterwards."},
    {"services.backup.user", TYPE_TEXT, 1, 63, "postgres", false, false,
     "The cluster's superuser, as whom backup:drill asks the copy."},
    {"services.backup.database", TYPE_TEXT, 1, 63, "postgres", false, false,
     "The database in which check is asked."},
    {"services.backup.check", TYPE_TEXT, 1, 16 * 1024, NULL, false, false,
     "A query that backup:drill asks the copy: good when its first value is neither false, 0 nor "
     "empty."},
    {"services.backup.rto", TYPE_DURATION, 1000, INT64_C(400) * 24 * 60 * MINUTE_MS, NULL, false,
     false, "The objective for the time until a restored server answers."},
    {"services.backup.rpo", TYPE_DURATION, 1000, INT64_C(400) * 24 * 60 * MINUTE_MS, NULL, false,
     false, "The objective for what may be lost."},
    LATER("services.*", "Other services than the database and its backups"),

    {"access", TYPE_MAP, 0, 2, NULL, false, false, "Who gets in."},
    {"access.page_token", TYPE_TOKEN_USE, 1, 16, "first", false, false,
     "first: the page's token makes the first administrator, and is used up by that. always: "
     "whoever has the token has the page, without a name; for trying things out."},

    {"targets", TYPE_LIST, 0, LIMIT_TARGETS, NULL, false, true, "Where metrics are read from."},
    {"targets.-.name", TYPE_TEXT, 1, NAME_BYTES, NULL, true, true,
     "The target's name on the page."},
    {"targets.-.url", TYPE_URL, 8, TEXT_BYTES, NULL, true, true,
     "Its page in the Prometheus text format."},
    {"targets.-.every", TYPE_DURATION, 100, DAY_MS, "15 s", false, true,
     "How often it is read; by https at least 1 s."},
    {"targets.-.ca", TYPE_PATH, 1, PATH_BYTES, NULL, false, true,
     "https: the file with the authorities whose certificates are taken; else the system's."},

    {"probes", TYPE_LIST, 0, LIMIT_PROBES, NULL, false, true,
     "What is looked at because it shows no metrics itself; each is shown as a target."},
    {"probes.-.name", TYPE_TEXT, 1, NAME_BYTES, NULL, true, true,
     "The probe's name on the page; no target has it."},
    {"probes.-.kind", TYPE_TEXT, 1, 16, NULL, true, true,
     "host (this machine), http, postgres, pgbouncer, redis, status_page (what a company says of "
     "itself) or openai (what it has cost and used this month)."},
    {"probes.-.every", TYPE_DURATION, 1000, DAY_MS, NULL, false, true,
     "How often it is done. Default: 15 s; status_page: 1 min, openai: 15 min, and at least 1 "
     "min."},
    {"probes.-.deadline", TYPE_DURATION, 1000, MINUTE_MS, "10 s", false, true,
     "When it is given up."},
    {"probes.-.url", TYPE_URL, 8, TEXT_BYTES, NULL, false, true,
     "http: what is asked for; status_page: its summary, like "
     "https://www.netlifystatus.com/api/v2/summary.json, or https://status.stripe.com/current; "
     "openai: where its API is, default https://api.openai.com."},
    {"probes.-.status", TYPE_COUNT, 100, 599, NULL, false, true,
     "http: the answer that is right; without it any from 200 to 299."},
    {"probes.-.contains", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, true,
     "http: what stands in the right answer."},
    {"probes.-.ca", TYPE_PATH, 1, PATH_BYTES, NULL, false, true,
     "http, status_page, openai, redis: the file with the authorities whose certificates are "
     "taken; else the system's."},
    {"probes.-.certificate", TYPE_PATH, 1, PATH_BYTES, NULL, false, true,
     "redis: the file with the certificate that the probe shows, where the server wants one; with "
     "key."},
    {"probes.-.key", TYPE_SECRET, 5, PATH_BYTES, NULL, false, true,
     "redis: the private key of certificate, as PEM without a passphrase."},
    {"probes.-.address", TYPE_SECRET, 5, PATH_BYTES, NULL, false, true,
     "postgres, pgbouncer: postgresql://user:password@host:5432/database, of a user who may only "
     "read, best with pg_monitor; redis: redis://:password@host:6379, or rediss:// with "
     "TLS; openai: "
     "an admin key with the right to read usage, and no more."},
    {"probes.-.components", TYPE_NAMES, 1, CONFIG_PATHS_MAX, NULL, false, true,
     "status_page: the names of those that you use; without it all."},
    {"probes.-.limit", TYPE_COUNT, 1, 1000000000, NULL, false, true,
     "openai: what a month may cost, in dollars."},
    {"probes.-.token_limit", TYPE_COUNT, 1, INT64_C(1000000000000000), NULL, false, true,
     "openai: the tokens that a month may use. For a sentence like \"Token usage > 90% of limit\" "
     "bind signals: token usage: { used: reeve_openai_tokens, limit: reeve_openai_tokens_limit }."},
    {"probes.-.paths", TYPE_NAMES, 1, CONFIG_PATHS_MAX, NULL, false, true,
     "host: the mount points whose room and inodes are measured."},

    {"ask", TYPE_MAP, 1, 11, NULL, false, false,
     "An engine with Prometheus' API (Prometheus, Mimir, Thanos, VictoriaMetrics) that is asked "
     "for the values of rules, instead of counting them from targets."},
    {"ask.url", TYPE_URL, 8, TEXT_BYTES, NULL, true, false,
     "What stands before /api/v1/query; for Mimir with /prometheus at its end."},
    {"ask.name", TYPE_TEXT, 1, NAME_BYTES, "prometheus", false, false,
     "Its name on the page, among the targets."},
    {"ask.signals", TYPE_NAMES, 1, LIMIT_SIGNALS, NULL, false, false,
     "Only the rules of these signals are asked there; without it all that can be."},
    {"ask.every", TYPE_DURATION, 1000, DAY_MS, "15 s", false, false, "How often it is asked."},
    {"ask.deadline", TYPE_DURATION, 100, MINUTE_MS, "10 s", false, false,
     "When a question is given up."},
    {"ask.stale_after", TYPE_DURATION, 1000, DAY_MS, "2 min", false, false,
     "A newest sample that is older than this says nothing: the rule is unknown."},
    {"ask.tenant", TYPE_TEXT, 1, 255, NULL, false, false,
     "The tenant, sent as X-Scope-OrgID, where the engine has several."},
    {"ask.token", TYPE_SECRET, 5, PATH_BYTES, NULL, false, false,
     "Sent as a bearer token; or user and password."},
    {"ask.user", TYPE_TEXT, 1, 255, NULL, false, false, "The log-in name, when one is needed."},
    {"ask.password", TYPE_SECRET, 5, PATH_BYTES, NULL, false, false, "The log-in's password."},
    {"ask.ca", TYPE_PATH, 1, PATH_BYTES, NULL, false, false,
     "The file with the authorities whose certificates are taken; else the system's."},
    {"heartbeats", TYPE_MAP, 0, LIMIT_HEARTBEATS, NULL, false, false,
     "Jobs that have to be heard of: each calls /beat/NAME/TOKEN when it has ended, and as it "
     "likes /beat/NAME/TOKEN/start before, /beat/NAME/TOKEN/fail, or its exit code in that place."},
    {"heartbeats.*", TYPE_MAP, 1, 8, NULL, false, false,
     "A job, by a name of letters, digits, \"-\", \"_\" and \".\"."},
    {"heartbeats.*.every", TYPE_DURATION, 1000, 400 * INT64_C(1) * DAY_MS, NULL, false, false,
     "The time from one beat to the next; or cron:."},
    {"heartbeats.*.cron", TYPE_TEXT, 9, 200, NULL, false, false,
     "When it is expected instead: the five fields of crontab, like \"0 3 * * *\". A beat up to "
     "1 min before that counts for it."},
    {"heartbeats.*.zone", TYPE_TEXT, 1, NAME_BYTES, "UTC", false, false,
     "Whose clock cron: means, like Europe/Berlin."},
    {"heartbeats.*.grace", TYPE_DURATION, 0, 31 * INT64_C(1) * DAY_MS, "5 min", false, false,
     "How much later it may be before it is late."},
    {"heartbeats.*.longest", TYPE_DURATION, 1000, 31 * INT64_C(1) * DAY_MS, NULL, false, false,
     "How long the job may run, from its start to its end; for jobs that say when they start."},
    {"heartbeats.*.token", TYPE_SECRET, 5, PATH_BYTES, NULL, true, false,
     "What only the job knows, at least 16 bytes: in the address, or as Authorization: Bearer "
     "TOKEN."},
    {"heartbeats.*.opens", TYPE_SEVERITY, 1, 16, "warning", false, false,
     "What being late, failing or running too long opens: P0 to P3, a severity of the runbook, or "
     "critical or warning as under alerts:."},

    {"collect", TYPE_MAP, 0, 1, NULL, false, false, "How measurements come in."},
    {"collect.listen", TYPE_ADDRESS, 3, 255, NULL, false, false,
     "Where senders: push theirs, on this machine only: POST /api/v1/write (Prometheus remote "
     "write), /v1/metrics, /v1/traces and /v1/logs (OTLP over HTTP), /api/v1/logs (JSON lines), "
     "/api/v1/exposition (Prometheus text), /drains/netlify and /drains/supabase."},
    {"senders", TYPE_LIST, 0, LIMIT_SENDERS, NULL, false, false,
     "Who pushes measurements, each shown as a target; and who sends alerts."},
    {"senders.-.name", TYPE_TEXT, 1, NAME_BYTES, NULL, true, false,
     "The sender's name on the page; no target has it."},
    {"senders.-.token", TYPE_SECRET, 5, PATH_BYTES, NULL, false, false,
     "What it is known by: Authorization: Bearer TOKEN, or the password of Basic."},
    {"senders.-.without_token", TYPE_YES_NO, 1, 8, NULL, false, false,
     "yes: whoever on this machine sends without a token is this sender."},
    {"senders.-.alerts", TYPE_TEXT, 1, 32, NULL, false, false,
     "It sends alerts instead, to POST /in/NAME at listen: in the form of alertmanager, grafana, "
     "pagerduty (also at /v2/enqueue; the token is its routing key) or cloudevents."},
    {"senders.-.opens", TYPE_ALERT, 1, CONFIG_OPENS_MAX, NULL, false, false,
     "The severity of the incident that its alerts open, one for each group of them: critical, "
     "warning, or one of the runbook. Without it they are only shown. Or by what each alert says "
     "of itself: opens: { page: P1, ticket: P3, info: nothing, default: P2 }."},
    {"senders.-.opens.*", TYPE_SEVERITY, 1, 16, NULL, false, false,
     "What an alert of this severity opens, or nothing; default: of those that are not listed."},
    {"senders.-.secret", TYPE_SECRET, 5, PATH_BYTES, NULL, false, false,
     "What it signs alerts with (HMAC-SHA256); what is not signed so is refused."},
    {"senders.-.signed", TYPE_TEXT, 1, 16, NULL, false, false,
     "How: grafana (X-Grafana-Alerting-Signature) or slack (X-Slack-Signature and "
     "X-Slack-Request-Timestamp, at most 5 min old); default grafana with alerts: grafana, else "
     "slack."},
    {"senders.-.timestamp_header", TYPE_TEXT, 1, 64, NULL, false, false,
     "The header with the time of the signature that Grafana was told to send, if it was."},
    {"senders.-.every", TYPE_DURATION, 100, DAY_MS, "1 min", false, false,
     "How often each of its series comes: the longest of its intervals."},
    {"senders.-.accepts", TYPE_NAMES, 1, CONFIG_ACCEPTS_MAX, NULL, false, false,
     "remote_write, otlp, exposition and logs, or some of them; without it all."},
    {"senders.-.format", TYPE_TEXT, 1, 32, "json", false, false,
     "Of the logs it posts to /api/v1/logs: as logs.-.format."},
    {"senders.-.time", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "Fields of its logs, parted by commas, before the format's own; parts of a path by dots."},
    {"senders.-.level", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false, "The same for the level."},
    {"senders.-.message", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "The same for the message."},
    {"senders.-.status", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "The same for HTTP's status."},
    {"senders.-.duration", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "The same for a duration; its unit behind a colon: elapsed:ms."},
    {"senders.-.path", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false, "The same for the path."},
    {"logs", TYPE_LIST, 0, LIMIT_LOGS, NULL, false, false,
     "Log files that are followed; folders that were not followed before, after a restart."},
    {"logs.-.file", TYPE_PATH, 1, PATH_BYTES, NULL, true, false,
     "The file; rotated ones beside it are read to their end."},
    {"logs.-.format", TYPE_TEXT, 1, 32, "json", false, false,
     "json, netlify, supabase, logfmt, combined (nginx, Apache) or text."},
    {"logs.-.source", TYPE_TEXT, 1, 100, NULL, true, false,
     "Its name on the page, and the label source of its metrics."},
    {"logs.-.every", TYPE_DURATION, 100, DAY_MS, "5 s", false, false,
     "How often its counts are reported; the shortest of all logs counts."},
    {"logs.-.time", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "Fields, parted by commas, before the format's own; parts of a path by dots."},
    {"logs.-.level", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false, "The same for the level."},
    {"logs.-.message", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false, "The same for the message."},
    {"logs.-.status", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false, "The same for HTTP's status."},
    {"logs.-.duration", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "The same for a duration; its unit behind a colon: elapsed:ms."},
    {"logs.-.path", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false, "The same for the path."},

    {"signals", TYPE_MAP, 0, LIMIT_SIGNALS, NULL, false, false,
     "What the runbook's words are measured by; each replaces the built-in binding."},
    {"signals.*", TYPE_MAP, 1, CONFIG_SIGNAL_OPTIONS_MAX, NULL, false, false,
     "A signal, by the runbook's word for it."},
    {"signals.*.failures", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "Selector of the counter of failures; with of."},
    {"signals.*.of", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "Selector of what failures, used or free is a share of."},
    {"signals.*.histogram", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "A classic histogram, named without _bucket."},
    {"signals.*.count", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "Selector of a counter whose increments are counted."},
    {"signals.*.used", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "Selector of a gauge of what is used; with limit. A signal with a word like free, available "
     "or remaining in its name measures the share that is left, every other the share in use."},
    {"signals.*.free", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "Selector of a gauge of what is free; with limit. Which share is measured says the signal's "
     "name, as for used."},
    {"signals.*.limit", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "Selector of the gauge that used or free is measured against."},
    {"signals.*.gauge", TYPE_TEXT, 1, TEXT_BYTES, NULL, false, false,
     "Selector of a gauge; the worst series decides."},
    {"signals.*.by", TYPE_TEXT, 0, TEXT_BYTES, NULL, false, false,
     "Labels, parted by commas, that join used or free with limit."},
    {"signals.*.scale", TYPE_TEXT, 1, 32, NULL, false, false,
     "A number that turns the metric's unit into seconds, bytes or a plain count."},
    {"signals.*.at_least", TYPE_COUNT, 1, 1000000, NULL, false, false,
     "Fewer events than this in the window are too little traffic."},

    {"vocabulary", TYPE_MAP, 0, 4, NULL, false, false,
     "The company's own phrases, before those that are known; read when Reeve starts."},
    {"vocabulary.signals", TYPE_MAP, 0, LIMIT_VOCABULARY, NULL, false, false,
     "What alerts speak of: phrase to signal."},
    {"vocabulary.signals.*", TYPE_TEXT, 1, TYPE_NAME_BYTES, NULL, false, false,
     "A signal known by name, or one of signals:."},
    {"vocabulary.parties", TYPE_MAP, 0, LIMIT_VOCABULARY, NULL, false, false,
     "Who is told: phrase to role."},
    {"vocabulary.parties.*", TYPE_TEXT, 1, TYPE_NAME_BYTES, NULL, false, false,
     "A role known by name, or a role or name of people:."},
    {"vocabulary.actions", TYPE_MAP, 0, LIMIT_VOCABULARY, NULL, false, false,
     "What steps do: phrase to action."},
    {"vocabulary.actions.*", TYPE_TEXT, 1, NAME_BYTES, NULL, false, false,
     "An action known by name, like maintenance:on."},
    {"vocabulary.practices", TYPE_MAP, 0, LIMIT_VOCABULARY, NULL, false, false,
     "What practices and boxes want to be so: phrase to check."},
    {"vocabulary.practices.*", TYPE_TEXT, 1, NAME_BYTES, NULL, false, false,
     "A check known by name, like database:index."},

#include "main/config_people.def"

    {"alerts", TYPE_MAP, 0, LIMIT_RULES, NULL, false, false,
     "What severity an alert opens, and how its rule behaves."},
    {"alerts.critical", TYPE_SEVERITY, 1, 16, "P1", false, false, "For alerts marked critical."},
    {"alerts.warning", TYPE_SEVERITY, 1, 16, "P3", false, false, "For alerts marked warning."},
    {"alerts.*", TYPE_ALERT, 1, 6, NULL, false, false,
     "For one alert by its sentence in the runbook, or for all of a signal by its name: P0 to P3, "
     "a severity of the runbook, or the keys below. The sentence wins over the signal."},
    {"alerts.*.severity", TYPE_SEVERITY, 1, 16, NULL, false, false, "What it opens."},
    {"alerts.*.recovers_below", TYPE_TEXT, 1, 40, NULL, false, false,
     "Once firing it is over only below this, like 3%; for a rule that fires above its limit."},
    {"alerts.*.recovers_above", TYPE_TEXT, 1, 40, NULL, false, false,
     "The same for a rule that fires below its limit."},
    {"alerts.*.keeps_firing", TYPE_DURATION, 1000, DAY_MS, NULL, false, false,
     "How long it goes on firing after it has recovered; restarts do not count toward it."},
    {"alerts.*.missing", TYPE_MISSING, 1, 8, NULL, false, false,
     "What it is while its data is missing: unknown (the default), fires (after missing_for; for "
     "what has to be heard of), or stays (as it was, without a word). It never resolves."},
    {"alerts.*.missing_for", TYPE_DURATION, 1000, DAY_MS, NULL, false, false,
     "How long its data must be missing before it fires; default 5 min."},

    {"depends", TYPE_MAP, 0, LIMIT_RULES, NULL, false, false,
     "What rules are only to be expected while others fire: they join those others' incident."},
    {"depends.*", TYPE_NAMES, 1, 16, NULL, false, false,
     "What it depends on, each side a rule's sentence, a signal, or the word that a signal's name "
     "begins with: error rate: [database, cpu usage]."},

    {"baselines", TYPE_MAP, 0, 16, NULL, false, false,
     "What \"2x baseline\" or \"50% above normal\" in the runbook is compared with."},
    {"baselines.*", TYPE_BASELINE, 1, 40, NULL, false, false,
     "What that word stands for: same hour of the week, or last 24 hours."},

    {"incidents", TYPE_MAP, 0, 5, NULL, false, false, "How incidents are handled."},
    {"incidents.group", TYPE_DURATION, 0, 3600000, "30 s", false, false,
     "Alerts that depend on each other, or are counted of the same events, and fire within this "
     "time are one incident; 0 s: never."},
    {"incidents.repeat", TYPE_DURATION, 1000, DAY_MS, "5 min", false, false,
     "How often a page is repeated until somebody acknowledges or it is mitigated."},
    {"incidents.bundle", TYPE_DURATION, 0, 10 * MINUTE_MS, "30 s", false, false,
     "Pages that follow one to the same person by the same way within this time go together, in "
     "one message; 0 s: each goes alone."},
    {"incidents.updates", TYPE_MAP, 0, 8, NULL, false, false,
     "How often an incident must be spoken of while it is going on, by severity: { P0: 30 min }. "
     "Where the runbook says it, that counts; where nobody does, there is no such clock."},
    {"incidents.updates.*", TYPE_DURATION, MINUTE_MS, 7 * DAY_MS, NULL, false, false,
     "At least one note in this time."},
    {"incidents.resolution", TYPE_MAP, 0, 8, NULL, false, false,
     "How soon an incident is to be resolved, by severity: { P0: 4 hours }; as updates."},
    {"incidents.resolution.*", TYPE_DURATION, MINUTE_MS, 90 * INT64_C(1) * DAY_MS, NULL, false,
     false, "Counted from its beginning."},

    {"channels", TYPE_MAP, 2, 8, NULL, false, false,
     "Where each incident gets a channel of its own, whose timeline is that of the incident."},
    {"channels.kind", TYPE_TEXT, 1, 16, NULL, true, false,
     "irc: a server of IRC; slack: Slack, by the bot of a provider."},
    {"channels.server", TYPE_TEXT, 7, 255, NULL, false, false,
     "irc: its address, irc://host:6667, or ircs://host:6697 by TLS."},
    {"channels.nick", TYPE_TEXT, 1, 30, "reeve", false, false, "irc: what Reeve is called there."},
    {"channels.account", TYPE_TEXT, 1, NAME_BYTES, NULL, false, false,
     "irc: the account that it logs in as (SASL); without it the password is the server's."},
    {"channels.password", TYPE_SECRET, 5, PATH_BYTES, NULL, false, false, "irc: the password."},
    {"channels.ca", TYPE_PATH, 1, PATH_BYTES, NULL, false, false,
     "Certificates that the server's own is proved by, where it is not a public one."},
    {"channels.provider", TYPE_TEXT, 1, NAME_BYTES, NULL, false, false,
     "slack: the name of the provider of kind slack whose bot makes them. With replies: yes there "
     "what people write in them is heard."},
    {"channels.archive", TYPE_YES_NO, 1, 8, NULL, false, false,
     "slack: yes archives a channel that is left, 35 minutes after the end of its incident."},
    {"channels.zone", TYPE_TEXT, 1, NAME_BYTES, NULL, false, false,
     "Whose date stands in names and whose times in lines, like Europe/Ljubljana; else UTC."},
    {"channels.from", TYPE_SEVERITY, 1, 32, NULL, false, false,
     "The mildest severity whose incidents get one. Default: all that wake somebody, P2 and "
     "graver."},

    {"drill", TYPE_MAP, 1, 1, NULL, false, false,
     "Tests of every way to everybody, so that each is proved before it is needed."},
    {"drill.every", TYPE_DURATION, HOUR_MS, 400 * INT64_C(1) * DAY_MS, NULL, true, false,
     "A way by which nobody was reached so long is tested."},

    {"heartbeat", TYPE_MAP, 1, 2, NULL, false, false,
     "Somebody outside who notices when Reeve is dead or can tell nobody of an incident."},
    {"heartbeat.to", TYPE_URL, 8, TEXT_BYTES, NULL, true, false, "What is called."},
    {"heartbeat.every", TYPE_DURATION, 1000, DAY_MS, "1 min", false, false, "How often."},

    {"commands", TYPE_MAP, 0, 9, NULL, false, false,
     "Lets Reeve run the runbook's shell commands; without it people run them and tick."},
    {"commands.directory", TYPE_PATH, 1, PATH_BYTES, ".", false, false, "Where they run."},
    {"commands.environment", TYPE_MAP, 0, CONFIG_VARIABLES_MAX, NULL, false, false,
     "All that they find in their environment, beside PATH, HOME, LANG and PGAPPNAME (\"reeve run "
     "3 step 2\", by which db:locks knows what they do in PostgreSQL)."},
    {"commands.environment.*", TYPE_TEXT, 0, TEXT_BYTES, NULL, false, false,
     "The variable's value; env:NAME or file:PATH for a secret."},
    {"commands.deadline", TYPE_DURATION, 1000, MONTH_MS, "30 min", false, false,
     "When one is ended that has not ended by itself."},
    {"commands.approvals", TYPE_COUNT, 0, 5, "1", false, false,
     "How many others have to agree before one that destroys something."},
    {"commands.rehearsed_within", TYPE_DURATION, DAY_MS, 120 * MONTH_MS, "90 days", false, false,
     "What recovers something and was not rehearsed within this time is a warning."},
    {"commands.network", TYPE_YES_NO, 1, 8, "yes", false, false,
     "no: they reach no network; sockets in files of this machine stay."},
    {"commands.writes", TYPE_NAMES, 1, CONFIG_WRITES_MAX, NULL, false, false,
     "The paths they write below, none, or anywhere; without it everywhere but in Reeve's own "
     "folder, which they do not read either."},
    {"commands.user", TYPE_TEXT, 1, USER_NAME_BYTES, NULL, false, false,
     "The user of this machine that they run as, with that user's groups, HOME, USER and LOGNAME; "
     "another one than Reeve's only where Reeve runs as root. Without it they run as Reeve does."},
    {"commands.limits", TYPE_MAP, 1, 4, NULL, false, false, "What they may use up."},
    {"commands.limits.memory", TYPE_SIZE, 1 << 20, INT64_C(1) << 50, NULL, false, false,
     "Of each process: what it has written to and shares with nobody."},
    {"commands.limits.processes", TYPE_COUNT, 1, 1000000, NULL, false, false,
     "Of the user they run as; where that is Reeve's, Reeve's own among them."},
    {"commands.limits.files", TYPE_COUNT, 16, 1000000, NULL, false, false,
     "What each process has open at once."},
    {"commands.limits.file_size", TYPE_SIZE, 1024, INT64_C(1) << 50, NULL, false, false,
     "Of each file that they write."},

    {"environments", TYPE_MAP, 0, CONFIG_ENVIRONMENTS_MAX, NULL, false, false,
     "Where procedures are rehearsed: \"reeve run PROCEDURE --rehearse NAME\"."},
    {"environments.*", TYPE_MAP, 0, 4, NULL, false, false, "Another one than production."},
    {"environments.*.directory", TYPE_PATH, 1, PATH_BYTES, NULL, false, false,
     "Where commands run there; default: that of commands:."},
    {"environments.*.environment", TYPE_MAP, 0, CONFIG_VARIABLES_MAX, NULL, false, false,
     "All that commands find there. A variable of commands: that is missing here refuses the "
     "rehearsal."},
    {"environments.*.environment.*", TYPE_TEXT, 0, TEXT_BYTES, NULL, false, false,
     "The variable's value; env:NAME or file:PATH for a secret, never production's."},
    {"environments.*.database", TYPE_MAP, 1, 2, NULL, false, false,
     "The PostgreSQL server that steps ask there; without it people do what Reeve would ask."},
    {"environments.*.database.url", TYPE_SECRET, 5, PATH_BYTES, NULL, true, false,
     "Its address, as that of services:, and never production's."},
    {"environments.*.database.pooler", TYPE_SECRET, 5, PATH_BYTES, NULL, false, false,
     "The same by the pooler in front of it."},
    {"environments.*.actions", TYPE_MAP, 0, CONFIG_ACTIONS_MAX, NULL, false, false,
     "Actions that are done by another command there."},
    {"environments.*.actions.*", TYPE_TEXT, 1, 4096, NULL, false, false, "The shell command."},

    {"actions", TYPE_MAP, 0, CONFIG_ACTIONS_MAX, NULL, false, false,
     "What steps are done with, by the name their words are bound to."},
    {"actions.*", TYPE_MAP, 1, 9, NULL, false, false, "An action, like maintenance:on."},
    {"actions.*.run", TYPE_TEXT, 1, 4096, NULL, false, false, "The shell command; or notify:."},
    {"actions.*.notify", TYPE_NAMES, 1, CONFIG_NOTIFY_MAX, NULL, false, false,
     "Who is told by mail instead: names of people: with an e-mail."},
    {"actions.*.undo", TYPE_TEXT, 1, NAME_BYTES, NULL, false, false,
     "The action that takes it back; offered when the run stops behind it."},
    {"actions.*.deadline", TYPE_DURATION, 1000, MONTH_MS, NULL, false, false,
     "Instead of that of commands:."},
    {"actions.*.retries", TYPE_COUNT, 0, 100, NULL, false, false,
     "How often it is tried again by itself when it fails; only for what may be repeated."},
    {"actions.*.every", TYPE_DURATION, 1000, DAY_MS, NULL, false, false,
     "The time between tries; default: 10 s, then twice as long each time, at most 10 min. Without "
     "retries it is a check: tested so often until it ends with 0 or its deadline has passed."},
    {"actions.*.approvals", TYPE_COUNT, 0, 5, NULL, false, false,
     "How many others have to agree before it begins."},
    {"actions.*.network", TYPE_YES_NO, 1, 8, NULL, false, false, "Instead of that of commands:."},
    {"actions.*.writes", TYPE_NAMES, 1, CONFIG_WRITES_MAX, NULL, false, false,
     "Instead of that of commands:."},
    {"actions.*.user", TYPE_TEXT, 1, USER_NAME_BYTES, NULL, false, false,
     "Instead of that of commands:."},

    LATER("status_page", "The public status page"),
    LATER("telemetry", "Other intakes of telemetry"),
    LATER("vault", "Vault"),
    LATER("windows", "Maintenance windows"),
    LATER("approvals", "Approvals"),
};

const size_t config_key_count = sizeof config_keys / sizeof *config_keys;

const char *config_type_text(enum config_type type)
{
    switch (type) {
    case TYPE_MAP: return "keys with values";
    case TYPE_LIST: return "a list of entries, each with keys and values";
    case TYPE_TEXT: return "a text";
    case TYPE_NAMES: return "a name or a list of names";
    case TYPE_PATH:
    case TYPE_LEDGER: return "the path of a file";
    case TYPE_ADDRESS: return "an address with a port, like 127.0.0.1:7333";
    case TYPE_URL: return "an address that begins with http:// or https://";
    case TYPE_MAIL_URL: return "an address like smtp://mail.example.com:587";
    case TYPE_MAIL: return "a mail address like ana@example.com";
    case TYPE_PHONE:
        return "a telephone number with + and its country's code, 8 to 15 digits, like "
               "+38640123456";
    case TYPE_TLS: return "none, starttls or tls";
    case TYPE_TOKEN_USE: return "first or always";
    case TYPE_SECRET: return "env:NAME or file:PATH";
    case TYPE_DURATION: return "a length of time like 5 s, 1 min or 72 hours";
    case TYPE_COUNT: return "a whole number";
    case TYPE_SIZE: return "a size like 512 MB or 2 GB";
    case TYPE_YES_NO: return "yes or no";
    case TYPE_SEVERITY: return "a severity, like P1 or SEV2";
    case TYPE_ALERT: return "a severity, like P1, or keys with values";
    case TYPE_MISSING: return "unknown, fires or stays";
    case TYPE_BASELINE: return "\"same hour of the week\" or \"last 24 hours\"";
    case TYPE_ROTA: return "a name, a list of names, or keys with values";
    case TYPE_SLOTS: return "a list of names, several at once in brackets of their own";
    case TYPE_LATER: return "not yet";
    }
    return "";
}

bool config_key_inside(const struct config_key *row, const char *parent, struct str *out_last)
{
    struct str name = str_of(row->name);
    size_t start = strlen(parent);
    if (start > 0) {
        if (!str_starts(name, parent) || name.n <= start || name.p[start] != '.')
            return false;
        start++;
    }
    struct str last = str_from(name, start);
    if (str_find_byte(last, '.', 0) < last.n)
        return false;
    *out_last = last;
    return true;
}

const struct config_key *config_key_find(const char *parent, struct str key)
{
    const struct config_key *any = NULL;
    for (size_t i = 0; i < config_key_count; i++) {
        struct str last;
        if (!config_key_inside(&config_keys[i], parent, &last))
            continue;
        if (str_is(last, "*"))
            any = &config_keys[i];
        else if (str_equal(last, key))
            return &config_keys[i];
    }
    return any;
}
