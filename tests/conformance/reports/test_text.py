from conformance.model import Finding, Run
from conformance.reports.text import finding_line, render_text

MIXED = """\
target  my-server
fail    accept.state  the accept.state check  [MUST]
        $.email.state: wrong state expected "Processing", observed "Invited"
        see scenarios/accept.tapestry.yaml:12  GWS-ACCEPT-03
error   hostile  the hostile check  [MUST]
        <script>\\x00 & \\x1b[31m ]]>
warn    accept.extra  the accept.extra check  [SHOULD]
        $.email.state: wrong state expected "Processing", observed "Invited"
skip    accept.after  the accept.after check  [MUST]
        needs accept.state
na      transfer.queue  the transfer.queue check  [MUST]
        target claims no queues
verdict=non-conformant checks=6 pass=1 fail=1 warn=1 error=1 skip=1 na=1 waived=0 exit=1
"""


def test_what_needs_attention_comes_first_and_passes_are_only_counted(mixed: Run) -> None:
    assert render_text(mixed) == MIXED


def test_verbose_lists_the_passing_checks_too(mixed: Run) -> None:
    assert "pass    accept.answer  the accept.answer check  [MUST]" in render_text(
        mixed, verbose=True
    )


def test_colour_is_only_there_when_asked_for(mixed: Run) -> None:
    assert "\x1b" not in render_text(mixed)
    assert "\x1b[31;1mfail  \x1b[0m" in render_text(mixed, colour=True)


def test_a_finding_stays_within_200_characters_however_large_the_values() -> None:
    huge = Finding("mismatch", "differs", "$.a", {"k": "x" * 500}, ["y" * 500])
    line = finding_line(huge)
    assert len(line) <= 200
    assert line.startswith('$.a: differs expected {"k": "xxx')
    assert 'observed ["yyy' in line


def test_an_interrupted_run_says_that_it_is_partial(make_run) -> None:
    assert "interrupted: this report is partial\n" in render_text(make_run(interrupted=True))
