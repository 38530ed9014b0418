/* config.h - reeve.yaml: where things are. Read once into a plain structure.
 *
 * Promises: every key comes from the table in config_table.c with type, bounds and default; each
 * effective value knows where it came from; up to CONFIG_ERRORS_MAX errors are reported at once,
 * each with file:line:column and, for an unknown key, the nearest right one.
 * Refuses: secrets as literal text (env:NAME or file:PATH only), duplicate keys, anchors, aliases,
 * tags, several documents, keys of later work ("not yet"), files over LIMIT_CONFIG_BYTES. */
#ifndef MAIN_CONFIG_H
#define MAIN_CONFIG_H

#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "inbound/read.h"
#include "inbound/signature.h"
#include "incident/severity.h"
#include "people/handover.h"
#include "people/person.h"
#include "people/rota_text.h"
#include "runbook/vocabulary_row.h"
#include "telemetry/log_spec.h"

enum {
    CONFIG_ERRORS_MAX = 20,
    CONFIG_DEPTH_MAX = 16,
    CONFIG_SIGNAL_OPTIONS_MAX = 8,
    CONFIG_ROLES_MAX = 16,
    CONFIG_VARIABLES_MAX = 64,
    CONFIG_ACTIONS_MAX = 500,
    CONFIG_ENVIRONMENTS_MAX = 4,
    CONFIG_WRITES_MAX = 32,
    CONFIG_NOTIFY_MAX = 16,
    CONFIG_ACCEPTS_MAX = 4,
    CONFIG_PATHS_MAX = 32,
    CONFIG_OPENS_MAX = 32,
    CONFIG_PROVIDERS_MAX = 16,
    CONFIG_PROVIDERS_EACH_MAX = 4, /* that carry one way */
    CONFIG_FIELDS_MAX = 16         /* headers, and fields of a form */
};

enum config_origin { CONFIG_DEFAULT, CONFIG_FILE, CONFIG_ENVIRONMENT, CONFIG_FLAG };

struct config_place {
    size_t line, column; /* from 1; 0: not from the file */
};

/* Where a secret is found; the keeper reads it. */
struct config_secret {
    struct str name;   /* "smtp.password", "people.ben.webhook.key"; "" when not given */
    bool from_file;    /* else from the environment */
    struct str source; /* the variable's name, or the file's path */
    struct config_place place;
};

struct config_names {
    struct str *items;
    size_t count;
};

struct config_target {
    struct str name;
    struct str url;
    int64_t every_ms;
    struct config_place place;
};

/* What is looked at from outside, because it shows no metrics itself (probe/probe.h). */
struct config_probe {
    struct str name, kind;
    int64_t every_ms, deadline_ms;
    struct str etag;              /* of what is known of it, while Reeve runs; or "" */
    struct str url;               /* http, status_page, openai, page */
    struct str contains;          /* http: "" when not given */
    struct str ca, certificate;   /* as to be opened, or ""; certificate: redis */
    struct config_secret key;     /* of certificate; name "" when not given */
    int64_t status;               /* http: 0 when not given */
    struct config_secret address; /* postgres, pgbouncer, redis */
    struct str *paths;            /* host */
    size_t path_count;
    struct config_names components; /* status_page */
    struct config_names metrics;    /* page: those that signals ask for, at each look */
    int64_t limit, token_limit;     /* openai: of a month, in dollars and tokens; 0: not given */
    struct config_place place;
};

/* A job that has to be heard of (alert/beat.h). */
struct config_heartbeat {
    struct str name;
    int64_t every_ms; /* 0: by cron */
    struct str cron;  /* as written, or "" */
    struct str zone;
    int64_t grace_ms, longest_ms; /* longest: 0 when not given */
    struct config_secret token;
    struct str token_digest; /* SHA-256 in hex, once the keeper has told it (fingerprints.c) */
    struct str opens;
    struct config_place place;
};

/* The Prometheus-compatible engine that rules are asked of (alert/ask.h). */
struct config_ask {
    bool on;
    struct str name; /* on the page, among the targets */
    struct str url;  /* without / at its end */
    int64_t every_ms, deadline_ms, stale_ms;
    struct str tenant, user, ca;          /* "" when not given; ca: as to be opened */
    struct config_secret token, password; /* name "" when not given */
    struct config_names signals;          /* none: all */
    struct config_place place;
};

/* A calendar file. */
struct config_ics {
    struct str file; /* as to be opened; "": none */
    struct str zone; /* of its times that have none; "UTC" when none is said */
    bool has_zone;
    struct config_place place, zone_place;
};

/* A layer of a rota, with its texts read; its zone is not yet. */
struct config_layer {
    struct str name;
    int64_t length_min; /* 0: months, or the first slot is always on */
    int months;         /* of a shift; 0: none */
    struct rota_handover handover;
    bool has_handover, has_starts, has_until;
    struct rota_date starts, until;
    struct str zone; /* "UTC" when none is said */
    struct rota_slot *slots;
    size_t slot_count;
    struct rota_window *windows;
    size_t window_count;
    struct config_ics ics; /* who is on stands there */
    struct config_place place, zone_place;
};

/* Of on_call:. */
struct config_rota {
    struct str name;
    struct config_layer *layers;
    size_t layer_count;
    bool may_be_empty;
    struct config_place place;
};

/* Who pushes measurements. */
struct config_sender {
    struct str name;
    struct config_secret token; /* name "": without one */
    struct str token_digest;    /* SHA-256 in hex, once the keeper has told it (fingerprints.c) */
    int64_t every_ms;
    unsigned accepts;  /* bits of telemetry/collector_spec.h */
    struct str format; /* of the logs it posts */
    struct log_map_own own;
    struct config_place place;
};

/* What an alert opens that says this of itself. */
struct config_opens {
    struct str says, opens; /* opens "": nothing */
    struct config_place place;
};

/* Who sends alerts (inbound/). */
struct config_inbound {
    struct str name;
    enum inbound_form form;
    struct config_secret token;   /* name "": without one */
    struct config_secret secret;  /* that bodies are signed with; the same */
    struct str token_digest;      /* as of struct config_sender */
    enum inbound_signing signing; /* with a secret */
    struct str timestamp_header;  /* "" when not given */
    struct str opens;             /* "critical", "warning", a severity, or "" */
    struct config_opens *by;      /* where an alert's own severity decides; opens: of the others */
    size_t by_count;
    struct config_place opens_place;
    struct config_place place;
};

/* A log that is followed. */
struct config_log {
    struct str file; /* as to be opened */
    struct str format, source;
    int64_t every_ms;
    struct log_map_own own;
    struct config_place place;
};

struct config_option {
    struct str key;
    struct str value;
};

struct config_signal {
    struct str name;
    struct config_option options[CONFIG_SIGNAL_OPTIONS_MAX]; /* "limit" is written as "of" */
    size_t option_count;
    int64_t at_least; /* 0: not given */
    struct config_place place;
};

struct config_person {
    struct str name;
    struct str reach[METHODS];             /* as written; "" when not given, or a secret */
    struct config_secret secrets[METHODS]; /* of the address; of a webhook, its key */
    struct contact *contacts;              /* in the order of contact: */
    size_t contact_count;                  /* 0: not given */
    struct config_place contact_place;
    struct config_ics leave;  /* when they are away */
    struct str irc;           /* a nick or a mask, or "" */
    int quiet_from, quiet_to; /* minutes of the day */
    struct str quiet_zone;    /* "": no quiet hours */
    struct config_place quiet_place;
    struct str *roles;
    size_t role_count;
    struct config_place place;
};

/* Who carries messages to people (notify/ways.c). */
struct config_provider {
    struct str name, kind;
    struct str url;
    struct str account, from, service, callback, user; /* "" when not given */
    struct str ca;                                     /* as to be opened, or "" */
    struct str method, json;                           /* gateway: "" when not given */
    struct config_option *headers, *form;
    size_t header_count, form_count;
    bool replies;                        /* twilio, slack: what people send back is taken */
    struct config_names taken;           /* statuses */
    struct config_secret token;          /* name "" when not given */
    struct config_secret signing_secret; /* slack: what its requests are signed with; the same */
    struct config_place place;
};

/* Where incidents get a channel (channel/). */
struct config_channels {
    struct str kind; /* "": nowhere */
    struct str server, nick, account, zone, from;
    struct str ca;       /* as to be opened, or "" */
    struct str provider; /* slack: its name among providers: */
    bool archive;        /* slack: a channel that is left */
    struct config_secret password;
    struct config_place place, zone_place;
};

/* The severity that an alert opens, and how its rule behaves: for "critical" and "warning", for one
 * sentence, or for all rules of a signal. */
struct config_alert {
    struct str sentence;                       /* or the signal's name */
    struct str severity;                       /* P0 to P3, or the runbook's own name; "" */
    struct str recovers_below, recovers_above; /* as written, or "" */
    struct str missing;                        /* unknown, fires, stays, or "" */
    int64_t keeps_firing_ms, missing_for_ms;   /* 0: not given */
    struct config_place place;
};

/* What is only to be expected while something else fires. */
struct config_depend {
    struct str of;
    struct config_names on;
    struct config_place place;
};

/* A variable of the commands' environment. */
struct config_variable {
    struct str name;
    struct str value;            /* "" when it is a secret */
    struct config_secret secret; /* name "" when it is none */
    struct str fingerprint;      /* of the secret, once the keeper has told it (fingerprints.c) */
};

enum config_writes {
    WRITES_NOT_SAID, /* anywhere but in Reeve's own folder, which is hidden */
    WRITES_ANYWHERE, /* in that too */
    WRITES_BELOW     /* the paths, perhaps none */
};

/* What commands may not do (os/wall.h). */
struct config_walls {
    bool no_network;
    enum config_writes writes;
    struct str *paths; /* as to be opened */
    size_t path_count;
};

/* Who commands run as. */
struct config_user {
    struct str name; /* "": whoever Reeve runs as */
    struct config_place place;
};

struct config_action {
    struct str name, run, undo;
    struct str notify;   /* who is told instead of run: "ana, legal", or "" */
    int64_t deadline_ms; /* 0: not given */
    int64_t approvals;   /* -1: not given */
    int64_t retries;
    int64_t every_ms;          /* 0: not given */
    struct config_walls walls; /* those of commands: where it says nothing */
    struct config_user user;   /* the same */
    struct config_place place;
};

/* services.database, or that of an environment. */
struct config_database {
    bool on;
    struct config_secret url;
    struct config_secret pooler;     /* name "" when not given */
    struct config_secret owner;      /* the same */
    struct config_secret export_key; /* the same */
    struct str migrations;           /* folder, "" when not given */
    int64_t statement_timeout_ms;
};

/* services.backup. */
struct config_backup {
    bool on, encrypted;
    struct str stanza, program;
    struct str config; /* "": where pgBackRest looks by itself */
    int64_t newest_ms, wal_ms;
    struct str scratch, user, database;
    struct str check;       /* "": none */
    int64_t rto_ms, rpo_ms; /* 0: no objective */
};

/* Where rehearsals run instead of production. */
struct config_environment {
    struct str name, directory;
    struct config_variable *variables;
    size_t variable_count;
    struct config_option *actions; /* what does an action there: name, command */
    struct config_database database;
    size_t action_count;
    struct config_place place;
};

struct config_commands {
    bool on;
    struct str directory;
    int64_t deadline_ms, approvals, rehearsed_within_ms;
    struct config_environment *environments;
    size_t environment_count;
    struct config_variable *variables;
    size_t variable_count;
    struct config_action *actions;
    size_t action_count;
    struct config_walls walls;
    struct config_user user;
    int64_t memory_bytes, file_bytes, processes, open_files; /* 0: not given */
    struct config_place place;
};

/* Nobody asked, or: the core runs with it, with another one, without it. */
enum config_standing {
    CONFIG_STANDING_UNKNOWN,
    CONFIG_IN_FORCE,
    CONFIG_OTHER_IN_FORCE,
    CONFIG_NOT_IN_FORCE
};

/* One effective value, for config_show and for messages. */
struct config_value {
    struct str path; /* "targets.1.url" */
    struct str text; /* secrets: the reference, which is not the secret */
    enum config_origin origin;
    struct config_place place;
    bool reloadable;
    enum config_standing in_force; /* in a core that runs (config_force.h) */
    struct str forced;             /* what is, where it is another one */
    bool is_gone;                  /* it is in force, and no longer in the file */
};

struct config {
    struct str file;        /* "" when there is none */
    struct hash digest;     /* of its text */
    struct str folder;      /* paths in the file are relative to it; "." when there is no file */
    struct str runbook;     /* path as to be opened */
    struct str ledger;      /* path as to be opened */
    struct str listen;      /* "127.0.0.1:7333" */
    struct str public_url;  /* "" when not given; never ends in / */
    bool page_token_always; /* access.page_token */
    struct config_target *targets;
    size_t target_count;
    struct config_probe *probes;
    size_t probe_count;
    struct config_ask ask;
    struct config_heartbeat *heartbeats;
    size_t heartbeat_count;
    struct str collect_listen; /* "" when not given */
    struct config_sender *senders;
    size_t sender_count;
    struct config_inbound *inbounds; /* those of senders: that send alerts */
    size_t inbound_count;
    struct config_log *logs;
    size_t log_count;
    struct config_signal *signals;
    size_t signal_count;
    struct config_person *people;
    size_t person_count;
    struct config_provider *providers;
    size_t provider_count;
    struct config_channels channels;
    struct config_alert *alerts;
    size_t alert_count;
    struct config_depend *depends;
    size_t depend_count;
    struct config_alert *baselines; /* names in sentence, what they stand for in severity */
    size_t baseline_count;
    struct vocabulary vocabulary; /* the company's phrases, with its roles and people */
    struct config_rota *rotas;
    size_t rota_count;
    int64_t look_ahead_ms;   /* for times at which nobody is on */
    struct config_ics leave; /* when anybody is away */
    struct handover_rules handovers;
    struct str smtp_url; /* "" when not given */
    struct str smtp_from;
    struct str smtp_user; /* "" when not given */
    struct str smtp_tls;  /* none, starttls, tls */
    struct config_secret smtp_password;
    int64_t incident_repeat_ms;
    int64_t incident_group_ms;
    int64_t incident_bundle_ms;
    int64_t drill_every_ms;               /* 0: never */
    struct severity_time *incident_times; /* updates and resolution, one row for each value */
    struct config_place *incident_time_places;
    size_t incident_time_count;
    struct str heartbeat_to; /* "" when not given */
    int64_t heartbeat_every_ms;
    struct config_database database;
    struct config_backup backup;
    struct config_commands commands;
    struct config_secret *secrets; /* all that were given */
    size_t secret_count;
    struct config_value *values;
    size_t value_count;
};

struct config_errors {
    struct err items[CONFIG_ERRORS_MAX];
    size_t count; /* found; the first CONFIG_ERRORS_MAX are kept */
};

/* A value from outside the file. It wins over the file; a path is relative to the working folder.
 */
struct config_override {
    const char *key; /* "listen" */
    struct str value;
    enum config_origin origin; /* CONFIG_ENVIRONMENT or CONFIG_FLAG; later ones win */
};

struct config_input {
    struct str file; /* name for messages; "" when there is no file */
    struct str text;
    const struct config_override *overrides;
    size_t override_count;
};

/* Reads input; outputs live in arena. False when there is an error; out_errors is always filled. */
MUST_USE bool config_read(struct arena *arena, const struct config_input *input,
                          struct config *out_config, struct config_errors *out_errors);
/* The same for the file at path (its text is read here). A file that is not there is an error
 * unless optional. */
MUST_USE bool config_load(struct arena *arena, struct config_input input, bool optional,
                          struct config *out_config, struct config_errors *out_errors);
/* One line per error, "file:line:column: sentence"; says how many more there are. */
struct str config_errors_text(struct arena *arena, const struct config_errors *errors);
/* Effective values with their origin, in the order of the table: text for people, and JSON. */
void config_show(struct text *text, const struct config *config);
void config_show_json(struct json_writer *w, const struct config *config);
/* The manual's section: every key with type, default and help. */
void config_write_manual(struct text *text);

/* "90 s", "5min", "30d" in milliseconds, as lengths of time are written there; false: it is none.
 */
MUST_USE bool config_duration(struct str s, int64_t *out_ms);

#endif
