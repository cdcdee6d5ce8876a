"""Grammar files that are missing, wrong, huge or made to harm: each is refused with a sentence, soon."""

import os

import pytest

from models.read.grammar import (
    Budget,
    GrammarError,
    GrammarFileFault,
    GrammarMeaningFault,
    GrammarSyntaxFault,
    Token,
    grammar_of,
    load_folder,
    load_grammar,
    parse,
)

GOOD = "Production {} GL: Nodes = {{(1, a)}} GR: Nodes = {{(1, b)}} Embed = {{(1, 1)}} Apply = {{1}}"
APPLY = "Production p GL: Nodes = {(1, a)} GR: Nodes = {(1, b)} Apply = {%s}"
ATTRIB = "Production p GL: Nodes = {(1, a)} GR: Nodes = {(1, b)} Apply = {1} Attrib: {%s}"


# --- folders


def test_a_folder_is_read_in_the_order_of_names(tmp_path):
    for name, production in (("2.grammar", "second"), ("1.grammar", "first"), ("10.grammar", "between")):
        (tmp_path / name).write_text(GOOD.format(production))
    (tmp_path / "notes.txt").write_text("no grammar")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "3.grammar").write_text("not read")
    assert [p.name for p in load_folder(tmp_path).productions] == ["first", "between", "second"]
    assert [p.name for p in load_folder(str(tmp_path)).productions] == ["first", "between", "second"]


def test_a_folder_without_grammars(tmp_path):
    (tmp_path / "readme.txt").write_text("nothing")
    (tmp_path / "trap.grammar").mkdir()
    with pytest.raises(GrammarFileFault, match="holds no file that ends in"):
        load_folder(tmp_path)


def test_a_file_where_a_folder_is_asked(tmp_path):
    (tmp_path / "one.grammar").write_text(GOOD.format("p"))
    with pytest.raises(GrammarFileFault, match=r"one\.grammar is a file; give the folder"):
        load_folder(tmp_path / "one.grammar")


@pytest.mark.parametrize("name", ["nowhere", "with\0nul", "x" * 5000])
def test_a_folder_that_is_not_there(tmp_path, name):
    with pytest.raises(GrammarFileFault, match="there is no folder"):
        load_folder(tmp_path / name)
    with pytest.raises(GrammarFileFault, match="there is no file or folder"):
        load_grammar(tmp_path / name)


def test_a_file_that_is_no_utf8(tmp_path):
    (tmp_path / "latin.grammar").write_bytes("# Notenköpfe".encode("latin-1"))
    with pytest.raises(GrammarFileFault, match=r"latin\.grammar is no UTF-8 text"):
        load_folder(tmp_path)


def test_a_file_of_another_kind(tmp_path):
    (tmp_path / "picture.grammar").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50)
    with pytest.raises(GrammarFileFault):
        load_folder(tmp_path)
    (tmp_path / "picture.grammar").write_bytes(bytes(range(128)) * 100)
    with pytest.raises(GrammarSyntaxFault, match=r"picture\.grammar:1:1: the character U\+0000"):
        load_folder(tmp_path)


def test_files_that_are_too_large(tmp_path):
    (tmp_path / "a.grammar").write_text("#" * 1_000_000)
    with pytest.raises(GrammarFileFault, match="larger than"):
        load_folder(tmp_path)
    (tmp_path / "a.grammar").write_text("#" * 150_000)
    (tmp_path / "b.grammar").write_text("#" * 150_000)
    with pytest.raises(GrammarFileFault, match="together"):
        load_folder(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.grammar")
    with pytest.raises(GrammarFileFault):
        load_folder(tmp_path)


def test_a_name_that_two_files_declare_is_told_with_both_places(tmp_path):
    (tmp_path / "a.grammar").write_text(GOOD.format("same"))
    (tmp_path / "b.grammar").write_text("\n\n  " + GOOD.format("same"))
    with pytest.raises(GrammarMeaningFault, match=r"b.grammar:3:3: .* a.grammar:1:1 already"):
        load_folder(tmp_path)


# --- hostile texts

HOSTILE = {
    "brackets": APPLY % ("(" * 20_000 + "1" + ")" * 20_000),
    "minus signs": APPLY % ("-" * 90_000 + "1"),
    "hedges": APPLY % ("very " * 30_000 + "1"),
    "negations": APPLY % ("not " * 30_000 + "1"),
    "a long sum": APPLY % "+".join(["1"] * 30_000),
    "a long conjunction": APPLY % " and ".join(["1"] * 10_000),
    "a long choice": APPLY % ("1 ? 1 : " * 20_000 + "1"),
    "a chain of attributes": APPLY % ("1.a" + ".b" * 30_000),
    "if within if": ATTRIB % ("if (1) " * 20_000 + "1'.x = 1;"),
    "else after else": ATTRIB % ("if (1) 1'.x = 1; else " * 5_000 + "1'.x = 1;"),
    "blocks": ATTRIB % ("if (1) {" * 9_000 + "}" * 9_000),
    "a million nodes": "Production p GL: Nodes = {" + "(1, a)," * 150_000,
    "thousands of nodes": "Production p GL: Nodes = {"
    + ",".join(f"({i}, a)" for i in range(4_000))
    + "} GR: Nodes = {(1)} Apply = {1}",
    "thousands of edges": "Production p GL: Nodes = {(1, a), (2, a)} Edges = {"
    + ",".join(["(1, 2)"] * 4_000)
    + "} GR: Nodes = {(1)} Apply = {1}",
    "thousands of productions": "\n".join(GOOD.format(f"p{i}") for i in range(700)),
    "definitions upon definitions": "\n".join(f"Define d{i}(x) = d{i + 1}(x);" for i in range(2_000)),
    "a value that doubles": "\n".join(f"Define d{i}(x) = d{i + 1}(x) + d{i + 1}(x);" for i in range(40))
    + "Define d40(x) = x; Constant c = d0(1);",
    "a number of many digits": f"Production p GL: Nodes = {{({'9' * 9_000}, a)}} GR: Nodes = {{}} Apply = {{1}}",
    "a name of many letters": APPLY % ("a" * 100_000),
    "nothing but quotes": '"' * 100_000,
    "nothing but zeros": "\0" * 100_000,
    "half a surrogate": "Constant \ud800 = 1;",
    "bytes": bytes(range(256)).decode("latin-1") * 500,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_refused_with_its_place(text):
    with pytest.raises((GrammarSyntaxFault, GrammarMeaningFault)) as fault:
        grammar_of(text, file="hostile.grammar")
    assert str(fault.value).startswith("hostile.grammar:")
    assert len(str(fault.value)) < 600


def test_a_large_text_within_the_limits_is_read():
    text = "\n".join(GOOD.format(f"p{i}") for i in range(300)) + "\n" + "# much told\n" * 5_000
    assert len(grammar_of(text).productions) == 300


# --- hostile use


def test_a_pattern_that_fits_everywhere_ends_at_its_budget():
    nodes = ", ".join(f"({i}, a)" for i in range(1, 13))
    windows = ", ".join(f"(1, {i}, 100)" for i in range(2, 13))
    grammar = grammar_of(f"""
        Production all GL: Nodes = {{{nodes}}} GR: Nodes = {{(1)}} Near = {{{windows}}} Apply = {{0.5}}
    """)
    tokens = [Token("a", {}, (i / 10, 0, i / 10 + 1, 1)) for i in range(30)]
    found = parse(grammar, tokens, budget=Budget(steps=50, milliseconds=50))
    assert found.limit in ("milliseconds", "trials")
    assert len(found.best.graph) == 30


def test_an_expression_that_doubles_ends_at_its_budget():
    doubling = (
        "\n".join(f"Define d{i}(x) = d{i + 1}(x) + d{i + 1}(x);" for i in range(40)) + "Define d40(x) = 1;"
    )
    grammar = grammar_of(doubling + APPLY % "d0(1) > 0 AND exists(* n: 1)")
    found = parse(grammar, [Token("a"), Token("c")], budget=Budget(milliseconds=50))
    assert found.limit in ("milliseconds", "trials")
    assert len(found.best.graph) == 2


def test_attributes_of_any_kind_do_no_harm():
    class Odd:
        __hash__ = None

        def __eq__(self, other):
            raise RuntimeError

    values = [
        None,
        float("nan"),
        float("inf"),
        10**400,
        "text",
        (1, 2),
        [1, [2]],
        {"a": {1: 2}},
        Odd(),
        b"x",
        1j,
        {3},
    ]
    grammar = grammar_of(
        APPLY % "1.v > 0 OR 1.v + 1 > 2 OR match(m, 1.v) OR 0.5" + " Membership m = s_curve(0, 1);"
    )
    tokens = [
        Token("a", {"v": v, "centre": v, "top": v}, (3 * i, 0, 3 * i + 1, 1)) for i, v in enumerate(values)
    ]
    found = parse(grammar, tokens, budget=Budget(steps=500))
    assert all(0 < r.certainty <= 1 for r in found.readings)


def test_every_fault_is_a_grammar_error():
    for fault in (GrammarFileFault, GrammarMeaningFault, GrammarSyntaxFault):
        assert issubclass(fault, GrammarError)
