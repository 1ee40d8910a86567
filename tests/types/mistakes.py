"""Type checkers must find a mistake in each line that ends with ``# wrong``, and only there."""

import llmcassette
from conftest_plugin import OpenCassette
from llmcassette import CassetteConfig, CassetteTransport, Recorder, use_cassette

llmcassette.use_casette("a.yaml")  # wrong
print(llmcassette.Reqest)  # wrong
use_cassette("a.yaml", ignore_querry=["seed"])  # wrong
use_cassette("a.yaml", mode="new_episode")  # wrong
use_cassette("a.yaml", ignore="$.seed")  # wrong
use_cassette("a.yaml", faults=[429])  # wrong
use_cassette("a.yaml", pace="slow")  # wrong
use_cassette("a.yaml", ordered="yes")  # wrong
use_cassette("a.yaml", matcher=len)  # wrong
use_cassette("a.yaml", inner=None)  # wrong
CassetteTransport("a.yaml", alow_repeats=True)  # wrong

misspelt: CassetteConfig = {"mod": "none"}  # wrong
of_a_wrong_type: CassetteConfig = {"unused": "raise"}  # wrong


def with_fixtures(llm_cassettes: OpenCassette, llm_cassette: Recorder) -> object:
    llm_cassettes("a.yaml", pase="recorded")  # wrong
    return llm_cassette.plaid  # wrong
