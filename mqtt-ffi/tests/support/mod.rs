//! What the test binaries share: compilers, and the library staged as it would be installed.
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

pub(crate) const WARNINGS: &[&str] = &[
    "-Wall",
    "-Wextra",
    "-Werror",
    "-pedantic",
    "-Wcast-qual",
    "-Wconversion",
    "-Wsign-conversion",
    "-Wshadow",
];

/// What the static library needs of the system, as pkg-config tells programs that link it.
fn system_libraries(prefix: &Path) -> Vec<String> {
    let path = prefix.join("lib/pkgconfig/mqtt-core.pc");
    let text = fs::read_to_string(path).expect("staged");
    let line = text.lines().find_map(|line| line.strip_prefix("Libs.private:"));
    line.expect("the file has it").split_whitespace().map(str::to_owned).collect()
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Link {
    Static,
    Shared,
}

/// Where the library is staged as it would be installed.
pub(crate) struct Stage {
    /// Scratch folder of this test binary.
    pub(crate) work: PathBuf,
    pub(crate) prefix: PathBuf,
}

pub(crate) fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| {
        // Cargo builds the libraries for this test and puts them beside it.
        let test = env::current_exe().expect("a test has a path");
        let built = test.parent().expect("a test lies in a folder");
        let name = env!("CARGO_CRATE_NAME").replace('_', "-");
        let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&work).expect("the target folder is writable");
        let prefix = work.join("prefix");
        stage_into(built, &prefix);
        Stage { work, prefix }
    })
}

/// Installs the library that cargo put into `built`.
pub(crate) fn stage_into(built: &Path, prefix: &Path) {
    let script = crate_dir().join("scripts/stage.sh");
    run(Command::new("sh").arg(script).args([built, prefix]), "staging");
}

pub(crate) fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The command in this variable, or the default; `None` if it is missing and may be.
pub(crate) fn compiler(variable: &str, default: &str) -> Option<Command> {
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

pub(crate) fn cc() -> Option<Command> {
    compiler("CC", "cc")
}

pub(crate) fn words_of(variable: &str) -> Vec<String> {
    let value = env::var(variable).unwrap_or_default();
    value.split_whitespace().map(str::to_owned).collect()
}

#[track_caller]
pub(crate) fn run(command: &mut Command, what: &str) -> Output {
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
pub(crate) fn build(source: &Path, link: Link, extra: &[&str]) -> Option<PathBuf> {
    let prefix = &stage().prefix;
    build_with(cc()?, "c11", &prefix.join("include"), prefix, source, link, extra)
}

/// As [`build`], with a compiler, a standard, the folder of the header, and the library in a prefix.
pub(crate) fn build_with(
    mut command: Command,
    standard: &str,
    include: &Path,
    prefix: &Path,
    source: &Path,
    link: Link,
    extra: &[&str],
) -> Option<PathBuf> {
    let name = source.file_stem().and_then(|stem| stem.to_str()).expect("a C file has a name");
    let program = stage().work.join(format!("{name}-{link:?}").to_lowercase());
    let lib = prefix.join("lib");
    command.arg(format!("-std={standard}")).args(["-g", "-O1"]).args(WARNINGS);
    command.args(words_of("C_TEST_CFLAGS")).arg("-I").arg(include);
    command.arg("-o").arg(&program).arg(source).args(extra);
    match link {
        Link::Static => command.arg(lib.join("libmqtt_core.a")).args(system_libraries(prefix)),
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
pub(crate) fn runner(program: &Path) -> Command {
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
