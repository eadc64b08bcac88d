//! The program with a configuration.

use loopback::{PATIENCE, Program, Stream, within};
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// A server that runs in a process of its own.
pub(crate) struct Running {
    pub(crate) program: Program,
    /// Of its listeners, as they stand there.
    pub(crate) ports: Vec<u16>,
    _folder: TempDir,
}

/// How a listener without anything else stands in a configuration.
pub(crate) const LISTEN: &str = "[[listen]]\naddress = \"127.0.0.1:0\"\n";

/// Starts it; the file of users, if it has any, is `users`.
pub(crate) fn start(config: &str, users: &str) -> Running {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mqc.toml");
    fs::write(&file, config).expect("a file");
    fs::write(folder.path().join("users"), users).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqc-server"));
    let program = Program::spawn(command.arg("--config").arg(file)).expect("it starts");
    let wanted = config.matches("[[listen]]").count();
    let listening = || {
        let lines = program.lines(Stream::Stderr);
        let lines = lines.iter().map(|line| String::from_utf8_lossy(line));
        let ports: Vec<u16> = lines
            .filter(|line| line.contains(" listening "))
            .map(|line| line.rsplit_once(':').expect("an address").1.parse().expect("a port"))
            .collect();
        (ports.len() == wanted).then_some(ports)
    };
    let ports = within(PATIENCE, listening).expect("it listens");
    Running { program, ports, _folder: folder }
}
