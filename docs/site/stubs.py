"""For griffe: what a stub says otherwise than a source does."""

from typing import Any

from griffe import Class, Extension, Function, Module, Parameters


class Stubs(Extension):
    """Functions of which a stub has overloads only are functions too, and `__new__` is what makes a
    value, as `__init__` is elsewhere."""

    def on_module_members(self, *, mod: Module, **_: Any) -> None:
        add_overloaded(mod)

    def on_class_members(self, *, cls: Class, **_: Any) -> None:
        add_overloaded(cls)
        add_init(cls)


def add_overloaded(parent: Module | Class) -> None:
    missing = [name for name in parent.overloads if name not in parent.members]
    for name in missing:
        overloads = parent.overloads[name]
        last = overloads[-1]
        docstring = next((it.docstring for it in overloads if it.docstring is not None), None)
        function = Function(
            name,
            lineno=overloads[0].lineno,
            endlineno=last.endlineno,
            parameters=last.parameters,
            returns=last.returns,
            docstring=docstring,
        )
        function.overloads = list(overloads)
        parent.set_member(name, function)
    if missing and isinstance(parent, Class):
        # In the order of the stub.
        found = sorted(parent.members.items(), key=lambda item: item[1].lineno or 0)
        parent.members.clear()
        parent.members.update(found)


def add_init(cls: Class) -> None:
    made = cls.members.get("__new__")
    if not isinstance(made, Function) or "__init__" in cls.members:
        return
    _, *parameters = made.parameters
    init = Function(
        "__init__",
        lineno=made.lineno,
        endlineno=made.endlineno,
        parameters=Parameters(*parameters),
    )
    cls.set_member("__init__", init)
