#!/usr/bin/env python3
"""The checker itself: each rule finds its offence, and clean code passes."""
import unittest

import tidy


def rules(path, text):
    return [rule for _, rule, _ in tidy.check(path, text)]


class Tidy(unittest.TestCase):
    def test_clean_code_passes(self):
        text = '#pragma once\n#include "config/base/share.h"\nnamespace crossfade {\nint pick(int n);\n}\n'
        self.assertEqual(rules("proxy/routing/splitter.h", text), [])

    def test_a_worker_may_not_include_control(self):
        self.assertIn("include", rules("proxy/worker/session.cc", '#include "proxy/control/api.h"\n'))

    def test_control_may_not_include_a_worker(self):
        self.assertIn("include", rules("proxy/control/api.cc", '#include "proxy/worker/worker.h"\n'))

    def test_config_may_not_include_the_proxy(self):
        self.assertIn("include", rules("config/parse.cc", '#include "proxy/http/head.h"\n'))

    def test_a_folder_may_include_itself(self):
        self.assertEqual(rules("proxy/worker/session.cc", '#include "proxy/worker/exchange.h"\n'), [])

    def test_reconcile_is_pure_though_its_folder_is_not(self):
        self.assertIn("pure", rules("discovery/reconcile.cc", "#include <boost/asio.hpp>\n"))
        self.assertEqual(rules("discovery/catalog.cc", "#include <boost/asio.hpp>\n"), [])

    def test_an_unknown_folder_may_include_nothing(self):
        self.assertIn("include", rules("proxy/extra/x.cc", '#include "config/config.h"\n'))

    def test_long_lines_files_and_functions_are_found(self):
        self.assertIn("columns", rules("config/x.cc", "//" + "x" * 110 + "\n"))
        self.assertIn("size", rules("config/x.cc", "\n" * 501))
        self.assertIn("size", rules("config/x.h", "\n" * 201))
        self.assertIn("function", rules("config/x.cc", "void f() {\n" + "g();\n" * 70 + "}\n"))
        self.assertEqual(rules("config/x.cc", "void f() {\n" + "g();\n" * 60 + "}\n"), [])

    def test_a_namespace_or_class_is_not_a_function(self):
        text = "namespace crossfade {\nclass A {\n" + "int x_();\n" * 90 + "};\n}\n"
        self.assertNotIn("function", rules("config/x.cc", text))

    def test_banned_words_in_names_are_found(self):
        self.assertIn("name", rules("config/string_util.h", "\n"))
        self.assertIn("name", rules("config/x.h", "class PoolManager {\n};\n"))
        self.assertIn("name", rules("config/x.h", "int get_share();\n"))

    def test_words_in_comments_and_strings_are_free(self):
        self.assertEqual(rules("config/x.h", "// class PoolManager {\nauto s = \"struct Impl {\";\n"), [])

    def test_leftovers_are_found(self):
        self.assertIn("leftover", rules("config/x.h", "// FIX" + "ME later\n"))


if __name__ == "__main__":
    unittest.main()
