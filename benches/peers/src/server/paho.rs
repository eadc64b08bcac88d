//! The clients of paho-mqtt: a program in Python.

use super::job::{Job, SIZE, WINDOW};
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where a Python may be that has paho-mqtt: `make test-interop` makes a virtual environment in the target directory.
fn candidates() -> impl Iterator<Item = PathBuf> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let targets = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from).into_iter().chain([ours]);
    targets.map(|target| target.join("interop/venv/bin/python")).chain(["python3".into()])
}

/// A Python that has paho-mqtt, and the version of that.
pub(super) fn find() -> Option<(PathBuf, String)> {
    candidates().find_map(|python| {
        let mut command = Command::new(&python);
        command.args(["-c", "import paho.mqtt; print(paho.mqtt.__version__)"]);
        let output = command.stderr(Stdio::null()).output().ok()?;
        let version = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        output.status.success().then_some((python, version))
    })
}

/// The program; what it says is what our own clients say.
pub(super) fn command(python: &Path, job: Job) -> Command {
    let (publishers, _) = job.place.shape.clients();
    let mut command = Command::new(python);
    command.args(["-c", include_str!("paho.py")]).args(
        [u64::from(job.port), publishers as u64, job.messages, u64::from(job.place.qos)]
            .into_iter()
            .chain([SIZE as u64, u64::from(WINDOW)])
            .map(|number| number.to_string()),
    );
    command
}
