//! How the libraries link: what they export, what they need, and that they do so beside others.

use crate::{
    header::Header,
    header_text,
    support::{Link, build, build_with, compiler, crate_dir, run, runner, stage, words_of},
};
use std::{env, fs, path::PathBuf, process::Command};

/// Names that a program sees are those of the header, and those of the header are there.
#[cfg(target_os = "linux")]
#[test]
fn shared_library_exports_what_the_header_declares() {
    let Some(mut nm) = compiler("NM", "nm") else { return };
    let library = stage().prefix.join("lib/libmqtt_core.so");
    let output = run(nm.args(["-D", "--defined-only", "-P"]).arg(library), "nm");
    let symbols = String::from_utf8(output.stdout).expect("names are ASCII");
    let mut exported: Vec<&str> =
        symbols.lines().filter_map(|line| line.split_whitespace().next()).collect();
    exported.sort_unstable();
    let header = Header::parse(&header_text());
    let mut declared: Vec<&str> = header.functions.iter().map(|it| it.name.as_str()).collect();
    if cfg!(feature = "fault-injection") {
        declared.push("mqc_fault_inject");
    }
    declared.sort_unstable();
    assert!(declared.contains(&"mqc_decode"));
    assert_eq!(exported, declared);
}

/// A second library in Rust, with an allocator and panics of its own.
const NEIGHBOUR: &str = r#"
use std::{collections::HashMap, panic::catch_unwind};

/// Counts the words of a sentence, after a panic.
#[unsafe(no_mangle)]
pub extern "C" fn neighbour_words() -> u32 {
    let caught = catch_unwind(|| { std::hint::black_box(Vec::<u8>::new())[0] }).is_err();
    let mut words: HashMap<String, u32> = HashMap::new();
    for word in "a rose is a rose".split(' ') {
        *words.entry(word.to_owned()).or_default() += 1;
    }
    words.len() as u32 + u32::from(caught)
}
"#;

const NEIGHBOUR_PROGRAM: &str = r#"
#include "mqtt_core.h"
#include <stdio.h>
uint32_t neighbour_words(void);
int main(void) {
    const uint8_t pingreq[] = {0xC0, 0x00};
    mqc_packet packet;
    size_t size = 0;
    const mqc_status status =
        mqc_decode(pingreq, sizeof pingreq, MQC_VERSION_V5, NULL, &packet, &size, NULL);
    printf("%s %s %u\n", mqc_status_name(status), mqc_packet_type_name(packet.packet_type),
           (unsigned)neighbour_words());
    return 0;
}
"#;

/// The archive does not get in the way of another Rust archive, whichever comes first.
#[test]
fn links_beside_another_rust_library() {
    let work = &stage().work;
    let source = work.join("neighbour.rs");
    fs::write(&source, NEIGHBOUR).expect("the target folder is writable");
    let archive = work.join("libneighbour.a");
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition", "2024", "--crate-type", "staticlib", "-o"]).arg(&archive).arg(&source);
    run(&mut rustc, "the neighbour");
    let archive = archive.to_str().expect("a path of UTF-8");
    let ours = stage().prefix.join("lib/libmqtt_core.a");
    let ours = ours.to_str().expect("a path of UTF-8");
    for (name, order) in [("ours-first", [ours, archive]), ("ours-last", [archive, ours])] {
        let program = work.join(format!("{name}.c"));
        fs::write(&program, NEIGHBOUR_PROGRAM).expect("as above");
        let Some(program) = build(&program, Link::Static, &order) else { return };
        let output = run(Command::new(&program).env("RUST_BACKTRACE", "0"), name);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "MQC_OK PINGREQ 4\n", "{name}");
    }
}

/// The tool that a run is made for finds a planted leak and a planted read out of bounds: that of
/// `C_TEST_RUNNER` and `C_TEST_CFLAGS`, or the address sanitizer where neither is set.
#[test]
fn planted_faults_are_found() {
    let has_tool = !(words_of("C_TEST_RUNNER").is_empty() && words_of("C_TEST_CFLAGS").is_empty());
    let sanitizer = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let flags: &[&str] = if has_tool { &[] } else { &sanitizer };
    for (name, signs) in [
        ("leak", ["LeakSanitizer", "definitely lost"]),
        ("out_of_bounds", ["heap-buffer-overflow", "Invalid read of size 1"]),
    ] {
        let source = crate_dir().join("tests/planted").join(name).with_extension("c");
        let Some(program) = build(&source, Link::Shared, flags) else { return };
        let output = runner(&program).output().expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{name}: nothing was found");
        assert!(signs.iter().any(|sign| said.contains(sign)), "{name}: {said}");
    }
}

/// Programs in C++ over the header for C++, with the warnings of the C programs.
#[test]
fn cpp() {
    let sources: Vec<PathBuf> = fs::read_dir(crate_dir().join("tests/cpp"))
        .expect("the folder exists")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cpp"))
        .collect();
    assert!(!sources.is_empty());
    let include = stage().prefix.join("include");
    // Nothing in the header is defined twice in a program of two units.
    let second = stage().work.join("second_unit.cc");
    fs::write(&second, "#include \"mqtt_core.hpp\"\n").expect("the target folder is writable");
    let second = [second.to_str().expect("a path of UTF-8")];
    for source in sources {
        let ways = [("c++17", Link::Static), ("c++17", Link::Shared), ("c++20", Link::Static)];
        for (standard, link) in ways {
            let Some(cxx) = compiler("CXX", "c++") else { return };
            let program =
                build_with(cxx, standard, &include, &stage().prefix, &source, link, &second);
            let program = program.expect("there is a compiler");
            run(&mut runner(&program), &format!("{}, {standard}", source.display()));
        }
    }
}
