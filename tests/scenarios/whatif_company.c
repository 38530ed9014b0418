/* whatif_company.c - a company drawn from a seed: its runbook and its configuration as text. */
#include "whatif_company.h"

uint64_t draw(struct chance *chance, uint64_t limit)
{
    chance->state += 0x9E3779B97F4A7C15u;
    uint64_t z = chance->state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (z ^ (z >> 31)) % limit;
}

static const char *one_of(struct chance *chance, const char *const *texts, size_t count)
{
    return texts[draw(chance, count)];
}
#define ONE_OF(chance, texts) one_of(chance, texts, sizeof(texts) / sizeof *(texts))

static const char *const names[WHATIF_PEOPLE] = {"ana", "ben", "cai", "dee", "eli"};

struct str whatif_runbook(struct arena *arena, struct chance *chance)
{
    static const char *const times[] = {"5 minutes", "15 minutes", "1 hour", "2 hours", "24 hours"};
    static const char *const escalations[] = {"Immediate to CTO",
                                              "After 10 minutes",
                                              "After 1 hour to the CTO",
                                              "After 4 hours to eli",
                                              "After 30 minutes to everybody",
                                              "After 48 hours"};
    struct text text;
    text_init(&text, arena, 4000);
    text_adds(&text, "# Ours\n\n## Severity Levels\n");
    for (int i = 0; i < 4; i++) {
        text_printf(&text, "- **P%d**: Words\n  - Response time: %s\n", i, ONE_OF(chance, times));
        if (draw(chance, 4))
            text_printf(&text, "  - Escalation: %s\n", ONE_OF(chance, escalations));
        if (draw(chance, 4) == 0)
            text_printf(&text, "  - Updates: every %s\n", ONE_OF(chance, times));
    }
    text_adds(&text, "\n## Critical Alerts\n- Disk usage > 90%\n- Memory usage > 95%\n"
                     "\n## Warning Alerts\n- Disk usage > 80%\n- CPU usage > 85%\n"
                     "\n## Scheduled Maintenance\n- Time: Sunday 2-4 AM UTC\n");
    return text_str(&text);
}

static void add_person(struct text *text, struct chance *chance, const char *name)
{
    static const char *const orders[] = {"[smtp, ntfy]", "[ntfy, smtp after 7 min]", "[smtp]",
                                         "[ntfy]"};
    static const char *const quiet[] = {"22:00-07:00 Europe/Ljubljana", "23:30-06:15 UTC",
                                        "20:00-08:00 America/New_York", "09:00-17:00 Asia/Kolkata"};
    text_printf(text, "  %s:\n    ntfy: %s\n", name, name);
    if (draw(chance, 4))
        text_printf(text, "    email: %s@acme.example\n", name);
    else
        return; /* one way, and no order */
    if (draw(chance, 2))
        text_printf(text, "    contact: %s\n", ONE_OF(chance, orders));
    if (draw(chance, 3) == 0)
        text_printf(text, "    quiet: %s\n", ONE_OF(chance, quiet));
    if (draw(chance, 3) == 0)
        text_printf(text, "    roles: [%s]\n", draw(chance, 2) ? "CTO" : "responder");
}

static void add_rota(struct text *text, struct chance *chance, const char *name)
{
    static const char *const zones[] = {"UTC", "Europe/Ljubljana", "America/New_York",
                                        "Australia/Lord_Howe", "Asia/Kolkata"};
    const char *zone = ONE_OF(chance, zones);
    uint64_t one = draw(chance, WHATIF_PEOPLE);
    const char *a = names[one];
    const char *b = names[(one + 1 + draw(chance, WHATIF_PEOPLE - 1)) % WHATIF_PEOPLE];
    const char *c = names[draw(chance, WHATIF_PEOPLE)];
    int hour = (int)draw(chance, 24);
    text_printf(text, "  %s:\n    may_be_empty: yes\n", name);
    switch (draw(chance, 6)) {
    case 0: text_printf(text, "    people: %s\n", a); break;
    case 1:
        text_printf(text, "    weekly: [%s, %s]\n    handover: Monday %02d:30 %s\n", a, b, hour,
                    zone);
        break;
    case 2:
        text_printf(text, "    daily: [[%s, %s], %s]\n    handover: %02d:00 %s\n", a, b, c, hour,
                    zone);
        break;
    case 3:
        text_printf(text, "    every: %d hours\n    people: [%s, %s, %s]\n    zone: %s\n",
                    1 + (int)draw(chance, 30), a, b, c, zone);
        break;
    case 4:
        text_printf(text, "    daily: [%s, %s]\n    handover: 09:00 %s\n    only: 09:00-17:00\n", a,
                    b, zone);
        break;
    default:
        text_printf(
            text,
            "    layers:\n      - { people: %s, only: \"Monday-Friday 18:00-06:00\", zone: %s }\n"
            "      - { daily: [%s, %s], handover: \"%02d:00 %s\", only: 08:00-20:00 }\n",
            a, zone, b, c, hour, zone);
    }
}

struct str whatif_configuration(struct arena *arena, struct chance *chance)
{
    static const char *const repeats[] = {"20 min", "1 hour", "90 min", "6 hours"};
    static const char *const groups[] = {"0 s", "30 s"};
    struct text text;
    text_init(&text, arena, 8000);
    text_adds(&text, "people:\n");
    for (int i = 0; i < WHATIF_PEOPLE; i++)
        add_person(&text, chance, names[i]);
    text_adds(&text, "on_call:\n");
    add_rota(&text, chance, "primary");
    add_rota(&text, chance, "secondary");
    text_printf(&text, "incidents: { repeat: %s, bundle: 0 s, group: %s }\n",
                ONE_OF(chance, repeats), ONE_OF(chance, groups));
    text_printf(&text, "alerts: { critical: P%d, warning: P%d }\n", (int)draw(chance, 2),
                1 + (int)draw(chance, 3));
    text_adds(&text, "smtp: { url: \"smtp://127.0.0.1:25\", from: reeve@acme.example }\n"
                     "providers: [{ name: push, kind: ntfy, url: \"https://ntfy.example\" }]\n");
    return text_str(&text);
}

const char *whatif_person(struct chance *chance)
{
    return names[draw(chance, WHATIF_PEOPLE)];
}
