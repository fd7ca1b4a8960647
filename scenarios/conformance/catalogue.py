"""Programs that run in every session, in addition to drawn ones: each kind of value, ending and change."""

from __future__ import annotations

from dataclasses import replace

from .program import Code, Delete, Program, Sweep
from .values import ARRAYS, KINDS, MAPS, NESTED, ODD, SCALARS, SPEC

FAILURES = (
    "raise ValueError('caf\\u00e9: ' + str(params['n']))",
    "raise KeyError('a key')",
    "raise AssertionError",
    "raise OwnError('of its own', 2)",
    "raise RuntimeError('two\\nlines')",
    "1 / 0",
    "raise ValueError('long ' * 300)",
)
OWN = "class OwnError(Exception):\n    pass\n"


def lines_for(way: str, prefix: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return a line for each value that captures it under a name of its own."""
    return tuple(
        f"tried(me, {value!r}, lambda: capture.{way}('{prefix}{number}', {value}))"
        for number, value in enumerate(values)
    )


CAPTURED = Code(
    (
        *lines_for("metric", "m", (*SCALARS, *NESTED)),
        *lines_for("artifact", "array", (*ARRAYS, *MAPS)),
        *lines_for("artifact", "json", (*NESTED, "'a text'", "3", "{'x': 2**53 + 1}")),
        "tried(me, 'as numpy', lambda: capture.artifact('kind numpy', np.array([1.5, 2.5]), kind='numpy'))",
        "tried(me, 'as json', lambda: capture.artifact('kind json', [1.5, 2.5], kind='json'))",
        "capture.file('file', written(runtime, 'some.bin', bytes(range(256)) * 5000))",
        "capture.file('file, empty', written(runtime, 'empty.dat', b''))",
        "capture.metric('twice', 1)",
        "capture.metric('twice', 2)",
        "capture.log_metrics({'several': 1, 'at once': 2.5})",
        "array, table = np.arange(3), {'x': [1]}",
        "capture.artifact('in place', array)",
        "capture.artifact('in place too', table)",
        "capture.metric('in place', table)",
        "array[:] = 9",
        "table['x'].append(2)",
        "capture.artifact('again', np.arange(2))",
        "capture.artifact('again', {'x': 1})",
        "capture.artifact('same', [1])",
        "capture.artifact('same', [2])",
    ),
)
LATE = Code(
    (
        "capture.artifact('own', {'n': params['n']})",
        "if params['n']: late(KEPT[0])",
        "KEPT.append(capture)",
    ),
    (
        """
KEPT = []


def late(capture):
    for call in (lambda: capture.metric('late', 1), lambda: capture.artifact('late', [1]), lambda: capture.log('late')):
        try:
            call()
        except Exception:
            pass
""",
    ),
)
STRUCTURED = Code(
    (
        "for step, value in ((3, 0.5), (1, 1.5), (2, -0.0), (1, 2.5), (0, 5e-324), (-4, 1e308), (2**40, 0.1)):",
        "    capture.metric('loss', value, step=step)",
        "note(me, 'series', 'loss')",
        "for step in range(300): capture.log_metrics({'a': step / 7, 'b': -step}, step=step)",
        "note(me, 'series', 'a')",
        "note(me, 'series', 'b')",
        "capture.metric('odd', math.nan, step=0)",
        "capture.metric('odd', -math.inf, step=np.int64(1))",
        "capture.metric('odd', np.float32(0.5), step=2)",
        "capture.metric('odd', True, step=3)",
        "note(me, 'series', 'odd')",
        "capture.metric('loss', 7)",
        *(
            f"capture.data('data{number}', {value})"
            for number, value in enumerate((*NESTED, *ARRAYS[:4], "2.5", "'x'"))
        ),
        *(f"note(me, 'data', 'data{number}')" for number in range(len(NESTED) + 6)),
        "rows = [1]",
        "capture.data('data, in place', rows)",
        "note(me, 'data', 'data, in place')",
        "rows.append(2)",
        "if params['n']: raise ValueError('after all that')",
    )
)
DESCRIBED = Code(
    (
        "capture.artifact('a', {'x': 1}, metadata={'unit': 'm', 'parts': [1, 2.5, None], 'in': {'x': 'y'}})",
        "capture.artifact('b', np.arange(2))",
        "capture.file('file', written(runtime, 'x.txt', b'12345'), metadata={'n': 1})",
        "if params.get('fails'): raise ValueError('after that')",
    )
)
LOGGED = Code(
    (
        "for level in ('debug', 'info', 'warning', 'error'): capture.log(f'>> by {level}, caf\\u00e9', level=level)",
        "capture.log('>> as it comes')",
        "capture.log('>> twice')",
        "capture.log('>> twice')",
        "library = logging.getLogger('conformance.library')",
        "library.setLevel(logging.DEBUG)",
        "library.propagate, library.handlers = False, library.handlers or [logging.NullHandler()]",
        "library.warning('>> before it is heard')",
        "capture.subscribe_logger('conformance.library')",
        "capture.subscribe_logger('conformance.library')",
        "library.debug('>> of a library: %d', 1)",
        "library.error('>> of a library, too')",
        "if params['n'] == 1: raise ValueError('after all that')",
        "capture.log('>> last', level='error')",
    )
)
RUNTIME_LOGGED = Code(("runtime.logger.warning('>> by the logger of the runtime')",))
NUMBERED = ("capture.metric('number', params['n'])",)
FAILING = Code(
    (
        *NUMBERED,
        "capture.artifact('before', {'n': params['n']})",
        *(f"if params['n'] == {number}: {line}" for number, line in enumerate(FAILURES)),
        "capture.artifact('after', np.arange(3))",
        "capture.log('>> at the end')",
    ),
    (OWN,),
)
ROWS = tuple(f"{{'n': {number}}}" for number in range(len(FAILURES) + 2))
SPOILING = Code(
    (
        "params['deep']['list'].append(9)",
        "params['more'] = 1",
        "tried(me, 'the context', lambda: context['deep']['list'].append(9))",
        "runtime.metadata['list'].append(9)",
        "scratch(me, runtime)",
    )
)
DEEP = "{'deep': {'list': [1]}, 'n': %d}"
ONCE = Code(
    (
        "mark = Path(os.environ['CONFORMANCE_NOTES'] + '.mark')",
        "if params['n'] == 1 and not mark.exists():",
        "    mark.write_text('')",
        "    capture.artifact('left', {'x': 1})",
        "    capture.metric('left', 1)",
        "    raise ValueError('the first time')",
        "capture.metric('number', params['n'])",
        "if params['n'] == 2: raise ValueError('each time')",
    )
)
TWO = ("{'n': 0}", "{'n': 1}", "{'n': 2}")
STREAMS = Code(
    (
        "scratch(me, runtime)",
        "drawn(me, seeds, '', 'a', 'b', 'ab', 'a:1', '1', '1a', 'init', 'caf\\u00e9')",
    )
)

BASES = ((0, 12), (1, 12), (11, 2), (12, 1), (-1, 2), (2**40, 2), (2**32, 1))  # each with a number of replicates
PLANNED = (
    Program(
        (Code(NUMBERED),),
        (
            Sweep(ROWS[:3], replicates=2),
            Sweep((*ROWS[2:5],), base=2**31, replicates=2),
            Sweep(source="metalab.grid(a=[1, 2], n=[0, 1, 2])"),
            Sweep(ROWS[:2], context="{'x': 1, 'y': [1, 2]}"),
            Sweep(ROWS[:2], context="{'y': [1, 2], 'x': 1}"),
            Sweep(ROWS[:2], tags=("t",), metadata="{'m': 1}", description="other words"),
            Sweep(ROWS[:2], version="2"),
            Sweep(("{'n': 0, 'm': {'a': 1, 'b': 2}}", "{'n': 1}"), context="{'x': 1}"),
            Sweep(("{'m': {'b': 2, 'a': 1}, 'n': 0}", "{'n': 1}"), context="{'x': 1}"),
        ),
    ),
    Program(
        (Code(NUMBERED),),
        (
            Sweep(name="a_b", version="1"),
            Sweep(name="a", version="b_1"),
            Sweep(name="a-b", version="1"),
            Sweep(name="A_b", version="1"),
            Sweep(name="a", version="b.1"),
        ),
    ),
    Program(
        (Code(NUMBERED),),
        (
            Sweep(source="metalab.with_resolver(metalab.grid(n=[2, 1]), lambda _, raw: {**raw, 'half': raw['n'] / 2})"),
            Sweep(ROWS[:2], resolver="lambda meta, raw: {'n': -raw['n'], 'was': [raw['n']]}"),
            Sweep(ROWS[:4], resolver="lambda meta, raw: {'n': raw['n'] // 2}", replicates=2),
        ),
    ),
    Program((Code((), (KINDS,)),), (Sweep(tuple(f"{{'value': {value}}}" for value in ODD)),), odd=True),
    Program(
        (Code((), (KINDS,)),),
        tuple(
            Sweep(context=context)
            for context in (
                "Setup()", "Setup(1)", "Setup(1.0)", "Setup('1')", "Setup(inner=Point())", "Setup(inner=Pixel())",
                "Setup(inner=Of.Point())", "Setup(inner={'x': 1})", "Setup(inner=Setup())", "Setup(inner=np.arange(3))",
                "Setup(inner=np.arange(3)[::-1])", "Setup(inner=np.array(1))", "Setup(inner=(1,))", "Setup(inner=[1])",
            )
        ),
        odd=True,
    ),
)  # fmt: skip
RECEIVED = (
    Program((STREAMS,), tuple(Sweep(base=base, replicates=replicates) for base, replicates in BASES)),
    Program((STREAMS,), (replace(Sweep(), rows=TWO, replicates=2), replace(Sweep(), rows=TWO, replicates=3))),
    Program((Code((), (KINDS,)),), (Sweep(tuple(f"{{'value': {value}}}" for value in ODD)),), odd=True),
    Program(
        (Code((), (KINDS,)),),
        (
            Sweep(ROWS[:2], context="Setup(0.5, {'a': [1, (2,)], 'b': None})", metadata="{'m': [1, 2]}"),
            Sweep(ROWS[:2], context="{'a': -0.0, 'b': {'c': None}}", metadata="{'m': {'n': 1}}"),
            Sweep(source="metalab.grid(x=[(1, 2), [1, 2]], y=['a', None])"),
        ),
    ),
    Program(
        (Code(("drawn(me, seeds, 'a')",), (KINDS,)),),
        (
            Sweep(
                ("{'value': [1, (2,), {'x': -0.0}]}", "{'value': None}"),
                context="Setup(0.5, {'a': [1]})",
                replicates=2,
                metadata="{'m': [1, 2]}",
                kind="process",
                workers=2,
            ),
        ),
    ),
    Program((Code((), (SPEC,)),), (Sweep(context="Spec()"), Sweep(context="Spec(2)"), Sweep(context="Spec(1, [1])"))),
)
RECORDED = (
    Program((CAPTURED,), (Sweep(),)),
    Program((FAILING,), (Sweep(ROWS),)),
    Program((LATE,), (Sweep(ROWS[:3]),)),
)
STRUCTURE = (Program((STRUCTURED,), (Sweep(ROWS[:2]),)),)
DESCRIPTIONS = (
    Program(
        (DESCRIBED, replace(DESCRIBED, body=(*DESCRIBED.body, "capture.metric('more', 1)"))),
        (
            Sweep(("{'n': 1, 'x': [1, {'y': -0.5}], 'z': None}", "{'fails': True}"), tags=("b", "a"), replicates=2),
            Sweep(("{'n': 2}",), code=1, tags=("two words",)),
        ),
    ),
)
REPORTED = (
    Program((FAILING,), (Sweep(ROWS), Sweep(ROWS), Sweep(ROWS[5:], kind="thread"))),
    Program((LOGGED,), (Sweep(ROWS[:2]),)),
)
COUNTED = (Program((FAILING,), (Sweep(ROWS), Sweep(ROWS, replicates=2), Sweep(ROWS[6:]), Sweep(ROWS, resume=False))),)
LINES = (Program((LOGGED,), (Sweep(ROWS[:3]), Sweep(ROWS[:3], resume=False))), Program((RUNTIME_LOGGED,), (Sweep(),)))
READ = (Program((FAILING,), (Sweep(ROWS), Sweep((*ROWS[6:], "{'n': 9}"), replicates=2))),)
RESUMED = (
    Program((ONCE,), (Sweep(TWO), Sweep(TWO), Sweep((*TWO, "{'n': 3}"), replicates=2), Sweep(TWO, resume=False))),
    Program(
        (Code(NUMBERED),),
        (Sweep(TWO, replicates=2), Delete(1), Sweep(TWO, replicates=2), Delete(0), Delete(0), Sweep(TWO[:1])),
    ),
    Program(
        (Code(NUMBERED),),
        (
            Sweep(TWO, tags=("a",), metadata="{'m': 1}"),
            Sweep(TWO[::-1], tags=("b",), metadata="{'m': 2}", description="other words", kind="thread", workers=2),
            Sweep(TWO, context="{'x': 1}"),
            Sweep(TWO, context="{'x': 1.0}"),
            Sweep(TWO, base=1),
            Sweep(TWO, version="2"),
        ),
    ),
)
ISOLATED = (
    Program(
        (SPOILING,),
        (
            Sweep(
                (DEEP % 0, DEEP % 1), replicates=2, context="{'deep': {'list': [1]}}", metadata="{'list': [1]}"
            ),
            Sweep(
                (DEEP % 0, DEEP % 2), replicates=2, context="{'deep': {'list': [1]}}", metadata="{'list': [1]}",
                kind="thread", workers=2,
            ),
        ),
    ),
    Program(
        steps=(Sweep((DEEP % 0, DEEP % 1), resolver="lambda meta, raw: raw['deep']['list'].append(7) or dict(raw)"),)
    ),
)  # fmt: skip
