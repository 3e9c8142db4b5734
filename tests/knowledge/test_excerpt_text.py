"""What is left of Markdown for search and excerpts: the words as a reader reads them."""

import pytest

from knowledge.search import query
from knowledge.search.texts import plain


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        (
            "Open **Fernhill VPN**, choose *Settings*, set `Server` to `vpn`.",
            "Open Fernhill VPN, choose Settings, set Server to vpn.",
        ),
        ("You are on VPN\n\n**See** [here](https://example.com/).", "You are on VPN. See here."),
        ("## Set it up\nOpen the app", "Set it up. Open the app"),
        ("- Open it\n- Press **OK**\n\nDone.", "Open it. Press OK. Done."),
        ("| Key | Value |\n| --- | :-: |\n| `a` | One |\n", "Key, Value. a, One."),
        ("Is it on?\n\nYes:\n\n1. Wait!\n", "Is it on? Yes: Wait!"),
        ("Set max_size and 2*3, not __this__.", "Set max_size and 2*3, not this."),
        (
            "Daten**bank**en, 点击**保存**按钮, a`b`c, un*frigging*real_",
            "Datenbanken, 点击保存按钮, abc, unfriggingreal",
        ),
        ("a__b__c 2**3", "a__b__c 23"),
        ("```\nls | wc\n```", "ls | wc"),
    ],
)
def test_marks_leave_no_spaces_and_blocks_do_not_run_together(markdown, said):
    assert " ".join(plain(markdown).split()) == said


@pytest.mark.parametrize(
    "markdown", ["**", "a**", "`", "|", "||\n|", "#", "# *", "\n\n\n", "_a_b_"]
)
def test_any_marks_can_be_read(markdown):
    assert query.tokens(plain(markdown)) == query.tokens(markdown)
