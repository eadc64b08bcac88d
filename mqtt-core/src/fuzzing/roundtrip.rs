//! Packets out and in again.

use super::judges::VERSIONS;
use super::raw::check_raw_of;
use super::sample::Sample;
use crate::{
    DecodeOptions, Decoded, EncodeError, Limits, Packet, PropertyId, Publish, PublishWriter,
    Status, Version,
};
use std::{string::ToString, vec, vec::Vec};

/// Limits that let pass whatever an encoder may write.
const UNLIMITED: DecodeOptions =
    DecodeOptions { limits: Limits::UNLIMITED, ..DecodeOptions::DEFAULT };

/// What a buffer holds where nothing has been written.
const UNTOUCHED: u8 = 0xA5;

/// Encodes a packet, decodes it, and encodes the result.
pub fn check_sample(sample: &Sample) {
    let lists = sample.lists();
    let packet = sample.packet(&lists);
    assert_eq!(packet, packet.clone(), "a packet equals itself");
    let bytes = match check_encode(&packet, sample.version) {
        Ok(bytes) => bytes,
        Err(error) => return assert!(!sample.legal, "{} is legal: {error}", sample.packet),
    };
    check_fit(sample, &packet, bytes.len());

    let told = match packet {
        // It names its own version.
        Packet::Connect(_) => VERSIONS[bytes.len() % VERSIONS.len()],
        _ => Some(sample.version),
    };
    let Ok(Status::Complete(Decoded { packet: received, consumed })) =
        crate::decode(&bytes, told, &UNLIMITED)
    else {
        panic!("{} decodes to {:?}", sample.packet, crate::decode(&bytes, told, &UNLIMITED));
    };
    assert_eq!(consumed, bytes.len());
    assert_eq!(received, packet);
    assert_eq!(packet, received);

    // Lists of wire bytes and lists of values are the same to the encoder, in every version.
    for version in [Version::V31, Version::V311, Version::V5] {
        let again = check_encode(&received, version);
        assert_eq!(again, check_encode(&packet, version), "{version}");
        if version == sample.version {
            assert_eq!(again.as_ref(), Ok(&bytes));
        } else if let Ok(other) = again {
            let expected = Ok(Status::Complete(Decoded { packet, consumed: other.len() }));
            assert_eq!(crate::decode(&other, Some(version), &UNLIMITED), expected);
        }
    }
    for limit in limits(bytes.len()) {
        assert_eq!(
            received.fit(sample.version, limit),
            packet.fit(sample.version, limit),
            "the packet as received fits otherwise"
        );
    }
}

/// Encodes in all ways, which must agree; gives the bytes.
fn check_encode(packet: &Packet<'_>, version: Version) -> Result<Vec<u8>, EncodeError> {
    check_raw_of(packet, version);
    let mut out = vec![UNTOUCHED; 3];
    let len = match packet.encoded_len(version) {
        Ok(len) => len,
        Err(error) => {
            check_refusal(packet, version, error);
            return Err(error);
        }
    };
    assert_eq!(packet.encode(version, &mut out), Ok(len));
    assert_eq!(out[..3], [UNTOUCHED; 3], "what was there before stays");
    let bytes = out.split_off(3);
    assert_eq!(bytes.len(), len);

    let mut roomy = vec![UNTOUCHED; len + 2];
    assert_eq!(packet.encode_to_slice(version, &mut roomy), Ok(len));
    assert_eq!(roomy[..len], bytes);
    assert_eq!(roomy[len..], [UNTOUCHED; 2], "wrote behind the packet");

    let made = packet.encode_with(version, |len, write| {
        let mut made = vec![UNTOUCHED; len];
        assert!(write(&mut made));
        for other in [len - 1, len + 1] {
            let mut place = vec![UNTOUCHED; other];
            assert!(!write(&mut place), "{other} bytes are not {len}");
            assert_eq!(place, vec![UNTOUCHED; other], "wrote what does not fit");
        }
        made
    });
    assert_eq!(made.as_ref(), Ok(&bytes));

    let head_len = len - packet.payload().len();
    let mut head = vec![UNTOUCHED; head_len + 1];
    assert_eq!(packet.encode_head(version, &mut head), Ok(head_len));
    assert_eq!(head[..head_len], bytes[..head_len]);
    assert_eq!(head[head_len], UNTOUCHED, "wrote behind the head");
    assert_eq!(&bytes[head_len..], packet.payload());

    // One byte too few.
    let small = Err(EncodeError::BufferTooSmall { needed: len });
    let mut short = vec![UNTOUCHED; len - 1];
    assert_eq!(packet.encode_to_slice(version, &mut short), small);
    assert_eq!(packet.encode(version, &mut short.as_mut_slice()), small);
    let small = Err(EncodeError::BufferTooSmall { needed: head_len });
    assert_eq!(packet.encode_head(version, &mut short[..head_len - 1]), small);
    assert!(short.iter().all(|byte| *byte == UNTOUCHED), "wrote part of a packet");

    if let Packet::Publish(publish) = packet {
        check_writer(publish, version, &bytes[..head_len]);
    }
    Ok(bytes)
}

/// All ways of encoding refuse a packet for the same reason and leave the buffer alone.
fn check_refusal(packet: &Packet<'_>, version: Version, error: EncodeError) {
    assert!(!error.to_string().is_empty());
    assert!(!matches!(error, EncodeError::BufferTooSmall { .. }));
    let mut out = [UNTOUCHED; 32];
    assert_eq!(packet.encode_to_slice(version, &mut out), Err(error));
    assert_eq!(packet.encode_head(version, &mut out), Err(error));
    assert_eq!(packet.encode(version, &mut out.as_mut_slice()), Err(error));
    assert_eq!(out, [UNTOUCHED; 32], "wrote part of a packet");
    // What is too long may be among what can be left out.
    let long =
        matches!(error, EncodeError::FieldTooLong { .. } | EncodeError::PacketTooLarge { .. });
    match packet.fit(version, u32::MAX) {
        Ok(shorter) if long => assert!(shorter.encoded_len(version).is_ok()),
        Err(_) if long => {}
        result => assert_eq!(result, Err(error)),
    }
}

/// The head that goes before a payload sent in parts is that of the whole packet.
fn check_writer(publish: &Publish<'_>, version: Version, head: &[u8]) {
    let payload_len = publish.payload.len();
    let mut out = vec![UNTOUCHED; head.len()];
    let without = Publish { payload: &[], ..*publish };
    let (mut writer, len) =
        PublishWriter::begin(&without, payload_len as u32, version, &mut out).expect("a head");
    assert_eq!(out[..len], *head);
    let first = payload_len / 3;
    writer.part(first).expect("the first part");
    let rest = payload_len - first;
    let error = EncodeError::PayloadLength { remaining: rest as u32, given: rest + 1 };
    assert_eq!(writer.part(rest + 1), Err(error));
    writer.part(rest).expect("the rest");
    assert_eq!(writer.remaining(), 0);
    writer.finish().expect("all parts");
}

/// Limits around the size of a packet.
fn limits(len: usize) -> [u32; 5] {
    let len = len as u32;
    [0, len / 2, len - 1, len, u32::MAX]
}

/// `fit` leaves out the least that helps, and nothing if the packet fits.
fn check_fit(sample: &Sample, packet: &Packet<'_>, len: usize) {
    use crate::PacketType as P;
    let may_be_shortened =
        !matches!(sample.packet, P::Connect | P::Publish | P::Subscribe | P::Unsubscribe);
    let mut shorter = sample.clone();
    shorter.properties.retain(|property| property.id != PropertyId::ReasonString);
    let mut shortest = shorter.clone();
    shortest.properties.retain(|property| property.id != PropertyId::UserProperty);
    let (shorter_lists, shortest_lists) = (shorter.lists(), shortest.lists());
    let mut forms = vec![*packet];
    if may_be_shortened {
        forms.push(shorter.packet(&shorter_lists));
        forms.push(shortest.packet(&shortest_lists));
    }
    let encoded: Vec<_> = forms.iter().map(|form| check_encode(form, sample.version)).collect();
    let sizes: Vec<usize> =
        encoded.iter().map(|bytes| bytes.as_ref().expect("less of a legal packet").len()).collect();
    let around_each = sizes.iter().flat_map(|size| [*size as u32, *size as u32 - 1]);
    for limit in limits(len).into_iter().chain(around_each) {
        let fits = sizes.iter().position(|size| *size as u64 <= u64::from(limit));
        match (packet.fit(sample.version, limit), fits) {
            (Ok(fitted), Some(index)) => {
                assert_eq!(fitted, forms[index], "into {limit}");
                let mut bytes = vec![UNTOUCHED; sizes[index]];
                assert_eq!(fitted.encode_to_slice(sample.version, &mut bytes), Ok(sizes[index]));
                assert_eq!(Ok(bytes), encoded[index]);
            }
            (Err(error), None) => {
                let size = sizes.last().map_or(0, |size| *size as u64);
                assert_eq!(error, EncodeError::PacketTooLarge { size, limit });
            }
            (result, _) => panic!("{sizes:?} into {limit}: {:?}", result.map(drop)),
        }
    }
}
