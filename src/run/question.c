/* question.c - the table of questions. */
#include "run/question.h"

#define DATABASE_LOOK(name, words)                                                                 \
    {                                                                                              \
        "db:" name, "reeve db:" name, name, "looks " words, QUESTION_LOOK                          \
    }

static const struct question questions[] = {
    {"db:ping", "reeve db:ping", NULL, "asks the database whether it answers", QUESTION_PING},
    {"diagnose:database", "reeve db:locks; reeve db:connections", "locks,connections",
     "looks who waits for whom in the database and what its sessions do", QUESTION_LOOK},
    DATABASE_LOOK("locks", "who waits for whom in the database"),
    DATABASE_LOOK("connections", "what the sessions of the database do"),
    DATABASE_LOOK("slow", "which statements take the time of the database"),
    DATABASE_LOOK("vacuum", "what autovacuum has not cleaned"),
    DATABASE_LOOK("indexes", "which indexes are missing, unused, doubled or invalid"),
    DATABASE_LOOK("sequences", "which sequences run out"),
    DATABASE_LOOK("replication", "how far the replicas are behind"),
    DATABASE_LOOK("settings", "how the database is set"),
    DATABASE_LOOK("bloat", "how much room of tables and indexes is dead"),
    DATABASE_LOOK("grants", "what our role in the database may see"),
    {"diagnose:replication", "reeve db:replication", "replication",
     "looks how far the replicas are behind", QUESTION_LOOK},
    {"db:status", "reeve db:status", NULL, "looks how far the database is with its migrations",
     QUESTION_FILES},
    {"diagnose:migrations", "reeve db:status", NULL,
     "looks how far the database is with its migrations", QUESTION_FILES},
    {"backup:status", "reeve backup:status", NULL, "asks pgBackRest for its backups",
     QUESTION_BACKUP},
};

enum { QUESTIONS = sizeof questions / sizeof *questions };

const struct question *question_find(struct str action)
{
    for (size_t i = 0; i < QUESTIONS; i++)
        if (str_is(action, questions[i].action))
            return &questions[i];
    return NULL;
}

const struct question *question_of_command(struct str command)
{
    for (size_t i = 0; i < QUESTIONS; i++)
        if (str_is(command, questions[i].command))
            return &questions[i];
    return NULL;
}
