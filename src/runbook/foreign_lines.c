/* foreign_lines.c - what becomes of lines in another language: they are said, and no rule. */
#include "runbook/builder.h"

const char *foreign_of(const struct builder *builder, struct str text)
{
    const char *language = builder->foreign_lines ? foreign_language(text) : NULL;
    if (!language)
        return builder->language;
    return foreign_is_english(language) ? NULL : language;
}

static bool is_rule(enum statement_kind kind)
{
    return kind == STATEMENT_SEVERITY || kind == STATEMENT_RESPONSE || kind == STATEMENT_ALERT ||
           kind == STATEMENT_OBJECTIVE || kind == STATEMENT_SCHEDULE;
}

void foreign_refuse(struct builder *builder)
{
    struct sentence *sentence = &builder->sentence;
    const struct statement *made = &sentence->made[0];
    const char *language = foreign_of(builder, made->text);
    if (!language || sentence->made_count == 0)
        return;
    bool rule = is_rule(made->kind) || made->kind == STATEMENT_UNCLEAR ||
                (made->kind == STATEMENT_GUIDANCE && foreign_looks_like_rule(made->text));
    if (rule) {
        sentence->made_count = 1;
        sentence->made[0].kind = STATEMENT_UNCLEAR;
        sentence->leftover = (struct str){"", 0};
    } else if (!builder->language && !builder->foreign_said) {
        builder->foreign_said = true;
        builder_find(builder, (struct finding){
                                  .level = FINDING_HINT,
                                  .line = made->line,
                                  .column = made->column,
                                  .code = "language",
                                  .text = builder->foreign_lines > 1
                                              ? str_printf(builder->arena,
                                                           "This line is in %s, the first of %d "
                                                           "lines that are not in English, and "
                                                           "only English is read. Say it in "
                                                           "English if it is meant to be done.",
                                                           language, builder->foreign_lines)
                                              : str_printf(builder->arena,
                                                           "This line is in %s, and only English "
                                                           "is read. Say it in English if it is "
                                                           "meant to be done.",
                                                           language)});
    }
}

void foreign_find(struct builder *builder)
{
    builder->language = foreign_document(builder->outline, &builder->foreign_lines);
    if (builder->language)
        builder_find(builder,
                     (struct finding){.level = FINDING_HINT,
                                      .line = builder->outline->pieces[0].line,
                                      .column = builder->outline->pieces[0].column,
                                      .code = "language",
                                      .text = str_printf(builder->arena,
                                                         "The runbook is written in %s, and only "
                                                         "English is read. What looks like a rule "
                                                         "in it is not enforced; write the rules "
                                                         "in English.",
                                                         builder->language)});
}
