"""Contexts: what all runs share, what counts about it, and files that count by their content."""

import dataclasses
import os
from pathlib import Path

import metalab
from metalab import DirPath, FilePath, dir_hash, file_hash

Path("data").mkdir()
Path("data/a.csv").write_text("1,2")
Path("data/b.csv").write_text("3,4")
Path("data/c.txt").write_text("text")


@metalab.context_spec
class Plain:
    source: FilePath
    scale: float = 2.0


@metalab.context_spec(frozen=False)
class Open:
    scale: float = 1.0


@metalab.context_spec
@dataclasses.dataclass
class Twice:
    names: list = dataclasses.field(default_factory=list)
    scale: float = 3.0


class Commit:
    """Says itself what counts about it."""

    def __init__(self, name, note):
        self.name, self.note = name, note

    def fingerprint_payload(self):
        return {"name": self.name}


@metalab.operation
def reading(context: metalab.ContextSpec, params, capture):
    scale = context["scale"] if isinstance(context, dict) else getattr(context, "scale", 0.0)
    capture.metric("scaled", scale * params["n"])
    if isinstance(context, Plain):
        capture.metric("content", Path(context.source).read_text())


def run(context, name="contexts"):
    sweep = metalab.Experiment(
        name=name,
        version="1",
        context=context,
        operation=reading,
        params=metalab.grid(n=[1]),
        seeds=metalab.seeds(base=1),
    )
    handle = metalab.run(sweep, store="./runs", verbose=False)
    results = handle.result()
    return handle.status.skipped, sorted(results[0].metrics.items()), results[0].error


plain = Plain(source=FilePath("data/a.csv"))
print(plain.scale, dataclasses.is_dataclass(plain), len(plain.fingerprint) >= 16)
try:
    plain.scale = 5.0
except dataclasses.FrozenInstanceError:
    print("frozen")
changing = Open()
changing.scale = 4.0
print(changing, Twice(), Twice(names=["a"]).names)
print(run(plain), run(plain)[0])
os.utime("data/a.csv", (1, 1))
Path("data/a.csv").write_text("5,6,7")
print(run(plain), run(changing), run(Twice()), run({"scale": 0.5}))
print(run(Commit("one", "first"))[0], run(Commit("one", "second"))[0], run(Commit("two", "first"))[0])
print(isinstance(Commit("one", ""), metalab.Fingerprintable), isinstance(FilePath("x"), metalab.Fingerprintable))
print(isinstance({}, metalab.ContextSpec), metalab.FrozenContext is not None)

path = FilePath(path="data/a.csv", hash_path=True)
print(
    str(path),
    os.fspath(path),
    path.path,
    path.hash_path,
    FilePath("data/a.csv").hash_path,
    "path" in path.fingerprint_payload(),
)
folder = DirPath(path="data", pattern="*.csv", hash_path=True)
print(str(folder), folder.pattern, folder.hash_path, DirPath("data").pattern, sorted(folder.fingerprint_payload()))
before = [
    DirPath("data", pattern="*.csv").fingerprint_payload(),
    DirPath("data", pattern="*.txt").fingerprint_payload(),
]
Path("data/c.txt").write_text("other text")
after = [DirPath("data", pattern="*.csv").fingerprint_payload(), DirPath("data", pattern="*.txt").fingerprint_payload()]
print([one == other for one, other in zip(before, after, strict=True)])

print(file_hash("data/b.csv"), file_hash(path="data/b.csv", algorithm="md5") != file_hash("data/b.csv"))
print(
    len(dir_hash("data")),
    dir_hash(path="data", pattern="*.csv", algorithm="sha256") == dir_hash("data", pattern="*.csv"),
)
print(dir_hash("data", pattern="*.csv") != dir_hash("data", pattern="*.txt"))
missing = (lambda: file_hash("gone"), lambda: dir_hash("gone"), lambda: run({"source": FilePath("gone")}))
for ask in (*missing, lambda: run({"source": DirPath("gone")})):
    try:
        ask()
    except FileNotFoundError as error:
        print("not found", "gone" in str(error))
