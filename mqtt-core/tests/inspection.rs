//! How `inspect` lays out values of all lengths. That every byte is shown is among the properties.

use mqtt_core::{DecodeOptions, Packet, Publish, Version, inspect};

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
