/* verify.c - one walk over the entries, with the checkpoints beside it in order of size. */
#include "ledger/verify.h"

#include "base/noun.h"
#include "ledger/codec.h"
#include "ledger/merkle.h"

#include <stdarg.h>
#include <stdio.h>

enum { WALK_ENTRIES = 1024, WALK_CHECKPOINTS = 256, SENTENCE_BYTES = 1024 };

struct walk {
    struct arena *arena;  /* the report's */
    struct arena scratch; /* one batch of entries */
    struct arena notes;   /* one batch of checkpoints */
    const struct verify_request *request;
    struct verify_report report;
    struct merkle tree; /* over the leaves as they are */
    struct merkle kept; /* over the stored hashes; differs once an entry does not fit its hash */
    bool differs;
    int64_t next; /* the sequence that comes now; 0: there is none behind the largest number */
    struct ledger_checkpoint *stored; /* the batch of checkpoints */
    size_t stored_count, stored_at;
    int64_t stored_next; /* size to read on from */
    bool stored_end;
    struct checkpoint *brought; /* the caller's */
    int64_t last_good;          /* size up to which a checkpoint fits */
    struct erased *erased;      /* entries without a text they had, in order */
    size_t erased_count, erased_capacity;
};

struct erased {
    int64_t sequence;
    bool said; /* a fact says who erased it */
};

static void add_finding(struct walk *walk, const char *format, ...) PRINTF_LIKE(2, 3);

/* Sentences beyond the maximum are only counted: a hostile file must not fill the memory. */
static void add_finding(struct walk *walk, const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    if (walk->report.finding_count < VERIFY_FINDINGS_MAX) {
        va_list values;
        va_start(values, format);
        (void)vsnprintf(sentence, sizeof sentence, format, values);
        va_end(values);
        walk->report.findings[walk->report.finding_count] = str_copy(walk->arena, str_of(sentence));
    }
    walk->report.finding_count++;
}

static void mark_changed(struct walk *walk, int64_t first, int64_t last)
{
    struct verify_report *report = &walk->report;
    if (report->first_changed != 0 && report->first_changed <= first)
        return;
    report->first_changed = first;
    report->last_changed = last;
}

/* Where a leaf and its stored hash differ, one of them is still the old one. A checkpoint that fits
 * either tree says that nothing else was changed. */
static void compare_checkpoint(struct walk *walk, const struct checkpoint *checkpoint,
                               const char *whose)
{
    struct hash root = merkle_root(&walk->tree);
    struct hash kept = walk->differs ? merkle_root(&walk->kept) : root;
    walk->report.checkpoints++;
    if (hash_equal(&root, &checkpoint->root) || hash_equal(&kept, &checkpoint->root)) {
        walk->last_good = checkpoint->size;
        walk->report.newest_checked = checkpoint->size;
        return;
    }
    add_finding(walk,
                "The %s checkpoint over %lld %s has another root than the "
                "entries have now: an entry from %lld to %lld was changed.",
                whose, (long long)checkpoint->size, noun(checkpoint->size, "entry", "entries"),
                (long long)walk->last_good + 1, (long long)checkpoint->size);
    mark_changed(walk, walk->last_good + 1, checkpoint->size);
}

static void find_cut(struct walk *walk, int64_t size, const char *whose)
{
    int64_t have = walk->report.entries;
    walk->report.checkpoints++;
    add_finding(walk,
                "The %s checkpoint speaks of %lld %s, but there %s %lld: "
                "entries %lld to %lld were cut off.",
                whose, (long long)size, noun(size, "entry", "entries"), noun(have, "is", "are"),
                (long long)have, (long long)have + 1, (long long)size);
    mark_changed(walk, have + 1, size);
}

static bool read_stored(struct walk *walk, struct err *err)
{
    struct store *store = walk->request->store;
    if (walk->stored_at < walk->stored_count || walk->stored_end)
        return true;
    if (!store->port->read_checkpoints) {
        walk->stored_end = true;
        return true;
    }
    arena_reset(&walk->notes);
    struct ledger_range range = {.sequence = walk->stored_next, .max = WALK_CHECKPOINTS};
    if (!store->port->read_checkpoints(store, &walk->notes, range, &walk->stored,
                                       &walk->stored_count, err))
        return false;
    walk->stored_at = 0;
    walk->stored_end = walk->stored_count == 0 || walk->stored_next == INT64_MAX;
    if (walk->stored_count > 0) {
        int64_t last = walk->stored[walk->stored_count - 1].size;
        walk->stored_next = last < INT64_MAX ? last + 1 : INT64_MAX;
    }
    return true;
}

/* Reads one stored note; a bad one is a finding, not an error. */
static void take_stored(struct walk *walk, const struct ledger_checkpoint *stored, bool beyond)
{
    struct checkpoint checkpoint;
    struct err bad = {0};
    bool good =
        walk->request->key
            ? checkpoint_check(&walk->notes, stored->note, walk->request->key, &checkpoint, &bad)
            : checkpoint_parse(&walk->notes, stored->note, &checkpoint, &bad);
    if (good && checkpoint.size != stored->size)
        good = err_set(&bad, ERR_SELF, NULL, "It speaks of %lld %s.", (long long)checkpoint.size,
                       noun(checkpoint.size, "entry", "entries"));
    if (!good)
        add_finding(walk, "The stored checkpoint over %lld %s: %s", (long long)stored->size,
                    noun(stored->size, "entry", "entries"), bad.text);
    else if (beyond)
        find_cut(walk, stored->size, "stored");
    else
        compare_checkpoint(walk, &checkpoint, "stored");
}

/* All checkpoints whose size the walk has reached; at the end of the entries all others too. */
static bool meet_checkpoints(struct walk *walk, bool at_end, struct err *err)
{
    int64_t size = walk->tree.size;
    for (size_t i = 0; i < walk->request->note_count; i++) {
        if (walk->brought[i].size == size)
            compare_checkpoint(walk, &walk->brought[i], "given");
        else if (at_end && walk->brought[i].size > size)
            find_cut(walk, walk->brought[i].size, "given");
    }
    for (;;) {
        if (!read_stored(walk, err))
            return false;
        if (walk->stored_end || (!at_end && walk->stored[walk->stored_at].size > size))
            return true;
        const struct ledger_checkpoint *stored = &walk->stored[walk->stored_at++];
        take_stored(walk, stored, stored->size > size);
    }
}

/* The fact stands behind the entry it speaks of, so the entry was met already. */
static void take_erasure(struct walk *walk, const struct event *event)
{
    int64_t sequence = event_int(event, "entry");
    size_t low = 0;
    size_t high = walk->erased_count;
    char at[INSTANT_TEXT_BYTES];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (walk->erased[middle].sequence < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < walk->erased_count && walk->erased[low].sequence == sequence)
        walk->erased[low].said = true;
    instant_write(event->at, at);
    walk->report.erasures[walk->report.erasure_count++ % VERIFY_ERASURES_MAX] =
        str_printf(walk->arena, "%s: %.*s", at, STR_ARGS(event_sentence(walk->arena, event)));
}

static void name_unsaid(struct walk *walk)
{
    for (size_t i = 0; i < walk->erased_count; i++) {
        if (walk->erased[i].said)
            continue;
        int64_t sequence = walk->erased[i].sequence;
        add_finding(walk,
                    "A text of entry %lld is gone, and no fact says who erased "
                    "it: it was taken away beside Reeve.",
                    (long long)sequence);
        mark_changed(walk, sequence, sequence);
    }
}

/* A text stands where the leaf has a digest, and nowhere else. */
static void check_places(struct walk *walk, const struct ledger_entry *entry,
                         const struct event *event)
{
    const struct event_row *row = event_row(event->kind);
    for (size_t i = 0; i < entry->text_count; i++) {
        size_t field = entry->texts[i].field;
        const struct event_value *value = &event->values[field % EVENT_FIELDS_MAX];
        if (field < EVENT_FIELDS_MAX && row->fields[field].name &&
            row->fields[field].type == FIELD_TEXT && (value->erased || value->str.n > 0))
            continue;
        add_finding(walk,
                    "A text is kept for field %lld of entry %lld, which has no text there: it was "
                    "put in beside Reeve.",
                    (long long)field, (long long)entry->sequence);
        mark_changed(walk, entry->sequence, entry->sequence);
    }
}

static void check_texts(struct walk *walk, const struct ledger_entry *entry, int64_t sequence)
{
    bool erased = false;
    for (size_t i = 0; i < entry->text_count; i++) {
        walk->report.texts += entry->texts[i].erased ? 0 : 1;
        walk->report.erased += entry->texts[i].erased ? 1 : 0;
        erased |= entry->texts[i].erased;
        if (!entry->texts[i].erased || entry->texts[i].text.n + entry->texts[i].salt.n == 0)
            continue;
        add_finding(walk,
                    "Field %lld of entry %lld is marked as erased, but a text or salt stands there "
                    "again: it was put back beside Reeve.",
                    (long long)entry->texts[i].field, (long long)sequence);
        mark_changed(walk, sequence, sequence);
    }
    if (erased)
        LIST_PUSH(walk->arena, walk->erased, walk->erased_count, walk->erased_capacity) =
            (struct erased){sequence, false};
}

static void check_entry(struct walk *walk, const struct ledger_entry *entry, int64_t sequence)
{
    struct hash hash = merkle_leaf_hash(entry->leaf);
    struct event event;
    struct err bad = {0};
    if (!hash_equal(&hash, &entry->leaf_hash)) {
        add_finding(walk,
                    "Entry %lld does not fit its stored hash: it was changed "
                    "after it was recorded.",
                    (long long)sequence);
        mark_changed(walk, sequence, sequence);
        if (!walk->differs)
            walk->kept = walk->tree;
        walk->differs = true;
    } else if (!codec_read(&walk->scratch, entry, &event, &bad)) {
        if (bad.kind == ERR_USAGE) {
            walk->report.unknown++;
            return;
        }
        add_finding(walk, "Entry %lld: %s", (long long)sequence, bad.text);
        mark_changed(walk, sequence, sequence);
    } else if (!str_equal(event.subject, entry->subject)) {
        add_finding(walk,
                    "Entry %lld is filed under the subject \"%.*s\" instead of "
                    "its own: the index was changed.",
                    (long long)sequence, STR_ARGS(entry->subject));
        mark_changed(walk, sequence, sequence);
    } else {
        check_places(walk, entry, &event);
        if (event.kind == EVENT_TEXT_ERASED)
            take_erasure(walk, &event);
    }
    check_texts(walk, entry, sequence);
}

/* A gap is one finding, however wide: behind it the numbers are taken as they stand. */
static void check_sequence(struct walk *walk, int64_t sequence)
{
    int64_t want = walk->next;
    if (sequence != want) {
        if (want == 0 || sequence < want)
            add_finding(walk, "Entry %lld stands where entry %lld belongs.", (long long)sequence,
                        (long long)want);
        else if (sequence == want + 1)
            add_finding(walk, "Entry %lld is missing; entry %lld stands in its place.",
                        (long long)want, (long long)sequence);
        else
            add_finding(walk, "Entries %lld to %lld are missing; entry %lld stands in their place.",
                        (long long)want, (long long)sequence - 1, (long long)sequence);
        mark_changed(walk, want, sequence > want ? sequence - 1 : want);
    }
    if (want != 0 && sequence >= want)
        walk->next = sequence < INT64_MAX ? sequence + 1 : 0;
    else if (want != 0)
        walk->next = want < INT64_MAX ? want + 1 : 0;
}

static bool take_entries(struct walk *walk, const struct ledger_entry *entries, size_t count,
                         struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!meet_checkpoints(walk, false, err))
            return false;
        check_sequence(walk, entries[i].sequence);
        check_entry(walk, &entries[i], entries[i].sequence);
        merkle_append(&walk->tree, entries[i].leaf);
        if (walk->differs)
            merkle_append_hash(&walk->kept, &entries[i].leaf_hash);
    }
    return true;
}

/* What only the store can see: the file around the entries. */
static bool take_inspection(struct walk *walk, struct err *err)
{
    struct store *store = walk->request->store;
    struct str *findings = NULL;
    size_t count = 0;
    if (!store->port->inspect)
        return true;
    if (!store->port->inspect(store, walk->arena, &findings, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        add_finding(walk, "%.*s", STR_ARGS(findings[i]));
    return true;
}

static bool walk_entries(struct walk *walk, struct err *err)
{
    struct store *store = walk->request->store;
    while (walk->next > 0) {
        struct ledger_entry *entries = NULL;
        size_t count = 0;
        arena_reset(&walk->scratch);
        if (!store->port->read(store, &walk->scratch, walk->next, WALK_ENTRIES, &entries, &count,
                               err))
            return false;
        if (count == 0)
            break;
        if (!take_entries(walk, entries, count, err))
            return false;
    }
    name_unsaid(walk);
    walk->report.entries = walk->tree.size;
    walk->report.root = merkle_root(&walk->tree);
    return meet_checkpoints(walk, true, err);
}

static bool read_brought(struct walk *walk, struct err *err)
{
    const struct verify_request *request = walk->request;
    walk->brought = arena_array(walk->arena, request->note_count, sizeof *walk->brought);
    for (size_t i = 0; i < request->note_count; i++) {
        bool good = request->key
                        ? checkpoint_check(walk->arena, request->notes[i], request->key,
                                           &walk->brought[i], err)
                        : checkpoint_parse(walk->arena, request->notes[i], &walk->brought[i], err);
        if (!good)
            return false;
    }
    return true;
}

bool verify_ledger(struct arena *arena, const struct verify_request *request,
                   struct verify_report *out_report, struct err *err)
{
    struct walk walk = {.arena = arena, .request = request, .next = 1};
    merkle_init(&walk.tree);
    arena_init(&walk.scratch);
    arena_init(&walk.notes);
    bool good = read_brought(&walk, err) && take_inspection(&walk, err) && walk_entries(&walk, err);
    arena_done(&walk.scratch);
    arena_done(&walk.notes);
    if (good)
        *out_report = walk.report;
    return good;
}
