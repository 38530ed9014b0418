/* memory_store.c - a ledger store in memory for tests. */
#include "harness/memory_store.h"

static struct ledger_entry copy_entry(struct arena *arena, const struct ledger_entry *from)
{
    struct ledger_entry copy = *from;
    copy.leaf = str_copy(arena, from->leaf);
    copy.subject = str_copy(arena, from->subject);
    copy.texts = arena_array(arena, from->text_count, sizeof *copy.texts);
    for (size_t i = 0; i < from->text_count; i++) {
        copy.texts[i] = from->texts[i];
        copy.texts[i].salt = str_copy(arena, from->texts[i].salt);
        copy.texts[i].text = str_copy(arena, from->texts[i].text);
    }
    return copy;
}

static bool append(struct store *store, struct ledger_entry *entries, size_t count, struct err *err)
{
    struct memory_store *memory = (struct memory_store *)store;
    memory->appends++;
    if (memory->refuse_from && memory->appends >= memory->refuse_from)
        return err_set(err, ERR_SELF, "memory", "The store refuses this batch.");
    for (size_t i = 0; i < count; i++) {
        entries[i].sequence = (int64_t)memory->count + 1;
        LIST_PUSH(&memory->arena, memory->entries, memory->count, memory->capacity) =
            copy_entry(&memory->arena, &entries[i]);
    }
    return true;
}

static bool read_entries(struct store *store, struct arena *arena, int64_t sequence, size_t max,
                         struct ledger_entry **out_entries, size_t *out_count, struct err *err)
{
    struct memory_store *memory = (struct memory_store *)store;
    if (sequence < 1)
        return err_set(err, ERR_SELF, "memory", "Entries are numbered from 1.");
    size_t from = (size_t)sequence - 1;
    size_t left = from < memory->count ? memory->count - from : 0;
    *out_count = left < max ? left : max;
    *out_entries = arena_array(arena, *out_count, sizeof **out_entries);
    for (size_t i = 0; i < *out_count; i++)
        (*out_entries)[i] = memory->entries[from + i];
    return true;
}

static bool read_subject(struct store *store, struct arena *arena, struct ledger_range range,
                         struct ledger_entry **out_entries, size_t *out_count, struct err *err)
{
    const struct memory_store *memory = (const struct memory_store *)store;
    size_t count = 0;
    (void)err;
    struct ledger_entry *found =
        arena_array(arena, range.max < memory->count ? range.max : memory->count, sizeof *found);
    for (size_t i = memory->count; i-- > 0 && count < range.max;)
        if (memory->entries[i].sequence < range.sequence &&
            str_equal(memory->entries[i].subject, range.subject))
            found[count++] = memory->entries[i];
    *out_entries = found;
    *out_count = count;
    return true;
}

static int64_t entry_count(struct store *store)
{
    return (int64_t)((struct memory_store *)store)->count;
}

static void close_store(struct store *store)
{
    (void)store;
}

static bool erase_texts(struct store *store, int64_t sequence, struct instant at, struct err *err)
{
    struct memory_store *memory = (struct memory_store *)store;
    struct ledger_entry *entry = &memory->entries[sequence - 1];
    (void)at;
    if (memory->refuse_erasing)
        return err_set(err, ERR_SELF, "memory", "The store erases nothing.");
    for (size_t i = 0; i < entry->text_count; i++)
        entry->texts[i] = (struct ledger_text){.field = entry->texts[i].field, .erased = true};
    return true;
}

static const struct store_port port = {.append = append,
                                       .read = read_entries,
                                       .count = entry_count,
                                       .close = close_store,
                                       .read_subject = read_subject,
                                       .erase_texts = erase_texts};

void memory_store_init(struct memory_store *memory)
{
    *memory = (struct memory_store){.store = {&port}};
    arena_init(&memory->arena);
}

void memory_store_done(struct memory_store *memory)
{
    arena_done(&memory->arena);
}
