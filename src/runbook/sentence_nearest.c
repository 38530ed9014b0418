/* sentence_nearest.c - what would be understood, for a sentence that is not. */
#include "runbook/sentence.h"

/* "99.9% of requests succeed over 30 days": the same share, of what is measured. */
static struct str nearest_share(struct arena *arena, struct words *words)
{
    struct length length;
    struct str share = words_span(words, 0, 2);
    if (!words_is_number(words, 0) || !words_is(words, 1, WD_M_PERCENT_MARK))
        return (struct str){"", 0};
    for (int i = 2; i < words->count; i++) {
        int at = i + 1;
        if (words_is(words, i, WD_OVER) && words_length(words, &at, &length))
            return str_printf(arena, "Success rate: %.*s %.*s", STR_ARGS(share),
                              STR_ARGS(words_span(words, i, at)));
    }
    return str_printf(arena, "Success rate: %.*s", STR_ARGS(share));
}

static struct str nearest(struct arena *arena, const struct sentence_place *place, struct str text)
{
    struct words WORDS_UNSET words;
    words_parse(text, &words);
    struct str share = nearest_share(arena, &words);
    if (share.n > 0)
        return share;
    for (int i = 0; i < words.count; i++) {
        enum comparison ignored = CMP_NONE;
        int at = i;
        if (!words_has_comparison(&words, i) || !words_comparison(&words, &at, &ignored))
            continue;
        bool unit =
            at + 1 < words.count && words.at[at + 1].type != WORD_NUMBER &&
            (words_is(&words, at + 1, WD_M_PERCENT_MARK) || words_is_a(&words, at + 1, LEX_TIME));
        struct str metric = i ? words_span(&words, i > 4 ? i - 4 : 0, i) : STR("Error rate");
        return str_printf(arena, "%.*s %.*s for 5 minutes", STR_ARGS(metric),
                          STR_ARGS(words_span(&words, i, at + (unit ? 2 : 1))));
    }
    if (words.count && words.at[0].level != LEVEL_NONE)
        return str_printf(arena, "%.*s (High): what it means", STR_ARGS(words.at[0].text));
    for (int i = 1; (place->sections & SECTION_ALERT) && i < words.count; i++)
        if (sentence_is_comparing(&words, i))
            return str_printf(arena, "%.*s 5 for 5 minutes",
                              STR_ARGS(words_span(&words, 0, i + 1)));
    if (place->sections & SECTION_ALERT)
        return STR("Error rate > 5% for 5 minutes");
    for (int i = 0; i < words.count; i++)
        if (vocabulary_weekday(&words, i) >= 0)
            return str_printf(arena, "Time: %.*s 02:00-04:00 UTC", STR_ARGS(words.at[i].text));
    for (int i = 0; i < words.count; i++) {
        struct length length = {0};
        int at = i;
        if (!words_length(&words, &at, &length) || length.low_ms)
            continue;
        if (length.working_days || length.months)
            return STR("Response time: 24 hours");
        struct str time = words_span(&words, i, at);
        if (place->path_sections & (SECTION_SEVERITY | SECTION_CONTACT))
            return str_printf(arena, "Response time: %.*s", STR_ARGS(time));
        return str_printf(arena, "Frequency: every %.*s", STR_ARGS(time));
    }
    return STR("Error rate > 5% for 5 minutes");
}

struct str sentence_nearest(struct arena *arena, const struct sentence_place *place,
                            struct str text)
{
    struct str said = nearest(arena, place, text);
    if (!str_equal(said, text) && sentence_is_understood(arena, place, said))
        return said;
    bool duty = place->path_sections & (SECTION_SEVERITY | SECTION_CONTACT);
    return duty ? STR("Response time: 15 minutes") : STR("Error rate > 5% for 5 minutes");
}
