//! Compiles the C programs with `$CC` (and the header with `$CXX`), links them with the static and
//! with the shared library, and runs them.
//!
//! A missing compiler is a failure, unless `ALLOW_MISSING=1` says that it may be missing.
//! `C_TEST_CFLAGS` adds flags (`-fsanitize=address,undefined`), `C_TEST_RUNNER` is a command to run
//! the programs with (`valgrind --error-exitcode=1`).

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

const WARNINGS: &[&str] = &[
    "-Wall",
    "-Wextra",
    "-Werror",
    "-pedantic",
    "-Wcast-qual",
    "-Wconversion",
    "-Wsign-conversion",
    "-Wshadow",
];

/// What the Rust standard library asks of the system.
const SYSTEM_LIBRARIES: &[&str] = if cfg!(target_os = "linux") {
    &["-lgcc_s", "-lpthread", "-ldl", "-lm", "-lc"]
} else {
    &["-lpthread", "-lm"]
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Link {
    Static,
    Shared,
}

/// Where the library is staged as it would be installed.
struct Stage {
    /// Scratch folder of this test binary.
    work: PathBuf,
    prefix: PathBuf,
}

fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| {
        let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c-tests");
        let prefix = work.join("prefix");
        fs::create_dir_all(&work).expect("the target folder is writable");
        // Cargo builds the libraries for this test and puts them beside it.
        let test = env::current_exe().expect("a test has a path");
        let built = test.parent().expect("a test lies in a folder");
        let script = crate_dir().join("scripts/stage.sh");
        run(Command::new("sh").arg(script).args([built, prefix.as_path()]), "staging");
        Stage { work, prefix }
    })
}

fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The command in this variable, or the default; `None` if it is missing and may be.
fn compiler(variable: &str, default: &str) -> Option<Command> {
    let name = env::var(variable).unwrap_or_else(|_| default.to_owned());
    let mut words = name.split_whitespace();
    let program = words.next().unwrap_or(default);
    if Command::new(program).arg("--version").output().is_err() {
        let allowed = env::var_os("ALLOW_MISSING").is_some_and(|value| value == "1");
        assert!(allowed, "{program} is missing; set {variable}, or ALLOW_MISSING=1 to do without");
        eprintln!("{program} is missing: skipped, as ALLOW_MISSING=1 allows");
        return None;
    }
    let mut command = Command::new(program);
    command.args(words);
    Some(command)
}

fn cc() -> Option<Command> {
    compiler("CC", "cc")
}

fn words_of(variable: &str) -> Vec<String> {
    let value = env::var(variable).unwrap_or_default();
    value.split_whitespace().map(str::to_owned).collect()
}

#[track_caller]
fn run(command: &mut Command, what: &str) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {command:?}: {error}"));
    assert!(
        output.status.success(),
        "{what}: {}\n{command:?}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    output
}

/// Compiles and links a program; `None` if the compiler is missing and may be.
fn build(source: &Path, link: Link, extra: &[&str]) -> Option<PathBuf> {
    let mut command = cc()?;
    let stage = stage();
    let name = source.file_stem().and_then(|stem| stem.to_str()).expect("a C file has a name");
    let program = stage.work.join(format!("{name}-{link:?}").to_lowercase());
    let lib = stage.prefix.join("lib");
    command.args(["-std=c11", "-g", "-O1"]).args(WARNINGS).args(words_of("C_TEST_CFLAGS"));
    command.arg("-I").arg(stage.prefix.join("include"));
    command.arg("-o").arg(&program).arg(source).args(extra);
    match link {
        Link::Static => command.arg(lib.join("libmqtt_core.a")).args(SYSTEM_LIBRARIES),
        Link::Shared => {
            let mut path = OsString::from("-Wl,-rpath,");
            path.push(&lib);
            command.arg("-L").arg(&lib).arg("-lmqtt_core").arg(path)
        }
    };
    run(&mut command, name);
    Some(program)
}

/// The program, to be run by `C_TEST_RUNNER` if there is one.
fn runner(program: &Path) -> Command {
    let words = words_of("C_TEST_RUNNER");
    match words.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
        None => Command::new(program),
    }
}

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
    arguments, broker, decode_publish, encode, malformed, mapping, need_more, properties, retained, router,
    session_durable, session_flow, session_pair, session_usage, topics, trie, trie_oracle, version,
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

/// The header needs nothing before it, in C and in C++, and no warning is switched off for it.
#[test]
fn header_stands_alone() {
    let header = stage().prefix.join("include/mqtt_core.h");
    let languages = [
        (cc(), "c", &["c99", "c11", "c17"][..]),
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
    let header = fs::read_to_string(stage().prefix.join("include/mqtt_core.h")).expect("staged");
    let mut declared: Vec<&str> = header
        .lines()
        .filter(|line| !line.starts_with([' ', '*', '/']))
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("mqc_"))
        .collect();
    declared.sort_unstable();
    assert!(declared.contains(&"mqc_decode"));
    assert_eq!(exported, declared);
}
