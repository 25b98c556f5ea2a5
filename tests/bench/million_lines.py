"""A million lines of source text for each assembler: functions of ten lines, much alike."""

AVM = """\
pure f{i}(%x, %y) {{
    %a = add %x, {k}
    %b = mul %a, %y
    %less = lt %a, %b
    br %less, low
    %l = [%a, "text", %b]
    ret %l
low:
    ret (%x, %y)
}}
"""

LUA = """\
function t.f{i}(x, y)
  local a = x + {k}
  local b = a * y
  local less = a < b
  if less then
    return {{x, y}}
  end
  local l = {{a, "text", b}}
  return l
end
"""

GNU = """\
f{i}:
    lea {k}(%rdi), %rax
    mov %rax, %rcx
    imul %rsi, %rcx
    cmp %rcx, %rax
    jb low{i}
    add %rcx, %rax
    ret
low{i}:
    ret
"""

WAT = """\
(func $f{i} (param $x i64) (param $y i64) (result i32)
  (local $a i64)
  local.get $x
  i64.const {k}
  i64.add
  local.tee $a
  local.get $y
  i64.mul
  local.get $a
  i64.lt_u)
"""


def functions(template, count=100_000):
    for i in range(count):
        yield template.format(i=i, k=i % 1000)


def lua():
    """A Lua function has at most 65,536 constants under LuaJIT: so they stand a thousand in each."""
    for i, text in enumerate(functions(LUA)):
        if i % 1000 == 0:
            yield 'do local t = {} local function group()\n'
        yield text
        if i % 1000 == 999:
            yield 'end end\n'


def write(folder):
    """The files million.avm, .lua, .s and .wat."""
    for name, parts in [('avm', functions(AVM)), ('lua', lua()), ('s', functions(GNU)),
                        ('wat', ['(module\n', *functions(WAT), ')\n'])]:
        with open(folder / f'million.{name}', 'w') as file:
            file.writelines(parts)
