/* local_ledger.c - "ledger show|verify|checkpoint|backup": they need only the file. */
#include "main/local_actions.h"

#include "base/noun.h"
#include "ledger/codec.h"
#include "ledger/verify.h"
#include "os/file.h"

#include <stdio.h>

enum { NOTE_FILE_BYTES = 64 * 1024, KEY_FILE_BYTES = 4096 };

static void close_ledger(struct ledger_sqlite *ledger)
{
    ledger_sqlite_close(ledger);
}

static void add_entry(struct app *app, const struct ledger_entry *entry)
{
    struct event event;
    struct err err = {0};
    if (app->json) {
        text_add(&app->out, entry->leaf);
        text_byte(&app->out, '\n');
        return;
    }
    if (!codec_read(&app->arena, entry, &event, &err)) {
        text_printf(&app->out, "%6lld  %s\n", (long long)entry->sequence, err.text);
        return;
    }
    char at[INSTANT_TEXT_BYTES];
    instant_write(event.at, at);
    text_printf(&app->out, "%6lld  %.19sZ  %.*s\n", (long long)entry->sequence, at,
                STR_ARGS(event_sentence(&app->arena, &event)));
}

bool local_ledger_show(struct app *app, const struct call *call, struct err *err)
{
    __attribute__((cleanup(close_ledger))) struct ledger_sqlite ledger = {0};
    struct ledger_entry *entries = NULL;
    size_t count = 0;
    int64_t last = call_int(call, "last");
    if (!app_read_config(app, err) ||
        !ledger_sqlite_open(&ledger, app->ledger_path, LEDGER_READ, err))
        return false;
    struct str subject = call_str(call, "subject");
    struct store *store = &ledger.store;
    if (subject.n > 0) {
        struct ledger_range range = {
            .subject = subject, .sequence = INT64_MAX, .max = (size_t)last};
        if (!store->port->read_subject(store, &app->arena, range, &entries, &count, err))
            return false;
        for (size_t i = count; i > 0; i--)
            add_entry(app, &entries[i - 1]);
        return true;
    }
    int64_t total = store->port->count(store);
    int64_t from = total > last ? total - last + 1 : 1;
    if (!store->port->read(store, &app->arena, from, (size_t)last, &entries, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        add_entry(app, &entries[i]);
    return true;
}

static void add_report(struct app *app, const struct verify_report *report)
{
    if (app->json) {
        char root[HASH_HEX_BYTES];
        struct json_writer w = {.text = &app->out};
        hash_hex(&report->root, root);
        json_open_object(&w, NULL);
        json_int(&w, "entries", report->entries);
        json_int(&w, "texts", report->texts);
        json_int(&w, "erased", report->erased);
        json_int(&w, "checkpoints", report->checkpoints);
        json_int(&w, "newest_checked", report->newest_checked);
        json_int(&w, "first_changed", report->first_changed);
        json_int(&w, "last_changed", report->last_changed);
        json_str(&w, "root", str_of(root));
        json_open_array(&w, "findings");
        for (size_t i = 0; i < report->finding_count && i < VERIFY_FINDINGS_MAX; i++)
            json_str(&w, NULL, report->findings[i]);
        json_close_array(&w);
        json_open_array(&w, "erasures");
        for (size_t i = 0; i < report->erasure_count && i < VERIFY_ERASURES_MAX; i++)
            json_str(&w, NULL, report->erasures[i]);
        json_close_array(&w);
        json_close_object(&w);
        text_byte(&app->out, '\n');
        return;
    }
    for (size_t i = 0; i < report->finding_count && i < VERIFY_FINDINGS_MAX; i++)
        text_printf(&app->out, "%.*s\n", STR_ARGS(report->findings[i]));
    for (size_t i = 0; i < report->erasure_count && i < VERIFY_ERASURES_MAX; i++)
        text_printf(&app->out, "%.*s\n", STR_ARGS(report->erasures[i]));
    text_printf(
        &app->out,
        "%s: %lld %s, %lld %s, %lld erased; %lld %s compared, the newest "
        "over %lld %s.\n",
        report->finding_count == 0 ? "The ledger is whole" : "The ledger was changed",
        (long long)report->entries, noun(report->entries, "entry", "entries"),
        (long long)report->texts, noun(report->texts, "text", "texts"), (long long)report->erased,
        (long long)report->checkpoints, noun(report->checkpoints, "checkpoint", "checkpoints"),
        (long long)report->newest_checked, noun(report->newest_checked, "entry", "entries"));
}

/* The key given, else the one that stands beside the ledger; none leaves signatures unread. */
static bool find_key(struct app *app, const struct call *call, struct checkpoint_key *out_key,
                     bool *out_found, struct err *err)
{
    struct str key = call_str(call, "key");
    *out_found = true;
    if (key.n > 0)
        return checkpoint_key_parse(&app->arena, key, out_key, err);
    struct err missing = {0};
    *out_found = file_read(&app->arena, app->public_key_path, KEY_FILE_BYTES, &key, &missing);
    if (!*out_found)
        return true;
    return checkpoint_key_parse(&app->arena, key, out_key, err);
}

bool local_ledger_verify(struct app *app, const struct call *call, struct err *err)
{
    __attribute__((cleanup(close_ledger))) struct ledger_sqlite ledger = {0};
    struct str file = call_str(call, "file");
    struct str note_file = call_str(call, "checkpoint");
    struct str note = {0};
    struct checkpoint_key key;
    bool has_key = false;
    struct verify_report report = {0};
    if (file.n == 0) {
        if (!app_read_config(app, err))
            return false;
        file = app->ledger_path;
    } else {
        app_use_ledger(app, file);
    }
    if (note_file.n > 0 && !file_read(&app->arena, note_file, NOTE_FILE_BYTES, &note, err))
        return false;
    if (!find_key(app, call, &key, &has_key, err) ||
        !ledger_sqlite_open(&ledger, file, LEDGER_READ, err))
        return false;
    struct verify_request request = {.store = &ledger.store,
                                     .key = has_key ? &key : NULL,
                                     .notes = &note,
                                     .note_count = note_file.n > 0 ? 1 : 0};
    if (!verify_ledger(&app->arena, &request, &report, err))
        return false;
    add_report(app, &report);
    if (!has_key && !app->json)
        text_adds(&app->out, "No public key was found, so signatures were not looked at; give it "
                             "with --key.\n");
    app->exit_code = report.finding_count > 0 ? 1 : 0;
    return true;
}

bool local_ledger_checkpoint(struct app *app, const struct call *call, struct err *err)
{
    (void)call;
    __attribute__((cleanup(close_ledger))) struct ledger_sqlite ledger = {0};
    struct str note;
    struct str key = STR("");
    struct err missing = {0};
    if (!app_read_config(app, err) ||
        !ledger_sqlite_open(&ledger, app->ledger_path, LEDGER_READ, err) ||
        !ledger.store.port->newest_checkpoint(&ledger.store, &app->arena, &note, err))
        return false;
    if (note.n == 0)
        return err_set(err, ERR_USAGE, app->ledger_path.p,
                       "No checkpoint was signed yet; \"reeve serve\" signs them.");
    if (!file_read(&app->arena, app->public_key_path, KEY_FILE_BYTES, &key, &missing))
        key = STR("");
    if (app->json) {
        struct json_writer w = {.text = &app->out};
        json_open_object(&w, NULL);
        json_str(&w, "note", note);
        json_str(&w, "key", str_trim(key));
        json_close_object(&w);
        text_byte(&app->out, '\n');
        return true;
    }
    text_add(&app->out, note);
    if (key.n > 0)
        (void)fprintf(stderr, "public key: %.*s\n", STR_ARGS(str_trim(key)));
    return true;
}

bool local_ledger_backup(struct app *app, const struct call *call, struct err *err)
{
    __attribute__((cleanup(close_ledger))) struct ledger_sqlite ledger = {0};
    __attribute__((cleanup(close_ledger))) struct ledger_sqlite copy = {0};
    struct str target = call_str(call, "to");
    struct verify_report report = {0};
    if (!app_read_config(app, err) ||
        !ledger_sqlite_open(&ledger, app->ledger_path, LEDGER_READ, err) ||
        !ledger_sqlite_backup(&ledger, target, err) ||
        !ledger_sqlite_open(&copy, target, LEDGER_READ, err))
        return false;
    struct verify_request request = {.store = &copy.store};
    if (!ledger_sqlite_check(&copy, err) || !verify_ledger(&app->arena, &request, &report, err))
        return false;
    add_report(app, &report);
    app->exit_code = report.finding_count > 0 ? 1 : 0;
    return true;
}
