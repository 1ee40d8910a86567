import pytest
from agent import ask


@pytest.mark.llm_cassette
def test_weather(llm_cassette):
    answer = ask("What is the weather in Florence?")

    assert "21 degrees" in answer
    first, _ = llm_cassette.completions
    assert first.tool_calls[0].arguments == {"city": "Florence"}
