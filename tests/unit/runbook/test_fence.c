/* test_fence.c - what the lines between fence marks are, and how the commands of a fence stand to
 * each other. */
#include "harness/test.h"

#include "base/text.h"
#include "runbook/contract.h"

static struct program *read_text(struct arena *arena, struct str text)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("book.md"), text, &program, &err), &err);
    return program;
}

static const char *form_name(enum command_form form)
{
    static const char *const names[] = {"single", "script", "menu"};
    return names[form];
}

/* One letter a line between the marks: c command (C goes on), n note, l literal, s step. */
static struct str letters(struct arena *arena, const char *text)
{
    struct program *program = read_text(arena, str_of(text));
    struct text out;
    text_init(&out, arena, 1000);
    for (int i = 0; i < program->count; i++) {
        const struct statement *at = &program->statements[i];
        char letter = at->kind == STATEMENT_COMMAND    ? 'c'
                      : at->kind == STATEMENT_NOTE     ? 'n'
                      : at->kind == STATEMENT_LITERAL  ? 'l'
                      : at->kind == STATEMENT_STEP     ? 's'
                      : at->kind == STATEMENT_CHECK    ? 'k'
                      : at->kind == STATEMENT_GUIDANCE ? 'g'
                                                       : '-';
        text_byte(&out, letter);
        for (int line = at->line; line < at->last_line; line++)
            text_byte(&out, 'C');
    }
    return text_str(&out);
}

TEST(lines_of_fences)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"```bash\nls \\\n  -l\ncat <<EOF\n# no note\nEOF\n```\n", "-cCcCC-"},
        {"```bash\nfor f in a b; do\n  gzip $f\ndone | tee log\n```\n", "-cCC-"},
        {"```bash\nkubectl get pods |\n  grep shop\nls &&\n  df\n```\n", "-cCcC-"},
        {"```bash\nkubectl get pods\n  | grep shop\n```\n", "-cC-"},
        {"```bash\necho \"it's one\"\necho it's never closed\nls\n```\n", "-ccc-"},
        {"```bash\n#!/bin/bash\n# Title\nls\n```\n", "-nnc-"},
        {"```bash\n// Title\nls\n```\n", "-nc-"},
        {"```console\n$ ls\na  b\n$ cat <<EOF\n> one\n> EOF\n# apt-get update\n```\n", "-clcCCc-"},
        {"```console\n# Look at the disk\n$ df\n```\n", "-nc-"},
        {"```console\nroot@web1:~# systemctl restart shop\nmysql> SHOW TABLES;\n```\n", "-cc-"},
        {"```bash\nkubectl get pods\nNAME    READY   STATUS\nshop-0  1/1     Running\n\nls\n```\n",
         "-cllc-"},
        {"```bash\ncurl -s host/health\n{\"status\": \"ok\"}\n2026-01-02 10:00:00 started\n"
         "HTTP/1.1 200 OK\n```\n",
         "-clll-"},
        {"```bash\nconst a = get('x');\nif (a) {\n  run(a);\n}\nls\n```\n", "-llllc-"},
        {"```bash\nif [ -f x ]; then\n  ls\nfi\nfoo() {\n  ls\n}\n```\n", "-cCCcCC-"},
        {"```bash\nRestart the service on each host\nls\n```\n", "-sc-"},
        {"```bash\n1. Stop the shop\n- [ ] Tell support\n```\n", "-ss-"},
        {"```bash\nUPDATE orders SET paid = true\nWHERE id = 1;\nls\n```\n", "-cCc-"},
        {"```bash\n0 2 * * * /usr/local/bin/backup\n```\n", "-c-"},
        {"```sql\n-- All\nSELECT *\nFROM a;\nCREATE FUNCTION f() AS $$\nBEGIN\nEND;\n$$;\n```\n",
         "-ncCcCCC-"},
        {"```python\nfor a in b:\n    run(a)\nelse:\n    stop()\nx = [\n1,\n]\n```\n", "-cCCCcCC-"},
        {"```\nmake sure that it runs\nfor their services.\nls -la\n```\n", "-llc-"},
        {"```\nshopctl status --short\n```\n\n```\nshopctl status\nsomething else\n```\n",
         "-c--cl-"},
        {"```\nresize2fs /dev/sda1\n/dev/sda1  50G  20G\n```\n", "-cl-"},
        {"```\n$sudo lsblk\nNAME  SIZE\nsda   50G\n```\n", "-cll-"},
        {"```\nKey: value\n┌──┐\n```\n", "-ll-"},
        {"\tA\n", "l"},
        {"```bash\noc get pods\nkind: Pod\nlimit = 30\nW0917 11:21:46 it failed\nPOD_CIDR  # a "
         "range\n```\n",
         "-cllll-"},
        {"```\n# A\nB: 1\n```\n", "-ll-"},
        {"```\n1. Calico (default)\n2. Flannel\n```\n", "-ll-"},
        {"```\ngit pull  ← first\n│\n└── git push now\n```\n", "-lll-"},
        {"```\nROLLBACK completed. Thanks\nCREATE a new account\nUPDATE the list of it\n```\n",
         "-lll-"},
        {"!!! tip\n\n    Do it like this\n\n    ```bash\n    ls | \\\n      tac\n    ```\n",
         "-g-cC-"},
        {"```yaml\na: 1\n```\n", "-l-"},
        {"Expected output:\n```bash\nls -l\n```\n", "--l-"},
        {"The output of this command is kept:\n```bash\nls -l\n```\n", "--c-"},
        {"```promql\nsum(rate(x[5m]))\n```\n", "-l-"},
        {"```console\nsum(rate(x[5m]))\n-\nsum(rate(y[5m]))\n```\n", "-cCC-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_SAME(
            str_printf(arena, "%s%.*s", cases[i].text, STR_ARGS(letters(arena, cases[i].text))),
            str_printf(arena, "%s%s", cases[i].text, cases[i].want));
}

TEST(forms_of_commands)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"ls", "single"},
        {"ls\ndf", "script"},
        {"# A\nls\n# B\ndf", "menu"},
        {"# 1. A\nls\n# 2. B\ndf", "script"},
        {"# Step 1: A\nls\n# Step 2: B\ndf", "script"},
        {"# A\nls\n# Then B\ndf", "script"},
        {"# Option A\nls\n# Option B\ndf", "menu"},
        {"# 1. Look\nls\n# 2. If it is full\ndf", "script"},
        {"# Look\nls\n# If it is full\ndf", "menu"},
        {"# Look\ncd /srv\n# List\nls", "script"},
        {"# Make\nA=$(date)\n# Use\necho $A", "script"},
        {"#!/bin/bash\n# A\nls\n# B\ndf", "script"},
        {"npm run db:migrate\nnpm run db:rollback", "menu"},
        {"systemctl stop shop\nsystemctl start shop", "script"},
        {"systemctl start shop\nsystemctl stop shop", "menu"},
        {"tail -f log\nls", "menu"},
        {"ls\ntail -f log", "script"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct program *program =
            read_text(arena, str_printf(arena, "```bash\n%s\n```\n", cases[i].text));
        for (int k = 0; k < program->count; k++)
            if (program->statements[k].kind == STATEMENT_COMMAND)
                CHECK_SAME(str_printf(arena, "%s: %s", cases[i].text,
                                      form_name(program->statements[k].command.traits.form)),
                           str_printf(arena, "%s: %s", cases[i].text, cases[i].want));
    }
}

TEST(commands_of_tables)
{
    struct program *program =
        read_text(arena, STR("| What | Command |\n|---|---|\n| Look | `kubectl logs -f shop` |\n"
                             "| Undo | see below |\n"));
    CHECK_INT(program->kind_lines[STATEMENT_COMMAND], 1);
    for (int i = 0; i < program->count; i++) {
        const struct statement *at = &program->statements[i];
        if (at->kind != STATEMENT_COMMAND)
            continue;
        CHECK_STR(at->command.text, "kubectl logs -f shop");
        CHECK_STR(at->command.title, "Look");
        CHECK_INT(at->command.traits.endless, true);
        CHECK_INT(at->command.traits.form, COMMAND_MENU);
    }
}

/* The meaning of the statement on a line, as other programs get it. */
static struct str meaning_at(struct arena *arena, const struct program *program, int line)
{
    struct text text;
    struct json_writer w = {.text = &text};
    text_init(&text, arena, 10000);
    for (int i = 0; i < program->count; i++)
        if (program->statements[i].line == line)
            contract_write_statement(&w, program, i);
    struct str all = text_str(&text);
    size_t begin = str_find(all, "\"meaning\":", 0);
    return str_slice(all, begin, str_find(all, ",\"bound\"", begin));
}

TEST(commands_for_other_programs)
{
    struct program *program =
        read_text(arena, STR("```bash\n# A\nrm -r <path>\n# B\ntop\n```\n```sql\nSELECT 1;\n```\n"
                             "1. Export it using: npm run gdpr:export USER_ID\n2. Wait\n"));
    CHECK_STR(meaning_at(arena, program, 3),
              "\"meaning\":{\"language\":\"bash\",\"title\":\"A\",\"command\":\"rm -r <path>\","
              "\"form\":\"menu\",\"endless\":false,\"destructive\":\"removes folders with "
              "everything in them\",\"placeholders\":[{\"name\":\"path\",\"type\":\"path\"}]}");
    CHECK_STR(meaning_at(arena, program, 5),
              "\"meaning\":{\"language\":\"bash\",\"title\":\"B\",\"command\":\"top\","
              "\"form\":\"menu\",\"endless\":true,\"placeholders\":[]}");
    CHECK_STR(meaning_at(arena, program, 8),
              "\"meaning\":{\"language\":\"sql\",\"command\":\"SELECT 1;\",\"form\":\"single\","
              "\"endless\":false,\"read_only\":true,\"placeholders\":[]}");
    CHECK_STR(meaning_at(arena, program, 10),
              "\"meaning\":{\"number\":1,\"command\":\"npm run gdpr:export USER_ID\","
              "\"form\":\"single\",\"endless\":false,\"placeholders\":[{\"name\":\"USER_ID\","
              "\"type\":\"id\"}],\"action\":\"gdpr:export\"}");
    CHECK_STR(meaning_at(arena, program, 11), "\"meaning\":{\"number\":2}");
}

/* What is said or sent is no rule of this runbook. */
TEST(texts_to_be_sent)
{
    struct program *program =
        read_text(arena, STR("## Macros\n\n> \"The limit is reached. Try again in 24 hours.\"\n\n"
                             "## Sample customer email\n\nThank you for your patience.\n\n"
                             "## Notes\n\nThank you for your patience.\n"));
    CHECK_INT(program->kind_lines[STATEMENT_LITERAL], 2);
    CHECK_INT(program->kind_lines[STATEMENT_GUIDANCE], 1);
}

static struct str repeated(struct arena *arena, const char *text, size_t times)
{
    size_t n = strlen(text);
    char *all = arena_alloc(arena, n * times + 1);
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * n, text, n);
    return (struct str){all, n * times};
}

/* The largest fences are read in seconds, whatever they hold. */
TEST(large_fences_are_linear)
{
    static const char *const lines[] = {"echo 'it is open\n",
                                        "cat <<A <<B <<C; cat <<D\n",
                                        "if for while case ( { [ $(\n",
                                        "rm kubectl docker aws git npm <a [b {c ${d xxxxx\n",
                                        "velero backup get --all\n",
                                        "const a = {\n",
                                        NULL};
    static const char *const words[] = {"<",    "[a", "{{",   "xX", "_x",
                                        "a...", "$",  "<<A ", "'",  NULL};
    for (int i = 0; lines[i]; i++) {
        struct arena own;
        arena_init(&own);
        struct str body = repeated(&own, lines[i], 20000);
        struct program *program = read_text(&own, str_printf(&own, "```\n%s```\n", body.p));
        int read = program->line_count;
        program = read_text(&own, str_printf(&own, "```bash\n%s```\n", body.p));
        read += program->line_count;
        arena_done(&own);
        CHECK_INT(read, 40004);
    }
    for (int i = 0; words[i]; i++) {
        struct arena own;
        arena_init(&own);
        struct str line = repeated(&own, words[i], 60000 / strlen(words[i]));
        struct program *program = read_text(&own, str_printf(&own, "```sh\nls %s\n```\n", line.p));
        int read = program->line_count;
        arena_done(&own);
        CHECK_INT(read, 3);
    }
}
