/* agendas.h - calendar files that say who is on call: read by reeve-ics, watched, and kept.
 *
 * Promises: a changed file is taken when it was seen untouched at two looks and is good; a bad or
 * vanished one changes nothing, and is said in one sentence; what was read last is kept beside the
 * ledger, so that it counts after a restart, too. A file is read again once a day, because repeated
 * events are followed for AGENDA_AHEAD_DAYS only. The core never waits for a reader but at its
 * start, and then AGENDA_WAIT_MS at most.
 * Refuses: to read a calendar in this process. */
#ifndef MAIN_AGENDAS_H
#define MAIN_AGENDAS_H

#include "base/hash.h"
#include "main/config.h"
#include "os/spawn.h"
#include "people/agenda.h"
#include "people/oncall.h"

enum {
    AGENDA_BEHIND_DAYS = 400,
    AGENDA_AHEAD_DAYS = 800,
    AGENDA_WAIT_MS = 15000,    /* for all files, where somebody waits */
    AGENDA_READER_MS = 120000, /* a reader that takes longer is ended */
    AGENDA_PROBLEM_BYTES = 900
};

/* One file of one layer, or of leave. */
struct agenda_file {
    struct config_ics from;
    struct str use; /* "the rota primary", "leave of ana" */
    struct agenda_people people;
    struct agenda *agenda;  /* of what is in force: of the layer, or one of oncall->leaves */
    struct arena arenas[2]; /* of what is in force, and of the next */
    int turn;
    struct agenda_reading reading;      /* in force */
    bool is_known;                      /* something was read of it, now or before */
    bool is_apart;                      /* read beside Reeve, which may know what it said before */
    bool is_kept;                       /* what is in force was read before this start */
    struct instant read_at;             /* when what is in force was read */
    char problem[AGENDA_PROBLEM_BYTES]; /* why the file as it is now is not in force, or "" */
    struct instant problem_since;
    bool is_logged;
    uint64_t seen, judged; /* stamps: of the last look, of what was read or refused */
    int64_t looked_ms, judged_ms;
    struct spawned reader; /* pid 0: none */
    int answer_fd;
    int64_t started_ms;
    uint64_t reading_stamp;
};

struct agendas {
    struct arena *arena;
    struct oncall *oncall;
    struct str folder; /* where what was read is kept; "": nowhere */
    struct str program;
    struct agenda_file *items;
    size_t count;
};

/* The files that config names; the leaves of oncall are made here. arena must outlive them. folder
 * may be "". */
void agendas_init(struct agendas *agendas, struct arena *arena, const struct config *config,
                  struct oncall *oncall, struct str folder);
void agendas_done(struct agendas *agendas);
/* Reads all, waiting for each; what cannot be read is what was kept, with its problem said. */
void agendas_read(struct agendas *agendas, struct instant now);
/* A look now and then; keep: what is read is kept in the folder. */
void agendas_watch(struct agendas *agendas, struct instant now);
/* One sentence for each thing that is wrong, in arena; out_sentences has room for most. Returns how
 * many. */
size_t agendas_say(const struct agendas *agendas, struct arena *arena, struct instant now,
                   struct str *out_sentences, size_t most);
/* Of one file; a problem comes first. */
size_t agendas_say_file(const struct agenda_file *file, struct arena *arena, struct instant now,
                        struct str *out_sentences, size_t most);

#endif
