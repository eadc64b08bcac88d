//! tshark as a judge of the encoder: packets of every kind are written into a capture file, and
//! every field that tshark finds in them must be the value that was encoded.
//!
//! Fails where tshark is missing, unless `ALLOW_MISSING=1` is set.

mod capture;
mod expected;
mod packets;
mod pdml;

use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

use capture::{Capture, Sent};
use pdml::{Found, Message};

/// Runs tshark on a capture; none if it is missing and may be.
fn tshark(file: &Path, folder: &Path) -> Option<String> {
    let output = Command::new("tshark")
        // No settings of whoever runs this.
        .env("WIRESHARK_CONFIG_DIR", folder)
        .args(["-n", "-r"])
        .arg(file)
        // Everything of MQTT, of the layers below no more than their names.
        .args(["-d", "tcp.port==1883,mqtt", "-T", "pdml", "-J", "mqtt _ws.malformed"])
        .output();
    match output {
        Ok(output) => {
            let complaints = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "tshark fails: {complaints}");
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let missing_is_fine = env::var_os("ALLOW_MISSING").is_some_and(|value| value == "1");
            assert!(missing_is_fine, "tshark is not installed (ALLOW_MISSING=1 does without it)");
            None
        }
        Err(error) => panic!("tshark cannot be run: {error}"),
    }
}

/// Compares what was found in a packet with what was encoded.
fn compare(sent: &Sent, message: &Message) -> Result<(), String> {
    if sent.len != message.size {
        return Err(format!("has {} bytes, tshark finds {}", sent.len, message.size));
    }
    let end = Found { name: "the end".to_owned(), ..Found::default() };
    for (index, field) in sent.fields.iter().enumerate() {
        let found = message.fields.get(index).unwrap_or(&end);
        let shown = field.show.as_ref().is_none_or(|show| *show == found.show);
        let here = field.name == found.name && field.at == found.at && field.size == found.size;
        let remarks = found.remarks == field.remarks;
        if !(here && shown && remarks && field.raw == found.raw) {
            return Err(format!("\n  encoded {field:?}\n  found   {found:?}"));
        }
    }
    match message.fields.get(sent.fields.len()) {
        None => Ok(()),
        Some(more) => Err(format!("tshark finds more: {more:?}")),
    }
}

#[test]
fn tshark_finds_every_field_that_was_encoded() {
    let mut capture = Capture::new();
    packets::write(&mut capture);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tshark");
    fs::create_dir_all(&folder).expect("a folder for the capture");
    let file = folder.join("packets.pcap");
    fs::write(&file, &capture.bytes).expect("the capture can be written");
    let Some(text) = tshark(&file, &folder) else { return };

    let (messages, trouble) = pdml::parse(&text);
    assert!(trouble.is_empty(), "tshark complains: {trouble:#?}");
    let mut wrong = Vec::new();
    for (sent, message) in capture.packets.iter().zip(&messages) {
        if let Err(why) = compare(sent, message) {
            let name: String = sent.name.chars().take(300).collect();
            wrong.push(format!("{} {name}: {why}", sent.version));
        }
    }
    let count = wrong.len();
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{count} of {} differ\n{}", messages.len(), wrong.join("\n"));
    assert_eq!(messages.len(), capture.packets.len(), "packets found and sent");
    let fields: usize = capture.packets.iter().map(|sent| sent.fields.len()).sum();
    println!("{} packets, {fields} fields, {} frames", capture.packets.len(), capture.frames);
}
