//! Every function with NULL, with numbers of any kind, and with panics inside: what comes back is a
//! status of the header, or nothing happens.
//!
//! The program is made from the header's declarations, so that no function is forgotten. It relies on
//! the habits of the header: `mqc_x_free` frees what a function puts into an `mqc_x **`,
//! `mqc_x_init` begins an `mqc_x` in memory of the caller, and a number behind a pointer is how
//! much lies there.

use crate::{
    header::{Function, Header, Parameter, Record, Type},
    header_text,
    support::{Link, build, build_with, cc, crate_dir, run, runner, stage, stage_into},
};
use core::fmt::Write as _;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The part of the program that does not depend on the header.
const RUNTIME: &str = include_str!("sweep.c");

/// Names of the integer types of C that the header uses.
const INTEGERS: &[&str] = &[
    "uint8_t", "uint16_t", "uint32_t", "uint64_t", "size_t", "int8_t", "int16_t", "int32_t",
    "int64_t", "int", "unsigned", "char",
];

/// What is passed for a parameter: `values.len()` choices, the first of which may be legal.
struct Argument {
    /// Statements that declare `a<index>` for choice `pick[index]`.
    code: String,
    choices: String,
}

struct Generator<'h> {
    header: &'h Header,
}

impl Generator<'_> {
    fn is_integer(&self, base: &str) -> bool {
        INTEGERS.contains(&base) || self.header.aliases.iter().any(|alias| alias.name == base)
    }

    fn frees(&self, opaque: &str) -> Option<String> {
        let name = format!("{opaque}_free");
        self.header.function(&name).map(|function| function.name.clone())
    }

    /// The functions that may make an object in memory of the library: `mqc_x_new`, else any, those
    /// that change another object for it last.
    fn makers(&self, opaque: &str) -> Vec<&Function> {
        let is_out = |of: &Type| of.base == opaque && of.pointers == 2 && !of.is_const;
        let makes = |function: &&Function| function.parameters.iter().any(|it| is_out(&it.of));
        let new = format!("{opaque}_new");
        if let Some(function) = self.header.function(&new).filter(makes) {
            return vec![function];
        }
        let mut all: Vec<&Function> = self.header.functions.iter().filter(makes).collect();
        all.sort_by_key(|function| self.changed_by(function).len());
        all
    }

    /// Types of the objects that a function may change.
    fn changed_by<'f>(&self, function: &'f Function) -> Vec<&'f str> {
        let changed = function.parameters.iter().map(|it| &it.of);
        let changed = changed.filter(|of| self.is_object(of) && !of.is_const);
        changed.map(|of| of.base.as_str()).collect()
    }

    /// A pointer to an object.
    fn is_object(&self, of: &Type) -> bool {
        of.pointers == 1 && self.header.is_opaque(&of.base)
    }

    /// The function that begins an object in memory of the caller.
    fn beginner(&self, record: &str) -> Option<&Function> {
        let function = self.header.function(&format!("{record}_init"))?;
        let first = function.parameters.first()?;
        (first.of.base == record && first.of.pointers == 1).then_some(function)
    }

    /// Numbers of an integer type, legal ones first.
    fn numbers(&self, base: &str) -> Vec<String> {
        let prefix = format!("{}_", base.to_uppercase());
        let constants = self.header.constants.iter().filter(|it| it.name.starts_with(&prefix));
        // The last of its set: the newest version, the highest QoS.
        let mut values: Vec<String> = constants.map(|it| it.name.clone()).rev().collect();
        let all = [
            "1",
            "0",
            "2",
            "3",
            "7",
            "64",
            "127",
            "255",
            "65535",
            "65536",
            "INT32_MAX",
            "UINT32_MAX",
            "UINT64_MAX",
        ];
        values.extend(all.map(str::to_owned));
        values
    }

    fn argument(&self, function: &Function, index: usize) -> Argument {
        let Parameter { of, name } = &function.parameters[index];
        let at = format!("a{index}");
        let Type { base, pointers, is_const, .. } = of;
        let constant = if *is_const { "const " } else { "" };
        let pick = format!("pick[{index}]");
        let behind_pointer = index > 0 && {
            let before = &function.parameters[index - 1].of;
            before.pointers > 0 && before.base != "void" && !self.header.is_opaque(&before.base)
        };
        if *pointers == 0 && base == "size_t" {
            // How much lies behind the pointer, or much more than can lie anywhere.
            let much = if behind_pointer {
                let before = &function.parameters[index - 1].of;
                let bytes = matches!(before.base.as_str(), "uint8_t" | "char");
                if bytes { "BYTES" } else { "1" }
            } else {
                "1"
            };
            let values = format!("{{{much}, 0, 1, SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX - 3}}");
            return Argument {
                code: format!(
                    "static const size_t n{index}[] = {values};\n    \
                     const size_t {at} = n{index}[{pick}];\n"
                ),
                choices: "6".to_owned(),
            };
        }
        if *pointers == 0 && self.is_integer(base) {
            let values = self.numbers(base);
            let list: Vec<String> =
                values.iter().map(|value| format!("({base})({value})")).collect();
            return Argument {
                code: format!(
                    "static const {base} n{index}[] = {{{}}};\n    \
                     const {base} {at} = n{index}[{pick}];\n",
                    list.join(", ")
                ),
                choices: values.len().to_string(),
            };
        }
        if *pointers == 0 && base == "mqc_bytes" {
            return Argument {
                code: format!("const mqc_bytes {at} = view({pick});\n"),
                choices: "VIEWS".to_owned(),
            };
        }
        if *pointers == 0 {
            let record = self.header.record(base);
            assert!(record.is_some(), "{}: {name} of an unknown type {base}", function.name);
            return Argument {
                code: format!(
                    "{base} {at};\n    memset(&{at}, 0, sizeof {at});\n    \
                     if ({pick} == 1) {{ fill_{base}(&{at}); }}\n"
                ),
                choices: "2".to_owned(),
            };
        }
        if *pointers == 2 && !of.inner_const {
            return Argument {
                code: format!(
                    "{constant}{base} *made{index} = NULL;\n    \
                     {constant}{base} **{at} = {pick} == 1 ? NULL : &made{index};\n"
                ),
                choices: "2".to_owned(),
            };
        }
        assert_eq!(
            *pointers, 1,
            "{}: {name} is of a kind that the sweep does not know",
            function.name
        );
        if self.is_object(of) {
            return Argument {
                code: format!("{constant}{base} *{at} = {pick} == 1 ? NULL : real_{base};\n"),
                choices: "2".to_owned(),
            };
        }
        if self.is_integer(base) {
            let bytes = matches!(base.as_str(), "uint8_t" | "char");
            let make = if bytes { "bytes()".to_owned() } else { format!("memory(sizeof({base}))") };
            return Argument {
                code: format!("{constant}{base} *{at} = {pick} == 1 ? NULL : ({base} *){make};\n"),
                choices: "2".to_owned(),
            };
        }
        assert!(self.header.record(base).is_some(), "{}: {name} of an unknown type", function.name);
        Argument {
            code: format!("{constant}{base} *{at} = make_{base}({pick});\n"),
            choices: format!("CHOICES_{base}"),
        }
    }

    /// A value for a parameter that may be legal, in an expression.
    fn legal(&self, of: &Type, before: Option<&Type>) -> String {
        let base = &of.base;
        match of.pointers {
            0 if base == "size_t" => {
                let bytes = before.is_some_and(|it| {
                    it.pointers == 1 && matches!(it.base.as_str(), "uint8_t" | "char")
                });
                if bytes { "BYTES".to_owned() } else { "1".to_owned() }
            }
            0 if self.is_integer(base) => format!("({base})({})", self.numbers(base)[0]),
            0 if base == "mqc_bytes" => "view(0)".to_owned(),
            1 if self.is_object(of) => format!("real_{base}"),
            1 if matches!(base.as_str(), "uint8_t" | "char") => format!("({base} *)bytes()"),
            1 if self.is_integer(base) => format!("({base} *)memory(sizeof({base}))"),
            1 => format!("make_{base}(0)"),
            _ => "NULL".to_owned(),
        }
    }

    /// `fill_x`: every number that is no size is out of its set; pointers stay NULL.
    fn filler(&self, record: &Record) -> String {
        let name = &record.name;
        let mut body = String::new();
        // Members of a union lie upon each other: the first will do.
        let fields = record.fields.iter().take(if record.is_union { 1 } else { usize::MAX });
        for field in fields {
            let it = format!("it->{}", field.name);
            if field.name == "struct_size" {
                let _ = writeln!(body, "    {it} = sizeof *it;");
            } else if field.name == "opaque" || field.of.pointers > 0 {
            } else if field.elements.is_some() || self.is_integer(&field.of.base) {
                let _ = writeln!(body, "    memset(&{it}, 0xFF, sizeof {it});");
            } else {
                let _ = writeln!(body, "    fill_{}(&{it});", field.of.base);
            }
        }
        format!("static void fill_{name}({name} *it) {{\n    (void)it;\n{body}}}\n")
    }

    /// `make_x`: memory with an `x`, as long as the call lasts.
    fn record_maker(&self, record: &Record) -> String {
        let name = &record.name;
        let init = format!("{}_INIT", name.to_uppercase());
        let has_init = self.header.macros.iter().any(|it| it.name == init);
        let begin = if let Some(function) = self.beginner(name) {
            let mut arguments = vec!["it".to_owned()];
            for pair in function.parameters.windows(2) {
                arguments.push(self.legal(&pair[1].of, Some(&pair[0].of)));
            }
            let call = format!("{}({})", function.name, arguments.join(", "));
            format!("        unarmed();\n        REQUIRE({call} == MQC_OK);\n        rearm();\n")
        } else if has_init {
            format!("        const {name} defaults = {init};\n        *it = defaults;\n")
        } else {
            String::new()
        };
        let sizes = if has_init {
            "    static const size_t sizes[] = {0, 1, 3, 4, sizeof(size_t), sizeof(*it) - 1,\n        \
             SIZE_MAX, SIZE_MAX - 3};\n    \
             if (choice >= 4) {\n        const NAME defaults = INIT;\n        \
             *it = defaults;\n        it->struct_size = sizes[choice - 4];\n    }\n"
                .replace("NAME", name)
                .replace("INIT", &init)
        } else {
            String::new()
        };
        let choices = if has_init { 12 } else { 4 };
        // 0: as it should be; 1: NULL; 2: zeroed; 3: numbers out of their sets; then sizes.
        format!(
            "#define CHOICES_{name} {choices}\n\
             static {name} *make_{name}(unsigned choice) {{\n    \
             if (choice == 1) {{\n        return NULL;\n    }}\n    \
             {name} *it = memory(sizeof *it);\n    if (choice == 0) {{\n{begin}    }}\n    \
             if (choice == 3) {{\n        fill_{name}(it);\n    }}\n{sizes}    return it;\n}}\n"
        )
    }

    /// `call_f`: one call with the choices in `pick`.
    fn caller(&self, function: &Function) -> String {
        let name = &function.name;
        let mut body = String::new();
        let mut choices = Vec::new();
        let mut arguments = Vec::new();
        let mut after = String::new();
        for (index, parameter) in function.parameters.iter().enumerate() {
            let argument = self.argument(function, index);
            let _ = write!(body, "    {}", argument.code);
            choices.push(argument.choices);
            arguments.push(format!("a{index}"));
            let base = &parameter.of.base;
            if parameter.of.pointers == 2 && !parameter.of.is_const {
                let free = self.frees(base);
                let _ = free.map(|free| writeln!(after, "    {free}(made{index});"));
            }
        }
        let call = format!("{name}({})", arguments.join(", "));
        let verdict = if function.result.base == "mqc_status" && function.result.pointers == 0 {
            format!("    const mqc_status status = {call};\n    verdict(\"{name}\", status);\n")
        } else if function.result.is_void() {
            format!("    {call};\n")
        } else if function.result.text() == "const char *" {
            format!("    REQUIRE({call} != NULL);\n")
        } else {
            format!("    (void){call};\n")
        };
        if choices.is_empty() {
            choices.push("1".to_owned());
        }
        format!(
            "static void call_{name}(const unsigned pick[]) {{\n    (void)pick;\n\
             {body}{verdict}    unarmed();\n{after}    rearm();\n    release();\n}}\n\
             static const unsigned choices_{name}[] = {{{}}};\n",
            choices.join(", ")
        )
    }

    /// `make_objects` and `free_objects`.
    fn objects(&self) -> String {
        let opaques = &self.header.opaques;
        // Objects that need others are made in a later round.
        let mut text = String::from("static void make_objects(void) {\n");
        text += "    unarmed();\n    for (int round = 0; round < 4; round++) {\n";
        for opaque in opaques {
            let name = &opaque.name;
            for maker in self.makers(name) {
                let mut arguments = Vec::new();
                for (index, parameter) in maker.parameters.iter().enumerate() {
                    let before = index.checked_sub(1).map(|index| &maker.parameters[index].of);
                    let is_it = parameter.of.pointers == 2 && parameter.of.base == *name;
                    arguments.push(if is_it {
                        format!("&real_{name}")
                    } else {
                        self.legal(&parameter.of, before)
                    });
                }
                // What was changed for it may be good for nothing else: another is made.
                let mut spent = String::new();
                for other in self.changed_by(maker) {
                    let _ = write!(spent, "{other}_free(real_{other}); real_{other} = NULL; ");
                }
                let _ = writeln!(
                    text,
                    "        if (real_{name} == NULL) {{ (void){}({}); {spent}}}",
                    maker.name,
                    arguments.join(", ")
                );
            }
        }
        text += "    }\n    keep();\n    rearm();\n}\n";
        text += "static void free_objects(void) {\n    unarmed();\n";
        for opaque in opaques.iter().rev() {
            let name = &opaque.name;
            let Some(free) = self.frees(name) else { continue };
            let _ = writeln!(text, "    {free}(real_{name});\n    real_{name} = NULL;");
        }
        text += "    release_all();\n    rearm();\n}\n";
        // Bytes that make no sense to `_new` are the one good reason not to have an object.
        text += "static int missing_objects(void) {\n    int missing = 0;\n";
        for opaque in opaques {
            let name = &opaque.name;
            let is_bytes = |of: &Type| of.pointers == 1 && of.base == "uint8_t";
            let takes_bytes =
                |function: &Function| function.parameters.iter().any(|it| is_bytes(&it.of));
            let new = self.header.function(&format!("{name}_new"));
            let must = u8::from(new.is_some_and(|function| !takes_bytes(function)));
            let _ = writeln!(
                text,
                "    if (real_{name} == NULL) {{\n        \
                 printf(\"without an object: {name}\\n\");\n        missing += {must};\n    }}",
            );
        }
        text += "    return missing;\n}\n";
        for function in &self.header.functions {
            let objects = function.parameters.iter().filter(|it| self.is_object(&it.of));
            let all: Vec<String> =
                objects.map(|it| format!("real_{} != NULL && ", it.of.base)).collect();
            let _ = writeln!(
                text,
                "static int has_{}(void) {{\n    return {}1;\n}}",
                function.name,
                all.concat()
            );
        }
        text
    }

    fn program(&self) -> String {
        let header = self.header;
        let mut text = String::from(RUNTIME);
        for opaque in &header.opaques {
            let _ = writeln!(text, "static {0} *real_{0};", opaque.name);
        }
        let records = header.records.iter().filter(|it| it.name != "mqc_bytes");
        text += "#define CHOICES_mqc_bytes VIEWS\n\
                 static mqc_bytes *make_mqc_bytes(unsigned choice) {\n    \
                 if (choice == 1) {\n        return NULL;\n    }\n    \
                 mqc_bytes *it = memory(sizeof *it);\n    \
                 *it = view(choice == 0 ? 0 : choice - 1);\n    return it;\n}\n\
                 static void fill_mqc_bytes(mqc_bytes *it) {\n    it->len = SIZE_MAX;\n}\n";
        // A field is filled by the function of its type: declare them all.
        for record in &header.records {
            let _ = writeln!(text, "static void fill_{0}({0} *it);", record.name);
            let _ = writeln!(text, "static {0} *make_{0}(unsigned choice);", record.name);
        }
        for record in records.clone() {
            text += &self.filler(record);
        }
        for record in records {
            text += &self.record_maker(record);
        }
        for function in &header.functions {
            text += &self.caller(function);
        }
        text += &self.objects();
        text += "static const entry ENTRIES[] = {\n";
        for function in &header.functions {
            let name = &function.name;
            let count = function.parameters.len().max(1);
            let is_status = function.result.base == "mqc_status" && function.result.pointers == 0;
            let is_free = name.ends_with("_free");
            let _ = writeln!(
                text,
                "    {{\"{name}\", call_{name}, choices_{name}, {count}, {}, {}, has_{name}}},",
                u8::from(is_status),
                u8::from(is_free),
            );
        }
        text += "};\n#define ENTRY_COUNT (sizeof ENTRIES / sizeof ENTRIES[0])\n";
        text += "int main(void) {\n    return run(ENTRIES, ENTRY_COUNT);\n}\n";
        text
    }
}

/// Not every structure is behind a pointer of a function.
const UNUSED: &str = "-Wno-unused-function";

/// Writes the program into the scratch folder.
fn source(name: &str) -> PathBuf {
    let header = Header::parse(&header_text());
    let path = stage().work.join(name);
    fs::write(&path, Generator { header: &header }.program())
        .expect("the target folder is writable");
    path
}

/// Of a line like `sweep: 29 functions, 12345 calls`, the numbers.
fn numbers_of(output: &[u8], begin: &str) -> Vec<usize> {
    let text = String::from_utf8_lossy(output);
    let line = text.lines().find(|line| line.starts_with(begin));
    let line = line.unwrap_or_else(|| panic!("no line {begin}: {text}"));
    line.split(|it: char| !it.is_ascii_digit()).filter_map(|it| it.parse().ok()).collect()
}

#[test]
fn null_and_garbage_are_answered() {
    let count = Header::parse(&header_text()).functions.len();
    let source = source("sweep.c");
    for link in [Link::Static, Link::Shared] {
        let Some(program) = build(&source, link, &[UNUSED]) else { continue };
        let output = run(&mut runner(&program), "sweep");
        let numbers = numbers_of(&output.stdout, "sweep:");
        assert_eq!(numbers[0], count);
        assert!(numbers[1] > 100 * count, "{numbers:?}");
        println!("{}", String::from_utf8_lossy(&output.stdout));
    }
}

/// A library that panics in every function, built aside: cargo would put it over the other.
fn faulty_prefix() -> PathBuf {
    let target = stage().work.join("fault");
    let prefix = target.join("prefix");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--locked", "--lib", "--features", "fault-injection", "--manifest-path"]);
    cargo.arg(crate_dir().join("Cargo.toml")).arg("--target-dir").arg(&target);
    run(&mut cargo, "the library with faults");
    stage_into(&target.join("debug"), &prefix);
    prefix
}

/// A panic in any function comes back as a status: nothing unwinds into C or ends the program.
#[test]
fn panics_come_back_as_a_status() {
    if cc().is_none() {
        return;
    }
    let functions = Header::parse(&header_text()).functions;
    let answering = functions.iter().filter(|it| it.result.text() == "mqc_status").count();
    let prefix = faulty_prefix();
    let source = source("faults.c");
    for link in [Link::Static, Link::Shared] {
        let flags = ["-DFAULTS", UNUSED];
        let program = build_faulty(&prefix, &source, link, &flags).expect("there is a compiler");
        // A message for each panic is enough.
        let output = run(runner(&program).env("RUST_BACKTRACE", "0"), "faults");
        let numbers = numbers_of(&output.stdout, "faults:");
        // Functions that answer with a status, that gave MQC_PANIC, that had no object.
        assert_eq!(numbers[0], answering);
        assert_eq!(numbers[1] + numbers[2], answering);
        println!("{}", String::from_utf8_lossy(&output.stdout));
    }
}

fn build_faulty(prefix: &Path, source: &Path, link: Link, flags: &[&str]) -> Option<PathBuf> {
    build_with(cc()?, "c11", &prefix.join("include"), prefix, source, link, flags)
}
