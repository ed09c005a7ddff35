"""Print the figures as Markdown: each contender's cost, relative to the bare Django view of the same run."""

from collections.abc import Iterator

from tests.benchmarks.runs import Figure

UNIT = "bare Django view"
Figures = dict[str, dict[str, Figure]]  # by instrument and contender


def written(database: str, by_size: dict[int, Figures]) -> str:
    """Return a row for each contender, with a column for each size and instrument."""
    return "\n".join(_table(database, by_size))


def written_over_http(
    database: str, throughput: dict[str, float], first: dict[str, float], memory: list[tuple[str, int, float]]
) -> str:
    rows = [f"| {name} | {each:,.0f} | {each / throughput[UNIT]:.2f} |" for name, each in throughput.items()]
    rows += [f"| the largest worker, {after} ({calls:,} calls) | {size:.0f} MiB | |" for after, calls, size in memory]
    new, known, verification = (f"{first[name] * 1000:.0f}" for name in ("while_new", "while_known", "verification"))
    rows.append(
        f"| a verified token's slowest call beside 100 new ones (Argon2 takes {verification} ms) | {new} ms | |"
    )
    rows.append(f"| and beside the same 100, verified | {known} ms | |")
    return "\n".join([f"| {database}, over HTTP | requests/s | ratio |", "|---|--:|--:|", *rows])


def _table(database: str, by_size: dict[int, Figures]) -> Iterator[str]:
    columns = [(size, instrument) for size, figures in by_size.items() for instrument in figures]
    yield f"| {database} | " + " | ".join(f"{_title(instrument)}, {size:,} keys" for size, instrument in columns) + " |"
    yield "|---|" + "--:|" * len(columns)
    names = dict.fromkeys(name for figures in by_size.values() for each in figures.values() for name in each)
    for name in names:
        cells = [_cell(by_size[size][instrument], name) for size, instrument in columns]
        yield f"| {name} | " + " | ".join(cells) + " |"


def _title(instrument: str) -> str:
    return {"time": "CPU", "server": "PostgreSQL's CPU"}.get(instrument, "instructions")


def _cell(figures: dict[str, Figure], name: str) -> str:
    """Return the ratio to the bare view, and the noise; for the server's time, which the bare view doesn't have, µs."""
    figure = figures.get(name)
    if figure is None:
        return ""
    if UNIT not in figures:
        return f"{figure.median / 1000:.0f} µs"
    noise = f" ±{figure.spread / 2:.0%}" if figure.spread >= 0.01 else ""
    return f"{figure.median / figures[UNIT].median:.2f}{noise}"
