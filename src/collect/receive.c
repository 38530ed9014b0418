/* receive.c - who sends, what waits for the disk, and what is said of each sender. */
#include "collect/receive.h"

#include "collect/journal.h"
#include "collect/receive_body.h"
#include "collect/receive_who.h"
#include "os/clock.h"
#include "telemetry/push.h"

#include <event2/event.h>
#include <stdio.h>

enum { TICK_MS = 250, STATUS_MS = 1000, BLOCKED_MS = 1000 };

struct sender {
    const struct collector_sender *spec;
    struct arena known; /* the push's: until it is renewed */
    struct push push;
    struct receive_logs *logs; /* NULL: it sends none */
    struct instant heard;      /* its newest body */
    char trouble[256];         /* of its newest bad body */
    struct instant trouble_at;
};

/* An exchange whose samples are not durable yet. */
struct waiting {
    struct waiting *next;
    struct http_exchange *exchange; /* NULL: the client has gone */
    const struct receive_route *route;
    struct receive_answer answer;
};

struct receive {
    struct arena life;
    struct arena spec_arena; /* as long as the spec */
    struct arena body;       /* one body */
    struct arena flush;      /* one flush */
    struct event_base *base;
    const struct receive_use *use;
    const struct collector_spec *spec;
    struct http_server *server; /* NULL: not listening */
    char listens[256];          /* the address it listens on, or is to */
    char problem[512];          /* why it does not, or does not take anything; "" */
    struct sender *senders;
    size_t sender_count;
    struct journal journal;
    int folder;
    struct waiting *first_waiting;
    size_t waiting_bytes;
    struct event *tick, *due;
    int64_t flushed_ms, listen_ms, status_ms, blocked_until_ms;
    struct instant opened;
    int64_t unknown; /* tries without a token that is known */
    struct instant unknown_at;
    struct reading *readings;
    bool (*is_new)(void *context, const struct collector_line *line);
};

/* What the sender's series are is not known yet. */
static void begin_push(struct receive *receive, struct sender *sender)
{
    arena_init(&sender->known);
    push_init(&sender->push, &sender->known, &receive->spec->signals,
              &receive->spec->signals_digest, sender->spec->name);
    push_set_interval(&sender->push, sender->spec->interval_ms);
}

static void open_senders(struct receive *receive)
{
    const struct collector_spec *spec = receive->spec;
    receive->senders =
        arena_array(&receive->spec_arena, spec->sender_count, sizeof *receive->senders);
    receive->readings =
        arena_array(&receive->spec_arena, spec->signals.count + 1, sizeof *receive->readings);
    receive->sender_count = spec->sender_count;
    for (size_t i = 0; i < spec->sender_count; i++) {
        struct sender *sender = &receive->senders[i];
        sender->spec = &spec->senders[i];
        begin_push(receive, sender);
        if (sender->spec->accepts & (ACCEPTS_OTLP | ACCEPTS_LOGS))
            sender->logs = receive_logs_make(&receive->spec_arena, sender->spec);
    }
}

static void close_senders(struct receive *receive)
{
    for (size_t i = 0; i < receive->sender_count; i++)
        arena_done(&receive->senders[i].known);
    receive->sender_count = 0;
    arena_reset(&receive->spec_arena);
}

static struct sender *sender_named(struct receive *receive, struct str name)
{
    for (size_t i = 0; i < receive->sender_count; i++)
        if (str_equal(receive->senders[i].spec->name, name))
            return &receive->senders[i];
    return NULL;
}

void receive_known_error(struct receive *receive, const struct log_error *error)
{
    struct sender *sender = sender_named(receive, error->target);
    if (sender && sender->logs)
        receive_logs_restore(sender->logs, error);
}

static void take_record(void *context, struct str name, struct str state, struct str lines)
{
    struct receive *receive = context;
    struct sender *sender = sender_named(receive, name);
    struct str line;
    if (sender && !push_restore(&sender->push, state)) {
        arena_done(&sender->known);
        begin_push(receive, sender);
    }
    while (lines.n > 0 && str_split(&lines, '\n', &line)) {
        struct collector_line parsed;
        struct err err = {0};
        struct str whole = str_printf(&receive->flush, "%.*s\n", STR_ARGS(line));
        if (line.n == 0 || !collector_line_parse(&receive->flush, line, &parsed, &err))
            continue;
        if (parsed.is_error)
            receive_known_error(receive, &parsed.error);
        if (receive->is_new && receive->is_new(receive->use->context, &parsed))
            receive->use->line(receive->use->context, whole);
    }
    arena_reset(&receive->flush);
}

/* Has the history a reading that the journal knows nothing of? Then a part of the journal is not
 * what was written, and counting on from its state would count twice. */
static void check_against_history(struct receive *receive, struct sender *sender)
{
    struct reading last = {.target = sender->spec->name, .at = sender->push.read};
    struct collector_line newest = {.is_reading = true, .reading = last};
    if (receive->is_new && !receive->is_new(receive->use->context, &newest))
        push_begin_anew(&sender->push);
}

static void open_journal(struct receive *receive)
{
    struct journal_use use = {receive, take_record};
    struct err err = {0};
    if (receive->folder < 0)
        (void)err_set(&err, ERR_SELF, NULL, "nothing can be kept on the disk, so nothing is taken");
    if (receive->folder < 0 || !journal_open(&receive->journal, receive->folder, &use, &err)) {
        str_keep(receive->problem, sizeof receive->problem, str_of(err.text));
        return; /* tried again with a tick; what is newer than the history is asked then */
    }
    for (size_t i = 0; i < receive->sender_count; i++) {
        struct sender *sender = &receive->senders[i];
        check_against_history(receive, sender);
        if (instant_is_zero(sender->heard))
            sender->heard = sender->push.heard;
    }
    receive->is_new = NULL;
}

/* As after a crash: what is not durable is forgotten. */
static void fall_back(struct receive *receive)
{
    journal_close(&receive->journal);
    for (size_t i = 0; i < receive->sender_count; i++) {
        struct sender *sender = &receive->senders[i];
        arena_done(&sender->known);
        begin_push(receive, sender);
    }
    open_journal(receive);
    /* Whether the disk has the end of the file nobody knows: the other file is begun. */
    receive->journal.bytes = JOURNAL_BYTES_MAX;
    receive->blocked_until_ms = clock_boot_ms() + BLOCKED_MS;
}

static void reply(struct http_exchange *exchange, struct receive_answer *answer)
{
    answer->reply.headers = answer->headers;
    http_reply(exchange, &answer->reply);
}

static void answer_waiting(struct receive *receive, bool durable)
{
    struct waiting *waiting = receive->first_waiting;
    receive->first_waiting = NULL;
    receive->waiting_bytes = 0;
    while (waiting) {
        struct waiting *next = waiting->next; /* it is the exchange's memory */
        struct http_exchange *exchange = waiting->exchange;
        if (exchange && !durable)
            receive_refuse(waiting->route, exchange, 503,
                           STR("The samples cannot be kept now; send them again."),
                           &waiting->answer);
        if (exchange)
            reply(exchange, &waiting->answer);
        waiting = next;
    }
}

/* Whole states of all senders into the other file of the journal. */
static bool begin_journal(struct receive *receive, struct err *err)
{
    struct text wholes;
    text_init(&wholes, &receive->flush, JOURNAL_BYTES_MAX);
    for (size_t i = 0; i < receive->sender_count; i++) {
        struct sender *sender = &receive->senders[i];
        journal_pack(&wholes, sender->spec->name, push_record(&sender->push, &receive->flush, true),
                     STR(""));
    }
    if (text_full(&wholes))
        return err_set(err, ERR_SELF, NULL, "the senders' series are too many for the journal");
    return (receive->use->sync(receive->use->context) ||
            err_set(err, ERR_SELF, NULL, "the history cannot be written")) &&
           journal_begin(&receive->journal, text_str(&wholes), err);
}

static void give_lines(struct receive *receive, struct str lines)
{
    size_t end;
    while ((end = str_find_byte(lines, '\n', 0)) < lines.n) {
        receive->use->line(receive->use->context, str_slice(lines, 0, end + 1));
        lines = str_from(lines, end + 1);
    }
}

static void finish_sender(struct receive *receive, struct sender *sender, struct instant now,
                          struct text *records, struct text *all_lines)
{
    struct text lines;
    struct push *push = &sender->push;
    size_t count = push_finish(push, now, &receive->flush, receive->readings);
    count += push_ended(push, &receive->flush, receive->readings + count);
    count = receive_logs_filter(sender->logs, push->tallies.signals, receive->readings, count);
    text_init(&lines, &receive->flush, JOURNAL_BYTES);
    for (size_t i = 0; i < count; i++)
        text_add(&lines, reading_write(&receive->flush, &receive->readings[i]));
    if (sender->logs)
        receive_logs_write(sender->logs, &receive->flush, now, &lines);
    struct str said = text_str(&lines);
    journal_pack(records, sender->spec->name, push_record(push, &receive->flush, false), said);
    text_add(all_lines, said);
}

void receive_flush(struct receive *receive)
{
    struct instant now = clock_now();
    struct text records, lines;
    struct err err = {0};
    text_init(&records, &receive->flush, JOURNAL_BYTES_MAX);
    text_init(&lines, &receive->flush, JOURNAL_BYTES_MAX);
    bool due = receive->first_waiting != NULL;
    for (size_t i = 0; i < receive->sender_count; i++)
        due = due || push_is_due(&receive->senders[i].push, now);
    if (!due)
        return;
    bool good = receive->journal.files[0] >= 0 &&
                receive->use->stays(receive->use->context, &err) &&
                journal_is_there(&receive->journal, receive->folder, &err);
    /* A file begins before anything is finished: sums that are not read yet are in the states, and
     * a crash behind it loses nothing. */
    if (good && journal_is_long(&receive->journal))
        good = begin_journal(receive, &err);
    for (size_t i = 0; i < receive->sender_count && good; i++)
        if (push_is_due(&receive->senders[i].push, now))
            finish_sender(receive, &receive->senders[i], now, &records, &lines);
    if (good && records.n > 0)
        good = !text_full(&records) && !text_full(&lines) &&
               journal_write(&receive->journal, text_str(&records), &err);
    if (good) {
        give_lines(receive, text_str(&lines));
        receive->problem[0] = '\0';
    } else {
        str_keep(receive->problem, sizeof receive->problem, str_of(err.text));
        fall_back(receive);
    }
    answer_waiting(receive, good);
    arena_reset(&receive->flush);
    receive->flushed_ms = clock_boot_ms();
    for (size_t i = 0; i < receive->sender_count; i++) {
        struct sender *sender = &receive->senders[i];
        if (sender->logs)
            receive_logs_settle(sender->logs, good);
        if (!push_is_crowded(&sender->push, now))
            continue;
        struct arena former = sender->known;
        arena_init(&sender->known);
        push_renew(&sender->push, &sender->known, now);
        arena_done(&former);
    }
}

static void on_due(evutil_socket_t socket, short what, void *context)
{
    (void)socket;
    (void)what;
    receive_flush(context);
}

static void plan_flush(struct receive *receive)
{
    int64_t wait_ms = receive->flushed_ms + FLUSH_MS - clock_boot_ms();
    if (wait_ms < 5)
        wait_ms = 5;
    if (receive->waiting_bytes > LIMIT_PUSH_WAITING_BYTES)
        wait_ms = 0;
    struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};
    if (wait_ms == 0 || !evtimer_pending(receive->due, NULL))
        (void)evtimer_add(receive->due, &wait);
}

static bool may_upload(void *context, const struct http_request *request)
{
    struct receive *receive = context;
    bool may = receive_check(&receive->body, receive->spec, request).status == 0;
    arena_reset(&receive->body);
    return may;
}

static uint64_t upload_owner(void *context, const struct http_request *request)
{
    const struct receive *receive = context;
    const struct collector_sender *found = receive_sender_of(receive->spec, request);
    return found ? (uint64_t)(found - receive->spec->senders) + 1 : 0;
}

static void refuse(struct http_exchange *exchange, int status, struct str sentence)
{
    struct receive_answer answer;
    receive_refuse(receive_route_find(http_exchange_request(exchange)->path), exchange, status,
                   sentence, &answer);
    reply(exchange, &answer);
}

/* Who sends it; NULL: it was refused, whatever its body says. */
static struct sender *admit(struct receive *receive, struct http_exchange *exchange)
{
    const struct http_request *request = http_exchange_request(exchange);
    struct receive_refusal refusal =
        receive_check(http_exchange_arena(exchange), receive->spec, request);
    const struct collector_sender *found = receive_sender_of(receive->spec, request);
    if (refusal.status == 401) {
        receive->unknown++;
        receive->unknown_at = clock_now();
    }
    if (refusal.status != 0 || !found) {
        refuse(exchange, refusal.status, refusal.sentence);
        return NULL;
    }
    return &receive->senders[found - receive->spec->senders];
}

static void on_refused_upload(void *context, struct http_exchange *exchange, int status,
                              struct str sentence)
{
    struct sender *sender = admit(context, exchange);
    if (!sender)
        return;
    str_keep(sender->trouble, sizeof sender->trouble, sentence);
    sender->trouble_at = clock_now();
    refuse(exchange, status, sentence);
}

static void take_body(struct receive *receive, struct sender *sender,
                      const struct receive_route *route, struct http_exchange *exchange,
                      const struct http_request *request)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct waiting *waiting = arena_make(arena, struct waiting);
    struct instant now = clock_now();
    struct receive_body body;
    sender->heard = now;
    receive_unpack(&receive->body, request, &body);
    uint64_t digest = receive_digest(request, &body);
    if (receive_route_is_of_events(route))
        push_begin_body(&sender->push, now, digest);
    else
        push_begin_samples(&sender->push, now, digest);
    if (sender->logs)
        receive_logs_begin(sender->logs, now, sender->push.again);
    receive_read(route, &receive->body, request,
                 &(struct receive_taker){&sender->push.use, &body, sender->logs}, &waiting->answer);
    if (sender->logs)
        receive_logs_end(sender->logs, &sender->push);
    if (waiting->answer.trouble.n > 0) {
        str_keep(sender->trouble, sizeof sender->trouble, waiting->answer.trouble);
        sender->trouble_at = now;
    }
    waiting->answer.reply.body = str_copy(arena, waiting->answer.reply.body);
    for (size_t i = 0; i < waiting->answer.reply.header_count; i++)
        waiting->answer.headers[i].value = str_copy(arena, waiting->answer.headers[i].value);
    arena_reset(&receive->body);
    if (!sender->push.dirty) {
        reply(exchange, &waiting->answer);
        return;
    }
    waiting->exchange = exchange;
    waiting->route = route;
    waiting->next = receive->first_waiting;
    receive->first_waiting = waiting;
    receive->waiting_bytes += request->body.n;
    plan_flush(receive);
}

static void on_request(void *context, struct http_exchange *exchange,
                       const struct http_request *request)
{
    struct receive *receive = context;
    const struct receive_route *route = receive_route_find(request->path);
    struct sender *sender = admit(receive, exchange);
    if (!sender)
        return;
    if (receive->journal.files[0] < 0 || clock_boot_ms() < receive->blocked_until_ms)
        refuse(exchange, 503, STR("Nothing can be kept on the disk now."));
    else if (!receive->use->is_read(receive->use->context))
        refuse(exchange, 503, STR("What came before is not read yet."));
    else
        take_body(receive, sender, route, exchange, request);
}

static void on_gone(void *context, struct http_exchange *exchange)
{
    struct receive *receive = context;
    struct waiting **at = &receive->first_waiting;
    while (*at && (*at)->exchange != exchange)
        at = &(*at)->next;
    if (*at)
        *at = (*at)->next; /* its memory goes with it */
}

static void listen_again(struct receive *receive)
{
    struct http_settings settings;
    struct http_handler handler = {.context = receive,
                                   .request = on_request,
                                   .gone = on_gone,
                                   .may_upload = may_upload,
                                   .upload_owner = upload_owner,
                                   .refuse_upload = on_refused_upload};
    struct err err = {0};
    int port;
    receive_settings(&receive->life, receive->spec, &settings);
    receive->listen_ms = clock_boot_ms();
    if (http_server_open(receive->base, &settings, &handler, &receive->server, &err) &&
        http_server_listen_tcp(receive->server, str_of(receive->listens), &port, &err))
        return;
    http_server_close(receive->server);
    receive->server = NULL;
    str_keep(receive->problem, sizeof receive->problem, str_of(err.text));
}

static struct str problem_of(struct receive *receive, struct sender *sender, struct instant now,
                             bool up, bool *out_of_metric)
{
    struct arena *arena = &receive->flush;
    struct push *push = &sender->push;
    struct str waits = push_waits(push, arena, now);
    int64_t every_ms = sender->spec->interval_ms;
    *out_of_metric = false;
    if (receive->problem[0])
        return str_of(receive->problem);
    *out_of_metric = true;
    if (receive_is_recent(push->problem_at, now, every_ms))
        return str_printf(arena, "%lld samples were not taken since %s, the last because %s",
                          (long long)push->refused_in_row,
                          instant_words(arena, push->refused_since, now).p, push->problem);
    if (receive_is_recent(push->fallen_at, now, every_ms))
        return str_of(push->fallen);
    *out_of_metric = false;
    if (receive_is_recent(sender->trouble_at, now, every_ms))
        return str_printf(arena, "sent what cannot be taken: %s", sender->trouble);
    if (!up && receive_is_recent(receive->unknown_at, now, every_ms))
        return str_printf(arena,
                          "has sent nothing %s, and %lld requests came without a token that is "
                          "known; compare the sender's with token: in reeve.yaml",
                          instant_is_zero(sender->heard) ? "since the start" : "of late",
                          (long long)receive->unknown);
    if (instant_is_zero(sender->heard))
        return str_printf(arena, "has sent nothing since the start at %.*s",
                          STR_ARGS(instant_words(arena, receive->opened, now)));
    if (!up)
        return str_printf(arena, "has sent nothing for %s",
                          duration_text(arena, instant_ms_between(sender->heard, now)).p);
    if (receive_is_recent(receive->unknown_at, now, every_ms))
        return str_printf(arena, "%lld requests of others came without a token that is known",
                          (long long)receive->unknown);
    if (waits.n > 0)
        return waits;
    struct str lines = receive_logs_problem(sender->logs, arena, now);
    *out_of_metric = lines.n == 0;
    return lines.n > 0 ? lines : str_of(push->tallies.problem);
}

static void say_statuses(struct receive *receive)
{
    struct instant now = clock_now();
    receive->status_ms = clock_boot_ms();
    for (size_t i = 0; i < receive->sender_count; i++) {
        struct sender *sender = &receive->senders[i];
        int64_t every_ms = sender->spec->interval_ms;
        bool up = !instant_is_zero(sender->heard) &&
                  instant_ms_between(sender->heard, now) <= stale_after_ms(every_ms);
        struct target_status status = {
            .name = sender->spec->name,
            .url = str_printf(&receive->flush, "pushes to %s", receive->listens),
            .at = sender->heard,
            .interval_ms = every_ms,
            .up = up};
        status.problem = problem_of(receive, sender, now, up, &status.of_metric);
        receive_say_reasons(&receive->flush, &sender->push, now, &status);
        receive->use->status(receive->use->context, &status);
    }
    arena_reset(&receive->flush);
}

static void on_tick(evutil_socket_t socket, short what, void *context)
{
    (void)socket;
    (void)what;
    struct receive *receive = context;
    struct instant now = clock_now();
    bool due = false;
    if (!receive->server && receive->listens[0] &&
        clock_boot_ms() - receive->listen_ms > STATUS_MS) {
        receive->problem[0] = '\0';
        listen_again(receive);
    }
    for (size_t i = 0; i < receive->sender_count; i++)
        due = due || push_is_due(&receive->senders[i].push, now);
    if (receive->folder >= 0 && receive->journal.files[0] < 0 && receive->sender_count > 0 &&
        clock_boot_ms() >= receive->blocked_until_ms)
        fall_back(receive);
    if (due && clock_boot_ms() >= receive->blocked_until_ms)
        receive_flush(receive);
    if (clock_boot_ms() - receive->status_ms >= STATUS_MS)
        say_statuses(receive);
}

struct receive *receive_open(struct event_base *base, const struct receive_use *use,
                             const struct collector_spec *spec)
{
    struct arena life;
    arena_init(&life);
    struct receive *receive = arena_make(&life, struct receive);
    *receive = (struct receive){.life = life,
                                .base = base,
                                .use = use,
                                .folder = -1,
                                .opened = clock_now(),
                                .journal = {.files = {-1, -1}, .active = -1}};
    arena_init(&receive->spec_arena);
    arena_init(&receive->body);
    arena_init(&receive->flush);
    receive->tick = event_new(base, -1, EV_PERSIST, on_tick, receive);
    receive->due = evtimer_new(base, on_due, receive);
    struct timeval every = {0, TICK_MS * 1000};
    (void)event_add(receive->tick, &every);
    receive_set_spec(receive, spec);
    return receive;
}

void receive_set_spec(struct receive *receive, const struct collector_spec *spec)
{
    bool moved = !str_is(spec->listen, receive->listens);
    close_senders(receive);
    journal_close(&receive->journal);
    receive->spec = spec;
    open_senders(receive);
    if (!moved && receive->server)
        return;
    http_server_close(receive->server);
    receive->server = NULL;
    receive->problem[0] = '\0';
    str_keep(receive->listens, sizeof receive->listens, spec->listen);
    if (receive->listens[0])
        listen_again(receive);
}

void receive_begin(struct receive *receive, int folder,
                   bool (*is_new)(void *context, const struct collector_line *line))
{
    receive->folder = folder;
    receive->is_new = is_new;
    if (receive->sender_count > 0)
        open_journal(receive);
}

void receive_close(struct receive *receive)
{
    if (!receive)
        return;
    http_server_close(receive->server);
    close_senders(receive);
    journal_close(&receive->journal);
    event_free(receive->tick);
    event_free(receive->due);
    arena_done(&receive->spec_arena);
    arena_done(&receive->body);
    arena_done(&receive->flush);
    struct arena life = receive->life;
    arena_done(&life);
}
