/* words_unit.c - units of time by their words. */
#include "runbook/words.h"

static const struct {
    int id;
    int64_t ms;
    int months;
} time_units[] = {
    {WD_MS, 1, 0},           {WD_MILLISECOND, 1, 0},
    {WD_MILLISECONDS, 1, 0}, {WD_S, 1000, 0},
    {WD_SEC, 1000, 0},       {WD_SECS, 1000, 0},
    {WD_SECOND, 1000, 0},    {WD_SECONDS, 1000, 0},
    {WD_M, 60000, 0},        {WD_MIN, 60000, 0},
    {WD_MINS, 60000, 0},     {WD_MINUTE, 60000, 0},
    {WD_MINUTES, 60000, 0},  {WD_H, 3600000, 0},
    {WD_HR, 3600000, 0},     {WD_HRS, 3600000, 0},
    {WD_HOUR, 3600000, 0},   {WD_HOURS, 3600000, 0},
    {WD_D, 86400000, 0},     {WD_DAY, 86400000, 0},
    {WD_DAYS, 86400000, 0},  {WD_W, 604800000, 0},
    {WD_WK, 604800000, 0},   {WD_WKS, 604800000, 0},
    {WD_WEEK, 604800000, 0}, {WD_WEEKS, 604800000, 0},
    {WD_MONTH, 0, 1},        {WD_MO, 0, 1},
    {WD_MONTHS, 0, 1},       {WD_QUARTER, 0, 3},
    {WD_QUARTERS, 0, 3},     {WD_Y, 0, 12},
    {WD_YR, 0, 12},          {WD_YRS, 0, 12},
    {WD_YEAR, 0, 12},        {WD_YEARS, 0, 12},
};

bool word_unit_of_time(int id, int64_t *out_ms, int *out_months)
{
    if (!(lexicon_classes(id) & LEX_TIME))
        return false;
    for (size_t i = 0; i < sizeof time_units / sizeof time_units[0]; i++) {
        if (time_units[i].id != id)
            continue;
        *out_ms = time_units[i].ms;
        *out_months = time_units[i].months;
        return true;
    }
    return false;
}
