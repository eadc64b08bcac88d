//! What `mqtt_core.h` declares. It knows the shapes that cbindgen writes, and stops at any other.

/// The header, in its order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Header {
    pub(crate) constants: Vec<Constant>,
    /// Macros that are no number, such as the INIT macros.
    pub(crate) macros: Vec<Constant>,
    pub(crate) aliases: Vec<Alias>,
    /// Types whose fields are not shown.
    pub(crate) opaques: Vec<Opaque>,
    pub(crate) records: Vec<Record>,
    pub(crate) functions: Vec<Function>,
}

#[derive(Clone, Debug)]
pub(crate) struct Constant {
    pub(crate) docs: Vec<String>,
    pub(crate) name: String,
    pub(crate) value: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Alias {
    pub(crate) docs: Vec<String>,
    pub(crate) name: String,
    pub(crate) of: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Opaque {
    pub(crate) docs: Vec<String>,
    pub(crate) name: String,
}

/// A structure or union.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) docs: Vec<String>,
    pub(crate) is_union: bool,
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) docs: Vec<String>,
    pub(crate) name: String,
    pub(crate) of: Type,
    /// Elements of an array.
    pub(crate) elements: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) docs: Vec<String>,
    pub(crate) name: String,
    pub(crate) result: Type,
    pub(crate) parameters: Vec<Parameter>,
}

#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) of: Type,
}

/// A type without `struct` and `union`, which say nothing that its name does not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Type {
    pub(crate) is_const: bool,
    pub(crate) base: String,
    /// Asterisks; of those behind the first, `const` is in `inner_const`.
    pub(crate) pointers: usize,
    pub(crate) inner_const: bool,
}

impl Type {
    /// The type and the name declared with it, as in `const uint8_t *data`.
    fn of_declaration(text: &str) -> (Self, String) {
        let spaced = text.replace('*', " * ");
        let mut words: Vec<&str> = spaced.split_whitespace().collect();
        let name = match words.last() {
            Some(&word) if word != "*" && words.len() > 1 => {
                words.pop();
                word.to_owned()
            }
            _ => String::new(),
        };
        let mut of = Self { is_const: false, base: String::new(), pointers: 0, inner_const: false };
        for word in words {
            match word {
                "struct" | "union" => {}
                "const" if of.base.is_empty() => of.is_const = true,
                "const" => of.inner_const = true,
                "*" => of.pointers += 1,
                base => {
                    assert!(of.base.is_empty(), "a type of several words: {text}");
                    base.clone_into(&mut of.base);
                }
            }
        }
        (of, name)
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if self.is_const {
            text += "const ";
        }
        text += &self.base;
        for index in 0..self.pointers {
            text += if index == 0 { " *" } else { "*" };
            if index == 0 && self.inner_const {
                text += "const ";
            }
        }
        text
    }

    pub(crate) fn is_void(&self) -> bool {
        self.base == "void" && self.pointers == 0
    }
}

impl Function {
    /// `mqc_status (size_t, const uint8_t *)`
    pub(crate) fn signature(&self) -> String {
        let types: Vec<String> = self.parameters.iter().map(|it| it.of.text()).collect();
        let types = if types.is_empty() { "void".to_owned() } else { types.join(", ") };
        format!("{} ({types})", self.result.text())
    }
}

impl Header {
    pub(crate) fn record(&self, name: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.name == name)
    }

    pub(crate) fn is_opaque(&self, name: &str) -> bool {
        self.opaques.iter().any(|opaque| opaque.name == name)
    }

    pub(crate) fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// Reads the text of a header; panics at a line that it does not know.
    pub(crate) fn parse(text: &str) -> Self {
        let mut header = Self::default();
        let mut docs: Vec<String> = Vec::new();
        let mut lines = text.lines();
        let mut in_comment = false;
        while let Some(line) = lines.next() {
            let line = line.trim_end();
            if in_comment || line.starts_with("/*") {
                in_comment = !line.ends_with("*/");
            } else if let Some(doc) = line.strip_prefix("///") {
                docs.push(doc.strip_prefix(' ').unwrap_or(doc).to_owned());
            } else if let Some(rest) = line.strip_prefix("#define ") {
                let mut value = rest.to_owned();
                while value.ends_with('\\') {
                    value.pop();
                    value += lines.next().expect("a macro ends").trim();
                }
                header.define(core::mem::take(&mut docs), &value);
            } else if line.is_empty() || line.starts_with('#') || line == "extern \"C\" {" {
                assert!(docs.is_empty(), "a comment of nothing before {line:?}: {docs:?}");
            } else if line == "}  // extern \"C\"" {
            } else if line.starts_with("typedef ") && line.ends_with('{') {
                header.record_of(core::mem::take(&mut docs), line, &mut lines);
            } else if let Some(rest) = line.strip_prefix("typedef ") {
                let rest = rest.strip_suffix(';').expect("a typedef ends on its line");
                let docs = core::mem::take(&mut docs);
                let (of, name) = Type::of_declaration(rest);
                assert_eq!(of.pointers, 0, "a pointer in a typedef: {line}");
                if of.base == name {
                    header.opaques.push(Opaque { docs, name });
                } else {
                    header.aliases.push(Alias { docs, name, of: of.base });
                }
            } else {
                let mut declaration = line.to_owned();
                while !declaration.ends_with(");") {
                    declaration.push(' ');
                    declaration += lines.next().expect("a declaration ends").trim();
                }
                header.function_of(core::mem::take(&mut docs), &declaration);
            }
        }
        header
    }

    fn define(&mut self, docs: Vec<String>, text: &str) {
        let (name, value) = text.split_once(' ').unwrap_or((text, ""));
        let item = Constant { docs, name: name.to_owned(), value: value.trim().to_owned() };
        let is_number =
            |it: &str| it.starts_with(|first: char| first.is_ascii_digit() || "-(".contains(first));
        match item.value.as_str() {
            // The guard against a second inclusion.
            "" if item.docs.is_empty() && name.ends_with("_H") => {}
            value if is_number(value) => self.constants.push(item),
            _ => self.macros.push(item),
        }
    }

    fn record_of<'a>(
        &mut self,
        docs: Vec<String>,
        first: &str,
        lines: &mut impl Iterator<Item = &'a str>,
    ) {
        let is_union = first.starts_with("typedef union ");
        assert!(is_union || first.starts_with("typedef struct "), "a record: {first}");
        let name = first.split_whitespace().nth(2).expect("a record has a name").to_owned();
        let mut fields = Vec::new();
        let mut field_docs = Vec::new();
        for line in lines {
            let line = line.trim();
            if let Some(doc) = line.strip_prefix("///") {
                field_docs.push(doc.trim().to_owned());
            } else if line.starts_with('}') {
                assert_eq!(line, format!("}} {name};"), "the end of {name}");
                self.records.push(Record { docs, is_union, name, fields });
                return;
            } else {
                let text = line.strip_suffix(';').expect("a field on a line");
                let (text, elements) = match text.split_once('[') {
                    Some((text, rest)) => (text, rest.strip_suffix(']').map(str::to_owned)),
                    None => (text, None),
                };
                let (of, name) = Type::of_declaration(text);
                let docs = core::mem::take(&mut field_docs);
                fields.push(Field { docs, name, of, elements });
            }
        }
        panic!("{name} does not end");
    }

    fn function_of(&mut self, docs: Vec<String>, declaration: &str) {
        let text = declaration.strip_suffix(");").expect("a declaration");
        let (head, list) = text.split_once('(').expect("a function has parameters");
        let (result, name) = Type::of_declaration(head);
        let parameters = match list.trim() {
            "void" => Vec::new(),
            list => list
                .split(',')
                .map(|text| {
                    let (of, name) = Type::of_declaration(text);
                    assert!(!name.is_empty(), "a parameter without a name: {declaration}");
                    Parameter { name, of }
                })
                .collect(),
        };
        self.functions.push(Function { docs, name, result, parameters });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_cbindgen() {
        let header = Header::parse(
            "/*\n * x\n */\n#ifndef A_H\n#define A_H\n/// Two.\n#define MQC_TWO 2\n\n\
             /// One.\n#define MQC_A_INIT \\\n    { \\\n        1 \\\n    }\n\n\
             /// A number.\ntypedef uint32_t mqc_n;\n/// Hidden.\ntypedef struct mqc_h mqc_h;\n\
             /// Shown.\ntypedef struct mqc_a {\n    /// Array.\n    uint8_t r[6];\n    \
             /// View.\n    const struct mqc_b *b;\n} mqc_a;\n\
             /// Does.\n/// More.\nmqc_n mqc_do(const struct mqc_h *h,\n             mqc_a **out,\n      \
             const mqc_a *const *in);\n/// Is.\nconst char *mqc_is(void);\n#endif\n",
        );
        assert_eq!(header.constants.len(), 1);
        assert_eq!(header.macros[0].value, "{ 1 }");
        assert_eq!(header.aliases[0].of, "uint32_t");
        assert!(header.is_opaque("mqc_h"));
        let record = header.record("mqc_a").unwrap();
        assert_eq!(record.fields[0].elements.as_deref(), Some("6"));
        assert_eq!(record.fields[1].of.text(), "const mqc_b *");
        assert_eq!(
            header.function("mqc_do").unwrap().signature(),
            "mqc_n (const mqc_h *, mqc_a **, const mqc_a *const *)"
        );
        assert_eq!(header.function("mqc_do").unwrap().docs, ["Does.", "More."]);
        assert_eq!(header.function("mqc_is").unwrap().signature(), "const char * (void)");
    }
}
