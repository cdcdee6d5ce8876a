"""The language of productions: every construct by what it does, every fault by what it says and where."""

import pytest

from models.read.grammar import (
    Functions,
    GrammarMeaningFault,
    GrammarSyntaxFault,
    Graph,
    HostFault,
    Token,
    grammar_of,
    load_grammar,
    parse,
)
from models.read.grammar.language.language import parse_text
from models.read.grammar.language.printer import print_items

ONE = "GL: Nodes = {(1, a)} Edges = {} GR: Nodes = {(1, b)} Edges = {}"


def value(expression, attributes=None, others=(), before="", functions=None):
    """What an expression over node 1 comes to."""
    text = f"{before} Production p {ONE} Attrib: {{ 1'.value = {expression}; }} Apply = {{1}}"
    token = Token("a", attributes or {}, (0, 0, 2, 1))
    best = parse(grammar_of(text, functions), [token, *others], strict=True).best
    return best.graph.labelled("b")[0].get("value")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 - 2 - 1", 4),
        ("-2 - -3", 1),
        ("7 / 2", 3.5),
        ("1 / 0", None),
        ("1.v + 1", 1.25),
        ("_1.v", 0.25),
        ("1.missing + 1", None),
        ("2 < 3 AND 3 <= 3 AND 4 > 3 AND 3 >= 3 AND 1 == 1 AND 1 != 2", 1),
        ("0.3 AND 0.7", 0.3),
        ("0.3 OR 0.7", 0.7),
        ("0.2 OR 0.6 AND 0.4", 0.4),
        ("NOT 0.25", 0.75),
        ("very 0.5", 0.25),
        ("somewhat 0.25", 0.5),
        ("very very 0.5", 0.0625),
        ("2 AND 0.5", 0.5),  # certainties are held between 0 and 1
        ("1.v > 0 ? 5 : 6", 5),
        ("1.v > 1 ? 5 : 6", 6),
        ("min(3, 1.v, 2)", 0.25),
        ("MAX(1, 2, 3)", 3),
        ("mean(1, 2, 6)", 3),
        ("abs(-2) + sqrt(9) + floor(2.7) + round(2.4)", 9),
        ("clamp(7, 0, 4)", 4),
        ("has(1.v) + has(1.missing)", 1),
        ("point(3, 4).y", 4),
        ("1.x", 1),
        ("1.width + 1.height", 3),
        ("1.x0 + 1.y1", 1),
        ('1.label + "!"', "a!"),
        ("match(wide, 1.width)", 0.5),
        ("twice(1.v)", 0.5),
        ("distance(1, point(1, 3.5))", 3),
        ("distance(2, 5)", None),  # bare numbers name nodes where places are asked, and there is no node 2
    ],
)
def test_expressions(expression, expected):
    before = "Membership wide = triangle(1, 3, 5); Define twice(x) = 2 * x;"
    if expected is None and "distance" in expression:
        with pytest.raises(GrammarMeaningFault, match="there is no node 2"):
            value(expression, {"v": 0.25}, before=before)
        return
    assert value(expression, {"v": 0.25}, before=before) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("exists(c n: n.v)", 0.9),
        ("forall(c n: n.v)", 0.4),
        ("count(c n: n.v > 0.5)", 1),
        ("sum(c n: n.v)", 1.3),
        ("exists(d n: 1)", 0),
        ("forall(d n: 0)", 1),
        ("count(* n: 1)", 3),
        ("count(c | d n: 1)", 2),
        ("exists(c n: forall(c m: n.v >= m.v))", 1),
        ("count(c n: left_of(1, n))", 2),
    ],
)
def test_quantifiers_run_over_the_other_nodes(expression, expected):
    others = [
        Token("c", {"v": 0.4}, (5, 0, 6, 1)),
        Token("c", {"v": 0.9}, (8, 0, 9, 1)),
        Token("e", {}, (20, 0, 21, 1)),
    ]
    # the label d is used nowhere else
    before = "Production q GL: Nodes = {(1, d), (2, c)} GR: Nodes = {(1), (2)} Apply = {0}"
    assert value(expression, others=others, before=before) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("predicate", "near", "far"),
    [
        ("close(1, 2)", (0.2, 0), (9, 0)),
        ("very_close(1, 2)", (0.1, 0), (9, 0)),
        ("connected(1, 2)", (2, 0), (9, 0)),
        ("above(1, 2)", (0, 5), (0, -5)),
        ("below(1, 2)", (0, -5), (0, 5)),
        ("left_of(1, 2)", (5, 0), (-5, 0)),
        ("right_of(1, 2)", (-5, 0), (5, 0)),
        ("overlaps(1, 2)", (0, 0), (9, 0)),
        ("aligned(1, 2)", (0, 9), (9, 0)),
        ("level(1, 2)", (9, 0), (0, 9)),
    ],
)
def test_the_standard_predicates_tell_near_from_far(predicate, near, far):
    grammar = grammar_of(f"""
        Option reach = 50;
        Production p GL: Nodes = {{(1, a), (2, b)}} GR: Nodes = {{(1, c)}} Apply = {{{predicate}}}
    """)

    def best(dx, dy):
        found = parse(grammar, [Token("a", {}, (0, 0, 2, 1)), Token("b", {}, (dx, dy, dx + 2, dy + 1))])
        return max((r.certainty for r in found.readings if r.graph.labelled("c")), default=0.0)

    assert best(*near) > 0.9
    assert best(*far) < 0.1


def test_attributes_are_carried_chosen_and_set():
    grammar = grammar_of("""
        Production p
        GL: Nodes = {(1, a), (2, b)} Edges = {}
        GR: Nodes = {(1, c), (2)} Edges = {(1, 2, held)}
        Embed = {(1, 1)}
        Attrib: {
            All(1') = All(1);
            1'.v = 1.v + 2.v;
            if (1.v > 1) { 1'.size = "large"; } else if (1.v > 0.5) 1'.size = "middle"; else 1'.size = "small";
            2'.seen = 1'.v;
            edge(1, 2).weight = 3;
        }
        Apply = {1}
    """)
    graph = parse(
        grammar, [Token("a", {"v": 0.75, "w": 1}, (0, 0, 1, 1)), Token("b", {"v": 2}, (1, 0, 2, 1))]
    ).best.graph
    (made,), (kept,) = graph.labelled("c"), graph.labelled("b")
    assert dict(made.attributes) == {"v": 2.75, "w": 1, "size": "middle"}
    assert dict(kept.attributes) == {"v": 2, "seen": 2.75}
    assert graph.edge(made, kept, "held").attributes == {"weight": 3}


def test_directed_edges_have_a_direction():
    text = """
        Vocabulary { node a; node b; edge to directed; edge with; }
        Production go GL: Nodes = {(1, a), (2, b)} GR: Nodes = {(1), (2)} Edges = {(1, 2, to), (2, 1, with)} Apply = {NOT edge(1, 2)}
    """
    graph = parse(grammar_of(text), [Token("a", {}, (0, 0, 1, 1)), Token("b", {}, (1, 0, 2, 1))]).best.graph
    (a,), (b,) = graph.labelled("a"), graph.labelled("b")
    assert graph.edge(a, b, "to") is not None
    assert graph.edge(b, a, "to") is None
    assert graph.edge(a, b, "with") is graph.edge(b, a, "with") is not None


def test_a_loaded_grammar_prints_and_loads_as_itself():
    text = f'Grammar g "what"; Constant two = 2; Production p # says\n# more\n {ONE} Apply = {{1 ? two : 0}}'
    items = parse_text(text)
    assert parse_text(print_items(items)) == items
    assert grammar_of(text).views()[0].comment == "says more"


def test_a_grammar_replaces_a_standard_predicate():
    assert value("close(1, 1)", before="Define close(x, y) = 0.125;") == 0.125


def test_host_functions_are_called_with_the_environment():
    functions = Functions().register(
        "pitch", lambda clef, place: (clef, place.label), ("place",), environment=True
    )
    text = f"Production p {ONE} Attrib: {{ 1'.pitch = pitch(1); }} Apply = {{1}}"
    best = parse(grammar_of(text, functions), [Token("a")], environment="treble").best
    assert best.graph.labelled("b")[0]["pitch"] == ("treble", "a")


@pytest.mark.parametrize("name", ["edge", "Upper", "two words", "", "exists"])
def test_a_host_function_needs_a_name_that_can_be_written(name):
    with pytest.raises(HostFault):
        Functions().register(name, abs)


# --- faults: (id, text, line, column, what the sentence holds)

FAULTS = [
    ("unknown predicate", f"Production p\n{ONE}\nApply = {{\n  clsoe(1, 1)}}", 4, 3, "no function named clsoe; did you mean close"),
    ("missing Apply", f"\n  Production p\n{ONE}", 2, 3, "production p has no Apply; expected Apply = {certainty}"),
    ("undeclared membership", f"Production p {ONE}\nApply = {{match(hollow, 1.v)}}", 2, 16, "no membership named hollow"),
    ("undeclared name", f"Production p {ONE}\nApply = {{1.v > limit}}", 2, 16, "constant, membership or parameter named limit"),
    ("production twice", f"Production p {ONE} Apply = {{1}}\nProduction p {ONE} Apply = {{1}}", 2, 1, "the production p stands at grammar:1:1 already"),
    ("membership twice", "Membership m = s_curve(0, 1);\nMembership m = s_curve(0, 1);", 2, 1, "stands at grammar:1:1 already"),
    ("definition twice", "Define f(x) = x;\nDefine f(x) = x;", 2, 1, "the definition f stands at"),
    ("option twice", "Option reach = 1;\nOption reach = 1;", 2, 1, "the option reach stands at"),
    ("state twice", f"Production p {ONE} Apply = {{1}}\nControl {{ Start s; s: finish;\n s: finish; }}", 3, 2, "the state s stands at"),
    ("label twice", "Vocabulary { node a;\n node a; }", 2, 2, "the node label a is declared at"),
    ("Apply twice", f"Production p {ONE} Apply = {{1}}\nApply = {{1}}", 2, 1, "second Apply"),
    ("unknown state", f"Production p {ONE} Apply = {{1}}\nControl {{ Start s;\n s: repeat {{p}} then\n t; u: finish; }}", 3, 2, "no state named t; known are s, u"),
    ("unknown start", "Control { Start nowhere; s: finish; }", 1, 1, "no state named nowhere"),
    ("no start", "Control { s: finish; }", 1, 1, "has to name the Start"),
    ("two starts", "Control { Start s; s: finish; }\nControl { Start s; }", 2, 1, "not 2"),
    ("no finish", "Control { Start s; s: repeat {} then s; }", 1, 1, "says finish"),
    ("unknown production", "Control { Start s;\n s: repeat {gone} then e; e: finish; }", 2, 2, "no production named gone"),
    ("production twice in a state", f"Production p {ONE} Apply = {{1}} Control {{ Start s; s: once {{p, p}} success e failure e; e: finish; }}", 1, None, "names a production twice"),
    ("unknown label", f"Vocabulary {{ node a; }} Production p\n {ONE} Apply = {{1}}", 2, None, "no node label named b; known are a"),
    ("unknown edge label", "Vocabulary { edge up; } Production p GL: Nodes = {(1, a)} GR: Nodes = {(1)} Apply = {edge(1, 1, down)}", 1, None, "no edge label named down"),
    ("unknown attribute", f"Vocabulary {{ node a (size); node b (size); }} Production p {ONE}\nApply = {{1.sise}}", 2, 10, "attribute of a named sise; did you mean size"),
    ("attribute set that is not declared", f"Vocabulary {{ node a (size); node b (size); }} Production p {ONE}\nAttrib: {{ 1'.depth = 1; }} Apply = {{1}}", 2, None, "attribute of b named depth"),
    ("unknown shape", "Membership m =\n hill(1);", 1, 1, "no shape named hill; known are trapezoid"),
    ("falling parameters", "Membership m = s_curve(2, 1);", 1, 1, "must not fall"),
    ("too few parameters", "Membership m = s_curve(2);", 1, 1, "s_curve takes 2 parameters, not 1"),
    ("parameters that are no numbers", 'Membership m = s_curve(1, "2");', 1, 27, "is a number"),
    ("unknown option", "Option colour = red;", 1, 1, "no option named colour"),
    ("option out of range", "Option ignore_below = 2;", 1, 1, "a number between 0 and 1"),
    ("unknown conjunction", "Option conjunction = mean;", 1, 1, "minimum or product"),
    ("node that is not there", f"Production p {ONE} Apply = {{1}} Embed = {{(2, 1)}}", 1, None, "there is no node 2 on the left-hand side; it has 1"),
    ("node read that is not there", f"Production p {ONE}\nApply = {{_3.v}}", 2, 10, "there is no node 3 on the left-hand side of production p; its nodes are 1"),
    ("node number twice", "Production p GL: Nodes = {(1, a), (1, b)} GR: Nodes = {(1)} Apply = {1}", 1, 35, "two left-hand nodes numbered 1"),
    ("nothing on the left", "Production p GL: Nodes = {} GR: Nodes = {(1, b)} Apply = {1}", 1, 1, "would apply for ever"),
    ("new node without a label", "Production p GL: Nodes = {(1, a)} GR: Nodes = {(2)} Apply = {1}", 1, 48, "node 2 of the right-hand side has no label"),
    ("edge set that is not there", f"Production p {ONE} Attrib: {{ edge(1, 1).v = 1; }} Apply = {{1}}", 1, None, "no such edge on the right-hand side"),
    ("negative window", "Production p GL: Nodes = {(1, a), (2, a)} GR: Nodes = {(1)} Near = {(1, 2, -1)} Apply = {1}", 1, None, "0 or more"),
    ("wrong number of arguments", f"Production p {ONE}\nApply = {{close(1)}}", 2, 10, "close takes 2 arguments, not 1"),
    ("circle of definitions", "Define f(x) = g(x);\nDefine g(x) = f(x);", None, None, "go in a circle: f -> g -> f"),
    ("circle of constants", "Constant a = b;\nConstant b = a;", 1, 14, "named b"),
    ("name of a host function", "Define match(x) = x;", 1, 1, "is a host function already"),
    ("variable that means something", f"Constant n = 1; Production p {ONE} Apply = {{exists(a n: 1)}}", 1, None, "n already means something"),
    ("membership as constant", "Constant m = 1;\nMembership m = s_curve(0, 1);", 2, 1, "stands at grammar:1:1 already"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "column", "told"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_a_fault_names_its_place_and_what_is_wrong(text, line, column, told):
    with pytest.raises((GrammarMeaningFault, GrammarSyntaxFault)) as fault:
        grammar_of(text)
    assert told in fault.value.sentence
    place = fault.value.place
    assert str(fault.value) == f"{place}: {fault.value.sentence}"
    if line is not None:
        assert place.line == line
    if column is not None:
        assert place.column == column


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("Production", 1, 11, "a name"),
        ("Production p\nGL Nodes", 2, 4, "“:”"),
        ("Production p GL: Nodes = {(1 a)}", 1, 30, "“,”"),
        ("Membership m = s_curve(0, 1)", 1, 29, "“;”"),
        ("Constant c = 1 +;", 1, 17, "a number"),
        ("Constant c = 1\n\n  ? 2;", 3, 6, "“:”"),
        ("Define f(1) = 2;", 1, 10, "a name"),
        ("Control { Start s; s: jump; }", 1, 23, "repeat"),
        ('Grammar g "open;', 1, 11, "“;”"),
        ("Constant c = §;", 1, 14, "a number"),
        ("nonsense", 1, 1, "Production"),
        ("Production 1234567890123 GL", 1, 12, ""),
    ],
)
def test_a_syntax_fault_tells_what_was_expected_there(text, line, column, expected):
    with pytest.raises(GrammarSyntaxFault) as fault:
        grammar_of(text, file="mine.grammar")
    assert expected in fault.value.sentence.partition("expected")[2]
    assert (fault.value.place.file, fault.value.place.line) == ("mine.grammar", line)
    if expected:
        assert fault.value.place.column == column


def test_what_is_never_reached_is_remarked():
    grammar = grammar_of(f"""
        Production used {ONE} Apply = {{1}}
        Production idle {ONE} Apply = {{1}}
        Control {{ Start s; s: repeat {{used}} then e; e: finish; lost: repeat {{idle}} then e; }}
    """)
    said = sorted(grammar.remarks)
    assert len(said) == 2
    assert said[0].endswith("production idle is never applied.")
    assert said[1] == "the state lost of the control diagram is never reached."


def test_a_file_and_its_text_are_the_same_grammar(tmp_path):
    text = f"Production p {ONE} Apply = {{1}}"
    (tmp_path / "p.grammar").write_text("\ufeff" + text, "utf-8")  # a byte order mark does no harm
    assert load_grammar(tmp_path / "p.grammar").items == grammar_of(text).items
    assert isinstance(parse(load_grammar(tmp_path), [Token("a")]).best.graph, Graph)
