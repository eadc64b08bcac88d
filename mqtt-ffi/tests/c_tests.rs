//! Compiles the C programs with `$CC` (and the header with `$CXX`), links them with the static and
//! with the shared library, and runs them; see `support` for the variables that change how.

#[allow(dead_code, reason = "other test binaries use the rest")]
mod support;

use std::{fs, path::PathBuf, process::Command};
use support::{Link, WARNINGS, build, cc, compiler, crate_dir, run, runner, stage, words_of};

/// Builds and runs a test program both ways.
fn check(name: &str, arguments: &[PathBuf]) {
    let source = crate_dir().join("tests/c").join(name);
    for link in [Link::Static, Link::Shared] {
        if let Some(program) = build(&source, link, &[]) {
            run(runner(&program).args(arguments), &format!("{name}, {link:?}"));
        }
    }
}

macro_rules! programs {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            check(concat!(stringify!($name), ".c"), &[]);
        })*

        /// The programs that a test here runs; these have their own.
        const PROGRAMS: &[&str] =
            &[$(stringify!($name),)* "no_heap", "no_heap_indexes", "topic_vectors", "vectors"];
    };
}

programs! {
    arguments, broker, decode_publish, encode, malformed, mapping, need_more, properties, retained,
    router, session_durable, session_flow, session_pair, session_stores, session_usage, stream, topics, trie,
    trie_oracle, version,
}

#[test]
fn no_program_is_forgotten() {
    let mut found: Vec<String> = fs::read_dir(crate_dir().join("tests/c"))
        .expect("the folder exists")
        .filter_map(|entry| entry.expect("readable").file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".c").map(str::to_owned))
        .collect();
    found.sort();
    let mut listed = PROGRAMS.to_vec();
    listed.sort_unstable();
    assert_eq!(found, listed);
}

#[test]
fn vectors() {
    check("vectors.c", &files("../mqtt-core/tests/vectors", "txt"));
}

#[test]
fn topic_vectors() {
    check("topic_vectors.c", &files("../mqtt-core/tests/topics", "tsv"));
}

/// The files of shared vectors, which have this extension.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(crate_dir().join(folder))
        .expect("the vectors exist")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

#[cfg(target_os = "linux")]
#[test]
fn no_heap() {
    check_heap("no_heap");
}

#[cfg(target_os = "linux")]
#[test]
fn no_heap_indexes() {
    check_heap("no_heap_indexes");
}

/// Runs a program that counts allocations.
///
/// Only where the linker can redirect `malloc`, and not under a tool that does so itself.
#[cfg(target_os = "linux")]
fn check_heap(name: &str) {
    if !words_of("C_TEST_CFLAGS").is_empty() {
        eprintln!("{name}: skipped, because a sanitizer has a malloc of its own");
        return;
    }
    let wrap = ["malloc", "calloc", "realloc", "posix_memalign"].map(|f| format!("-Wl,--wrap={f}"));
    let wrap = wrap.each_ref().map(String::as_str);
    let source = crate_dir().join("tests/c").join(name).with_extension("c");
    if let Some(program) = build(&source, Link::Static, &wrap) {
        run(&mut runner(&program), name);
    }
}

/// What the README shows prints what the same in the other languages does.
#[test]
fn first_example() {
    let source = crate_dir().join("examples/first.c");
    for link in [Link::Static, Link::Shared] {
        let Some(program) = build(&source, link, &[]) else { continue };
        let output = run(&mut runner(&program), "first");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "sensors/7: 4 bytes of 18\n");
    }
}

/// The example prints what it reads.
#[test]
fn example() {
    let source = crate_dir().join("examples/decode_publish.c");
    for link in [Link::Static, Link::Shared] {
        let Some(program) = build(&source, link, &[]) else { continue };
        let input = stage().work.join("example-input");
        let bytes = b"\x32\x09\0\x03a/b\0\x0Ahi\xC0\0\x31\x05\0\x01t\0\x07";
        fs::write(&input, bytes).expect("the target folder is writable");
        let file = fs::File::open(&input).expect("just written");
        let output = run(runner(&program).arg("4").stdin(file), "decode_publish");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "PUBLISH qos=1 packet_id=10 topic=\"a/b\" payload=\"hi\"\n\
             packet of type 12, 2 bytes\n\
             PUBLISH qos=0 retain topic=\"t\" payload=\"\\x00\\x07\"\n",
        );
    }
}

/// Two packets of one stream, and the fault that ends it.
#[test]
fn inspect_example() {
    let source = crate_dir().join("examples/mqc_inspect.c");
    for link in [Link::Static, Link::Shared] {
        let Some(program) = build(&source, link, &[]) else { continue };
        let input = stage().work.join("inspect-input");
        let hex = "10 0d 0004 4d515454 05 02 003c 00 0000\n30 06 0001 61 00 68 69";
        fs::write(&input, hex).expect("the target folder is writable");
        let file = || fs::File::open(&input).expect("just written");
        let output = run(runner(&program).arg("-x").stdin(file()), "mqc_inspect");
        let text = String::from_utf8_lossy(&output.stdout);
        for shown in ["keep alive", "topic name", "MQTT-3.3.2-1", "hi"] {
            assert!(text.contains(shown), "{text}");
        }
        let output = runner(&program).args(["-V", "5"]).stdin(file()).output().expect("it runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains("MQC_ERR_"), "{error}");
    }
}

/// The header needs nothing before it, in C and in C++, and no warning is switched off for it.
#[test]
fn header_stands_alone() {
    let header = stage().prefix.join("include/mqtt_core.h");
    let languages = [
        (cc(), "c", &["c99", "c11", "c17", "c2x"][..]),
        (compiler("CXX", "c++"), "c++", &["c++11", "c++17", "c++20"][..]),
    ];
    for (compiler, language, standards) in languages {
        let Some(compiler) = compiler else { continue };
        for standard in standards {
            let mut command = Command::new(compiler.get_program());
            command.args(compiler.get_args()).args(WARNINGS);
            command.arg(format!("-std={standard}")).args(["-fsyntax-only", "-x", language]);
            run(command.arg(&header), standard);
        }
    }
}
