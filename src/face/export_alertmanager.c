/* export_alertmanager.c - routes and receivers: one for each severity of the document. */
#include "face/export.h"

#include "base/instant.h"
#include "base/mail.h"

/* The contact with a mail address that the document has under this name, or NULL. */
static const struct contact_statement *find_contact(const struct program *program, struct str name)
{
    for (int i = 0; i < program->count; i++) {
        const struct contact_statement *contact = &program->statements[i].contact;
        if (program->statements[i].kind != STATEMENT_CONTACT || contact->placeholder ||
            !mail_is_address(contact->address))
            continue;
        if (name.n > 0 &&
            (str_equal_nocase(contact->who, name) || str_equal_nocase(contact->service, name)))
            return contact;
    }
    return NULL;
}

static void add_step_comment(struct text *out, const struct severity_step *step)
{
    text_printf(out, "  #   line %d: escalation ", step->line);
    if (step->after_ms > 0)
        text_printf(out, "after %.*s", STR_ARGS(duration_text(out->arena, step->after_ms)));
    else
        text_adds(out, "at once");
    text_adds(out, " to ");
    export_add_line(out, step->to.n > 0 ? step->to : STR("nobody named"));
    if (step->after_ms > 0)
        text_adds(out, ": not expressible, Alertmanager does not escalate");
    text_byte(out, '\n');
}

static void add_receiver(struct text *out, const struct export_source *source,
                         const struct severity_level *level)
{
    text_adds(out, "  # ");
    export_add_line(out, level->id);
    if (level->word.n > 0) {
        text_adds(out, " (");
        export_add_line(out, level->word);
        text_byte(out, ')');
    }
    text_printf(out, ": somebody responds within %.*s%s\n",
                STR_ARGS(duration_text(out->arena, level->respond_ms)),
                level->respond_is_default ? " (not said in the runbook)" : "");
    for (int i = 0; i < level->step_count; i++)
        add_step_comment(out, &level->steps[i]);
    text_adds(out, "  - name: ");
    json_quote(out, level->id);
    text_byte(out, '\n');
    bool mails = false;
    for (int i = 0; i < level->step_count; i++) {
        const struct contact_statement *contact =
            level->steps[i].after_ms == 0 ? find_contact(source->program, level->steps[i].to)
                                          : NULL;
        if (!contact)
            continue;
        if (!mails)
            text_adds(out, "    email_configs:\n");
        text_adds(out, "      - to: ");
        json_quote(out, contact->address);
        text_byte(out, '\n');
        mails = true;
    }
    if (!mails)
        text_adds(out, "    # The runbook gives nobody with a mail address to tell at once: add "
                       "whom to tell.\n");
}

static bool has_mail(const struct export_source *source)
{
    for (int i = 0; i < source->plan->level_count; i++)
        for (int k = 0; k < source->plan->levels[i].step_count; k++)
            if (source->plan->levels[i].steps[k].after_ms == 0 &&
                find_contact(source->program, source->plan->levels[i].steps[k].to))
                return true;
    return false;
}

void export_write_routes(struct text *out, const struct export_source *source)
{
    const struct severity_plan *plan = source->plan;
    text_adds(out, "# Alertmanager routes of ");
    export_add_line(out, source->program->file);
    text_adds(
        out, ", written by \"reeve export prometheus --alertmanager\".\n"
             "# Alertmanager sends and repeats; it knows no acknowledgement, no response clock and "
             "no escalation\n# after a time. What the runbook says of them stands beside each "
             "receiver.\n");
    if (has_mail(source))
        text_adds(out, "global:\n  smtp_smarthost: \"localhost:25\" # put yours here\n"
                       "  smtp_from: \"alertmanager@localhost\"\n");
    text_adds(out, "route:\n  receiver: ");
    json_quote(out, plan->levels[0].id);
    text_adds(out, " # whatever has no severity of the runbook\n  group_by: [\"alertname\"]\n  "
                   "routes:\n");
    for (int i = 0; i < plan->level_count; i++) {
        text_adds(out, "    - matchers: [");
        json_quote(out, str_printf(out->arena, "severity=\"%.*s\"", STR_ARGS(plan->levels[i].id)));
        text_adds(out, "]\n      receiver: ");
        json_quote(out, plan->levels[i].id);
        text_byte(out, '\n');
    }
    text_adds(out, "receivers:\n");
    for (int i = 0; i < plan->level_count; i++)
        add_receiver(out, source, &plan->levels[i]);
}
