//! Reads what tshark prints with `-T pdml`: one element per field, all facts in attributes.

/// A field that a dissector found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) name: String,
    /// Bytes from the start of the packet.
    pub(crate) at: usize,
    pub(crate) size: usize,
    /// The value as text.
    pub(crate) show: String,
    /// The bytes as hex; for a part of a byte the whole byte.
    pub(crate) raw: String,
    /// What tshark has to say about the field.
    pub(crate) remarks: Vec<String>,
}

/// An MQTT packet that a dissector found.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) size: usize,
    pub(crate) fields: Vec<Found>,
}

/// The MQTT packets in the order in which they were found, and every sign of trouble.
pub(crate) fn parse(text: &str) -> (Vec<Message>, Vec<String>) {
    let mut messages: Vec<Message> = Vec::new();
    let mut trouble = Vec::new();
    let mut start = 0;
    let mut inside = false;
    for element in text.split('<').skip(1) {
        // `>` is written as an entity inside attributes.
        let Some((tag, _)) = element.split_once('>') else { continue };
        let (kind, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let attributes = parse_attributes(attributes);
        let get = |wanted: &str| {
            attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
        };
        let number = |name| get(name).and_then(|value| value.parse().ok()).unwrap_or(0);
        let name = get("name").unwrap_or_default();
        match kind {
            "proto" if name == "mqtt" => {
                inside = true;
                start = number("pos");
                messages.push(Message { size: number("size"), fields: Vec::new() });
            }
            "proto" => {
                inside = false;
                if name.starts_with("_ws.") {
                    trouble.push(tag.to_owned());
                }
            }
            "/proto" => inside = false,
            "field" if inside && name == "_ws.expert" => {
                let remark = get("showname").unwrap_or_default().to_owned();
                match messages.last_mut().and_then(|message| message.fields.last_mut()) {
                    Some(field) => field.remarks.push(remark),
                    None => trouble.push(remark),
                }
            }
            // The parts of a remark.
            "field" if inside && name.starts_with("_ws.") => {}
            "field" if inside => {
                let raw = get("unmaskedvalue").or(get("value")).unwrap_or_default().to_owned();
                let fields = &mut messages.last_mut().expect("inside a message").fields;
                fields.push(Found {
                    name: name.to_owned(),
                    at: number("pos").wrapping_sub(start),
                    size: number("size"),
                    show: get("show").unwrap_or_default().to_owned(),
                    raw,
                    remarks: Vec::new(),
                });
            }
            _ => {}
        }
    }
    (messages, trouble)
}

/// `name="value"` pairs, entities resolved.
fn parse_attributes(mut text: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    while let Some((name, rest)) = text.split_once("=\"") {
        let Some((value, rest)) = rest.split_once('"') else { break };
        let mut value = value.to_owned();
        for (entity, character) in
            [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#x27;", "'")]
        {
            value = value.replace(entity, character);
        }
        attributes.push((name.trim().to_owned(), value.replace("&amp;", "&")));
        text = rest;
    }
    attributes
}
