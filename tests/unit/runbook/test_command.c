/* test_command.c - what is known of a command before it runs: every rule has a command that it is
 * for, and one beside it that it is not for. */
#include "harness/test.h"

#include "base/text.h"
#include "runbook/command.h"
#include "runbook/shell.h"

static struct command_traits judge(struct arena *arena, const char *command,
                                   enum command_language language)
{
    struct command_names names = {.count = 0};
    struct command_traits traits;
    command_judge(arena, str_of(command), language, &names, &traits);
    return traits;
}

TEST(endless_commands)
{
    static const char *const endless[] = {"tail -f /var/log/shop.log",
                                          "tail -fn100 shop.log | grep ERROR",
                                          "journalctl -u shop --follow",
                                          "watch kubectl get pods",
                                          "top",
                                          "kubectl -n shop logs -f deployment/shop",
                                          "docker compose logs -f --tail=100",
                                          "kubectl port-forward svc/shop 8080:80",
                                          "oc get pods -w",
                                          "docker stats",
                                          "docker compose up",
                                          "npm run dev",
                                          "npm run dev:web",
                                          "yarn start",
                                          "netlify dev --inspect",
                                          "netlify functions:log orders --tail",
                                          "heroku logs --tail",
                                          "wrangler tail",
                                          "ping db1",
                                          "python manage.py runserver",
                                          "sudo tcpdump -i eth0",
                                          "stripe listen",
                                          NULL};
    static const char *const ending[] = {"tail -n 100 shop.log",
                                         "docker compose logs --tail=100 shop",
                                         "kubectl logs shop --tail 50",
                                         "kubectl top pods",
                                         "top -b -n 1",
                                         "docker stats --no-stream",
                                         "docker compose up -d",
                                         "docker compose up --build -d shop",
                                         "ping -c 3 db1",
                                         "timeout 60 tail -f shop.log",
                                         "tail -f shop.log | head -5",
                                         "npm run dev &",
                                         "kubectl apply -f shop.yaml",
                                         "oc get pods -owide",
                                         "echo \"watch it with tail -f\"",
                                         "npm run build",
                                         "grep -f patterns shop.log",
                                         NULL};
    for (int i = 0; endless[i]; i++)
        test_same_int(__FILE__, __LINE__, judge(arena, endless[i], LANGUAGE_SHELL).endless, true,
                      endless[i]);
    for (int i = 0; ending[i]; i++)
        test_same_int(__FILE__, __LINE__, judge(arena, ending[i], LANGUAGE_SHELL).endless, false,
                      ending[i]);
}

TEST(destructive_commands)
{
    static const char *const destructive[] = {"rm -rf /srv/cache",
                                              "sudo rm old.log",
                                              "find /tmp -mtime +2 -exec rm {} \\;",
                                              "find /tmp -delete",
                                              "kubectl exec shop-0 -- rm -r /data",
                                              "truncate -s 0 shop.log",
                                              "dd if=/dev/zero of=/dev/sdb",
                                              "mkfs.ext4 /dev/sdb1",
                                              "terraform destroy -target=module.shop",
                                              "terraform state rm module.shop",
                                              "kubectl -n shop delete pod shop-0",
                                              "helm uninstall shop",
                                              "git push origin main --force",
                                              "git push --force-with-lease",
                                              "git reset --hard HEAD~1",
                                              "git clean -fd",
                                              "docker system prune -a",
                                              "docker compose down -v",
                                              "docker volume rm shop_data",
                                              "aws s3 rm s3://shop --recursive",
                                              "aws s3 sync . s3://shop --delete",
                                              "aws ec2 terminate-instances --instance-ids i-1",
                                              "gcloud sql instances delete shop",
                                              "redis-cli -h cache FLUSHALL",
                                              "dropdb shop",
                                              "pg_restore --clean -d shop shop.dump",
                                              "psql shop -c \"DROP TABLE orders\"",
                                              "psql shop <<EOF\nTRUNCATE orders;\nEOF",
                                              "npm run db:rollback",
                                              "npm run db:import",
                                              "npm run security:rotate-keys",
                                              "rails db:drop",
                                              "php artisan migrate:fresh",
                                              "vercel env rm TOKEN",
                                              "crontab -r",
                                              "apt-get purge nginx",
                                              "cd /srv && rm -r old",
                                              "x=$(kubectl delete ns shop)",
                                              NULL};
    static const char *const harmless[] = {"ls -la",
                                           "kubectl get pods",
                                           "kubectl describe pod delete-me",
                                           "echo rm -rf /",
                                           "grep -r 'DROP TABLE' .",
                                           "git push origin main",
                                           "docker compose down",
                                           "aws s3 cp a s3://shop/b",
                                           "terraform plan",
                                           "npm run db:migrate",
                                           "npm run deploy:rollback",
                                           "psql shop -c \"SELECT count(*) FROM orders\"",
                                           "helm list",
                                           "cat > notes <<EOF\nrm -rf everything\nEOF",
                                           "# rm -rf /srv",
                                           NULL};
    for (int i = 0; destructive[i]; i++)
        test_same_int(__FILE__, __LINE__,
                      judge(arena, destructive[i], LANGUAGE_SHELL).destroys.n > 0, true,
                      destructive[i]);
    for (int i = 0; harmless[i]; i++)
        test_same_int(__FILE__, __LINE__, judge(arena, harmless[i], LANGUAGE_SHELL).destroys.n > 0,
                      false, harmless[i]);
}

TEST(sql_effects)
{
    static const struct {
        const char *text;
        enum sql_effect effect;
        const char *destroys;
    } cases[] = {
        {"SELECT 1;", SQL_READS, ""},
        {"WITH a AS (SELECT 1) SELECT * FROM a;", SQL_READS, ""},
        {"EXPLAIN DELETE FROM orders;", SQL_READS, "deletes every row of a table"},
        {"EXPLAIN ANALYZE DELETE FROM orders WHERE id = 1;", SQL_CHANGES, ""},
        {"SELECT * FROM orders FOR UPDATE;", SQL_CHANGES, ""},
        {"SELECT * INTO copy FROM orders;", SQL_CHANGES, ""},
        {"SELECT 'delete from orders';", SQL_READS, ""},
        {"SELECT 1; -- then delete\nSHOW server_version;", SQL_READS, ""},
        {"\\d orders", SQL_READS, ""},
        {"SELECT pg_terminate_backend(7);", SQL_CHANGES, "ends the sessions of others"},
        {"UPDATE orders SET paid = true;", SQL_CHANGES, "changes every row of a table"},
        {"UPDATE orders SET paid = true WHERE id = 1;", SQL_CHANGES, ""},
        {"DELETE FROM orders;", SQL_CHANGES, "deletes every row of a table"},
        {"DELETE FROM orders WHERE id = 1;", SQL_CHANGES, "deletes rows"},
        {"truncate orders;", SQL_CHANGES, "deletes every row of a table"},
        {"DROP TABLE orders;", SQL_CHANGES, "drops a part of the database with its data"},
        {"ALTER TABLE orders DROP COLUMN paid;", SQL_CHANGES,
         "drops a part of a table with its data"},
        {"CREATE TABLE a (id int);", SQL_CHANGES, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct command_traits traits = judge(arena, cases[i].text, LANGUAGE_SQL);
        test_same_int(__FILE__, __LINE__, traits.sql, cases[i].effect, cases[i].text);
        if (traits.sql == SQL_CHANGES || cases[i].destroys[0] == '\0')
            CHECK_STR(traits.destroys, cases[i].destroys);
    }
    CHECK_INT(judge(arena, "psql -c 'SELECT 1'", LANGUAGE_SHELL).sql, SQL_READS);
    CHECK_INT(judge(arena, "psql -c 'VACUUM'", LANGUAGE_SHELL).sql, SQL_CHANGES);
    CHECK_INT(judge(arena, "ls", LANGUAGE_SHELL).sql, SQL_NONE);
}

/* "name type, name type" of what is to be filled in. */
static struct str listed(struct arena *arena, const char *command, enum command_language language)
{
    struct command_traits traits = judge(arena, command, language);
    struct text text;
    text_init(&text, arena, 1000);
    for (int i = 0; i < traits.placeholder_count; i++)
        text_printf(&text, "%s%.*s %s", i ? ", " : "", STR_ARGS(traits.placeholders[i].name),
                    placeholder_type_name(traits.placeholders[i].type));
    return text_str(&text);
}

TEST(placeholders)
{
    static const struct {
        const char *command, *want;
    } cases[] = {
        {"kubectl delete pod <pod-name> -n <namespace>", "pod-name name, namespace name"},
        {"export ENV=[dev|prod]", "dev|prod text"},
        {"deploy [NAME] {{ image_tag }} {host}", "NAME name, image_tag version, host name"},
        {"curl -H \"Authorization: Bearer ${TOKEN}\" $BASE_URL/v1", "TOKEN secret, BASE_URL url"},
        {"X=1; echo $X $HOME $1 $? ${Y:-2}", ""},
        {"for f in *.log; do gzip $f; done", ""},
        {"npm run gdpr:export USER_ID", "USER_ID id"},
        {"npm run db:rollback -- --target=VERSION", "VERSION version"},
        {"netlify functions:log FUNCTION_NAME --tail", "FUNCTION_NAME name"},
        {"ls backup_YYYYMMDD_HHMMSS.dump", "YYYYMMDD_HHMMSS date"},
        {"report --from YYYY-MM-DD --at HH:MM", "YYYY-MM-DD date, HH:MM time"},
        {"API_KEY=your-api-key ./run", "your-api-key secret"},
        {"STRIPE_KEY=sk_xxxx", "STRIPE_KEY secret"},
        {"login --user=xxx --password=____", "user name, password secret"},
        {"git commit -m '...'", "... text"},
        {"cd /path/to/project", "/path/to path"},
        {"echo '$NOT_THIS' \\$NOR_THIS", ""},
        {"curl -X POST https://host.example/v1", ""},
        {"curl -w \"%{http_code}\" -o /dev/null https://host.example", ""},
        {"docker ps --format '{{.Names}}'", ""},
        {"awk '{print $1}' file", ""},
        {"xargs -I {} rm {}", ""},
        {"git checkout stash@{0}", ""},
        {"ls [a-z]*.log [0-9]", ""},
        {"[ -f x ] && echo y", ""},
        {"go test ./...", ""},
        {"git diff main...next", ""},
        {"grep ERROR shop.log", ""},
        {"vercel env rm API_TOKEN", ""},
        {"docker run -e API_TOKEN shop", ""},
        {"API_TOKEN=abc ./run", ""},
        {"redis-cli INFO", ""},
        {"cat RUNBOOK.md", ""},
        {"git reset HEAD~1", ""},
        {"cat a <b >c", ""},
        {"diff <(ls a) <(ls b)", ""},
        {"cat <<EOF\nEOF", ""},
        {"cat <<EOF >f\nMAX_DAYS 90 $USER_TOKEN <host>\nEOF\nrun POD_NAME",
         "USER_TOKEN secret, host name, POD_NAME name"},
        {"cat <<'EOF'\nMAX_DAYS $TOKEN\nEOF\nrun $TOKEN", "TOKEN secret"},
        {"x=\"$(jq -n '{a: $a}' <<< \"$BODY\")\" y=\"$Z\"", "BODY text, Z text"},
        {"echo \"Waiting for it...\"", ""},
        {"while read -r line; do echo $line; done", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_SAME(str_printf(arena, "%s: %.*s", cases[i].command,
                              STR_ARGS(listed(arena, cases[i].command, LANGUAGE_SHELL))),
                   str_printf(arena, "%s: %s", cases[i].command, cases[i].want));
    CHECK_STR(
        listed(arena, "SELECT pg_terminate_backend(PID) FROM t WHERE a = 'USER_ID'", LANGUAGE_SQL),
        "PID id, USER_ID id");
    CHECK_STR(listed(arena, "SELECT COUNT(ID), CURRENT_DATE FROM ORDER_ITEMS", LANGUAGE_SQL), "");
    CHECK_STR(listed(arena, "print(f\"{name}\", items[KEY])", LANGUAGE_CODE), "");
}

/* Variables set by an earlier command of the block are no placeholders. */
TEST(names_of_a_block)
{
    struct command_names names = {.count = 0};
    struct command_traits traits;
    command_judge(arena, STR("export SLUG=a HOST=$(hostname)"), LANGUAGE_SHELL, &names, &traits);
    command_judge(arena, STR("curl $HOST/$SLUG/$OTHER"), LANGUAGE_SHELL, &names, &traits);
    CHECK_INT(traits.placeholder_count, 1);
    CHECK_STR(traits.placeholders[0].name, "OTHER");
}

TEST(limits_of_placeholders)
{
    struct text text;
    text_init(&text, arena, 10000);
    for (int i = 0; i < 2 * PLACEHOLDERS_MAX; i++)
        text_printf(&text, "<name-%d> ", i);
    CHECK_INT(judge(arena, text_str(&text).p, LANGUAGE_SHELL).placeholder_count, PLACEHOLDERS_MAX);
}

TEST(simple_commands)
{
    struct str rest =
        STR("A=1 sudo 'one word' b\"c d\" \\\n  e # no\n f | g && h; i <<'X' >o\nj k\nX\nl &");
    static const char *const want[] = {
        "A=1 sudo one word b\"c d\" e", "f", "g", "h", "i j k\n o", "l"};
    struct shell_words words;
    size_t count = 0;
    while (shell_next(&rest, &words)) {
        struct text text;
        text_init(&text, arena, 1000);
        for (int i = 0; i < words.count; i++)
            text_printf(&text, "%s%.*s", i ? " " : "", STR_ARGS(words.at[i]));
        CHECK(count < sizeof want / sizeof want[0]);
        CHECK_STR(text_str(&text), want[count]);
        CHECK_INT(words.piped, count == 1);
        CHECK_INT(words.background, count == 5);
        count++;
    }
    CHECK_INT(count, sizeof want / sizeof want[0]);
}

TEST(open_commands)
{
    static const struct {
        const char *line;
        bool open;
    } cases[] = {{"ls", false},
                 {"ls \\", true},
                 {"ls |", true},
                 {"ls &&", true},
                 {"ls ||", true},
                 {"ls &", false},
                 {"echo 'a", true},
                 {"echo \"a", true},
                 {"echo \"a\\\"", true},
                 {"echo a # don't", false},
                 {"cat <<EOF", true},
                 {"cat <<< a", false},
                 {"if true; then", true},
                 {"if true; then ls; fi", false},
                 {"for x in a; do", true},
                 {"f() {", true},
                 {"x=$(ls", true},
                 {"echo if", false},
                 {"echo done", false},
                 {"case $x in", true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct shell shell = {0};
        shell_line(&shell, str_of(cases[i].line));
        test_same_int(__FILE__, __LINE__, shell_is_open(&shell), cases[i].open, cases[i].line);
    }
}

TEST(prompts)
{
    static const struct {
        const char *line;
        size_t prompt, screen;
    } cases[] = {{"$ ls", 2, 2},
                 {"# ls", 0, 2},
                 {"% ls", 0, 2},
                 {"deploy@web1:~$ ls", 15, 15},
                 {"[root@web1 ~]# ls", 15, 15},
                 {"sh-5.1$ ls", 8, 8},
                 {"mysql> SHOW TABLES;", 7, 7},
                 {"shop=# \\d", 7, 7},
                 {"PS C:\\> dir", 8, 8},
                 {"ls $ a", 0, 0},
                 {"a > b", 0, 0},
                 {"[ -f x ] && y", 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str line = str_of(cases[i].line);
        test_same_int(__FILE__, __LINE__, (int64_t)shell_prompt(line, false),
                      (int64_t)cases[i].prompt, cases[i].line);
        test_same_int(__FILE__, __LINE__, (int64_t)shell_prompt(line, true),
                      (int64_t)cases[i].screen, cases[i].line);
    }
}
