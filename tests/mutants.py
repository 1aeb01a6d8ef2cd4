# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The ways in which tests/mutate breaks a C file: where, and what stands there then.

Three kinds: a comparison (negated, or moved by its bound), a constant (off by one), a statement
(deleted). The lines of a file keep their numbers. Not changed are comments, strings, the
preprocessor but for "#define NAME NUMBER", and the calls of NO_EFFECT, because the results of a
program do not depend on them.
"""
import re
import typing

KINDS = ('comparison', 'constant', 'statement')

# Assertions are the tests of the code, and a prefetch or a hint changes nothing but time.
NO_EFFECT = re.compile(r'\b(RTE_ASSERT|RTE_BUILD_BUG_ON|RTE_SET_USED|static_assert'
                       r'|\w*prefetch\w*|__rte_\w+|__attribute__|_Alignas)\s*\(')

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
                   r'|^[ \t]*#(?:\\\n|[^\n])*', re.M | re.S)
DEFINE = re.compile(r'#define \w+[ \t]+\(?(?:U?INT\d+_C\()?\d\w*\)*\s*(?:/\*.*)?')
FUNCTION = re.compile(r'^\w+\([^;{}]*\)\s*\n\{\n.*?^\}', re.M | re.S)
NUMBER = re.compile(r'(?<![\w.])(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)(?![\w.])')
OPERATOR = re.compile(r'(?<= )(==|!=|<=|>=|<|>)(?=\s)|\brs_seq_(lt|leq|gt|geq)(?=\()')
BECOMES = {
    '==': ('!=',), '!=': ('==',),
    '<': ('>=', '<='), '<=': ('>', '<'), '>': ('<=', '>='), '>=': ('<', '>'),
    'lt': ('geq', 'leq'), 'leq': ('gt', 'lt'), 'gt': ('leq', 'geq'), 'geq': ('lt', 'gt'),
}
LABEL = re.compile(r'(?:case\b[^:]+|default|\w+)\s*:(?!:)\s*')
HEAD = re.compile(r'(?:else\b\s*)?(?:if|for|while|switch)\s*\(|(?:else|do)\b\s*')
DECLARATION = re.compile(r'(?!return\b|goto\b)(?:(?:const|struct|enum|union|unsigned)\s+)*'
                         r'\w+[\s*]+\**\w+\s*(?:=|\[|,|\(|:|$)')
INITIALIZER = re.compile(r'(?:=|\breturn)\s*(?:\([^()]*\)\s*)?$')


class Site(typing.NamedTuple):
    """One way to break a file."""
    path: str
    kind: str
    start: int      # of the text that is replaced
    end: int
    text: str       # that takes its place
    line: int       # where it begins, from 1
    old: str        # the lines of the place, in one
    new: str        # the same lines when broken
    nth: int        # of the sites with the same path, old and new

    def key(self):
        """The site's name, the same while other lines of the file change."""
        return '\t'.join((self.path, self.old, self.new, str(self.nth)))


def blank(match):
    """Blanks of the same length and lines, but for a #define of a number."""
    text = match.group(0)
    if DEFINE.fullmatch(text):
        return re.sub(r'/\*.*', lambda m: ' ' * len(m.group(0)), text)
    return re.sub(r'[^\n]', ' ', text)


def closing(text, at):
    """The place of the bracket that closes the one at a place."""
    depth = 0
    for place in range(at, len(text)):
        depth += {'(': 1, '{': 1, '[': 1, ')': -1, '}': -1, ']': -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text) - 1


def code(text):
    """Text of the same length, in which only code that may be broken is left."""
    text = TOKEN.sub(blank, text)
    for match in list(NO_EFFECT.finditer(text)):
        end = closing(text, match.end() - 1) + 1
        text = text[:match.start()] + re.sub(r'[^\n]', ' ', text[match.start():end]) + text[end:]
    return text


def comparisons(text):
    """Yield (start, end, new text)."""
    for match in OPERATOR.finditer(text):
        group = 1 if match.group(1) else 2
        for becomes in BECOMES[match.group(group)]:
            yield match.start(group), match.end(group), becomes


def constants(text):
    """Yield (start, end, new text)."""
    for match in NUMBER.finditer(text):
        digits, suffix = match.groups()
        base = 16 if digits[:2] in ('0x', '0X') else 8 if len(digits) > 1 and \
            digits[0] == '0' else 10
        value = int(digits, base)
        for changed in [value + 1] + ([value - 1] if value > 0 else []):
            written = f'0x{changed:x}' if base == 16 else f'0{changed:o}' if base == 8 \
                else str(changed)
            yield match.start(), match.end(), written + suffix


def heads(text, at, end):
    """Where a statement begins behind its labels and "if (...)"."""
    while at < end:
        while at < end and text[at].isspace():
            at += 1
        label = LABEL.match(text, at, end)
        head = HEAD.match(text, at, end)
        if head:
            opens = head.group(0).endswith('(')
            at = closing(text, head.end() - 1) + 1 if opens else head.end()
        elif label:
            at = label.end()
        else:
            break
    return at


def chunks(text, at, end):
    """Yield (start, end) of what ends with a semicolon in a function's body."""
    start = at
    while at < end:
        char = text[at]
        if char in '([':
            at = closing(text, at)
        elif char == '{' and INITIALIZER.search(text[start:at]):
            at = closing(text, at)
        elif char in '{}':
            start = at + 1
        elif char == ';':
            yield start, at
            start = at + 1
        at += 1


def statements(text):
    """Yield (start, end, new text)."""
    for function in FUNCTION.finditer(text):
        body = text.index('{', function.start()) + 1
        for start, end in chunks(text, body, function.end() - 1):
            start = heads(text, start, end)
            found = text[start:end]
            if found.strip() and not DECLARATION.match(found) and \
                    not re.match(r'return\b\s*\S', found):
                yield start, end, '\n' * found.count('\n')


def bodies(text):
    """Only the bodies of functions are left."""
    inside = [(m.start(), m.end()) for m in FUNCTION.finditer(text)]
    out, at = [], 0
    for start, end in inside:
        out.append(re.sub(r'[^\n]', ' ', text[at:start]))
        out.append(text[start:end])
        at = end
    return ''.join(out) + re.sub(r'[^\n]', ' ', text[at:])


def lines_of(text, start, end):
    """The lines from start to end, without their indents, in one."""
    first = text.rfind('\n', 0, start) + 1
    last = text.find('\n', end)
    return ' '.join(text[first:last if last >= 0 else None].split())


def sites(path, text):
    """All sites of a file, in order. Of a header only those inside of functions: others could
    change the layout of structures, and the programs of the tests are not compiled again."""
    left = code(text)
    if path.endswith('.h'):
        left = bodies(left)
    found, seen = [], {}
    for kind, places in (('comparison', comparisons), ('constant', constants),
                         ('statement', statements)):
        for start, end, becomes in places(left):
            broken = text[:start] + becomes + text[end:]
            old = lines_of(text, start, end)
            new = lines_of(broken, start, start + len(becomes))
            nth = seen[old, new] = seen.get((old, new), 0) + 1
            found.append(Site(path, kind, start, end, becomes,
                              text.count('\n', 0, start) + 1, old, new, nth))
    return sorted(found, key=lambda site: site.start)


def broken(site, text):
    """The file's text when broken."""
    return text[:site.start] + site.text + text[site.end:]


def named(text):
    """{(path, old, new): reason} of a file of survivors: paragraphs of a path, a line "- old",
    a line "+ new" and the lines of the reason. Lines that begin with # are comments."""
    found = {}
    text = '\n'.join(line for line in text.split('\n') if not line.startswith('#'))
    for paragraph in re.split(r'\n\s*\n', text.strip()):
        if not paragraph:
            continue
        lines = [line.strip() for line in paragraph.strip().split('\n')]
        if len(lines) < 4 or lines[1][:2] != '- ' or lines[2][:1] != '+':
            raise ValueError(f'not a survivor: {paragraph}')
        found[lines[0], lines[1][2:].strip(), lines[2][1:].strip()] = ' '.join(lines[3:])
    return found
