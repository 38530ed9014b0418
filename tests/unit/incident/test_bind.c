/* test_bind.c - which wordings of boxes are bound to an action, and which only look alike. */
#include "incident/bind.h"

#include "harness/test.h"

static const struct {
    const char *text;
    enum tick_binding binding;
} wordings[] = {
    {"Acknowledge alert", TICK_ACKNOWLEDGED},
    {"Acknowledge the alert (PagerDuty/Slack)", TICK_ACKNOWLEDGED},
    {"**Ack** the page.", TICK_ACKNOWLEDGED},
    {"Acknowledge the incident in PagerDuty", TICK_ACKNOWLEDGED},
    {"Create incident channel (#incident-YYYY-MM-DD-description)", TICK_CHANNEL},
    {"Create incident channel: `#inc-YYYY-MM-DD-brief-description`", TICK_CHANNEL},
    {"Open a dedicated Slack channel", TICK_CHANNEL},
    {"Assess impact and severity", TICK_SEVERITY},
    {"Assess severity & impact", TICK_SEVERITY},
    {"Determine the severity of the incident", TICK_SEVERITY},
    {"Implement immediate mitigation", TICK_MITIGATED},
    {"Mitigate the impact", TICK_MITIGATED},
    {"Begin root cause analysis", TICK_DIAGNOSIS},
    {"Start RCA", TICK_DIAGNOSIS},
    {"Deploy fix", TICK_FIXED},
    {"Deploy the hotfix to production", TICK_FIXED},
    {"Write postmortem", TICK_POSTMORTEM},
    {"Write post-mortem within 48 hours", TICK_POSTMORTEM},
    {"Write incident report", TICK_POSTMORTEM},
    /* For people: another deed, or a condition, or a part of it. */
    {"Update status page", TICK_BY_HAND},
    {"Acknowledge the alert if you are able to investigate and work the problem", TICK_BY_HAND},
    {"Acknowledge the pager and create an Incident issue (use the template)", TICK_BY_HAND},
    {"Acknowledge customer", TICK_BY_HAND},
    {"Update incident channel with resolution", TICK_BY_HAND},
    {"Assess risk to other systems", TICK_BY_HAND},
    {"Assess scope and impact", TICK_BY_HAND},
    {"Apply additional mitigations, additions to monitoring, etc", TICK_BY_HAND},
    {"Apply fix or rollback", TICK_BY_HAND},
    {"Conduct RCA within 72 hours and list follow-up tasks", TICK_BY_HAND},
    {"Deploy minor fixes to production", TICK_BY_HAND},
    {"Deploy fix to staging", TICK_BY_HAND},
    {"Do not deploy fix", TICK_BY_HAND},
    {"Schedule postmortem", TICK_BY_HAND},
    {"Draft postmortem", TICK_BY_HAND},
    {"Write postmortem, if P0", TICK_BY_HAND},
    {"Acknowledge", TICK_BY_HAND},
    {"", TICK_BY_HAND},
};

TEST(only_whole_wordings_bind_a_box)
{
    for (size_t i = 0; i < sizeof wordings / sizeof *wordings; i++) {
        enum tick_binding is = tick_binding_of(str_of(wordings[i].text));
        if (is != wordings[i].binding)
            CHECK_STR(str_of(wordings[i].text), "bound otherwise");
        CHECK((tick_binding_words(is)[0] == '\0') == (is == TICK_BY_HAND));
    }
}

TEST(a_long_box_is_for_people)
{
    struct str text = STR("Write ");
    for (int i = 0; i < 40; i++)
        text = str_printf(arena, "%.*slong ", STR_ARGS(text));
    CHECK_INT(tick_binding_of(str_printf(arena, "%.*spostmortem", STR_ARGS(text))), TICK_BY_HAND);
}
