//! The binary interface is that of the baseline, `abi/mqtt_core.abi`, or has more.
//!
//! The baseline is of 64-bit systems. It is made from the header by a C program that the compiler
//! measures; `MQC_UPDATE_ABI=1` writes it anew, if nothing that was in it is gone or changed.

use crate::{
    header::{Field, Header},
    header_text,
    support::{Link, build_with, cc, crate_dir, run, runner, stage},
};
use core::fmt::Write as _;
use std::{collections::BTreeMap, env, fs, path::PathBuf};

/// Set to write the baseline anew in place of comparing it.
const UPDATE: &str = "MQC_UPDATE_ABI";

/// What these say changes with every version.
const OF_THE_VERSION: &str = "MQC_LIBRARY_VERSION_";

/// Room for fields to come: no program names it, so it may become something else.
fn is_room(field: &Field) -> bool {
    field.name.starts_with("reserved")
}

/// A program that prints a line for each thing of which the compiler knows the size or the value.
fn measuring_program(header: &Header) -> String {
    let mut body = String::new();
    for constant in &header.constants {
        if !constant.name.starts_with(OF_THE_VERSION) {
            let name = &constant.name;
            let _ = writeln!(body, "    printf(\"constant {name} %lld\\n\", (long long){name});");
        }
    }
    for alias in &header.aliases {
        let _ = writeln!(
            body,
            "    printf(\"alias {0} {1} size %zu signed %d\\n\", sizeof({0}), ({0})-1 < ({0})1);",
            alias.name, alias.of
        );
    }
    for record in &header.records {
        let name = &record.name;
        let kind = if record.is_union { "union" } else { "struct" };
        let _ = writeln!(
            body,
            "    printf(\"{kind} {name} size %zu align %zu\\n\", sizeof({name}), _Alignof({name}));"
        );
        for field in record.fields.iter().filter(|field| !is_room(field)) {
            let of = match &field.elements {
                Some(elements) => format!("{} [{elements}]", field.of.text()),
                None => field.of.text(),
            };
            let _ = writeln!(
                body,
                "    printf(\"field {name}.{0} offset %zu size %zu type {of}\\n\", \
                 offsetof({name}, {0}), sizeof((({name} *)0)->{0}));",
                field.name,
            );
        }
    }
    format!(
        "#include \"mqtt_core.h\"\n#include <stdio.h>\nint main(void) {{\n{body}    return 0;\n}}\n"
    )
}

/// The interface as text, a thing a line; `None` if there is no compiler and there may be none.
fn interface(name: &str, text: &str) -> Option<String> {
    let header = Header::parse(text);
    let folder = stage().work.join(name);
    fs::create_dir_all(&folder).expect("the target folder is writable");
    fs::write(folder.join("mqtt_core.h"), text).expect("as above");
    let source = folder.join(format!("{name}.c"));
    fs::write(&source, measuring_program(&header)).expect("as above");
    let prefix = &stage().prefix;
    let program = build_with(cc()?, "c11", &folder, prefix, &source, Link::Shared, &[])?;
    let output = run(&mut runner(&program), name);
    let mut lines = String::from_utf8(output.stdout).expect("ASCII");
    for opaque in &header.opaques {
        let _ = writeln!(lines, "opaque {}", opaque.name);
    }
    for function in &header.functions {
        let _ = writeln!(lines, "function {} {}", function.name, function.signature());
    }
    Some(lines)
}

/// What each line is about, and what it says of it.
fn entries(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let mut words = line.splitn(3, ' ');
            let kind = words.next().unwrap_or_default();
            let name = words.next().unwrap_or_default();
            (format!("{kind} {name}"), words.next().unwrap_or_default().to_owned())
        })
        .collect()
}

#[derive(Debug, Default, PartialEq)]
struct Difference {
    /// Programs compiled with the old header do not run on with the new library.
    breaks: Vec<String>,
    added: Vec<String>,
}

fn compare(old: &str, new: &str) -> Difference {
    let (old, new) = (entries(old), entries(new));
    let mut difference = Difference::default();
    for (thing, before) in &old {
        match new.get(thing) {
            Some(now) if now == before => {}
            Some(now) if has_grown(thing, before, now, &old) => {
                difference.added.push(format!("{thing}: {before} -> {now}"));
            }
            Some(now) => difference.breaks.push(format!("{thing}: {before} -> {now}")),
            None => difference.breaks.push(format!("{thing}: gone")),
        }
    }
    let added = new.iter().filter(|(thing, _)| !old.contains_key(*thing));
    difference.added.extend(added.map(|(thing, now)| format!("{thing}: {now}")));
    difference
}

/// A structure that tells its own size may become longer.
fn has_grown(thing: &str, before: &str, now: &str, old: &BTreeMap<String, String>) -> bool {
    let Some(name) = thing.strip_prefix("struct ") else { return false };
    let size = |text: &str| -> Option<(usize, String)> {
        let (size, rest) = text.strip_prefix("size ")?.split_once(' ')?;
        Some((size.parse().ok()?, rest.to_owned()))
    };
    let (Some(before), Some(now)) = (size(before), size(now)) else { return false };
    old.contains_key(&format!("field {name}.struct_size")) && now.0 > before.0 && now.1 == before.1
}

#[cfg(target_pointer_width = "64")]
#[test]
fn interface_is_that_of_the_baseline() {
    let Some(now) = interface("interface", &header_text()) else { return };
    let path = crate_dir().join("abi/mqtt_core.abi");
    let baseline = fs::read_to_string(&path).unwrap_or_default();
    let Difference { breaks, added } = compare(&baseline, &now);
    assert!(
        breaks.is_empty(),
        "programs compiled with an older header would break; if this is a new ABI (a new number in \
         MQC_ABI_VERSION and in the SONAME), remove {} and write it anew:\n{}",
        path.display(),
        breaks.join("\n"),
    );
    if env::var_os(UPDATE).is_some_and(|value| value == "1") {
        let head = "# The binary interface on 64-bit systems. Made by MQC_UPDATE_ABI=1 cargo test -p \
                    mqtt-ffi --test contract\n";
        fs::write(&path, format!("{head}{now}")).expect("the baseline is writable");
        return;
    }
    assert!(
        added.is_empty(),
        "nothing breaks, but the baseline does not have what was added; run with {UPDATE}=1 to write it \
         anew:\n{}",
        added.join("\n"),
    );
}

/// Replaces text that is in the header once or more.
fn with(text: &str, from: &str, to: &str) -> String {
    let changed = text.replacen(from, to, 1);
    assert_ne!(changed, text, "{from:?} is in the header");
    changed
}

/// Each way to break programs is reported, by its name; nothing else is.
#[test]
fn breaks_are_reported() {
    // The first header, so that the test does not change with the surface.
    let old = old_header();
    let Some(before) = interface("baseline-before", &old) else { return };
    assert_eq!(compare(&before, &before), Difference::default());
    let expect_break = |what: &str, new: &str, things: &[&str]| {
        let now = interface("baseline-after", new).expect("there is a compiler");
        let found = compare(&before, &now).breaks;
        for thing in things {
            let is_named = found.iter().any(|it| it.starts_with(&format!("{thing}:")));
            assert!(is_named, "{what}: {thing} is not reported: {found:?}");
        }
    };

    let length = "    /// Number of bytes.\n    size_t len;\n";
    let data = "    /// First byte; may be NULL if `len` is 0.\n    const uint8_t *data;\n";
    let reordered = with(&with(&old, length, ""), data, &format!("{length}{data}"));
    expect_break("field reordered", &reordered, &["field mqc_bytes.data", "field mqc_bytes.len"]);
    let without = with(&old, length, "");
    expect_break("field removed", &without, &["field mqc_bytes.len", "struct mqc_bytes"]);
    let unsigned = with(&old, "    uint32_t number;", "    int32_t number;");
    expect_break("field type changed", &unsigned, &["field mqc_property.number"]);
    let longer = with(&old, length, &format!("{length}    /// More.\n    size_t more;\n"));
    expect_break("structure made longer", &longer, &["struct mqc_bytes", "struct mqc_publish"]);

    let value = with(&old, "#define MQC_POISONED 103", "#define MQC_POISONED 104");
    expect_break("constant changed", &value, &["constant MQC_POISONED"]);
    let gone = with(&old, "/// QoS 3 in PUBLISH.\n#define MQC_ERR_PUBLISH_QOS 1004\n", "");
    expect_break("constant removed", &gone, &["constant MQC_ERR_PUBLISH_QOS"]);
    let wider = with(&old, "typedef uint8_t mqc_qos;", "typedef uint16_t mqc_qos;");
    expect_break("alias widened", &wider, &["alias mqc_qos", "field mqc_publish.qos"]);

    let parameter = with(&old, "size_t *frame_len", "uint32_t *frame_len");
    expect_break("parameter type changed", &parameter, &["function mqc_frame_len"]);
    let result = with(&old, "uint32_t mqc_abi_version(void)", "uint64_t mqc_abi_version(void)");
    expect_break("result type changed", &result, &["function mqc_abi_version"]);
    let (head, tail) = old.split_once("/// Number of the binary interface of the library").unwrap();
    let (_, tail) = tail.split_once("uint32_t mqc_abi_version(void);\n").unwrap();
    expect_break("function removed", &format!("{head}{tail}"), &["function mqc_abi_version"]);
}

#[test]
fn additions_are_no_breaks() {
    let old = old_header();
    let Some(before) = interface("additions-before", &old) else { return };
    let sender = "    /// `MQC_SENDER_*`. Default unknown.\n    mqc_sender sender;\n";
    let more = format!("{sender}    /// More.\n    uint64_t more;\n");
    let mut new = with(&old, sender, &more);
    new = with(&new, "/// Done.\n", "/// Extra.\n#define MQC_EXTRA 7\n\n/// Done.\n");
    new = with(
        &new,
        "uint8_t reserved[5];",
        "uint8_t used;\n    /// Zero.\n    uint8_t reserved[4];",
    );
    let declaration = "const char *mqc_version_string(void);\n";
    new = with(&new, declaration, &format!("{declaration}\n/// More.\nvoid mqc_extra(void);\n"));
    let now = interface("additions-after", &new).expect("there is a compiler");
    let difference = compare(&before, &now);
    assert_eq!(difference.breaks, [""; 0]);
    let names: Vec<&str> =
        difference.added.iter().filter_map(|it| it.split_once(':').map(|it| it.0)).collect();
    let expected = [
        "struct mqc_decode_options",
        "constant MQC_EXTRA",
        "field mqc_ack.used",
        "field mqc_decode_options.more",
        "function mqc_extra",
    ];
    assert_eq!(names, expected);
}

fn old_header() -> String {
    fs::read_to_string(crate_dir().join("abi/mqtt_core-0.1.h")).expect("the first header is kept")
}

/// Programs compiled with the first header of this ABI run with this library.
#[test]
fn old_programs_run() {
    let folder = stage().work.join("old-include");
    fs::create_dir_all(&folder).expect("the target folder is writable");
    fs::write(folder.join("mqtt_core.h"), old_header()).expect("as above");
    let build_old = |source: &str| -> Option<PathBuf> {
        let source = crate_dir().join(source);
        build_with(cc()?, "c11", &folder, &stage().prefix, &source, Link::Shared, &[])
    };
    let Some(program) = build_old("tests/c/decode_publish.c") else { return };
    run(&mut runner(&program), "decode_publish with the old header");
    let program = build_old("tests/c/properties.c").expect("there is a compiler");
    run(&mut runner(&program), "properties with the old header");
    let program = build_old("examples/first.c").expect("there is a compiler");
    let output = run(&mut runner(&program), "first with the old header");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "sensors/7: 4 bytes of 18\n");
}
