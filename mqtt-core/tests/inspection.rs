//! How `inspect` lays out values of all lengths. That every byte is shown is among the properties.

use mqtt_core::{DecodeOptions, Packet, Publish, Version, decode, inspect};

/// The line of the topic name in the short and in the full form, without what is before the value.
fn values(topic: &str) -> [String; 2] {
    let mut bytes = vec![0; topic.len() + 16];
    let packet = Packet::from(Publish { topic, ..Publish::default() });
    let len = packet.encode_to_slice(Version::V311, &mut bytes).unwrap();
    let inspection = inspect(&bytes[..len], Some(Version::V311), &DecodeOptions::DEFAULT);
    [format!("{inspection}"), format!("{inspection:#}")].map(|text| {
        let line = text.lines().find(|line| line.contains("topic name")).expect("a line for it");
        line.chars().skip(56).collect()
    })
}

#[test]
fn only_a_value_that_is_shortened_is_marked() {
    // Two characters are quotation marks; "é" is one of two bytes.
    for letter in ["t", "é"] {
        for len in 1..=34 {
            let topic = letter.repeat(len);
            let expected = format!("{:<40}MQTT-3.3.2-1", format!("\"{topic}\""));
            assert_eq!(values(&topic), [expected.clone(), expected], "{len} characters");
        }
        for len in 35..80 {
            let [short, _] = values(&letter.repeat(len));
            let expected = format!("\"{}..  MQTT-3.3.2-1", letter.repeat(35));
            assert_eq!(short, expected, "{len} characters");
        }
    }
}

#[test]
fn a_value_shown_in_full_is_apart_from_the_statement() {
    for len in 35..80 {
        let topic = "t".repeat(len);
        let [_, full] = values(&topic);
        let value = format!("\"{topic}\"");
        assert_eq!(full, format!("{value:<width$}MQTT-3.3.2-1", width = 40.max(len + 4)));
    }
}

#[test]
fn secrets_are_not_shown_in_passing() {
    // CONNECT of 5.0 with authentication method m and data AUTH, user u and password PASS.
    let bytes = b"\x10\x21\0\x04MQTT\x05\xC2\0\0\x0B\x15\0\x01m\x16\0\x04AUTH\0\0\0\x01u\0\x04PASS";
    let status = decode(bytes, None, &DecodeOptions::DEFAULT).unwrap();
    let inspection = inspect(bytes, None, &DecodeOptions::DEFAULT);
    for text in [format!("{status:?}"), format!("{status:#?}"), format!("{inspection:?}")] {
        for secret in ["PASS", "AUTH", "80, 65"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(text.contains(" bytes"), "{text}");
    }
    assert!(inspection.to_string().contains("PASS"));
}
