//! The header for C++: each part of it stands alone, its example compiles and works, a client in
//! C++ speaks with mosquitto, and it falls behind the header for C in nothing.
//!
//! A missing compiler or mosquitto is a failure, unless `ALLOW_MISSING=1` says that it may be
//! missing. `C_TEST_CFLAGS` and `C_TEST_RUNNER` are those of the C programs. Its
//! other programs are built by `contract`.

#[allow(dead_code, reason = "other test binaries use the rest")]
mod support;

use core::time::Duration;
use std::{
    collections::BTreeSet,
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Instant,
};
use support::{Link, WARNINGS, build_with, compiler, crate_dir, run, runner, stage};

/// How long anything with another process may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the headers are in the repository.
fn include() -> PathBuf {
    crate_dir().join("../include")
}

/// The parts of the header for C++ under a folder, as they are included.
fn parts(include: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(include.join("mqtt_core"))
        .expect("the folder exists")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("a name of UTF-8"))
        .map(|name| format!("mqtt_core/{name}"))
        .collect();
    names.sort();
    names
}

/// Whether what was looked for may be missing; fails if it may not.
fn allow_missing(what: &str) {
    let allowed = env::var_os("ALLOW_MISSING").is_some_and(|value| value == "1");
    assert!(allowed, "{what} is missing; ALLOW_MISSING=1 does without");
    eprintln!("{what} is missing: skipped, as ALLOW_MISSING=1 allows");
}

/// Compiles and links a program; `None` if the compiler is missing and may be.
fn build(source: &Path, standard: &str, link: Link) -> Option<PathBuf> {
    let prefix = &stage().prefix;
    let include = prefix.join("include");
    build_with(compiler("CXX", "c++")?, standard, &include, prefix, source, link, &[])
}

/// What is written in a language of C, without its comments.
fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("/*").into_iter().chain(rest.find("//")).min() {
        out.push_str(&rest[..at]);
        let (open, end) = if rest[at..].starts_with("/*") { (2, "*/") } else { (0, "\n") };
        let after = &rest[at + open..];
        let len = after.find(end).map_or(after.len(), |found| found + end.len());
        rest = &after[len..];
        out.push('\n');
    }
    out + rest
}

/// The words in a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_').filter(|word| !word.is_empty())
}

/// The functions of the header for C, and of these the ones that take one of its objects or make one.
fn functions(header: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let text = without_comments(header);
    let objects: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("typedef struct ")?.strip_suffix(';')?.split_once(' '))
        .filter(|(tag, name)| tag == name)
        .map(|(tag, _)| tag)
        .collect();
    assert!(objects.contains("mqc_client") && objects.contains("mqc_trie_walk"), "{objects:?}");
    let (mut all, mut of_objects) = (BTreeSet::new(), BTreeSet::new());
    for statement in text.split(';') {
        let Some((head, parameters)) = statement.split_once('(') else { continue };
        let Some(name) = words(head).last().filter(|name| name.starts_with("mqc_")) else {
            continue;
        };
        if words(parameters).any(|word| objects.contains(word)) {
            of_objects.insert(name.to_owned());
        }
        all.insert(name.to_owned());
    }
    (all, of_objects)
}

/// Functions that the header for C++ does without, and why.
const ALLOWED: &[(&str, &str)] = &[];

#[test]
fn every_function_is_used() {
    let header = fs::read_to_string(include().join("mqtt_core.h")).expect("the header exists");
    let (functions, of_objects) = functions(&header);
    assert!(of_objects.len() > 150, "only {} functions were found", of_objects.len());
    let cpp: String = parts(&include())
        .iter()
        .map(|part| fs::read_to_string(include().join(part)).expect("it was found"))
        .collect();
    let cpp = without_comments(&cpp);
    let used: BTreeSet<&str> = words(&cpp).collect();
    let unknown: Vec<_> = ALLOWED.iter().filter(|(name, _)| !functions.contains(*name)).collect();
    assert!(unknown.is_empty(), "no longer in the header for C: {unknown:?}");
    let missing: Vec<&String> = functions
        .iter()
        .filter(|name| !used.contains(name.as_str()))
        .filter(|name| !ALLOWED.iter().any(|(allowed, _)| allowed == name))
        .collect();
    assert!(missing.is_empty(), "no part of mqtt_core.hpp uses {missing:?}");
}

/// Each part compiles by itself, and `mqtt_core.hpp` is all of them.
#[test]
fn every_part_stands_alone() {
    let installed = stage().prefix.join("include");
    let parts = parts(&installed);
    assert!(parts.len() > 10, "{parts:?}");
    assert_eq!(parts, self::parts(&include()), "all are installed");
    let whole = fs::read_to_string(installed.join("mqtt_core.hpp")).expect("it is installed");
    let included: Vec<&str> = whole
        .lines()
        .filter_map(|line| line.strip_prefix("#include \"")?.strip_suffix('"'))
        .collect();
    assert_eq!(included, parts);
    for part in &parts {
        let source = stage().work.join("part.cc");
        fs::write(&source, format!("#include <{part}>\n")).expect("the target folder is writable");
        for standard in ["c++17", "c++20"] {
            let Some(mut command) = compiler("CXX", "c++") else { return };
            command.args(WARNINGS).arg(format!("-std={standard}")).arg("-fsyntax-only");
            run(command.arg("-I").arg(&installed).arg(&source), &format!("{part}, {standard}"));
        }
    }
}

#[test]
fn the_parsers_see_what_they_should() {
    let header = "typedef struct mqc_x mqc_x;\ntypedef struct mqc_y { int a; } mqc_y;\n\
                  typedef struct mqc_client mqc_client;\n\
                  typedef struct mqc_trie_walk mqc_trie_walk;\n\
                  /* mqc_z(mqc_x) */ // mqc_w(mqc_x)\n\
                  mqc_status mqc_x_do(const struct mqc_x *x,\n  int a);\nint mqc_y_do(mqc_y *y);\n";
    let (all, of_objects) = functions(header);
    assert_eq!(all.into_iter().collect::<Vec<_>>(), ["mqc_x_do", "mqc_y_do"]);
    assert_eq!(of_objects.into_iter().collect::<Vec<_>>(), ["mqc_x_do"]);
    assert_eq!(without_comments("a /* b // */ c // d\ne"), "a \n c \ne");
}

/// A server for tests, on a free port of loopback.
struct Mosquitto {
    child: Child,
    port: u16,
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.child.kill().expect("it is this process's child");
        self.child.wait().expect("it was killed");
    }
}

/// mosquitto; `None` if it is missing and may be.
fn mosquitto(name: &str) -> Option<Mosquitto> {
    let program = env::var("MOSQUITTO").unwrap_or_else(|_| {
        let usual = "/usr/sbin/mosquitto";
        if Path::new(usual).exists() { usual.to_owned() } else { "mosquitto".to_owned() }
    });
    if Command::new(&program).arg("-h").output().is_err() {
        allow_missing(&program);
        return None;
    }
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|it| it.local_addr())
        .expect("loopback has free ports")
        .port();
    let config = stage().work.join(format!("{name}.conf"));
    let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n");
    fs::write(&config, text).expect("the target folder is writable");
    let child = Command::new(&program)
        .arg("-c")
        .arg(&config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it was found before");
    let server = Mosquitto { child, port };
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "{program} does not listen");
        thread::sleep(Duration::from_millis(20));
    }
    Some(server)
}

/// A program whose lines are waited for, killed if the test ends before.
struct Lines {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Drop for Lines {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Lines {
    fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it was built");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Lines { child, lines }
    }

    fn next(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line comes")
    }

    /// Whether it ends well, in time.
    fn ends_well(mut self) -> bool {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is this process's child") {
                return status.success();
            }
            assert!(Instant::now() < until, "the program does not end");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The example client subscribes and publishes at a broker that others have made.
#[cfg(unix)]
#[test]
fn client_speaks_with_mosquitto() {
    let source = crate_dir().join("examples/client.cpp");
    for (standard, link) in [("c++17", Link::Static), ("c++20", Link::Shared)] {
        let Some(program) = build(&source, standard, link) else { return };
        let Some(server) = mosquitto(standard) else { return };
        let port = server.port.to_string();
        let subscriber =
            Lines::of(runner(&program).args(["sub", "127.0.0.1", &port, "sensors/+", "2"]));
        assert_eq!(subscriber.next(), "subscribed");
        for payload in ["21.5", "of two"] {
            let publish = ["pub", "127.0.0.1", &port, "sensors/7", payload];
            run(runner(&program).args(publish), "publishing");
            assert_eq!(subscriber.next(), format!("sensors/7 {payload}"));
        }
        assert!(subscriber.ends_well());
        // Nobody listens there any more.
        drop(server);
        let output = runner(&program)
            .args(["pub", "127.0.0.1", &port, "sensors/7", "x"])
            .output()
            .expect("it was built");
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("client: connect"));
        let output = runner(&program).arg("what").output().expect("it was built");
        assert_eq!(output.status.code(), Some(2));
    }
}

/// The example at the top of the header, with what it needs around it.
fn example_of_header() -> String {
    let header = fs::read_to_string(include().join("mqtt_core.hpp")).expect("the header exists");
    let comment = header.split("*/").next().expect("it begins with a comment");
    let lines: Vec<&str> = comment
        .lines()
        .skip_while(|line| !line.contains("void run("))
        .map(|line| line.strip_prefix(" *     ").unwrap_or(""))
        .collect();
    assert!((20..40).contains(&lines.len()), "{} lines", lines.len());
    format!(
        "#include \"mqtt_core.hpp\"\n\
         #include <algorithm>\n#include <chrono>\n#include <cstdlib>\n#include <iostream>\n\
         #include <arpa/inet.h>\n#include <netinet/in.h>\n#include <poll.h>\n\
         #include <sys/socket.h>\n\
         static {}\n\
         static std::uint64_t now() {{\n\
             using namespace std::chrono;\n\
             const auto since = steady_clock::now().time_since_epoch();\n\
             return std::uint64_t(duration_cast<milliseconds>(since).count());\n\
         }}\n\
         int main(int, char **argv) {{\n\
             const int fd = socket(AF_INET, SOCK_STREAM, 0);\n\
             sockaddr_in to{{}};\n\
             to.sin_family = AF_INET;\n\
             to.sin_port = htons(std::uint16_t(std::atoi(argv[1])));\n\
             to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);\n\
             if (connect(fd, reinterpret_cast<const sockaddr *>(&to), sizeof to) != 0) {{\n\
                 return 1;\n\
             }}\n\
             run(fd, now);\n\
             return 0;\n\
         }}\n",
        lines.join("\n")
    )
}

/// The next packet of less than 128 bytes: its first byte, and what is behind its length.
fn packet(peer: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut head = [0; 2];
    peer.read_exact(&mut head).expect("a packet comes");
    let mut body = vec![0; usize::from(head[1])];
    peer.read_exact(&mut body).expect("it is whole");
    (head[0], body)
}

/// It compiles as it stands there, prints what a server sends, and ends when the server does.
#[cfg(unix)]
#[test]
fn example_of_the_header_works() {
    let source = stage().work.join("header_example.cpp");
    fs::write(&source, example_of_header()).expect("the target folder is writable");
    for (standard, link) in [("c++17", Link::Static), ("c++20", Link::Shared)] {
        let Some(program) = build(&source, standard, link) else { return };
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let port = listener.local_addr().expect("it is bound").port().to_string();
        let client = Lines::of(runner(&program).arg(&port));
        let (mut peer, _) = listener.accept().expect("the client connects");
        peer.set_read_timeout(Some(PATIENCE)).expect("a timeout that is not 0");
        let (first, connect) = packet(&mut peer);
        assert_eq!((first, connect.ends_with(b"printer")), (0x10, true));
        peer.write_all(b"\x20\x03\0\0\0").expect("CONNACK goes out");
        let (first, subscribe) = packet(&mut peer);
        assert_eq!((first, &subscribe[3..]), (0x82, &b"\0\x09sensors/#\0"[..]));
        let suback = [&[0x90, 4][..], &subscribe[..2], &[0, 0]].concat();
        peer.write_all(&suback).expect("SUBACK goes out");
        peer.write_all(b"\x30\x10\0\x09sensors/7\x0021.5").expect("PUBLISH goes out");
        assert_eq!(client.next(), "21.5");
        drop(peer);
        assert!(client.ends_well());
    }
}
