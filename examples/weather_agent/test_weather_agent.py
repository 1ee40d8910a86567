import pytest
from agent import ask


@pytest.mark.llm_cassette("florence.yaml")
def test_the_agent_looks_up_the_weather(llm_cassette):
    pieces, calls = [], []

    def on_text(piece):
        pieces.append(piece)
        print(f"[{piece}]", end="", flush=True)

    def on_tool(name, arguments):
        calls.append((name, arguments))
        print(f"\n  calls {name}({arguments})")

    question = "What's the weather in Florence,Italy?"
    print(f"\n  asked: {question}")
    answer = ask(question, on_text, on_tool)
    print()

    assert calls == [("weather", {"location": "Florence, Italy"})]
    assert "40" in answer
    assert len(pieces) > 5, "the answer arrived in pieces, as it was recorded"
    assert len(llm_cassette.completions) == 2  # recorded or replayed
    assert not llm_cassette.unplayed
