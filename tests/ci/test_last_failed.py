"""``--lf``: a run of some tests decides nothing that only the whole suite can know."""

from __future__ import annotations

from tests.ci.conftest import START, problems

SUITE = """
    import pathlib

    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one")

    @pytest.mark.llm_cassette("shared.yaml")
    def test_y():
        ask("one")

    @pytest.mark.llm_cassette("shared.yaml")
    def test_z():
        ask("one")
        ask("two")
        assert not pathlib.Path("fails").exists()
    """


def test_orphans_and_shared_cassettes_are_left_to_the_whole_run(project):
    for name in ("a.yaml", "orphan.yaml"):
        project.cassette(name, "one")
    project.cassette("shared.yaml", "one", "two", "three")
    run = project.pytester.runpytest_inprocess
    (project.path / "fails").touch()
    project.test(START, SUITE)
    run("--llm-ci").assert_outcomes(passed=2, failed=1)
    (project.path / "fails").unlink()

    again = run("--llm-ci", "--lf")
    whole = run("--llm-ci")

    again.assert_outcomes(passed=1)
    assert problems(again) == []
    whole.assert_outcomes(passed=3)
    told = "\n".join(problems(whole))
    assert "cassettes/orphan.yaml" in told
    assert "cassettes/shared.yaml: 1 of 3 interactions was never played" in told
