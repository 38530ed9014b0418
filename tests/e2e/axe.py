# axe.py - the accessibility rules of axe-core, run in a page that a browser shows.
#
# axe-core is not part of Debian 12: npm install --prefix BUILD/axe axe-core, or name the file in
# REEVE_AXE. Refuses: fetching it by itself.
import json
import os

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def program(build):
    """The text of axe-core, or None."""
    path = os.environ.get("REEVE_AXE") or f"{build}/axe/node_modules/axe-core/axe.min.js"
    if not os.path.exists(path):
        return None
    with open(path) as file:
        return file.read()


def findings(tab, text):
    """What axe-core finds in the page, a line each."""
    tab.value(f"(() => {{ {text}\n; return true; }})()")
    found = tab.value(f"""axe.run(document, {{runOnly: {json.dumps(TAGS)}}}).then(r => r.violations.flatMap(
        v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " +
                              n.any.concat(n.all, n.none).map(c => c.message).join("; "))))""")
    return found
