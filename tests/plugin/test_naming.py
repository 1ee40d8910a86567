"""The settings ``cassette_dir`` and ``cassette_name``: where a whole suite's cassettes are."""

from __future__ import annotations

import pytest

from tests.plugin.test_paths import cassettes

TESTS = """
    import pytest

    @pytest.mark.llm_cassette
    @pytest.mark.parametrize("city", ["Paris", "a/b"])
    def test_one(city): pass

    class TestA:
        class TestB:
            def test_two(self, llm_cassette): pass

    @pytest.mark.llm_cassette("own.yaml")
    def test_three(): pass
    """


def named(project, *options, **settings):
    lines = "".join(f"{name} = {value!r}\n" for name, value in settings.items())
    (project.path / "pyproject.toml").write_text(f"[tool.llmcassette]\n{lines}")
    project.write(unit__test_it=TESTS)
    return cassettes(project, *options)


def test_a_folder_beside_each_test_file(project):
    assert named(project, cassette_dir="recordings") == [
        "unit/recordings/test_it/test_one[Paris].yaml",
        "unit/recordings/test_it/test_one[a_b]-d2765ba8.yaml",
        "unit/recordings/test_it/TestA.TestB.test_two.yaml",
        "unit/recordings/own.yaml",
    ]


def test_one_folder_of_the_project(project):
    settings = {
        "cassette_dir": "tests/cassettes",
        "cassette_name": "{folder}/{module}/{test}[{params}]",
    }
    assert named(project, **settings) == [
        "tests/cassettes/unit/test_it/test_one[Paris].yaml",
        "tests/cassettes/unit/test_it/test_one[a_b]-d2765ba8.yaml",
        "tests/cassettes/unit/test_it/test_two.yaml",
        "tests/cassettes/own.yaml",
    ]


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("{class}.{test}[{params}]", ["test_one[Paris]", "TestA.TestB.test_two"]),
        (
            "{module}/{class}/{test}/{params}",
            ["test_it/test_one/Paris", "test_it/TestA.TestB/test_two"],
        ),
        ("{module}-{test}-{params}.yaml", ["test_it-test_one-Paris", "test_it-test_two"]),
        ("{test}({params})", ["test_one(Paris)", "test_two"]),
    ],
)
def test_a_template(project, template, names):
    found = named(project, "-k", "Paris or two", cassette_name=template)
    assert found == [f"unit/cassettes/{name}.yaml" for name in names]


def test_the_fixture_is_nearer_than_pyproject_toml(project):
    project.write(
        unit__conftest="""
            import pytest

            @pytest.fixture
            def llm_cassette_config():
                return {"cassette_dir": "mine", "cassette_name": "{test}"}
            """
    )
    found = named(project, "-k", "two or three", cassette_dir="recordings")
    assert found == ["unit/mine/test_two.yaml", "unit/mine/own.yaml"]


def test_cassettes_that_code_opens_are_in_the_folder_too(project):
    (project.path / "pyproject.toml").write_text('[tool.llmcassette]\ncassette_dir = "a/b"\n')
    project.test("""
        def test_x(llm_cassettes, request):
            with llm_cassettes("x.yaml", mode="live") as recorder:
                assert recorder.path == request.config.rootpath / "a/b/x.yaml"
        """)
    project.run().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            "cassette_dir = 1",
            "cassette_dir (pyproject.toml) must be a folder, such as 'cassettes', not 1",
        ),
        (
            'cassette_name = "{module}"',
            "cassette_name (pyproject.toml) must contain {test}, such as "
            "'{module}/{class}.{test}[{params}]', not '{module}'",
        ),
        (
            'cassette_name = "{function}"',
            "cassette_name (pyproject.toml): {function} is not known. There are: {folder}, "
            "{module}, {class}, {test}, {params}.",
        ),
        (
            'cassette_name = "../{test}"',
            "cassette_name (pyproject.toml) must be a path below the folder of cassettes, not "
            "'../{test}'",
        ),
        (
            'cassette_name = "{test"',
            "cassette_name (pyproject.toml): '{test' is no template: expected '}' before end of "
            "string",
        ),
    ],
)
def test_a_setting_that_cannot_be_obeyed(project, settings, problem):
    (project.path / "pyproject.toml").write_text(f"[tool.llmcassette]\n{settings}\n")
    project.test("def test_x(llm_cassette): pass")
    result = project.run()
    assert problem in result.stdout.str() + result.stderr.str()
