/* agendas.c - a reader for each file that changed, and its answer put in force. */
#include "main/agendas.h"

#include "base/noun.h"
#include "main/programs.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    LOOK_MS = 500,
    ANSWER_BYTES_MAX = 64 * 1024 * 1024,
    SAID_MAX = 3,
    NAME_BYTES = 120,
    DAY_S = 24 * 3600
};

static const int64_t again_ms = INT64_C(1000) * DAY_S;
static const int64_t again_bad_ms = INT64_C(600) * 1000;

static struct str name_of(const struct agenda_file *file)
{
    return str_cut(file->from.file, NAME_BYTES);
}

/* Two files, or one by two clocks, are kept apart. */
static struct str kept_path(const struct agendas *agendas, struct arena *arena,
                            const struct agenda_file *file)
{
    char hex[HASH_HEX_BYTES];
    struct hash hash = hash_of(
        str_printf(arena, "%.*s\n%.*s", STR_ARGS(file->from.file), STR_ARGS(file->from.zone)));
    hash_hex(&hash, hex);
    return str_printf(arena, "%.*s/agenda-%.16s", STR_ARGS(agendas->folder), hex);
}

static struct agenda_file *add_file(struct agendas *agendas, const struct config_ics *from,
                                    struct str use, const struct agenda_people *people)
{
    struct agenda_file *file = &agendas->items[agendas->count++];
    *file = (struct agenda_file){.from = *from, .use = use, .people = *people, .answer_fd = -1};
    arena_init(&file->arenas[0]);
    arena_init(&file->arenas[1]);
    return file;
}

static void add_layers(struct agendas *agendas, const struct config *config,
                       const struct agenda_people *people)
{
    for (size_t i = 0; i < config->rota_count; i++) {
        const struct config_rota *rota = &config->rotas[i];
        struct str use = str_printf(agendas->arena, "the rota %.*s", STR_ARGS(rota->name));
        for (size_t k = 0; k < rota->layer_count; k++)
            if (rota->layers[k].ics.file.n > 0)
                add_file(agendas, &rota->layers[k].ics, use, people)->agenda =
                    agendas->oncall->rotas[i].layers[k].agenda;
    }
}

static void add_leave(struct agendas *agendas, const struct config_ics *from, struct str use,
                      const struct agenda_people *people)
{
    struct oncall *oncall = agendas->oncall;
    if (from->file.n == 0)
        return;
    struct agenda *agenda = arena_make(agendas->arena, struct agenda);
    agenda->file = from->file;
    add_file(agendas, from, use, people)->agenda = agenda;
    oncall->leaves[oncall->leave_count++] = agenda;
}

static size_t count_layers(const struct config *config)
{
    size_t count = 0;
    for (size_t i = 0; i < config->rota_count; i++)
        for (size_t k = 0; k < config->rotas[i].layer_count; k++)
            count += config->rotas[i].layers[k].ics.file.n > 0;
    return count;
}

void agendas_init(struct agendas *agendas, struct arena *arena, const struct config *config,
                  struct oncall *oncall, struct str folder)
{
    struct agenda_person *items = arena_array(arena, config->person_count, sizeof *items);
    struct agenda_people people = {.items = items, .count = config->person_count};
    size_t leaves = config->person_count + 1;
    *agendas = (struct agendas){.arena = arena, .oncall = oncall, .folder = folder};
    agendas->items = arena_array(arena, count_layers(config) + leaves, sizeof *agendas->items);
    oncall->leaves = arena_array(arena, leaves, sizeof *oncall->leaves);
    oncall->leave_count = 0;
    for (size_t i = 0; i < config->person_count; i++)
        items[i] =
            (struct agenda_person){config->people[i].name, config->people[i].reach[METHOD_SMTP]};
    add_layers(agendas, config, &people);
    people.is_leave = true;
    add_leave(agendas, &config->leave, STR("leave"), &people);
    for (size_t i = 0; i < config->person_count; i++) {
        people.only = &items[i];
        add_leave(agendas, &config->people[i].leave,
                  str_printf(arena, "leave of %.*s", STR_ARGS(items[i].id)), &people);
    }
    for (size_t i = 0; i < agendas->count; i++)
        agendas->items[i].is_apart = folder.n == 0;
}

static void end_reader(struct agenda_file *file)
{
    if (file->reader.pid > 0) {
        (void)spawn_signal(&file->reader, SIGKILL);
        (void)spawn_wait(&file->reader);
    }
    file->reader = (struct spawned){0};
    if (file->answer_fd >= 0)
        (void)close(file->answer_fd);
    file->answer_fd = -1;
}

void agendas_done(struct agendas *agendas)
{
    for (size_t i = 0; i < agendas->count; i++) {
        end_reader(&agendas->items[i]);
        arena_done(&agendas->items[i].arenas[0]);
        arena_done(&agendas->items[i].arenas[1]);
    }
    agendas->count = 0;
}

/* --- taking an answer --- */

static void refuse(struct agenda_file *file, struct instant now, bool for_good,
                   const struct err *err)
{
    if (strcmp(file->problem, err->text) != 0) {
        (void)snprintf(file->problem, sizeof file->problem, "%s", err->text);
        file->problem_since = now;
        file->is_logged = false;
    }
    if (!for_good || file->is_logged)
        return;
    file->is_logged = true;
    log_line(LOG_LEVEL_WARNING, "calendar", "%.*s is not taken: %s", STR_ARGS(name_of(file)),
             file->problem);
}

/* Puts an answer in force. False when it says that the file is wrong, or is damaged. */
static bool take(struct agendas *agendas, struct agenda_file *file, struct str answer,
                 struct err *err)
{
    struct arena *arena = &file->arenas[file->turn ^ 1];
    struct agenda_reading reading;
    arena_reset(arena);
    if (!agenda_read(arena, &file->people, answer, &reading, err))
        return false;
    file->reading = reading;
    file->turn ^= 1;
    file->agenda->entries = reading.entries;
    file->agenda->count = reading.entry_count;
    file->is_known = true;
    agendas->oncall->agenda_version++;
    return true;
}

static void keep(const struct agendas *agendas, struct arena *arena, const struct agenda_file *file,
                 struct str answer)
{
    struct err err = {0};
    log_line(LOG_LEVEL_INFO, "calendar", "%.*s was read: %zu %s, %zu %s.", STR_ARGS(name_of(file)),
             file->reading.event_count, noun((int64_t)file->reading.event_count, "event", "events"),
             file->reading.turn_count, noun((int64_t)file->reading.turn_count, "time", "times"));
    if (agendas->folder.n > 0 && !file_write(kept_path(agendas, arena, file), answer, 0600, &err))
        log_err(LOG_LEVEL_WARNING, "calendar", &err);
}

static bool read_answer(const struct agenda_file *file, int code, struct arena *arena,
                        struct str *out_answer, struct err *err)
{
    off_t size = lseek(file->answer_fd, 0, SEEK_END);
    size_t n = 0;
    if (code != 0 || size <= 0 || size > ANSWER_BYTES_MAX + 4096 ||
        lseek(file->answer_fd, 0, SEEK_SET) != 0)
        return err_set(err, ERR_USAGE, "",
                       "Reading it takes more time or memory than a calendar may (its reader ended "
                       "with %d).",
                       code);
    char *bytes = arena_alloc(arena, (size_t)size);
    *out_answer = (struct str){bytes, (size_t)size};
    return fd_fill(file->answer_fd, bytes, (size_t)size, &n) ||
           err_set(err, ERR_SELF, "", "What was read of it is lost: %s", strerror(errno));
}

static void take_reader(struct agendas *agendas, struct agenda_file *file, struct instant now,
                        bool for_good)
{
    struct arena arena;
    struct str answer;
    struct err err = {0};
    int code = spawn_wait(&file->reader);
    arena_init(&arena);
    file->reader = (struct spawned){0};
    file->judged = file->reading_stamp;
    file->judged_ms = clock_boot_ms();
    if (!read_answer(file, code, &arena, &answer, &err) || !take(agendas, file, answer, &err)) {
        refuse(file, now, for_good, &err);
    } else {
        file->problem[0] = '\0';
        file->is_logged = file->is_kept = false;
        file->read_at = now;
        if (for_good)
            keep(agendas, &arena, file, answer);
    }
    arena_done(&arena);
    end_reader(file);
}

/* --- starting a reader --- */

static bool find_program(struct agendas *agendas, struct err *err)
{
    struct programs programs;
    if (agendas->program.n > 0)
        return true;
    if (!programs_find(agendas->arena, &programs, err))
        return false;
    agendas->program = programs_find_ics(agendas->arena, programs.self);
    return agendas->program.n > 0 ||
           err_set(err, ERR_SELF, "",
                   "The program reeve-ics, which reads calendars, does not "
                   "stand beside this one; install both.");
}

/* Only a file: a pipe or a device would be waited for. */
static int open_file(const struct agenda_file *file, struct err *err)
{
    int fd = open(file->from.file.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        (void)err_set(err, ERR_USAGE, "", "It cannot be opened: %s", strerror(errno));
    return fd;
}

static bool start_reader(struct agendas *agendas, struct agenda_file *file, struct instant now,
                         struct err *err)
{
    struct arena arena;
    if (!find_program(agendas, err))
        return false;
    int fd = open_file(file, err);
    if (fd < 0)
        return false;
    arena_init(&arena);
    const int64_t day_us = INT64_C(1000000) * DAY_S;
    struct str zone = str_copy(&arena, file->from.zone);
    const long long from_us = now.us - AGENDA_BEHIND_DAYS * day_us;
    const long long until_us = now.us + AGENDA_AHEAD_DAYS * day_us;
    struct str from = str_printf(&arena, "%lld", from_us);
    struct str until = str_printf(&arena, "%lld", until_us);
    const char *argv[] = {agendas->program.p, zone.p, from.p, until.p, NULL};
    file->answer_fd = memfd_create("answer", MFD_CLOEXEC);
    struct spawn spawn = {.argv = argv,
                          .stdin_fd = fd,
                          .stdout_fd = file->answer_fd,
                          .extra_fd = -1,
                          .die_with_parent = true};
    bool good = (file->answer_fd >= 0 ||
                 err_set(err, ERR_SELF, "", "There are no descriptors left to read it.")) &&
                spawn_start(&spawn, &file->reader, err);
    (void)close(fd);
    arena_done(&arena);
    if (!good)
        end_reader(file);
    file->started_ms = clock_boot_ms();
    return good;
}

static void begin(struct agendas *agendas, struct agenda_file *file, struct instant now,
                  bool for_good)
{
    struct err err = {0};
    file->reading_stamp = file_stamp(file->from.file);
    if (start_reader(agendas, file, now, &err))
        return;
    file->judged = file->reading_stamp;
    file->judged_ms = clock_boot_ms();
    refuse(file, now, for_good, &err);
}

/* --- at the start --- */

static void take_kept(struct agendas *agendas, struct agenda_file *file)
{
    struct arena arena;
    struct str answer;
    struct err err = {0};
    arena_init(&arena);
    struct str path = kept_path(agendas, &arena, file);
    if (agendas->folder.n > 0 && file_read(&arena, path, ANSWER_BYTES_MAX + 4096, &answer, NULL))
        file->is_kept = take(agendas, file, answer, &err);
    arena_done(&arena);
}

void agendas_read(struct agendas *agendas, struct instant now)
{
    int64_t until_ms = clock_boot_ms() + AGENDA_WAIT_MS;
    for (size_t i = 0; i < agendas->count; i++) {
        struct agenda_file *file = &agendas->items[i];
        begin(agendas, file, now, false);
        int64_t left_ms = until_ms - clock_boot_ms();
        if (file->reader.pid > 0 &&
            spawn_ends_within(&file->reader, left_ms > 0 ? (int)left_ms : 0)) {
            take_reader(agendas, file, now, false);
        } else if (file->reader.pid > 0) {
            struct err err = {0};
            (void)err_set(&err, ERR_USAGE, "", "Reading the calendars takes over %d s.",
                          AGENDA_WAIT_MS / 1000);
            end_reader(file);
            refuse(file, now, false, &err);
        }
        file->seen = file->reading_stamp;
        if (!file->is_known)
            take_kept(agendas, file);
    }
}

/* --- while it runs --- */

static void watch(struct agendas *agendas, struct agenda_file *file, struct instant now)
{
    int64_t now_ms = clock_boot_ms();
    if (file->reader.pid > 0) {
        if (spawn_ends_within(&file->reader, 0))
            take_reader(agendas, file, now, true);
        else if (now_ms - file->started_ms > AGENDA_READER_MS)
            (void)spawn_signal(&file->reader, SIGKILL);
        return;
    }
    if (now_ms - file->looked_ms < LOOK_MS && file->looked_ms > 0)
        return;
    uint64_t stamp = file_stamp(file->from.file);
    bool settled = stamp == file->seen;
    int64_t every_ms = file->problem[0] != '\0' ? again_bad_ms : again_ms;
    bool due = stamp != file->judged || now_ms - file->judged_ms >= every_ms ||
               file->looked_ms == 0; /* what was read at the start is kept */
    file->looked_ms = now_ms;
    file->seen = stamp;
    if (settled && due)
        begin(agendas, file, now, true);
}

void agendas_watch(struct agendas *agendas, struct instant now)
{
    for (size_t i = 0; i < agendas->count; i++)
        watch(agendas, &agendas->items[i], now);
}

/* --- what is said --- */

static struct str say_problem(const struct agenda_file *file, struct arena *arena,
                              struct instant now)
{
    struct str since = instant_words(arena, file->problem_since, now);
    return str_printf(arena,
                      "The calendar %.*s for %.*s cannot be taken as it is since %.*s, %s: "
                      "%s",
                      STR_ARGS(name_of(file)), STR_ARGS(file->use), STR_ARGS(since),
                      file->is_known   ? "so what it said before goes on to count"
                      : file->is_apart ? "so it names nobody here; a Reeve that read it before "
                                         "goes on with what it said then"
                                       : "and nothing was read of it before, so it names nobody",
                      file->problem);
}

static struct str say_floating(const struct agenda_file *file, struct arena *arena)
{
    return str_printf(arena,
                      "The calendar %.*s has times without a time zone, which are taken for UTC; "
                      "say with zone: whose clock is meant.",
                      STR_ARGS(name_of(file)));
}

size_t agendas_say_file(const struct agenda_file *file, struct arena *arena, struct instant now,
                        struct str *out_sentences, size_t most)
{
    const struct agenda_reading *reading = &file->reading;
    size_t count = 0;
    if (file->problem[0] != '\0' && count < most)
        out_sentences[count++] = say_problem(file, arena, now);
    if (file->is_known && reading->floating_count > 0 && !file->from.has_zone && count < most)
        out_sentences[count++] = say_floating(file, arena);
    size_t shown = reading->finding_count < SAID_MAX ? reading->finding_count : SAID_MAX;
    size_t hidden = reading->finding_count - shown + reading->more_findings;
    for (size_t i = 0; i < shown && count < most; i++)
        out_sentences[count++] =
            str_printf(arena, "%.*s:%zu: %.*s", STR_ARGS(name_of(file)), reading->findings[i].line,
                       STR_ARGS(reading->findings[i].sentence));
    if (hidden > 0 && count < most)
        out_sentences[count++] =
            str_printf(arena, "%.*s: The same of %zu more %s.", STR_ARGS(name_of(file)), hidden,
                       noun((int64_t)hidden, "event", "events"));
    return count;
}

size_t agendas_say(const struct agendas *agendas, struct arena *arena, struct instant now,
                   struct str *out_sentences, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < agendas->count; i++)
        count +=
            agendas_say_file(&agendas->items[i], arena, now, out_sentences + count, most - count);
    return count;
}
