"""What `tools/dev bench` measures: the rows of its table, their peers and goals.

A row's figure is nanoseconds, or bytes, for each unit of its work, so that lower is better. A goal is the
highest ratio of our figure to a peer's that will do, or the highest figure.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Optional


@dataclass
class Contender:
    """A command that does the work of a row."""
    name: str
    command: list
    goal: Optional[float] = None  # ours ÷ its
    same: bool = True  # does the same work, and so gives the same result


@dataclass
class Row:
    name: str
    work: str
    unit: str
    units: Optional[int]  # None where the work itself says how many, as its result
    ours: Contender
    peers: list
    # 'seconds' and 'bytes' are said by the command itself of the work alone, behind what came of it;
    # 'process' is the time of whole processes, `repeat` of them, 'peak' the most memory that one had.
    figure: str = 'seconds'
    repeat: int = 1
    goal: Optional[float] = None  # ours, in ns or bytes a unit

    def contenders(self):
        return [self.ours, *self.peers]


def rows(source: Path, build: Path, work: Path):
    """All rows. `source` and `build` are the folders of the project, `work` is for files of our own."""
    programs = source / 'tests/bench/programs'

    def avm(file, *options, name='avm', **about):
        command = [build / 'tests/bench/measure', programs / f'{file}.avm', *options]
        return Contender(name, command, **about)

    def lua(file, n, goal=None):
        return Contender('lua5.4', ['lua5.4', programs / 'measure.lua', programs / f'{file}.lua', n], goal)

    def luajit(file, n, goal=None):
        command = ['luajit', '-joff', programs / 'measure.lua', programs / f'{file}.lua', n]
        return Contender('luajit -joff', command, goal)

    def erlang(file, n, name='erlang', goal=None):
        return Contender(name, ['escript', programs / f'{file}.escript', n], goal)

    def language(name, work, unit, units, n, goal, others=()):
        """A row of a program that stands in AVM assembly and in Lua."""
        peers = [luajit(name, n, goal), lua(name, n), *others]
        return Row(name, work, unit, units, avm(name, n), peers)

    million = 1_000_000
    yield language('loop', 'counting loop to 100 M, an addition and a comparison a turn', 'turn',
                   100 * million, 100 * million, 0.75)
    yield language('fib', 'fib(32) by a pure function', 'call', 7_049_155, 32, 0.65)
    yield language('sieve', 'sieve of the primes to 2 M', 'set', 4_347_778, 2 * million, 0.9)
    yield language('collatz', 'Collatz sequences below 300 k', 'step', 35_669_673, 300_000, 0.8)
    yield language('fannkuch', 'fannkuch 9, lists permuted in place', 'permutation', 362_880, 9, 0.7)

    row = language('append', 'append 1 M to a list, and add them up', 'element', million, million, None)
    row.peers[1].goal = 0.45
    yield row
    yield language('chain', 'chain of 1 M pairs, built and added up', 'pair', million, million, 0.4,
                   [erlang('chain', million)])
    yield language('trees', '30 binary trees of depth 14, built and counted', 'node', 30 * 32_767, 30, 0.4,
                   [erlang('trees', 30)])
    yield language('strings', 'short strings, put together and compared', 'string', million, 1000, 0.4)

    calls = 300_000
    echo = avm('echo', million)
    yield Row('echo', 'call of an object that echoes, no trace kept', 'call', million, echo,
              [lua('echo', million, 0.5), luajit('echo', million),
               erlang('echo', million, 'erlang gen_server')])

    def beside_echo(n, goal):
        return avm('echo', n, name='echo, no trace', goal=goal, same=False)

    yield Row('state', 'call that reads and sets state, trace kept in memory', 'call', calls,
              avm('counter', calls, '--trace'), [beside_echo(calls, 4)])

    def deep(entry, **options):
        return avm('depth', million, '--trace', '--entry', entry, **options)

    yield Row('deep-thousand', 'calls within each other, 1,000 deep, trace kept', 'call', million,
              deep('shallow'), [lua('coroutine', million, 1)])
    yield Row('deep-million', 'calls within each other, 1,000,000 deep, trace kept', 'call', million,
              deep('deep'), [lua('coroutine', million, 1), deep('shallow', name='1,000 deep', goal=1.1)])

    yield Row('create', 'create 1 M objects', 'object', million,
              avm('create', million), [erlang('create', million, 'erlang process', goal=0.03)])
    yield Row('memory', 'memory of 1 M objects', 'object', million,
              avm('create', million), [erlang('create', million, 'erlang process')],
              figure='bytes', goal=112)
    yield Row('random', 'call of a random one of 1 M objects', 'call', million,
              avm('random', '--prepare', million), [beside_echo(million, 8)])

    def transactions(objects, **options):
        return avm('transactions', calls, '--prepare', objects, **options)

    yield Row('transactions', 'begin, set_state, commit; 1 M objects in the store', 'transaction', calls,
              transactions(million),
              [beside_echo(calls, 6), transactions(10, name='10 objects', goal=1.1)])

    def thousand(*options, **named):
        return avm('echo', 1000, '--executions', 1000, *options, **named)

    one_by_one = 'one after the other'
    yield Row('turns', '1,000 executions of 1,000 calls, stepped in turn', 'call', million,
              thousand('--in-turn'), [thousand(name=one_by_one, goal=1.3)])
    yield Row('turns-hundred', 'the same in turns of 100 steps', 'call', million,
              thousand('--in-turn', '--steps', 100), [thousand(name=one_by_one)])

    tape = work / 'million.tape'

    def assemblers(limit):
        return (Contender('avm-as', [build / 'tools/avm-as', work / 'million.avm', '-o', tape]),
                [Contender('luajit -b', ['luajit', '-b', work / 'million.lua', work / 'lua.out'], limit),
                 Contender('luac', ['luac5.4', '-o', work / 'luac.out', work / 'million.lua']),
                 Contender('GNU as', ['as', '-o', work / 'as.out', work / 'million.s']),
                 Contender('wat2wasm', ['wat2wasm', '-o', work / 'wasm.out', work / 'million.wat'])])

    yield Row('assemble', 'assemble a million lines', 'line', million, *assemblers(1), figure='process')
    yield Row('assemble-memory', 'peak memory of that', 'line', million, *assemblers(None),
              figure='peak', goal=160)
    yield Row('load', 'verify and load that tape', 'word', None,
              Contender('avm', [build / 'tests/bench/measure', '--load', tape]), [], goal=50)

    yield Row('start', 'start, and print "hello"', 'process', 1,
              Contender('avm-run', [build / 'tools/avm-run', programs / 'hello.avm']),
              [Contender('lua5.4', ['lua5.4', programs / 'hello.lua'], 1.3),
               Contender('C', [build / 'tests/bench/hello'])],
              figure='process', repeat=20)
