/* timeline_picture.c - an incident over time: its states, who was told, what was done, its rules.
 *
 * One row each, time from left to right in UTC. Shapes differ beside colours, every mark has its
 * sentence as a title, and the table of the timeline says the same in words. */
#include "state/whole_story.h"

#include "base/text.h"

enum {
    WIDTH = 760,
    LEFT = 4,
    RIGHT = 756,
    ROW = 40,
    LABEL_Y = 13,
    BAR_Y = 19,
    BAR = 12,
    AXIS = 26,
    ROWS_MAX = 12, /* rules beyond are in the table only */
    FIXED_ROWS = 3,
    TICKS = 4,
    LABEL_BYTES = 90
};

#define RED   "#c8475a"
#define AMBER "#c98a10"
#define GREEN "#3f9a6b"
#define GREY  "#888f99"

struct picture {
    struct text *text;
    const struct postmortem *postmortem;
    struct instant from, to; /* more than nothing between them */
    int rows;
};

static double x_of(const struct picture *picture, struct instant at)
{
    double whole = (double)(picture->to.us - picture->from.us);
    double share = (double)(at.us - picture->from.us) / whole;
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return LEFT + share * (RIGHT - LEFT);
}

static void title_write(struct text *text, struct instant at, struct str words)
{
    char written[INSTANT_TEXT_BYTES];
    instant_write(at, written);
    text_printf(text, "<title>%.8s UTC ", written + 11);
    text_html_visible(text, words);
    text_adds(text, "</title>");
}

static void label_write(const struct picture *picture, int row, struct str words)
{
    text_printf(picture->text, "<text x=\"%d\" y=\"%d\" font-size=\"12\" fill=\"currentColor\">",
                LEFT, row * ROW + LABEL_Y);
    text_html_visible(picture->text, str_cut(words, LABEL_BYTES));
    text_adds(picture->text, "</text>");
    text_printf(picture->text,
                "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"" GREY
                "\" stroke-opacity=\".35\"/>",
                LEFT, RIGHT, row * ROW + BAR_Y + BAR, row * ROW + BAR_Y + BAR);
}

struct bar {
    int row;
    struct instant from, to;
    const char *colour;
    struct str words;
    bool is_thin;
};

static void bar_write(const struct picture *picture, struct bar bar)
{
    double x = x_of(picture, bar.from);
    double width = x_of(picture, bar.to) - x;
    int height = bar.is_thin ? BAR / 2 : BAR;
    text_printf(picture->text,
                "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\">", x,
                bar.row * ROW + BAR_Y + BAR - height, width < 1.5 ? 1.5 : width, height,
                bar.colour);
    title_write(picture->text, bar.from, bar.words);
    text_adds(picture->text, "</rect>");
}

static void mark_write(const struct picture *picture, int row, const char *path,
                       const struct event *event)
{
    text_printf(picture->text,
                "<path transform=\"translate(%.1f %d)\" d=\"%s\" fill=\"none\" "
                "stroke=\"currentColor\" stroke-width=\"1.8\">",
                x_of(picture, event->at), row * ROW + BAR_Y + BAR / 2, path);
    title_write(picture->text, event->at, event_sentence(picture->text->arena, event));
    text_adds(picture->text, "</path>");
}

/* The row of a fact's mark, and its shape; -1: none. */
static int mark_of(const struct event *event, const char **out_path)
{
    static const char cross[] = "M-4-4 4 4M4-4-4 4";
    static const char ring[] = "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0-4 0Z";
    static const char tick[] = "M-5 0-1 4 5-4";
    static const char up[] = "M0-6 5 3-5 3Z";
    static const char note[] = "M-4-5H4V5H-4Z";
    switch ((int)event->kind) {
    case EVENT_INCIDENT_SEVERITY_CHANGED:
    case EVENT_INCIDENT_ESCALATED: *out_path = up; return 0;
    case EVENT_INCIDENT_RESPONSE_MISSED:
    case EVENT_INCIDENT_UPDATE_MISSED:
    case EVENT_INCIDENT_RESOLUTION_MISSED:
    case EVENT_INCIDENT_DEED_MISSED:
    case EVENT_INCIDENT_AUTHORITY_MISSED:
    case EVENT_INCIDENT_UNREACHED: *out_path = cross; return 0;
    case EVENT_PAGE_SENT: *out_path = ring; return 1;
    case EVENT_PAGE_FAILED:
    case EVENT_PAGE_DOUBTED: *out_path = cross; return 1;
    case EVENT_INCIDENT_TICKED:
    case EVENT_INCIDENT_TICKED_BY_ACTION:
    case EVENT_INCIDENT_DEED_DONE:
    case EVENT_INCIDENT_AUTHORITY_TOLD: *out_path = tick; return 2;
    case EVENT_INCIDENT_NOTED:
    case EVENT_INCIDENT_ACKNOWLEDGED: *out_path = note; return 2;
    case EVENT_INCIDENT_ROLE_HANDED_OVER: *out_path = up; return 2;
    default: return -1;
    }
}

/* The states of the incident itself; what it took over is not drawn again. */
static void states_write(const struct picture *picture)
{
    const struct postmortem *postmortem = picture->postmortem;
    struct bar bar = {.from = postmortem->past.opened, .colour = RED, .words = STR("open")};
    struct str own =
        str_printf(picture->text->arena, "incident:%lld", (long long)postmortem->past.number);
    for (size_t i = 0; i < postmortem->story.count; i++) {
        const struct event *event = &postmortem->story.events[i];
        struct bar next = {.from = event->at};
        if (!str_equal(event->subject, own))
            continue;
        if (event->kind == EVENT_INCIDENT_ACKNOWLEDGED && str_is(bar.words, "open")) {
            next.colour = AMBER;
            next.words = STR("acknowledged");
        } else if (event->kind == EVENT_INCIDENT_MITIGATED) {
            next.colour = GREEN;
            next.words = STR("mitigated");
        } else if (event->kind == EVENT_INCIDENT_REOPENED) {
            next.colour = RED;
            next.words = STR("open");
        } else {
            continue;
        }
        bar.to = event->at;
        bar_write(picture, bar);
        bar = next;
    }
    bar.to = postmortem->end;
    bar_write(picture, bar);
}

static void marks_write(const struct picture *picture)
{
    const struct story *story = &picture->postmortem->story;
    for (size_t i = 0; i < story->count; i++) {
        const char *path = "";
        int row = mark_of(&story->events[i], &path);
        if (row >= 0)
            mark_write(picture, row, path, &story->events[i]);
    }
}

static void rule_write(const struct picture *picture, const struct impact *impact, int row)
{
    const struct story *story = &picture->postmortem->story;
    struct instant firing = {0}, unknown = {0};
    label_write(picture, row,
                str_printf(picture->text->arena, "line %lld: %.*s", (long long)impact->line,
                           STR_ARGS(impact->title)));
    for (size_t i = 0; i < story->count; i++) {
        const struct event *event = &story->events[i];
        enum event_kind kind = event->kind;
        if (kind < EVENT_ALERT_PENDING || kind > EVENT_ALERT_HELD ||
            !str_equal(event_str(event, "rule"), impact->id))
            continue;
        if (kind == EVENT_ALERT_FIRED && instant_is_zero(firing))
            firing = event->at;
        if (kind == EVENT_ALERT_UNKNOWN)
            unknown = event->at;
        if ((kind == EVENT_ALERT_RESOLVED || kind == EVENT_ALERT_RETIRED) &&
            !instant_is_zero(firing)) {
            bar_write(picture, (struct bar){row, firing, event->at, RED, STR("firing"), false});
            firing = (struct instant){0};
        }
        if (kind == EVENT_ALERT_KNOWN && !instant_is_zero(unknown)) {
            bar_write(picture, (struct bar){row, unknown, event->at, GREY, STR("unknown"), true});
            unknown = (struct instant){0};
        }
    }
    if (!instant_is_zero(firing))
        bar_write(picture,
                  (struct bar){row, firing, picture->postmortem->end, RED, STR("firing"), false});
    if (!instant_is_zero(unknown))
        bar_write(picture,
                  (struct bar){row, unknown, picture->postmortem->end, GREY, STR("unknown"), true});
}

static void axis_write(const struct picture *picture)
{
    int y = picture->rows * ROW + AXIS - 8;
    bool long_time = instant_ms_between(picture->from, picture->to) > 24 * 60 * 60 * 1000;
    for (int i = 0; i <= TICKS; i++) {
        char at[INSTANT_TEXT_BYTES];
        struct instant moment = {picture->from.us +
                                 (picture->to.us - picture->from.us) / TICKS * i};
        double x = x_of(picture, moment);
        const char *anchor = i == 0 ? "start" : i == TICKS ? "end" : "middle";
        instant_write(moment, at);
        text_printf(picture->text,
                    "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\" stroke=\"" GREY
                    "\" stroke-opacity=\".3\"/><text x=\"%.1f\" y=\"%d\" font-size=\"11\" "
                    "text-anchor=\"%s\" fill=\"currentColor\">%.*s%s</text>",
                    x, x, picture->rows * ROW, x, y, anchor, long_time ? 11 : 8,
                    long_time ? at + 5 : at + 11, i == 0 ? " UTC" : "");
    }
}

void postmortem_draw(struct text *text, const struct postmortem *postmortem)
{
    size_t rules = postmortem->impact_count < ROWS_MAX ? postmortem->impact_count : ROWS_MAX;
    struct picture picture = {.text = text,
                              .postmortem = postmortem,
                              .from = postmortem->past.opened,
                              .to = postmortem->end,
                              .rows = FIXED_ROWS + (int)rules};
    for (size_t i = 0; i < rules; i++)
        if (!instant_is_zero(postmortem->impacts[i].fired) &&
            instant_before(postmortem->impacts[i].fired, picture.from))
            picture.from = postmortem->impacts[i].fired;
    if (instant_ms_between(picture.from, picture.to) < 1000)
        picture.to = instant_add_ms(picture.from, 1000);
    text_printf(text,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" "
                "font-family=\"sans-serif\" class=\"timeline-picture\"><title>Incident %lld over "
                "time, in UTC</title>",
                WIDTH, picture.rows * ROW + AXIS, (long long)postmortem->past.number);
    axis_write(&picture);
    label_write(&picture, 0, STR("Incident: open, acknowledged, mitigated"));
    label_write(&picture, 1, STR("Told: \xE2\x97\x8B arrived, \xC3\x97 failed or in doubt"));
    label_write(&picture, 2, STR("Done: \xE2\x96\xA1 noted or acknowledged, \xE2\x9C\x93 ticked"));
    states_write(&picture);
    marks_write(&picture);
    for (size_t i = 0; i < rules; i++)
        rule_write(&picture, &postmortem->impacts[i], FIXED_ROWS + (int)i);
    text_adds(text, "</svg>");
}
