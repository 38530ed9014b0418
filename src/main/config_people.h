/* config_people.h - by what a person of the configuration can be reached, and who carries it. */
#ifndef MAIN_CONFIG_PEOPLE_H
#define MAIN_CONFIG_PEOPLE_H

#include "main/config.h"

/* The providers that carry a way, in the order of the configuration; returns their number. */
size_t config_providers_of(const struct config *config, enum method method,
                           const struct config_provider *out_providers[CONFIG_PROVIDERS_EACH_MAX]);
/* Has the person an address of this way, and is there what carries it? */
bool config_carries(const struct config *config, const struct config_person *person,
                    enum method method);
/* Their address, or for one that is a secret a text that says so; "": they have none. */
struct str config_address(const struct config_person *person, enum method method);
/* Whose bot makes the channels, where they are of kind slack; else NULL. */
const struct config_provider *config_channels_provider(const struct config *config);
/* Is the kind one that carries the way? */
bool config_kind_carries(struct str kind, enum method method);

#endif
