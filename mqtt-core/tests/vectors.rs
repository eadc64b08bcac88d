//! Runs the shared test vectors of `tests/vectors/` against the codec.
//!
//! Every test goes through all vectors and reports all that fail, each with its file and line.

#[path = "common/vectors.rs"]
mod common;

use std::collections::{BTreeMap, HashSet};

use common::{Again, Expectation, Vector, describe, response_text, vectors, version_of};
use mqtt_core::{DecodeError, Decoded, ErrorKind, Packet, Status, decode};

/// Inputs up to this size are cut at every position, longer ones near both ends and in steps.
const EVERY_CUT: usize = 2_048;
const CUTS_PER_END: usize = 40;
const STEPS: usize = 61;

/// The result of decoding in the words of the vector files.
fn outcome(result: &Result<Status<Decoded<'_>>, DecodeError>) -> String {
    match result {
        Ok(Status::Complete(decoded)) => format!("ok {}", describe(&decoded.packet)),
        Ok(Status::Incomplete { needed }) => format!("incomplete {needed}"),
        Err(error) => error_text(error),
    }
}

fn error_text(error: &DecodeError) -> String {
    let response = response_text(error.response());
    format!("error {} {} {response}", error.kind().name(), error.offset())
}

fn expected(expectation: &Expectation) -> String {
    match expectation {
        Expectation::Legal { description, .. } => format!("ok {description}"),
        Expectation::Illegal { kind, offset, response } => {
            format!("error {kind} {offset} {response}")
        }
        Expectation::Incomplete { needed } => format!("incomplete {needed}"),
    }
}

fn decode_vector<'a>(vector: &Vector, input: &'a [u8]) -> Result<Status<Decoded<'a>>, DecodeError> {
    decode(input, vector.version, &vector.options)
}

/// The packet and consumed bytes of a legal vector, or what came instead.
fn decode_legal(vector: &Vector) -> Result<Decoded<'_>, String> {
    match decode_vector(vector, &vector.input) {
        Ok(Status::Complete(decoded)) => Ok(decoded),
        other => Err(format!("decodes to {}", shortened(&outcome(&other)))),
    }
}

fn shortened(text: &str) -> String {
    let end = text.char_indices().nth(300).map_or(text.len(), |(at, _)| at);
    format!("{}{}", &text[..end], if end < text.len() { "..." } else { "" })
}

fn legal() -> impl Iterator<Item = &'static Vector> {
    vectors().iter().filter(|vector| matches!(vector.expectation, Expectation::Legal { .. }))
}

fn illegal() -> impl Iterator<Item = &'static Vector> {
    vectors().iter().filter(|vector| matches!(vector.expectation, Expectation::Illegal { .. }))
}

/// Runs a check over vectors and fails with a list of all complaints.
fn run(
    vectors: impl Iterator<Item = &'static Vector>,
    check: impl Fn(&Vector) -> Result<(), String>,
) {
    let mut total = 0;
    let mut complaints = Vec::new();
    for vector in vectors {
        total += 1;
        if let Err(complaint) = check(vector) {
            complaints.push(format!("{} {}: {complaint}", vector.place, vector.name));
        }
    }
    assert!(total > 0, "no vectors");
    let count = complaints.len();
    assert!(count == 0, "{count} of {total} fail\n{}", complaints.join("\n"));
}

fn agree(found: &str, wanted: &str) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    let differs = found.bytes().zip(wanted.bytes()).take_while(|(a, b)| a == b).count();
    let (found, wanted) = (shortened(found), shortened(wanted));
    Err(format!("\n  found    {found}\n  expected {wanted}\n  differ at character {differs}"))
}

/// Positions to cut an input of this length at, the ends left out.
fn cuts(len: usize) -> Vec<usize> {
    if len <= EVERY_CUT {
        return (1..len).collect();
    }
    let steps = (1..STEPS).map(|step| len / STEPS * step);
    let mut cuts: Vec<usize> =
        (1..=CUTS_PER_END).chain(steps).chain(len - CUTS_PER_END..len).collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

/// Length of the fixed header, the remaining length being complete.
fn header_len(input: &[u8]) -> usize {
    1 + input[1..].iter().take_while(|byte| **byte >= 0x80).count() + 1
}

#[test]
fn every_vector_has_its_outcome() {
    run(vectors().iter(), |vector| {
        let result = decode_vector(vector, &vector.input);
        agree(&outcome(&result), &expected(&vector.expectation))
    });
}

#[test]
fn legal_packets_are_consumed_whole_and_no_further() {
    run(legal(), |vector| {
        let len = vector.input.len();
        for after in [&[][..], &[0x00], &[0xFF; 7], &vector.input] {
            let input = [&vector.input, after].concat();
            match decode_vector(vector, &input) {
                Ok(Status::Complete(decoded)) if decoded.consumed == len => {}
                Ok(Status::Complete(decoded)) => {
                    return Err(format!("consumes {} of {len} bytes", decoded.consumed));
                }
                other => return Err(format!("{} with bytes after it", outcome(&other))),
            }
        }
        Ok(())
    });
}

#[test]
fn legal_packets_encode_to_their_shortest_form() {
    run(legal(), |vector| {
        let Expectation::Legal { again, .. } = &vector.expectation else { return Ok(()) };
        let wanted = match again {
            Again::SameBytes => &vector.input,
            Again::Bytes(bytes) => bytes,
            Again::Refused => return refused(vector),
        };
        let packet = decode_legal(vector)?.packet;
        let version = version_of(&packet, vector.version);
        let len = packet.encoded_len(version).map_err(|error| format!("no length: {error}"))?;
        if len != wanted.len() {
            return Err(format!("encoded_len {len}, should be {}", wanted.len()));
        }
        let mut out = vec![0xAA; len + 1];
        let written = packet
            .encode_to_slice(version, &mut out)
            .map_err(|error| format!("not encoded: {error}"))?;
        if out[..written] != wanted[..] || out[written..] != [0xAA] {
            return Err(format!("encodes to other bytes: {:02x?}", &out[..written.min(60)]));
        }
        let mut exact = vec![0; len];
        if packet.encode_to_slice(version, &mut exact) != Ok(len) || exact[..] != wanted[..] {
            return Err("does not encode into a slice of the exact length".to_owned());
        }
        let mut short = vec![0xAA; len - 1];
        if packet.encode_to_slice(version, &mut short).is_ok() {
            return Err("encodes into a slice that is too short".to_owned());
        }
        if short.iter().any(|byte| *byte != 0xAA) {
            return Err("writes into a slice that is too short".to_owned());
        }
        head_and_payload(&packet, vector, wanted)
    });
}

fn refused(vector: &Vector) -> Result<(), String> {
    let packet = decode_legal(vector)?.packet;
    let version = version_of(&packet, vector.version);
    let mut out = vec![0xAA; vector.input.len() + 8];
    if packet.encoded_len(version).is_ok() || packet.encode_to_slice(version, &mut out).is_ok() {
        return Err("can be encoded".to_owned());
    }
    if out.iter().any(|byte| *byte != 0xAA) {
        return Err("writes before it refuses".to_owned());
    }
    Ok(())
}

/// `encode_head` gives everything but the payload of a PUBLISH.
fn head_and_payload(packet: &Packet<'_>, vector: &Vector, wanted: &[u8]) -> Result<(), String> {
    let payload = match packet {
        Packet::Publish(publish) => publish.payload,
        _ => &[],
    };
    let mut head = vec![0; wanted.len() - payload.len()];
    let version = version_of(packet, vector.version);
    let written =
        packet.encode_head(version, &mut head).map_err(|error| format!("no head: {error}"))?;
    if [&head[..written], payload].concat() != wanted {
        return Err("head and payload are not the packet".to_owned());
    }
    Ok(())
}

#[cfg(feature = "alloc")]
#[test]
fn legal_packets_encode_into_a_growing_buffer() {
    run(legal(), |vector| {
        let packet = decode_legal(vector)?.packet;
        let version = version_of(&packet, vector.version);
        let mut out = b"before".to_vec();
        let result = packet.encode(version, &mut out);
        let Expectation::Legal { again, .. } = &vector.expectation else { return Ok(()) };
        let wanted: &[u8] = match again {
            Again::SameBytes => &vector.input,
            Again::Bytes(bytes) => bytes,
            Again::Refused => &[],
        };
        if result.is_ok() == matches!(again, Again::Refused) {
            return Err(format!("encode gives {result:?}"));
        }
        if out != [b"before", wanted].concat() {
            return Err("encode appends other bytes".to_owned());
        }
        let mut room = vec![0; wanted.len()];
        if !wanted.is_empty() && packet.encode(version, &mut &mut room[..]).is_err() {
            return Err("encode does not use the last byte there is".to_owned());
        }
        Ok(())
    });
}

#[test]
fn every_prefix_of_a_legal_packet_needs_exactly_the_rest() {
    run(legal(), |vector| {
        let len = vector.input.len();
        let header = header_len(&vector.input);
        for cut in cuts(len).into_iter().chain([0]) {
            let needed = match cut {
                0 => 2,
                cut if cut < header => 1,
                cut => len - cut,
            };
            let found = outcome(&decode_vector(vector, &vector.input[..cut]));
            agree(&found, &format!("incomplete {needed}"))
                .map_err(|why| format!("first {cut} bytes: {why}"))?;
        }
        Ok(())
    });
}

#[test]
fn a_prefix_of_an_illegal_packet_is_incomplete_or_the_same_error() {
    run(illegal(), |vector| {
        for cut in cuts(vector.input.len()) {
            let result = decode_vector(vector, &vector.input[..cut]);
            if matches!(result, Ok(Status::Incomplete { .. })) {
                continue;
            }
            agree(&outcome(&result), &expected(&vector.expectation))
                .map_err(|why| format!("first {cut} bytes: {why}"))?;
        }
        Ok(())
    });
}

#[cfg(feature = "alloc")]
mod frames {
    use mqtt_core::FrameBuffer;

    use super::*;

    /// Feeds pieces to a frame buffer: the only frame has to be the input, after the last piece.
    /// Gives the error if the buffer refuses a header.
    fn feed(vector: &Vector, pieces: &[&[u8]]) -> Result<Option<DecodeError>, String> {
        let mut buffer = FrameBuffer::new(vector.options);
        if let Some(version) = vector.version {
            buffer.set_version(version);
        }
        for (index, piece) in pieces.iter().enumerate() {
            let mut input = *piece;
            let last = index + 1 == pieces.len();
            match buffer.next_frame(&mut input) {
                Ok(Some(frame)) if last && input.is_empty() && frame == vector.input => {
                    return Ok(None);
                }
                Ok(Some(frame)) => return Err(format!("a frame of {} bytes", frame.len())),
                Ok(None) if last => return Err("no frame".to_owned()),
                Ok(None) if input.is_empty() => {}
                Ok(None) => return Err("leaves input behind".to_owned()),
                Err(error) => return Ok(Some(error)),
            }
        }
        Err("no pieces".to_owned())
    }

    fn feed_legal(vector: &Vector, pieces: &[&[u8]]) -> Result<(), String> {
        match feed(vector, pieces)? {
            None => Ok(()),
            Some(error) => Err(error_text(&error)),
        }
    }

    #[test]
    fn a_legal_packet_is_one_frame_in_any_two_pieces() {
        run(legal(), |vector| {
            feed_legal(vector, &[&vector.input])?;
            for cut in cuts(vector.input.len()) {
                let (first, second) = vector.input.split_at(cut);
                feed_legal(vector, &[first, second])
                    .map_err(|why| format!("cut at {cut}: {why}"))?;
            }
            Ok(())
        });
    }

    #[test]
    fn a_legal_packet_is_one_frame_byte_by_byte() {
        run(legal(), |vector| {
            let size = if vector.input.len() <= EVERY_CUT { 1 } else { 1_021 };
            feed_legal(vector, &vector.input.chunks(size).collect::<Vec<_>>())
        });
    }

    #[test]
    fn an_illegal_packet_fails_the_same_whole_and_byte_by_byte() {
        run(illegal(), |vector| {
            let size = if vector.input.len() <= EVERY_CUT { 1 } else { 1_021 };
            for size in [size, vector.input.len()] {
                let pieces: Vec<&[u8]> = vector.input.chunks(size).collect();
                // What is no error of the header is a frame, and `decode` has the last word.
                let found = match feed(vector, &pieces)? {
                    Some(error) => error_text(&error),
                    None => outcome(&decode_vector(vector, &vector.input)),
                };
                agree(&found, &expected(&vector.expectation))?;
            }
            Ok(())
        });
    }
}

#[test]
fn names_are_unique() {
    let mut seen = HashSet::new();
    for vector in vectors() {
        assert!(seen.insert(&vector.name), "{} {}: used twice", vector.place, vector.name);
    }
}

#[test]
fn every_error_kind_has_a_vector() {
    let mut counts: BTreeMap<&str, usize> =
        ErrorKind::ALL.iter().map(|kind| (kind.name(), 0)).collect();
    for vector in vectors() {
        if let Expectation::Illegal { kind, .. } = &vector.expectation {
            let count = counts.get_mut(kind.as_str());
            *count.unwrap_or_else(|| panic!("{}: unknown kind {kind}", vector.place)) += 1;
        }
    }
    let missing: Vec<&str> =
        counts.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    assert!(missing.is_empty(), "no vector for {missing:?}");
}

#[test]
fn there_are_enough_vectors_of_each_sort() {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for vector in vectors() {
        let file = vector.place.split(':').next().unwrap_or_default().to_owned();
        let (legal, illegal) = counts.entry(file).or_default();
        match vector.expectation {
            Expectation::Legal { .. } => *legal += 1,
            Expectation::Illegal { .. } => *illegal += 1,
            Expectation::Incomplete { .. } => {}
        }
    }
    let legal: usize = counts.values().map(|(legal, _)| legal).sum();
    let illegal: usize = counts.values().map(|(_, illegal)| illegal).sum();
    assert!(legal >= 1_500 && illegal >= 4_000, "{legal} legal, {illegal} illegal: {counts:?}");
    for (file, least) in [("legal-v31.txt", 200), ("legal-v311.txt", 200), ("legal-v5.txt", 700)] {
        assert!(counts[file].0 >= least && counts[file].1 == 0, "{file}: {:?}", counts[file]);
    }
    for (file, least) in
        [("illegal-v31.txt", 500), ("illegal-v311.txt", 500), ("illegal-v5.txt", 2_000)]
    {
        assert!(counts[file].1 >= least && counts[file].0 == 0, "{file}: {:?}", counts[file]);
    }
}
