"""What docs/grammar.md shows works as shown."""

import re
import shutil
from pathlib import Path

import pytest

from benchmarks.grammar import figure4
from models.read.grammar import Functions, GrammarMeaningFault, Token, grammar_of, load_grammar, parse
from models.read.grammar.compile.membership import SHAPES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "grammar.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", TEXT, re.M | re.S)
PRODUCTIONS = ROOT / "models" / "read" / "productions"


def block(kind, holding):
    return next(text for name, text in BLOCKS if name == kind and holding in text)


def test_the_example_of_a_program_reads_a_half_note(tmp_path, monkeypatch, capsys):
    (tmp_path / "my-productions").mkdir()
    shutil.copy(PRODUCTIONS / "figure4.grammar", tmp_path / "my-productions")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(block("python", "load_folder"), "docs", "exec"), names)  # noqa: S102 - our own documentation
    assert names["found"].readings[0].meaning == (2,)
    assert {"p1", "p2"} == {s for node in names["found"].best.graph for s in node.sources}
    assert capsys.readouterr().out.startswith("0.1 (2,) True")


def test_the_example_of_the_language_dots_a_head():
    grammar = grammar_of(block("", "Production dotted"))
    assert not grammar.remarks
    assert grammar.views()[0].comment == "what stands here is shown to readers"
    best = parse(grammar, [Token("head", {}, (0, 0, 1.2, 1)), Token("dot", {}, (1.5, 0.4, 1.7, 0.6))]).best
    (head,) = best.graph
    assert head["dots"] == 1


@pytest.mark.parametrize("line", block("", "no function named").splitlines())
def test_the_faults_shown_are_those_told(line):
    file, row, column, sentence = re.fullmatch(r"([^:]+):(\d+):(\d+): (.*)", line).groups()
    clause = "Apply = {conected(1, 1)}" if "conected" in line else ""
    before = "\n" * (int(row) - 1)
    if clause:
        text = f"{before[:-1]}Production dotted GL: Nodes = {{(1, a)}} GR: Nodes = {{(1)}}\n{clause}"
    else:
        text = f"{before}Production dotted GL: Nodes = {{(1, a)}} GR: Nodes = {{(1)}}"
    with pytest.raises(GrammarMeaningFault) as fault:
        grammar_of(text, file=file)
    assert str(fault.value) == line
    assert fault.value.place.column == int(column)
    assert fault.value.sentence == sentence


@pytest.mark.parametrize("solid", ["0.30", "0.45", "0.55", "0.70"])
@pytest.mark.parametrize("metre", ["3/4", "2/4"])
def test_the_table_of_figure_4_is_what_the_engine_reads(solid, metre):
    printed = [
        row
        for row in figure4(load_grammar(PRODUCTIONS / "figure4.grammar"))
        if row.startswith(f"| {solid} | {metre}")
    ]
    assert len(printed) == 1
    assert printed[0] in TEXT


def test_every_shape_function_and_predicate_is_told():
    for name in (*SHAPES, *Functions()):
        assert re.search(rf"\b{name}\b", TEXT), name
    standard = (ROOT / "models" / "read" / "grammar" / "standard.grammar").read_text()
    for name in re.findall(r"Define (\w+)", standard):
        assert f"`{name}`" in TEXT, name
