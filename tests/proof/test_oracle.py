"""The judge of mutations: it reads files by its own means, and tells what is printed from how it is written."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

from ingest.core.home import REPOSITORY
from proof import oracle
from proof.books import open_book
from proof.cases import held
from proof.operators import BY_NAME, OPERATORS, Target
from sandbox.sample import lay_out

RCMP, CBP, CLAIMANTS = "ircc_rcmp_interceptions", "cbp_nationwide_encounters", "ircc_asylum_claimants"
FILES = {
    RCMP: "2024-04-22/asylum-claims-2023.html",
    CBP: "2023-12/nationwide-encounters-fy21-fy24-nov-state.csv",
    CLAIMANTS: "2025-07-31/EN_ODP-Asylum-OfficeType_Prov.xlsx",
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("sample"))


def base(sample: Path, source: str) -> tuple[bytes, str]:
    [file] = [each.path for each in held(sample) if str(each.path).endswith(FILES[source])]
    return file.read_bytes(), file.suffix


def target(content: bytes, suffix: str, source: str, seed: int = 1) -> Target:
    book = open_book(content, suffix)
    figures = oracle.figures(source, book)
    open_from = oracle.open_year(source, figures)
    return Target(book, figures, open_from, random.Random(seed), suffix, None)


def test_the_oracle_imports_nothing_that_parses_releases() -> None:
    for name in ("books.py", "oracle.py", "operators.py"):
        tree = ast.parse((REPOSITORY / "proof" / name).read_text())
        imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        imported += [each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
        assert not [each for each in imported if each.startswith(("ingest", "expectations", "warehouse"))], name


@pytest.mark.parametrize("source", FILES)
def test_writing_a_file_again_changes_no_printed_figure(sample: Path, source: str) -> None:
    content, suffix = base(sample, source)
    made = target(content, suffix, source)
    first = made.figures[0]
    made.write(first, first.value + " ")
    found = oracle.compare(source, made.figures, made.book.save(), suffix, made.open_from, content)
    assert len(made.figures) > 100
    assert not found.material, found.changed[:3]


@pytest.mark.parametrize("source", FILES)
def test_one_changed_cell_is_exactly_one_difference(sample: Path, source: str) -> None:
    content, suffix = base(sample, source)
    made = target(content, suffix, source)
    figure = made.pick(lambda each: (each.counted or 0) > 3)
    assert figure is not None
    made.write(figure, "31337")
    found = oracle.compare(source, made.figures, made.book.save(), suffix, made.open_from, content)
    assert found.changed == ((figure.key, oracle.folded(figure.value), "31337"),)


@pytest.mark.slow
@pytest.mark.parametrize("source", FILES)
def test_every_operator_does_what_its_kind_says(sample: Path, source: str) -> None:
    content, suffix = base(sample, source)
    tried = 0
    for operator in OPERATORS:
        made = target(content, suffix, source)
        if operator.on_bytes is not None:
            changed = operator.on_bytes(content, made)
        else:
            assert operator.on_book is not None
            changed = made.book.save() if operator.on_book(made) is not None else None
        if changed is None or operator.kind == "neutral":
            continue
        tried += 1
        found = oracle.compare(source, made.figures, changed, suffix, made.open_from, content)
        # A mutation may come to nothing (two equal neighbours change places); writing never changes what is printed.
        assert found.material or operator.kind == "harmless" or operator.name in MAY_COME_TO_NOTHING, operator.name
        assert not (found.material and operator.kind == "harmless"), operator.name
    assert tried > 30


# Where what is shifted or swapped is alike; a run tries again with another draw.
MAY_COME_TO_NOTHING = {"row_shifted", "column_shifted", "places_swapped", "months_swapped", "newest_month_repeats"}


def test_there_are_more_than_forty_material_operators_of_different_names() -> None:
    assert len(BY_NAME) == len(OPERATORS)
    assert sum(each.kind == "material" for each in OPERATORS) >= 40


def test_two_places_that_change_labels_are_found_by_meaning(sample: Path) -> None:
    content, suffix = base(sample, RCMP)
    swapped = (
        content.replace(b"Quebec", b"@@").replace(b"British Columbia", b"Quebec").replace(b"@@", b"British Columbia")
    )
    figures = oracle.figures(RCMP, open_book(content, suffix))
    found = oracle.compare(RCMP, figures, swapped, suffix, 2023)
    assert found.material
    assert {key[2] for key, _, _ in found.changed} >= {"Quebec", "British Columbia"}
