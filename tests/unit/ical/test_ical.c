/* test_ical.c - calendar files as others write them, good and bad: the whole answer, or the one
 * sentence. The times of rules are held against another program in tests/contract/test_ical.py. */
#include "harness/test.h"
#include "ical/ical.h"

#define ZONE                                                                                       \
    "BEGIN:VTIMEZONE\nTZID:Here\nBEGIN:STANDARD\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n"           \
    "DTSTART:19961027T030000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\n"             \
    "BEGIN:DAYLIGHT\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nDTSTART:19960331T020000\n"              \
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
#define EVENT(lines)    "BEGIN:VEVENT\n" lines "END:VEVENT\n"
#define CALENDAR(parts) "BEGIN:VCALENDAR\nVERSION:2.0\n" parts "END:VCALENDAR\n"

static const struct zone *find_utc(void *context, struct arena *arena, struct str name)
{
    (void)context;
    (void)arena;
    return str_is(name, "UTC") ? zone_utc() : NULL;
}

static bool read_text(struct arena *arena, struct str file, struct str *out_answer, struct err *err)
{
    struct ical_order order = {.zone = STR("UTC"), .find_zone = find_utc};
    struct text text;
    CHECK(instant_parse(STR("2026-01-01T00:00:00Z"), &order.from));
    CHECK(instant_parse(STR("2027-01-01T00:00:00Z"), &order.until));
    text_init(&text, arena, 1024 * 1024);
    *out_answer = STR("");
    *err = (struct err){0};
    if (!ical_read(arena, &order, file, &text, err))
        return false;
    *out_answer = text_str(&text);
    return true;
}

/* The answer without its first two lines, times as people write them. */
static struct str said(struct arena *arena, const char *file)
{
    struct str answer;
    struct str line;
    struct str field;
    struct err err;
    struct text text;
    CHECK_OK(read_text(arena, str_of(file), &answer, &err), &err);
    text_init(&text, arena, 1024 * 1024);
    for (int i = 0; str_split(&answer, '\n', &line); i++) {
        if (i < 2 || line.n == 0)
            continue;
        bool is_turn = str_starts(line, "T");
        for (int k = 0; str_split(&line, '\t', &field); k++) {
            struct instant at = {0};
            char words[INSTANT_TEXT_BYTES];
            if (is_turn && k > 0) {
                CHECK(str_int(field, &at.us));
                instant_write(at, words);
                field = str_copy(arena, str_slice(str_of(words), 0, 16));
            }
            text_printf(&text, "%s%.*s", k ? "|" : "", STR_ARGS(field));
        }
        text_byte(&text, '\n');
    }
    return text_str(&text);
}

static void refused(struct arena *arena, const char *file, const char *place, const char *sentence)
{
    struct str answer;
    struct err err;
    CHECK(!read_text(arena, str_of(file), &answer, &err));
    CHECK_STR(str_of(err.place), place);
    CHECK_STR(str_of(err.text), sentence);
}

TEST(who_is_named_from_when_to_when)
{
    CHECK_STR(
        said(arena, CALENDAR(EVENT("SUMMARY:On call\\, ana\nUID:1\nDTSTART:20260302T090000Z\n"
                                   "DTEND:20260309T090000Z\nPRIORITY:1\n"
                                   "ORGANIZER;CN=\"Boss: B\":MAILTO:boss@acme.example\n"
                                   "ATTENDEE;PARTSTAT=ACCEPTED;CN=Ana:mailto:ana@acme.example\n"
                                   "ATTENDEE;PARTSTAT=DECLINED:mailto:ben@acme.example\n"
                                   "ATTENDEE;CUTYPE=ROOM:mailto:room@acme.example\n"))),
        "E|3|1|On call, ana|boss@acme.example|ana@acme.example\n"
        "T|2026-03-02T09:00|2026-03-09T09:00\nZ|0\n.|1|1\n");
}

TEST(shifts_that_meet_go_on_meeting_over_a_change_of_the_clock)
{
    CHECK_STR(
        said(arena, CALENDAR(ZONE EVENT("SUMMARY:ana\nUID:1\nDTSTART;TZID=Here:20260323T090000\n"
                                        "DTEND;TZID=Here:20260330T090000\nRRULE:FREQ=WEEKLY;"
                                        "COUNT=2\n"))),
        "E|18|5|ana|\nT|2026-03-23T08:00|2026-03-30T07:00\nT|2026-03-30T07:00|2026-04-06T07:00\n"
        "Z|0\n.|1|2\n");
}

TEST(a_time_that_is_skipped_is_read_by_the_clock_before_it)
{
    CHECK_STR(said(arena, CALENDAR(ZONE EVENT("SUMMARY:ana\nUID:1\n"
                                              "DTSTART;TZID=\"Here\":20260329T023000\n"
                                              "DURATION:PT8H\n"))),
              "E|18|5|ana|\nT|2026-03-29T01:30|2026-03-29T09:30\nZ|0\n.|1|1\n");
}

TEST(one_time_of_a_series_is_another_or_none)
{
    CHECK_STR(said(arena, CALENDAR(EVENT("SUMMARY:ana\nUID:1\nDTSTART:20260302T090000Z\n"
                                         "DURATION:P1D\nRRULE:FREQ=DAILY;COUNT=5\n"
                                         "EXDATE:20260303T090000Z\n")
                                       EVENT("SUMMARY:ben\nUID:1\nSEQUENCE:2\n"
                                             "RECURRENCE-ID:20260304T090000Z\n"
                                             "DTSTART:20260304T120000Z\nDURATION:PT1H\n")
                                           EVENT("SUMMARY:cai\nUID:1\nSEQUENCE:1\n"
                                                 "RECURRENCE-ID:20260304T090000Z\n"
                                                 "DTSTART:20260304T150000Z\nDURATION:PT1H\n")
                                               EVENT("SUMMARY:ana\nUID:1\nSTATUS:CANCELLED\n"
                                                     "RECURRENCE-ID:20260305T090000Z\n"
                                                     "DTSTART:20260305T090000Z\n"))),
              "E|3|5|ana|\nT|2026-03-02T09:00|2026-03-03T09:00\nT|2026-03-06T09:00|2026-03-07T09:"
              "00\nE|11|5|ben|\nT|2026-03-04T12:00|2026-03-04T13:00\nZ|0\n.|2|3\n");
}

TEST(lines_are_folded_anywhere_and_end_as_they_like)
{
    CHECK_STR(said(arena,
                   "\xef\xbb\xbf"
                   "BEGIN:VCALENDAR\r\nBEGIN:VEV\r\n ENT\r\nSUMM\r\n\tARY:Zo\xc3\r\n \xab\r\n"
                   "UID:1\r\n\r\nDTSTART;VALUE=DATE:20260302\r\nEND:VEVENT\nEND:VCALENDAR"),
              "E|2|5|Zo\xc3\xab|\nT|2026-03-02T00:00|2026-03-03T00:00\nZ|1\n.|1|1\n");
}

TEST(what_names_nobody_is_left_out_or_noted)
{
    CHECK_STR(said(arena,
                   CALENDAR("BEGIN:VTODO\nSUMMARY:ana\nDTSTART:20260302T090000Z\nEND:VTODO\n" EVENT(
                       "SUMMARY:ana\nUID:1\nDTSTART:20260302T090000Z\nDTEND:20260303T090000Z\n"
                       "STATUS:CANCELLED\n") EVENT("SUMMARY:ben\nUID:2\nDTSTART:20260302T090000Z\n")
                                EVENT("SUMMARY:cai\nUID:3\nDTSTART:20250302T090000Z\n"
                                      "DURATION:PT1H\n"))),
              "N|14|The event has no length, so that it names nobody.\nZ|0\n.|0|0\n");
    CHECK_STR(
        said(arena, CALENDAR(EVENT("SUMMARY:ana\nUID:1\nSEQUENCE:3\nDTSTART:20260302T090000Z\n"
                                   "DURATION:PT1H\n")
                                 EVENT("SUMMARY:ben\nUID:1\nSEQUENCE:2\nDTSTART:20260302T090000Z\n"
                                       "DURATION:PT1H\n"))),
        "N|3|Another event has the UID of this one, which counts, because it has the highest "
        "SEQUENCE or is the last.\nE|3|5|ana|\nT|2026-03-02T09:00|2026-03-02T10:00\nZ|0\n.|1|"
        "1\n");
}

TEST(bad_files_are_one_sentence_with_the_line)
{
    refused(arena, "", "line 1", "This is no calendar: it does not begin with BEGIN:VCALENDAR.");
    refused(arena, "<html>\n", "line 1",
            "This is no calendar: it does not begin with BEGIN:VCALENDAR.");
    refused(arena, "BEGIN:VCARD\nEND:VCARD\n", "line 1",
            "A calendar begins with BEGIN:VCALENDAR; here stands BEGIN:VCARD.");
    refused(arena, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:an", "line 2",
            "The file is cut: the VEVENT that begins here does not end.");
    refused(arena, "BEGIN:VCALENDAR\nEND:VEVENT\n", "line 2",
            "END:VEVENT stands here without its BEGIN.");
    refused(arena, CALENDAR(EVENT("UID:1\n")), "line 3", "The event has no DTSTART.");
    refused(arena, CALENDAR(EVENT("DTSTART:20260230T090000Z\n")), "line 4",
            "\"20260230T090000Z\" is no date or time.");
    refused(arena, CALENDAR(EVENT("DTSTART;TZID=Nowhere/At_All:20260203T090000\n")), "line 4",
            "The time zone \"Nowhere/At_All\" is neither known to this machine nor described in "
            "the file.");
    refused(arena,
            CALENDAR("BEGIN:VTIMEZONE\nTZID:Bad\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
                     "TZOFFSETFROM:+0100\nTZOFFSETTO:1h\nEND:STANDARD\nEND:VTIMEZONE\n" EVENT(
                         "DTSTART;TZID=Bad:20260203T090000\n")),
            "line 5", "This part of a time zone lacks a good DTSTART, TZOFFSETFROM or TZOFFSETTO.");
    refused(arena, CALENDAR(EVENT("DTSTART:20260203T090000Z\nDTEND:20260202T090000Z\n")), "line 5",
            "The event ends before it begins.");
    refused(arena, CALENDAR(EVENT("DTSTART:20260203T090000Z\nDURATION:-PT1H\n")), "line 5",
            "\"-PT1H\" is no length of an event.");
    refused(arena,
            CALENDAR(EVENT("DTSTART:20260203T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;FOO=1\n")),
            "line 6", "\"FOO=1\" is no part of a rule that is understood.");
    refused(arena,
            CALENDAR(EVENT("DTSTART:20260203T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;"
                           "COUNT=1;UNTIL=20260303\n")),
            "line 6",
            "\"FREQ=WEEKLY;COUNT=1;UNTIL=20260303\" is no part of a rule that is understood.");
    refused(arena, CALENDAR(EVENT("DTSTART:20260203T090000Z\nEXRULE:FREQ=DAILY\n")), "line 5",
            "EXRULE is no longer part of calendars; give what is left out as EXDATE.");
    refused(arena,
            CALENDAR(EVENT("UID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260203T090000Z\n"
                           "DTSTART:20260203T090000Z\n")),
            "line 5",
            "RANGE=THISANDFUTURE is not followed; give the later times as an event of their own.");
}

TEST(a_zero_byte_is_said_with_its_line)
{
    struct str answer;
    struct err err;
    CHECK(!read_text(arena, STR("BEGIN:VCALENDAR\nBEG\0N:VEVENT\n"), &answer, &err));
    CHECK_STR(str_of(err.place), "line 2");
}

/* Endless rules end with the time that is looked at, and with the budget. */
TEST(endless_rules_are_bounded)
{
    struct str answer = said(arena, CALENDAR(EVENT("SUMMARY:ana\nUID:1\nDTSTART:19700101T090000Z\n"
                                                   "DURATION:PT1H\nRRULE:FREQ=DAILY\n")));
    CHECK(str_find(answer, ".|1|365\n", 0) < answer.n);
    answer = said(arena, CALENDAR(EVENT("SUMMARY:ana\nUID:1\nDTSTART:20260101T090000Z\n"
                                        "DURATION:PT1H\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY="
                                        "30\n")));
    CHECK(str_find(answer, ".|1|1\n", 0) < answer.n);
    refused(arena,
            CALENDAR(EVENT("SUMMARY:ana\nUID:1\nDTSTART:20260101T090000Z\nDURATION:PT1H\n"
                           "RRULE:FREQ=SECONDLY\n")),
            "line 3", "Up to here the file names over 100000 turns in the time that is looked at.");
    refused(arena,
            CALENDAR(EVENT("SUMMARY:ana\nUID:1\nDTSTART:19700101T090000Z\nDURATION:PT1H\n"
                           "RRULE:FREQ=SECONDLY\n")),
            "line 8",
            "Up to here the file's rules are too many, or repeat too often, to be followed.");
    refused(arena,
            CALENDAR(EVENT("SUMMARY:ana\nUID:1\nDTSTART:20260101T090000Z\nDURATION:PT1H\nRRULE:"
                           "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=0,1,2,3,4,5,6,7,8,9,10;"
                           "BYMINUTE=1,2,3,4,5,6,7,8,9,10;BYSECOND=1,2,3,4,5,6,7,8,9,10;BYSETPOS="
                           "-1\n")),
            "line 8", "BYSETPOS picks from over 100000 times here.");
}
