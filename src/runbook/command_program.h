/* command_program.h - the programs that the rules about commands speak of, and what they are.
 *
 * Promises: a word is looked up once, and every rule after that looks at bits.
 * Refuses: what a program does; command.c has the rules. */
#ifndef RUNBOOK_COMMAND_PROGRAM_H
#define RUNBOOK_COMMAND_PROGRAM_H

#include "base/str.h"

/* One bit for all programs that the same rules hold for; a program may have several. */
enum program_set {
    APT,
    AWS,
    CLOUD,
    COMPOSE,
    CONTAINERS,
    CRONTAB,
    DD,
    DEV, /* servers for developers: "vite dev" */
    DOCKER,
    DROPDB,
    ETCD,
    FIND,
    FLASK,
    FORMAT,
    GIT,
    GSUTIL,
    HELM,
    HOSTING,
    IPTABLES,
    JOURNAL,
    K9S,
    KAFKA,
    KUBE,
    LOGS, /* "wrangler tail" */
    LVM,
    MONGO,
    NPM,
    PG_RESTORE,
    PING,
    PIP,
    PM2,
    PULUMI,
    RABBIT,
    RAILS,
    REDIS,
    RM,
    RMDIR,
    RSYNC,
    SERVER,
    SETTER, /* its words are names of variables */
    SHRED,
    SITE,
    SPEAKS,  /* shows or looks for words, whatever the words are */
    SQL,     /* gives its text to a database */
    STARTER, /* the program stands behind it */
    STRIPE,
    SUPABASE,
    TAIL,
    TASKS, /* runs what a project calls by its name */
    TCPDUMP,
    TERRAFORM,
    TOP,
    TRUNCATE,
    USERDEL,
    VAULT,
    VELERO,
    WATCH,
    ZFS,
    PROGRAM_SETS
};
_Static_assert((int)PROGRAM_SETS <= 64, "a set is a bit");

#define SET(set) ((uint64_t)1 << (set))

/* The sets that the program is in; 0 for a word that no rule speaks of. */
uint64_t program_sets(struct str name);

#endif
