from tapestry.problems import Place, Problem, Problems, TargetUnusable


def test_a_place_reads_as_editors_link_it() -> None:
    assert str(Place("a.yaml")) == "a.yaml"
    assert str(Place("a.yaml", 3)) == "a.yaml:3"
    assert str(Place("a.yaml", 3, 7)) == "a.yaml:3:7"


def test_a_problem_says_where_what_why_and_what_to_do() -> None:
    problem = Problem(
        "unknown key 'stepz'",
        where=Place("a.yaml", 3, 7),
        path="$.stepz",
        why="scenarios have a closed set of keys",
        remedy="write 'steps'",
    )
    assert str(problem) == (
        "a.yaml:3:7: unknown key 'stepz' (at $.stepz)\n"
        "  why: scenarios have a closed set of keys\n"
        "  do: write 'steps'"
    )


def test_a_bare_problem_is_one_line() -> None:
    assert str(Problem("no such file")) == "no such file"


def test_several_problems_are_told_together() -> None:
    both = Problems([Problem("one"), Problem("two")])
    assert str(both) == "one\ntwo"
    assert [problem.what for problem in both.problems] == ["one", "two"]


def test_exit_codes_follow_the_contract() -> None:
    assert Problem("x").exit_code == 2
    assert Problems([Problem("x")]).exit_code == 2
    assert TargetUnusable("x").exit_code == 3
