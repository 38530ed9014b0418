/* table.c - the actions in the order of the manual. */
#include "action/action.h"

#include "action/reads.h"
#include "action/records.h"
#include "base/moment.h"

#define NUMBER                                                                                     \
    {                                                                                              \
        .name = "number", .type = ARGUMENT_INT, .required = true, .min = 1, .max = 1000000000,     \
        .help = "the incident's number"                                                            \
    }

#define FOLLOW_UP                                                                                  \
    {                                                                                              \
        .name = "follow-up", .type = ARGUMENT_INT, .required = true, .min = 1, .max = 1000000000,  \
        .help = "the follow-up's number"                                                           \
    }

#define RUN_NUMBER                                                                                 \
    {                                                                                              \
        .name = "number", .type = ARGUMENT_INT, .required = true, .min = 1, .max = 1000000000,     \
        .help = "the run's number"                                                                 \
    }
#define STEP                                                                                       \
    {                                                                                              \
        .name = "step", .type = ARGUMENT_INT, .min = 0, .max = 2 * LIMIT_RUN_STEPS,                \
        .default_value = "0", .help = "the step, from 1; default: the one whose turn it is"        \
    }
#define PROCEDURE                                                                                  \
    {                                                                                              \
        .name = "procedure", .type = ARGUMENT_TEXT, .required = true, .takes_rest = true,          \
        .min = 1, .max = 400,                                                                      \
        .help =                                                                                    \
            "its name, \"Heading / name\", a command's own name, each also with \" (line 12)\" "   \
            "behind it"                                                                            \
    }
#define SET                                                                                        \
    {                                                                                              \
        .name = "set", .type = ARGUMENT_PAIRS, .is_option = true, .min = 1, .max = 40000,          \
        .help = "NAME=VALUE for an open place of its commands; may be given several times"         \
    }
#define REASON(what)                                                                               \
    {                                                                                              \
        .name = "reason", .type = ARGUMENT_TEXT, .is_option = true, .min = 0, .max = 8000,         \
        .help = (what)                                                                             \
    }

static const struct action table[] = {
    {.name = "serve",
     .summary = "Run the runbook: watch, alert, page, and show the page.",
     .help =
         "Reads reeve.yaml and the runbook it names, starts the keeper and the collector, and "
         "serves the page on a loopback address. The address with its token is printed once. "
         "SIGTERM or Ctrl-C stops it; a shell that hangs up does not: SIGHUP makes it look at the "
         "runbook at once. It does not start without its configuration, and not without the key "
         "that signed its ledger.",
     .example = "reeve serve --config reeve.yaml",
     .permission = PERMISSION_OWN,
     .effect = EFFECT_LOCAL},
    {.name = "check",
     .summary = "Say of every line of a runbook what it was understood as.",
     .help =
         "Lists errors (what looks like a rule and is not understood), open decisions and "
         "hints, each with line and column, and counts the lines by kind. Of a folder, all "
         "*.md and *.markdown files below it are read, hidden folders, node_modules and vendor "
         "left out. What the configuration of this folder, or the one given with --config, "
         "answers is listed as decided, with its key; what of it goes with no line of the runbook "
         "or reaches nobody is a finding too, and so is what a Reeve that runs by it knows: who is "
         "on call and has ways that nobody proved. Exit 1 when there is an error; with "
         "--strict also for open decisions and hints; 2 when a file could not be read.",
     .example = "reeve check RUNBOOK.md",
     .permission = PERMISSION_READ,
     .effect = EFFECT_LOCAL,
     .arguments = {{.name = "file",
                    .type = ARGUMENT_PATHS,
                    .min = 1,
                    .max = 4096,
                    .help = "runbooks and folders of them; default: the one of reeve.yaml"},
                   {.name = "lines",
                    .type = ARGUMENT_FLAG,
                    .is_option = true,
                    .help = "every line with its kind and meaning"},
                   {.name = "strict",
                    .type = ARGUMENT_FLAG,
                    .is_option = true,
                    .help = "exit 1 for open decisions and hints too"},
                   {.name = "sarif",
                    .type = ARGUMENT_FLAG,
                    .is_option = true,
                    .help = "the findings as a SARIF 2.1.0 log, for code scanning"},
                   {.name = "annotations",
                    .type = ARGUMENT_FLAG,
                    .is_option = true,
                    .help = "the findings as lines that CI shows beside the code"}}},
    {.name = "explain",
     .summary = "Show the parts and the meaning of one sentence.",
     .help =
         "Reads the sentence as a line of a runbook and prints its kind, its meaning in plain "
         "words and its parts; for an alert, also what it is measured by and the same in "
         "PromQL. Its signal is bound as the configuration of this folder, or the one given with "
         "--config, says. Exit 1 when the sentence is not understood.",
     .example = "reeve explain \"Error rate > 5% for 5 minutes\"",
     .permission = PERMISSION_READ,
     .effect = EFFECT_LOCAL,
     .arguments = {{.name = "sentence",
                    .type = ARGUMENT_TEXT,
                    .required = true,
                    .takes_rest = true,
                    .min = 1,
                    .max = 4096,
                    .help = "the sentence, in quotes"},
                   {.name = "heading",
                    .type = ARGUMENT_TEXT,
                    .is_option = true,
                    .min = 0,
                    .max = 200,
                    .default_value = "Critical Alerts",
                    .help = "the heading it stands under"}}},
    {.name = "diff",
     .summary = "Say in words what changes in policy between two versions of a runbook.",
     .help = "Names every severity, duty, alert, objective, schedule, step, contact and command "
             "that is new, gone or changed, each with its line. Lines that only moved, or say the "
             "same in other words, are no change; nor is the order of steps. With --json one "
             "object a line and a summary. Exit 0 when nothing changes, 1 when something does.",
     .example = "reeve diff OLD.md RUNBOOK.md",
     .permission = PERMISSION_READ,
     .effect = EFFECT_LOCAL,
     .arguments = {{.name = "old",
                    .type = ARGUMENT_PATH,
                    .required = true,
                    .min = 1,
                    .max = 4096,
                    .help = "the runbook as it was"},
                   {.name = "new",
                    .type = ARGUMENT_PATH,
                    .required = true,
                    .min = 1,
                    .max = 4096,
                    .help = "the runbook as it shall be"}}},
    {.name = "export prometheus",
     .summary = "Write the runbook's alerts as Prometheus rules, or its severities as routes.",
     .help = "Prints a rules file: each alert sentence with the expression that \"reeve explain\" "
             "shows, the traffic that it needs, its time and its severity; sentences that cannot "
             "be exported stand in comments with the reason, and so does what Prometheus decides "
             "otherwise than Reeve. With --alertmanager prints routes and receivers, one for each "
             "severity. Signals are bound as in \"reeve explain\".",
     .example = "reeve export prometheus RUNBOOK.md",
     .permission = PERMISSION_READ,
     .effect = EFFECT_LOCAL,
     .arguments = {{.name = "file",
                    .type = ARGUMENT_PATH,
                    .min = 1,
                    .max = 4096,
                    .help = "the runbook; default: the one of reeve.yaml"},
                   {.name = "alertmanager",
                    .type = ARGUMENT_FLAG,
                    .is_option = true,
                    .help = "routes and receivers for Alertmanager"},
                   {.name = "quoted",
                    .type = ARGUMENT_FLAG,
                    .is_option = true,
                    .help = "also rules whose names PromQL writes in quotes, for Prometheus 3.0 or "
                            "later"}}},
    {.name = "status",
     .summary = "What is wrong now, since when, and who was told.",
     .help = "Open incidents with their clocks, also those that are mitigated and wait for a "
             "person; rules that are not false or not read, targets that do not answer, and open "
             "runs. Exit 1 when something is wrong or unknown, a run that failed, is in doubt or "
             "is late among it.",
     .example = "reeve status",
     .permission = PERMISSION_READ,
     .effect = EFFECT_READ,
     .read = read_status,
     .is_prose = true},
#include "action/table_alert.def"
#include "action/table_beat.def"
#include "action/table_import.def"
#include "action/table_incident.def"
#include "action/table_oncall.def"
#include "action/table_silence.def"
#include "action/table_switch.def"
    {.name = "procedure list",
     .summary = "The procedures of the runbook: what can be started.",
     .help = "Lists of steps and boxes, scripts, and single commands, each with its line and who "
             "does its steps. A menu of commands is not one procedure: each of its commands is. A "
             "step that sends to a procedure which is not there is said. It needs no ledger.",
     .example = "reeve procedure list",
     .permission = PERMISSION_READ,
     .effect = EFFECT_READ,
     .read = read_procedure_list,
     .is_of_runbook = true},
    {.name = "procedure show",
     .summary = "One procedure with its steps as they would be done.",
     .help = "Each step with what does it, its time, what it destroys, whose approval it needs, "
             "and the exact program and arguments. --set fills in the open places.",
     .example = "reeve procedure show \"Deployment Steps\"",
     .permission = PERMISSION_READ,
     .effect = EFFECT_READ,
     .arguments = {PROCEDURE, SET},
     .read = read_procedure_show,
     .is_of_runbook = true},
    {.name = "run list",
     .summary = "Runs that are not over, newest first.",
     .help = "One line a run: number, state, how many steps are done, age, procedure, and the "
             "step it waits for. With --all also those that ended lately.",
     .example = "reeve run list",
     .permission = PERMISSION_READ,
     .effect = EFFECT_READ,
     .arguments = {{.name = "all",
                    .type = ARGUMENT_FLAG,
                    .is_option = true,
                    .help = "also those that ended lately"}},
     .read = read_run_list},
    {.name = "run show",
     .summary = "One run with its steps: done, running, waiting, and what is to be done now.",
     .help = "Its whole story is \"reeve ledger show --subject run:NUMBER\".",
     .example = "reeve run show 1",
     .permission = PERMISSION_READ,
     .effect = EFFECT_READ,
     .arguments = {RUN_NUMBER},
     .read = read_run_show},
#include "action/table_answer.def"
#include "action/table_watch.def"
    {.name = "run tick",
     .summary = "Say that a step was done.",
     .help = "Without a step, the one whose turn it is. A step that failed or is in doubt can be "
             "called done with a note on how that is known. A step whose words ask for evidence "
             "(\"Record …\", \"screenshot\") needs a note or a file. Files are kept beside the "
             "ledger under their SHA-256, at most 5 MB each.",
     .example = "reeve run tick 1 2 --note \"Restored at 14:03\"",
     .permission = PERMISSION_RUN,
     .effect = EFFECT_RECORD,
     .arguments = {RUN_NUMBER,
                   STEP,
                   {.name = "note",
                    .type = ARGUMENT_TEXT,
                    .is_option = true,
                    .min = 0,
                    .max = 8000,
                    .help = "what was done, or how it is known"},
                   {.name = "attach",
                    .type = ARGUMENT_FILES,
                    .is_option = true,
                    .min = 0,
                    .max = 40000,
                    .help = "the path of a file that shows it; also several times"}},
     .record = record_run_tick},
    {.name = "run skip",
     .summary = "Leave a step out, and say why.",
     .help = "Without a step, the one whose turn it is. The reason stands in the record.",
     .example = "reeve run skip 1 --reason \"no migrations this time\"",
     .permission = PERMISSION_RUN,
     .effect = EFFECT_RECORD,
     .arguments = {RUN_NUMBER, STEP, REASON("why it is left out")},
     .record = record_run_skip},
    {.name = "run retry",
     .summary = "Let a step that failed, or is in doubt, be done again.",
     .help = "A command that may have happened, or that somebody refused, needs a reason why doing "
             "it (again) is right. What was approved for it is void.",
     .example = "reeve run retry 1",
     .permission = PERMISSION_RUN,
     .effect = EFFECT_RECORD,
     .arguments = {RUN_NUMBER, STEP, REASON("why it is right to do it again")},
     .record = record_run_retry},
    {.name = "run cancel",
     .summary = "Cancel a run: what runs now is ended, nothing more begins.",
     .help = "A command that runs is ended with all that it has started. The run can be resumed.",
     .example = "reeve run cancel 1 \"wrong release\"",
     .permission = PERMISSION_RUN,
     .effect = EFFECT_RECORD,
     .arguments = {RUN_NUMBER,
                   {.name = "reason",
                    .type = ARGUMENT_TEXT,
                    .required = true,
                    .takes_rest = true,
                    .min = 1,
                    .max = 8000,
                    .help = "why it is cancelled"}},
     .record = record_run_cancel},
    {.name = "run undo",
     .summary = "Take back what a run has done, the last step first.",
     .help = "For each command that was begun and whose action has undo: in reeve.yaml, the "
             "command that takes it back becomes a further step; what was still to be done is "
             "skipped.",
     .example = "reeve run undo 1 \"the new release is broken\"",
     .permission = PERMISSION_RUN,
     .effect = EFFECT_RECORD,
     .arguments = {RUN_NUMBER,
                   {.name = "reason",
                    .type = ARGUMENT_TEXT,
                    .required = true,
                    .takes_rest = true,
                    .min = 1,
                    .max = 8000,
                    .help = "why it is taken back"}},
     .record = record_run_undo},
    {.name = "run resume",
     .summary = "Go on with a run that was cancelled.",
     .help = "A step that was ended half-way waits to be retried, skipped or ticked.",
     .example = "reeve run resume 1",
     .permission = PERMISSION_RUN,
     .effect = EFFECT_RECORD,
     .arguments = {RUN_NUMBER},
     .record = record_run_resume},
    {.name = "run",
     .summary = "Start a procedure of the runbook.",
     .help =
         "Its steps come one after the other: what the clock or Reeve does begins by itself, "
         "the rest waits for a person's tick. The run keeps the steps it began with. Commands "
         "are run only where reeve.yaml has commands:, open places need --set, and what "
         "destroys something waits for somebody else's approval. With --dry-run every command, "
         "wait and approval is shown, and what is in its way, and nothing begins. With --rehearse "
         "the run is a rehearsal: its commands find the variables of that environment and none of "
         "production's, holds watch no rule, and how long it took is kept.",
     .example = "reeve run \"Deployment Steps\" --dry-run",
     .permission = PERMISSION_RUN,
     .effect = EFFECT_RECORD,
     .arguments = {PROCEDURE,
                   SET,
                   {.name = "dry-run",
                    .type = ARGUMENT_FLAG,
                    .is_option = true,
                    .help = "only show what would be done"},
                   {.name = "rehearse",
                    .type = ARGUMENT_TEXT,
                    .is_option = true,
                    .min = 1,
                    .max = 40,
                    .help = "an environment of reeve.yaml, in place of production"},
                   {.name = "incident",
                    .type = ARGUMENT_INT,
                    .is_option = true,
                    .min = 1,
                    .max = 1000000000,
                    .help = "the incident because of which it is begun"}},
     .read = read_run_plan,
     .record = record_run,
     .is_audited = true,
     .is_of_runbook = true},
#include "action/table_approve.def"
#include "action/table_health.def"
    {.name = "backup:drill",
     .summary = "Restore a backup to a place of its own, prove it, and say how long that took.",
     .help =
         "Restores the newest backup and all WAL (or, with --time, the cluster as it was then) "
         "below services.backup.scratch, starts a server there that only this command reaches, "
         "waits until it has recovered, checks every table and B-tree index (pg_amcheck), counts "
         "all rows, asks services.backup.check, checks the checksum of every page, and removes "
         "it all. Production is not touched: the copy listens on no port, archives nothing, "
         "follows nobody and loads no extension by itself. Says the measured RTO (until the "
         "server answered) and RPO (nothing when all that was written is in an archive, else the "
         "time since the last transaction that came back). Not as root. Exit 0 when all is "
         "proved, 4 when something is not, 2 without services.backup.",
     .example = "reeve backup:drill --time 2026-12-01T13:59:00Z",
     .permission = PERMISSION_RUN,
     .effect = EFFECT_LOCAL,
     .arguments = {{.name = "time",
                    .type = ARGUMENT_TEXT,
                    .is_option = true,
                    .min = 1,
                    .max = 40,
                    .help = MOMENT_HELP_BEHIND}}},
    {.name = "backup:status",
     .summary = "Look whether backups are there, new enough and whole, and WAL without a gap.",
     .help = "Asks pgBackRest (services.backup in reeve.yaml) and, when services.database.url is "
             "there, the server; changes nothing. Looks at each repository (there, encrypted), the "
             "newest backup (its age, wrong checksums), whether it is of this server, whether "
             "archiving works and how much is on the server alone, and whether any WAL is missing "
             "from the oldest backup to the newest. What cannot be told is unknown, which is not "
             "well. Who runs it must be able to read pgBackRest's configuration and repository. "
             "Only a restore proves a backup. Exit 0 when all is well, 4 when something is not or "
             "is unknown, 2 without services.backup.",
     .example = "reeve backup:status",
     .permission = PERMISSION_READ,
     .effect = EFFECT_LOCAL},
    {.name = "db:ping",
     .summary = "Ask whether the database answers, directly and by its pooler, and how fast.",
     .help = "Connects to services.database.url and, when it is there, to services.database.pooler "
             "in reeve.yaml; for each: time to connect with TLS and log-in, time of SELECT 1, TLS "
             "and whether the certificate is checked, version, primary or standby, user and "
             "database. Passwords are never shown. Exit 0 when all answer, 4 when one does not: "
             "then one sentence says why and what to do.",
     .example = "reeve db:ping",
     .permission = PERMISSION_READ,
     .effect = EFFECT_LOCAL},
    {.name = "db:query",
     .summary = "Run SQL that only reads, and show the result as a table.",
     .help = "The statements run one after the other in one READ ONLY transaction that is rolled "
             "back, each with services.database.statement_timeout. What READ ONLY lets through "
             "and no reading does (COPY, pg_terminate_backend, dblink, ...) is refused by name. "
             "At most 1,000 rows of a result and 256 kB of all are kept, and said when there are "
             "more. With --from, the SQL of the runbook is run that stands under this note or "
             "heading, as written. A statement that fails does not stop the next. Exit 0 when all "
             "went well, 2 for wrong use, 3 when something was refused, 4 when the server refused "
             "or was not reached.",
     .example = "reeve db:query --from \"Find slow queries\"",
     .permission = PERMISSION_RUN,
     .effect = EFFECT_LOCAL,
     .arguments = {{.name = "sql",
                    .type = ARGUMENT_TEXT,
                    .takes_rest = true,
                    .min = 1,
                    .max = 64 * 1024,
                    .help = "the statements, in quotes and on one line"},
                   {.name = "file",
                    .type = ARGUMENT_PATH,
                    .is_option = true,
                    .min = 1,
                    .max = 4096,
                    .help = "a file with them instead"},
                   {.name = "from",
                    .type = ARGUMENT_TEXT,
                    .is_option = true,
                    .min = 1,
                    .max = 400,
                    .help = "those of the runbook, by the note or heading they stand under"}}},
#include "action/table_look.def"
#include "action/table_migrate.def"
#include "action/table_move.def"
#include "action/table_page.def"
    {.name = "ledger show",
     .summary = "The facts, newest last.",
     .help = "Each fact with its number, time and sentence; --json prints the canonical entries.",
     .example = "reeve ledger show --last 20",
     .permission = PERMISSION_READ,
     .effect = EFFECT_LOCAL,
     .arguments = {{.name = "last",
                    .type = ARGUMENT_INT,
                    .is_option = true,
                    .min = 1,
                    .max = 1000000,
                    .default_value = "50",
                    .help = "how many"},
                   {.name = "subject",
                    .type = ARGUMENT_TEXT,
                    .is_option = true,
                    .min = 1,
                    .max = 200,
                    .help = "only this subject, such as incident:3"}}},
    {.name = "ledger verify",
     .summary = "Recompute the whole ledger and compare it with its checkpoints.",
     .help = "Needs only the file and, for signatures, the public key. Names the first entry that "
             "was changed; with --checkpoint (a note from an older mail) also finds a tail that "
             "was cut off. Exit 1 when something is wrong.",
     .example = "reeve ledger verify",
     .permission = PERMISSION_READ,
     .effect = EFFECT_LOCAL,
     .arguments = {{.name = "file",
                    .type = ARGUMENT_PATH,
                    .is_option = true,
                    .min = 1,
                    .max = 4096,
                    .help = "the ledger; default: the one of reeve.yaml"},
                   {.name = "key",
                    .type = ARGUMENT_TEXT,
                    .is_option = true,
                    .min = 1,
                    .max = 400,
                    .help = "the public key, as \"reeve ledger checkpoint\" prints it"},
                   {.name = "checkpoint",
                    .type = ARGUMENT_PATH,
                    .is_option = true,
                    .min = 1,
                    .max = 4096,
                    .help = "a file with a checkpoint kept elsewhere"}}},
    {.name = "ledger checkpoint",
     .summary = "Print the newest signed checkpoint and the public key.",
     .help = "A note in the C2SP form: origin, number of entries, root hash, signature.",
     .example = "reeve ledger checkpoint",
     .permission = PERMISSION_READ,
     .effect = EFFECT_LOCAL},
    {.name = "ledger backup",
     .summary = "Copy the ledger while it is in use, and verify the copy.",
     .help = "Restoring is putting the copy in the ledger's place while Reeve is stopped.",
     .example = "reeve ledger backup copy.db",
     .permission = PERMISSION_OWN,
     .effect = EFFECT_LOCAL,
     .arguments = {{.name = "to",
                    .type = ARGUMENT_PATH,
                    .required = true,
                    .min = 1,
                    .max = 4096,
                    .help = "the copy; must not exist"}}},
    {.name = "ledger erase",
     .summary = "Erase the texts beside an entry for good, and record who did it and why.",
     .help = "For what must not be kept: a name in a note, a secret pasted by mistake. The entry "
             "with its digest stays, so the ledger stays whole; who erased it, when and why is an "
             "entry of its own, written first. There is no way back; copies made before "
             "still have the text.",
     .example = "reeve ledger erase 17 --reason \"a customer's name\"",
     .permission = PERMISSION_OWN,
     .effect = EFFECT_RECORD,
     .arguments = {{.name = "entry",
                    .type = ARGUMENT_INT,
                    .required = true,
                    .min = 1,
                    .max = INT64_MAX,
                    .help = "the entry's number, as \"reeve ledger show\" gives it"},
                   {.name = "reason",
                    .type = ARGUMENT_TEXT,
                    .is_option = true,
                    .required = true,
                    .min = 3,
                    .max = 2000,
                    .help = "why; it stands in the ledger, so do not repeat the text"}},
     .record_stored = record_ledger_erase},
    {.name = "config show",
     .summary = "The configuration in force, each value with where it came from.",
     .help = "Secrets are references. Beside a core that runs: what of the file is not in force.",
     .example = "reeve config show",
     .permission = PERMISSION_READ,
     .effect = EFFECT_LOCAL},
    {.name = "token new",
     .summary = "Replace the token that opens the page.",
     .help = "The old one stops working at once, also for pages that are open. Where the "
             "configuration says access: { page_token: always }, the token opens the page. Else it "
             "makes one administrator, or gives one a new password, and is used up by that: the "
             "way back in for whoever works on the machine itself.",
     .example = "reeve token new",
     .permission = PERMISSION_OWN,
     .effect = EFFECT_LOCAL},
#include "action/table_access.def"
    {.name = "manual",
     .summary = "Print the reference of all commands as Markdown.",
     .help = "docs/manual/commands.md is this text; the tests refuse a stale one.",
     .example = "reeve manual",
     .permission = PERMISSION_READ,
     .effect = EFFECT_LOCAL},
};

const struct action *action_table(size_t *out_count)
{
    *out_count = sizeof table / sizeof table[0];
    return table;
}
