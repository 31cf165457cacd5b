from conformance.runner.secrets import HIDDEN, Secrets


def test_secrets_are_hidden_wherever_they_stand() -> None:
    secrets = Secrets()
    secrets.add("hunter2")
    value = {"echo": ["it is hunter2!", 5, None], "hunter2": True}
    assert secrets.hide(value) == {"echo": [f"it is {HIDDEN}!", 5, None], HIDDEN: True}


def test_what_is_too_short_to_be_told_from_text_is_left_alone() -> None:
    secrets = Secrets()
    for nothing in (None, "", "abc"):
        secrets.add(nothing)
    assert secrets.hide("abcdef") == "abcdef"
