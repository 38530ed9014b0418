/* config_inside.h - what the parts of the configuration reader share: the tree of the file with
 * places, and the table of keys. */
#ifndef MAIN_CONFIG_INSIDE_H
#define MAIN_CONFIG_INSIDE_H

#include "base/instant.h"
#include "main/config.h"

enum config_node_type { NODE_NOTHING, NODE_SCALAR, NODE_LIST, NODE_MAP };

struct config_node {
    enum config_node_type type;
    struct str key;                /* in a map */
    struct str text;               /* NODE_SCALAR */
    struct config_place place;     /* of the value */
    struct config_place key_place; /* in a map, of the key; else as place */
    const struct config_key *row;  /* filled by the check */
    enum config_origin origin;     /* CONFIG_DEFAULT in the tree means: from the file */
    int64_t number;                /* durations in ms, sizes in bytes, whole numbers */
    struct config_node *first;
    struct config_node *next;
    size_t count;
};

enum config_type {
    TYPE_MAP,  /* a map whose keys stand in the table */
    TYPE_LIST, /* a list of maps */
    TYPE_TEXT,
    TYPE_NAMES, /* one name or a list of names */
    TYPE_PATH,
    TYPE_LEDGER,   /* a path; postgresql:// is later work */
    TYPE_ADDRESS,  /* IPv4:port, [IPv6]:port or name:port */
    TYPE_URL,      /* http or https */
    TYPE_MAIL_URL, /* smtp or smtps */
    TYPE_MAIL,     /* local@domain */
    TYPE_PHONE,    /* E.164 */
    TYPE_TLS,
    TYPE_TOKEN_USE, /* first or always */
    TYPE_SECRET,    /* env:NAME or file:PATH */
    TYPE_DURATION,
    TYPE_COUNT,
    TYPE_SIZE, /* bytes, kB, MB, GB; of 1,024 each */
    TYPE_YES_NO,
    TYPE_SEVERITY, /* P0 to P3, or a name of the runbook */
    TYPE_ALERT,    /* a severity, or a map whose keys stand in the table */
    TYPE_MISSING,  /* unknown, fires or stays */
    TYPE_BASELINE,
    TYPE_ROTA,  /* names, or a map whose keys stand in the table */
    TYPE_SLOTS, /* a list of names, or of lists of names */
    TYPE_LATER  /* a key of later work */
};

enum { TYPE_NAME_BYTES = 400 }; /* names of people, roles, signals; sentences of alerts */

struct config_key {
    const char *name; /* "people.*.email": * is any name, - an item of a list */
    enum config_type type;
    int64_t least, most;  /* bytes of texts, items of lists, maps and names, ms, or the number */
    const char *fallback; /* default, or NULL */
    bool required;        /* when what it stands in is there */
    bool reloadable;
    const char *help;
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

/* The row of key inside the row `parent` ("" at the top); NULL when there is none. */
const struct config_key *config_key_find(const char *parent, struct str key);
/* Is row directly inside parent? *out_last gets its last word. */
bool config_key_inside(const struct config_key *row, const char *parent, struct str *out_last);
/* "a text", "a length of time like 5 s": for sentences and manual. */
const char *config_type_text(enum config_type type);

struct config_reader {
    struct arena *arena;
    struct str file;
    struct config_errors *errors;
};

void config_error(struct config_reader *reader, struct config_place place, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The YAML text as a tree; NULL after an error. An empty text is an empty map. */
struct config_node *config_tree(struct config_reader *reader, struct str text);
/* Checks the tree against the table and fills row and number. */
void config_check(struct config_reader *reader, struct config_node *root);
/* Checks one scalar by its row; fills node->number. */
void config_check_scalar(struct config_reader *reader, struct config_node *node);
struct config_node *config_find(const struct config_node *map, const char *key);
/* From the checked tree to the structure; finds what does not fit together. */
void config_bind(struct config_reader *reader, const struct config_node *root,
                 struct config *config);
/* The secret that node refers to by env:NAME or file:PATH; kept among config->secrets. node may be
 * NULL. */
struct config_secret config_add_secret(struct config_reader *reader, struct config *config,
                                       const struct config_node *node, struct str name);
struct str config_path_in(struct config_reader *reader, const struct config *config,
                          struct str path);
/* The calendar file that a key names, with its clock; either may be NULL. */
struct config_ics config_ics_at(struct config_reader *reader, const struct config *config,
                                const struct config_node *file, const struct config_node *zone);
struct str config_text_at(const struct config_node *map, const char *key);
/* One name or a list of names behind a key of map. */
struct config_names config_names_at(struct config_reader *reader, const struct config_node *map,
                                    const char *key);
/* The default of the row called name, or NULL. */
const char *config_fallback(const char *name);
/* The number behind a key of map, else the default of the row called name. */
int64_t config_number_at(struct config_reader *reader, const struct config_node *map,
                         const char *key, const char *name);
/* collect: and senders:, when the targets are known. */
void config_bind_senders(struct config_reader *reader, const struct config_node *root,
                         struct config *config);
/* providers:. */
void config_bind_providers(struct config_reader *reader, const struct config_node *root,
                           struct config *config);
/* channels:. */
void config_bind_channels(struct config_reader *reader, const struct config_node *root,
                          struct config *config);
/* people:, when providers are known. */
void config_bind_people(struct config_reader *reader, const struct config_node *root,
                        struct config *config);
/* Is it written as names of time zones are: Europe/Berlin? */
bool config_is_zone(struct str zone);
/* Does an address name this machine? */
bool config_is_here(struct str url);
/* ask:, when targets, senders, logs and probes are known. */
void config_bind_ask(struct config_reader *reader, const struct config_node *root,
                     struct config *config);
/* One of senders: that sends alerts. */
void config_bind_inbound(struct config_reader *reader, const struct config_node *node,
                         struct config *config);
/* Does the url of a target or probe begin with https://? */
bool config_is_secure(const struct config_node *map);
/* probes:, and targets by https, when other targets, senders and logs are known. */
void config_bind_probes(struct config_reader *reader, const struct config_node *root,
                        struct config *config);
/* Has a text the form of a time zone's name, as it stands below the folder of time zones? */
bool config_is_zone_name(struct str zone);
/* on_call:, when people are known. */
void config_bind_rotas(struct config_reader *reader, const struct config_node *root,
                       struct config *config);
/* heartbeats:. */
void config_bind_heartbeats(struct config_reader *reader, const struct config_node *root,
                            struct config *config);
/* alerts: and depends:. */
void config_bind_alerts(struct config_reader *reader, const struct config_node *root,
                        struct config *config);
/* commands: and actions:. */
void config_bind_commands(struct config_reader *reader, const struct config_node *root,
                          struct config *config);
/* vocabulary:, when signals and people are known. */
void config_bind_vocabulary(struct config_reader *reader, const struct config_node *root,
                            struct config *config);
/* Fills config->values from the tree and the defaults, in the order of the table. */
void config_collect(struct config_reader *reader, const struct config_node *root,
                    struct config *config);

#endif
