"""A contract for import-linter: which libraries of others each package may import, lazy imports included."""

import sys
from collections.abc import Iterator

from grimp import ImportGraph
from importlinter.application import contract_utils, output
from importlinter.domain.contract import Contract, ContractCheck
from importlinter.domain.fields import Field, ListField, StringField, TextField, ValidationError


class AllowanceField(Field[tuple[str, frozenset[str]]]):
    """A line `PACKAGE: LIBRARY, LIBRARY`, below the root package; `PACKAGE.MODULE: LIBRARY` allows more to a module."""

    def parse(self, raw_data: str | list[str]) -> tuple[str, frozenset[str]]:
        if isinstance(raw_data, list) or ":" not in raw_data:
            raise ValidationError(f"`{raw_data}` is not PACKAGE: LIBRARY, LIBRARY.")
        name, libraries = raw_data.split(":")
        return name.strip(), frozenset(libraries.replace(",", " ").split())


class ThirdPartyContract(Contract):
    """What a package may import from outside; what it does not name is refused, the standard library apart."""

    type_name = "third_party"
    container = StringField()
    allowed = ListField(subfield=AllowanceField())
    broken_contract_guidance = TextField(required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        allowed = {f"{self.container}.{name}": libraries for name, libraries in self.allowed}
        lines = [
            f"{module} imports {library}: allow it in the list, or do without"
            for module, library in sorted(set(_imports(graph, self.container)))
            if not any(library in allowed.get(name, ()) for name in _with_parents(module))
        ]
        lines += [
            f"{package} has no list: add it, with the libraries that it may import, or none"
            for package in sorted(graph.find_children(self.container) - allowed.keys())
        ]
        imported = {
            (name, library) for module, library in _imports(graph, self.container) for name in _with_parents(module)
        }
        lines += [
            f"{name} imports no {library}: delete it from the list"
            for name, libraries in allowed.items()
            for library in sorted(libraries)
            if (name, library) not in imported
        ]
        return ContractCheck(kept=not lines, metadata={"lines": lines})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["lines"]:
            output.print_error(f"- {line}", bold=False)
        output.new_line()
        contract_utils.render_broken_contract_guidance(self.broken_contract_guidance)


def _imports(graph: ImportGraph, container: str) -> Iterator[tuple[str, str]]:
    for module in graph.find_descendants(container):
        for imported in graph.find_modules_directly_imported_by(module):
            library = imported.split(".")[0]
            if library != container and library not in sys.stdlib_module_names:
                yield module, library


def _with_parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
