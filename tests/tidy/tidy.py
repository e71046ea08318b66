#!/usr/bin/env python3
"""Checks the house rules on every C++ file: who may include whom, sizes, names, leftovers.

    tidy.py [ROOT]      prints one line per broken rule as file:line: rule: what to do; exit 1 if there is any
"""
import os
import re
import sys

# Who may include whom: a folder (longest prefix wins) and the folders it may include besides itself.
BASE = ["config/base"]
CONFIG = BASE + ["config"]
PURE = CONFIG + ["discovery/endpoint.h"]
ALLOWED = {
    "config/base": [],
    "config": BASE,
    "discovery/endpoint.h": BASE,
    "discovery/reconcile": PURE,
    "discovery": PURE,
    "discovery/client": CONFIG + ["discovery"],
    "discovery/sources": CONFIG + ["discovery", "discovery/client"],
    "proxy/http": PURE,
    "proxy/routing": PURE,
    "proxy/migration": PURE,
    "proxy/stats": CONFIG,
    "proxy/snapshot": CONFIG + ["discovery", "proxy/routing", "proxy/stats"],
    "proxy/net": CONFIG,
    "proxy/upstream": CONFIG + ["proxy/net", "proxy/http", "proxy/snapshot", "proxy/stats", "proxy/routing"],
    "proxy/worker": CONFIG + ["proxy/upstream", "proxy/net", "proxy/http", "proxy/routing", "proxy/snapshot",
                              "proxy/stats"],
    "proxy/control": CONFIG + ["proxy/migration", "proxy/snapshot", "proxy/routing", "proxy/stats", "discovery",
                               "discovery/sources", "discovery/client", "proxy/http", "proxy/net"],
    "proxy/cli": CONFIG + ["discovery/client"],
}
# These decide and never touch the world: time, seed and limits are arguments.
PURE_FOLDERS = ["config/base", "discovery/reconcile", "proxy/http", "proxy/routing", "proxy/migration"]
IMPURE = re.compile(r"<boost/asio|<boost/beast|<random>|\"config/base/log\.h\"")
IMPURE_ALLOWED = {"config/base/log.cc"}
ANYTHING = ("tests/", "bench/", "proxy/main.cc", "proxy/asio.cc")

LINES_MAX = 500
HEADER_LINES_MAX = 200
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
BANNED = {"downstream", "manager", "helper", "helpers", "util", "utils", "common", "impl", "data", "info"}
LEFTOVER = re.compile(r"\b(FIXME|TODO|XXX|HACK)\b")

# Exemptions: (file, rule) -> reason and date. A rule that is worth breaking is worth a sentence.
EXEMPT = {
    ("config/base/log.h", "name"): "info is the level's name everywhere (2026-11-22)",
    ("config/base/log.cc", "name"): "info is the level's name everywhere (2026-11-22)",
}


def cpp_files(root):
    for top in ("config", "discovery", "proxy", "bench", "tests"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".cc", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def folder_rule(path):
    """The key of ALLOWED for a file: its own entry, its stem's entry, or its folder's."""
    for key in (path, os.path.splitext(path)[0], os.path.dirname(path)):
        if key in ALLOWED:
            return key
    return None


def may_include(path, included):
    if path.startswith(ANYTHING):
        return True
    rule = folder_rule(path)
    if rule is None:
        return False
    target = os.path.dirname(included)
    own = rule if rule in ALLOWED and not rule.endswith(".h") else os.path.dirname(path)
    allowed = ALLOWED[rule] + [own, os.path.dirname(path) if rule == os.path.dirname(path) else own]
    return target in allowed or included in allowed or os.path.splitext(included)[0] in allowed


def blank(match):
    return "".join(c if c == "\n" else " " for c in match.group(0))


def code_only(text):
    """The text with comments, strings and character literals blanked out; lines stay where they are."""
    text = re.sub(r'R"([^\s()\\]{0,16})\(.*?\)\1"', blank, text, flags=re.S)
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', blank, text, flags=re.S)


def functions(code):
    """(first line, lines) of every outermost function body."""
    stack, start, head = [], 0, 0
    for i, c in enumerate(code):
        if c in ";{}":
            before = code[head:i]
            head = i + 1
            if c == "{":
                kind = "function" if ")" in before else "scope"
                if re.search(r"\b(namespace|class|struct|union|enum)\b[^()]*$", before):
                    kind = "scope"
                if kind == "function" and "function" not in stack:
                    start = code.count("\n", 0, i) + 1
                stack.append(kind)
            elif c == "}" and stack:
                if stack.pop() == "function" and "function" not in stack:
                    end = code.count("\n", 0, i) + 1
                    yield start, end - start + 1


def names_declared(code):
    for pattern in (r"\b(?:class|struct|enum class|enum|concept|namespace)\s+(\w+)",
                    r"(?<!return )(?<![.:>\w])(\w+)\s*\([^;{}]*\)\s*(?:const\s*)?(?:noexcept\s*)?(?:override\s*)?(?:final\s*)?[{;]"):
        for match in re.finditer(pattern, code):
            yield code.count("\n", 0, match.start(1)) + 1, match.group(1)


def words_of(name):
    return [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def check(path, text):
    """Every broken rule of one file as (line, rule, what to do)."""
    lines = text.split("\n")
    code = code_only(text)
    limit = HEADER_LINES_MAX if path.endswith(".h") else LINES_MAX
    if len(lines) - 1 > limit:
        yield 1, "size", f"{len(lines) - 1} lines; at most {limit}: one idea per file, split it"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            yield number, "columns", f"{len(line)} columns; at most {COLUMNS_MAX}"
        if LEFTOVER.search(line):
            yield number, "leftover", "finish it or write it into an issue"
        included = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if included and not may_include(path, included.group(1)):
            yield number, "include", f"{path} may not include {included.group(1)}: see the table in tests/tidy"
        if any(path.startswith(pure) for pure in PURE_FOLDERS) and path not in IMPURE_ALLOWED:
            if IMPURE.search(line) and line.lstrip().startswith("#"):
                yield number, "pure", "this folder decides; sockets, clocks, random devices and loggers are doors"
    for word in words_of(os.path.splitext(os.path.basename(path))[0]):
        if word in BANNED:
            yield 1, "name", f"'{word}' says nothing: name the file after what it has"
    if not path.startswith(("tests/", "bench/")):
        for number, name in names_declared(code):
            if BANNED & set(words_of(name)) and name not in ("data",):
                yield number, "name", f"'{name}' has a word that says nothing"
            if name.startswith("get_") and name != "get_return_object":  # coroutines need that one
                yield number, "name", f"'{name}': a value is a noun, drop the get_"
    for first, length in functions(code):
        if length > FUNCTION_LINES_MAX and not path.startswith("tests/"):
            yield first, "function", f"{length} lines; at most {FUNCTION_LINES_MAX}: name its parts"


def broken_rules(root):
    for path in cpp_files(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        for line, rule, what in check(path, text):
            if (path, rule) not in EXEMPT:
                yield f"{path}:{line}: {rule}: {what}"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "..")
    broken = list(broken_rules(root))
    print("\n".join(broken) if broken else "tidy")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
