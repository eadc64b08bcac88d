//! An exchange of all kinds, cut at each byte of each direction, and resumed.

use super::First;
use crate::fuzzing::World;
use mqtt_core::{AckMode, QoS, Version};

/// How many bytes are carried at a time.
const PIECE: usize = 3;

/// A world whose network breaks when so many bytes have come to the server, or to the client; gives how
/// many have come in the end.
fn exchange(version: Version, ack: AckMode, learns: bool, limits: [usize; 2]) -> [usize; 2] {
    let mut world = World::plain(version, ack);
    world.publish(true, QoS::ExactlyOnce, &mut First);
    world.connect(false);
    let mut came = [0; 2];
    let mut quiet = 0;
    let mut has_begun = false;
    while quiet < 3 {
        if !has_begun && world.is_open() {
            has_begun = true;
            for from_client in [true, false] {
                for qos in [QoS::ExactlyOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                    world.publish(from_client, qos, &mut First);
                }
            }
            world.request(true);
            world.request(false);
        }
        let most = [0, 1].map(|side: usize| PIECE.min(limits[side] - came[side]));
        let carried = world.carry(most[0], most[1]);
        came = [came[0] + carried[0], came[1] + carried[1]];
        world.poll_all();
        world.respond(&mut First);
        if came[0] == limits[0] || came[1] == limits[1] {
            world.cut(learns);
            break;
        }
        quiet = if carried == [0, 0] { quiet + 1 } else { 0 };
    }
    world.finish();
    came
}

fn at_each_byte(version: Version) {
    for ack in [AckMode::Auto, AckMode::Manual] {
        let whole = exchange(version, ack, true, [usize::MAX; 2]);
        assert!(whole.iter().all(|len| *len > 60), "{whole:?}");
        for side in 0..2 {
            for at in 0..whole[side] {
                for learns in [true, false] {
                    let mut limits = [usize::MAX; 2];
                    limits[side] = at;
                    exchange(version, ack, learns, limits);
                }
            }
        }
    }
}

#[test]
fn of_5_0() {
    at_each_byte(Version::V5);
}

#[test]
fn of_3_1_1() {
    at_each_byte(Version::V311);
}

#[test]
fn of_3_1() {
    at_each_byte(Version::V31);
}
