"""`make bench`: every benchmark, its table, and a file of ratios.

`python -m tests.bench [--write] [NAME...]`: NAME is `load`, `rollup`, ... (bench_NAME.py); without
one all run. docs/bench/ is written where all ran, or with --write.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import psycopg

from tests.bench.result import Result, machine, table
from tests.bench.stand import stand

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs" / "bench"


def main(arguments: list[str]) -> None:
    """Run them one after the other on one pair of servers."""
    names = [name for name in arguments if name != "--write"]
    known = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    unknown = set(names) - set(known)
    if unknown:
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    results: list[Result] = []
    with stand() as stack:
        with psycopg.connect(stack.database_url) as conn:
            about = machine(conn)
        for name in names or known:
            for result in importlib.import_module(f"tests.bench.bench_{name}").run(stack):
                results.append(result)
                print(table([result]).splitlines()[-1], flush=True)
    told = {"machine": about, "results": [result.as_json() for result in results]}
    print("\n" + table(results))
    if not names or len(names) < len(arguments):
        DOCS.mkdir(exist_ok=True)
        (DOCS / "results.json").write_text(json.dumps(told, indent=1) + "\n")
        lines = [f"- {key}: {value}" for key, value in about.items()]
        text = ["# What `make bench` gave", "", *lines, "", table(results), ""]
        (DOCS / "results.md").write_text("\n".join(text))


if __name__ == "__main__":
    main(sys.argv[1:])
