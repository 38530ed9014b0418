/* asset.c - the few files the pages need, compiled in. */
#include "face/asset_data.h"
#include "face/page.h"

const struct asset *asset_find(struct str path)
{
    static const struct asset assets[] = {
        {"/assets/reeve.css", "text/css; charset=utf-8", {asset_css, sizeof asset_css - 1}},
        {"/assets/reeve.js", "text/javascript; charset=utf-8", {asset_js, sizeof asset_js - 1}},
        {"/assets/reeve.svg", "image/svg+xml", {asset_svg, sizeof asset_svg - 1}},
    };
    for (size_t i = 0; i < sizeof assets / sizeof assets[0]; i++) {
        if (str_is(path, assets[i].path))
            return &assets[i];
    }
    return NULL;
}
