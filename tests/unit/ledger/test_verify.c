/* test_verify.c - the walk over a ledger in memory; the file's own tests stand in unit/store. */
#include "harness/memory_store.h"
#include "harness/test.h"
#include "ledger/merkle.h"
#include "ledger/verify.h"
#include "ledger_sample.h"

static void fill(struct arena *arena, struct memory_store *memory, size_t count)
{
    struct err err = {0};
    memory_store_init(memory);
    struct ledger_entry *entries = sample_entries(arena, count);
    CHECK_OK(memory->store.port->append(&memory->store, entries, count, &err), &err);
}

static struct str note_over(struct arena *arena, const struct memory_store *memory, size_t size)
{
    struct merkle tree;
    unsigned char signature[SIGNATURE_BYTES] = {0};
    struct checkpoint_key key = {.name = STR("reeve")};
    merkle_init(&tree);
    for (size_t i = 0; i < size && i < memory->count; i++)
        merkle_append(&tree, memory->entries[i].leaf);
    struct checkpoint checkpoint = {STR("reeve"), (int64_t)size, merkle_root(&tree)};
    return checkpoint_note(arena, checkpoint_body(arena, &checkpoint), &key, signature);
}

static struct verify_report verify(struct arena *arena, struct memory_store *memory,
                                   const struct str *notes, size_t count)
{
    struct err err = {0};
    struct verify_report report;
    struct verify_request request = {.store = &memory->store, .notes = notes, .note_count = count};
    CHECK_OK(verify_ledger(arena, &request, &report, &err), &err);
    return report;
}

TEST(a_whole_ledger)
{
    struct memory_store memory;
    fill(arena, &memory, 2500);
    struct str notes[] = {note_over(arena, &memory, 2500), note_over(arena, &memory, 0),
                          note_over(arena, &memory, 1024)};
    struct verify_report report = verify(arena, &memory, notes, 3);
    CHECK_INT(report.finding_count, 0);
    CHECK_INT(report.entries, 2500);
    CHECK_INT(report.checkpoints, 3);
    CHECK_INT(report.newest_checked, 2500);
    CHECK(report.texts > 0);
    memory_store_done(&memory);
}

TEST(an_empty_ledger)
{
    struct memory_store memory;
    memory_store_init(&memory);
    struct verify_report report = verify(arena, &memory, NULL, 0);
    CHECK_INT(report.finding_count, 0);
    CHECK_INT(report.entries, 0);
    memory_store_done(&memory);
}

TEST(a_cut_tail)
{
    struct memory_store memory;
    fill(arena, &memory, 100);
    struct str notes[] = {note_over(arena, &memory, 60), note_over(arena, &memory, 90)};
    memory.count = 80;
    struct verify_report report = verify(arena, &memory, notes, 2);
    CHECK_INT(report.finding_count, 1);
    CHECK_INT(report.first_changed, 81);
    CHECK_INT(report.last_changed, 90);
    CHECK_INT(report.newest_checked, 60);
    memory_store_done(&memory);
}

/* An entry made anew with a fitting hash: only the checkpoints can tell. */
TEST(a_rewritten_entry_is_between_two_checkpoints)
{
    struct memory_store memory;
    fill(arena, &memory, 100);
    struct str notes[] = {note_over(arena, &memory, 30), note_over(arena, &memory, 70),
                          note_over(arena, &memory, 90)};
    struct ledger_entry *entry = &memory.entries[49];
    char *leaf = arena_alloc(arena, entry->leaf.n);
    memcpy(leaf, entry->leaf.p, entry->leaf.n);
    leaf[str_find(entry->leaf, "ana", 0)] = 'i';
    entry->leaf.p = leaf;
    entry->leaf_hash = merkle_leaf_hash(entry->leaf);
    struct verify_report report = verify(arena, &memory, notes, 3);
    CHECK_INT(report.finding_count, 2);
    CHECK_INT(report.first_changed, 31);
    CHECK_INT(report.last_changed, 70);
    CHECK_INT(report.newest_checked, 30);
    memory_store_done(&memory);
}

TEST(an_entry_taken_from_the_middle)
{
    struct memory_store memory;
    fill(arena, &memory, 20);
    memory.entries[9] = memory.entries[10];
    struct verify_report report = verify(arena, &memory, NULL, 0);
    CHECK_INT(report.first_changed, 10);
    memory_store_done(&memory);
}

TEST(a_note_that_is_none_is_an_error)
{
    struct memory_store memory;
    struct err err = {0};
    struct verify_report report;
    struct str note = STR("not a note");
    fill(arena, &memory, 1);
    struct verify_request request = {.store = &memory.store, .notes = &note, .note_count = 1};
    CHECK(!verify_ledger(arena, &request, &report, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    memory_store_done(&memory);
}

TEST(findings_beyond_the_maximum_are_counted)
{
    struct memory_store memory;
    fill(arena, &memory, 100);
    for (size_t i = 0; i < 50; i++)
        memory.entries[2 * i].leaf_hash.b[0] ^= 1;
    struct verify_report report = verify(arena, &memory, NULL, 0);
    CHECK_INT(report.finding_count, 50);
    CHECK_INT(report.first_changed, 1);
    memory_store_done(&memory);
}
