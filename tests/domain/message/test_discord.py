"""User text stays text in Discord."""

import pytest

from pingpilot_app.domain.message.discord import neutral


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*a* **b** `c` ~~d~~ ||e||", r"\*a\* \*\*b\*\* \`c\` \~\~d\~\~ \|\|e\|\|"),
        ("_a_ __b__", r"\_a\_ \_\_b\_\_"),
        ("error_code", "error_code"),
        ("a__b__c", r"a\_\_b\_\_c"),
        ("日_本_語", r"日\_本\_語"),
        ("C:\\temp", "C:\\\\temp"),
        ("@everyone @here ada@x.example", "@\u200beveryone @\u200bhere ada@x.example"),
        ("<@1> <@&2> <#3> <t:4>", r"\<@1> \<@&2> \<#3> \<t:4>"),
        ("</go:5> <:e:6> <a:e:7> <id:home>", r"\</go:5> \<:e:6> \<a:e:7> \<id:home>"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("[here](https://evil.example)", r"\[here](https://evil.example)"),
        ("[a] (b)", "[a] (b)"),
        ("# a\n> b\n  - c\n-# d\n12. e", "\\# a\n\\> b\n  \\- c\n\\-# d\n12\\. e"),
        ("#1 of -3 at 1.5", "#1 of -3 at 1.5"),
    ],
)
def test_nothing_is_formatted_or_mentioned(text, shown):
    assert neutral(text) == shown
