//! Peers that never read.

use crate::kit::{Peer, Session, Setup, both, bytes};
use mqtt_core::{Publish, QoS, UsageError, Version, WhenFull};

/// A session that is given messages and input for ever, and whose output nobody fetches.
#[test]
fn memory_has_a_bound() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.max_output = 1_000;
        setup.session.queue.max_bytes = 5_000;
        let mut it: Peer<S> = S::up(&setup);
        let input = bytes(&crate::kit::publish(version, 0x32, 7));
        let payload = [0; 100];
        let mut most = 0;
        for number in 0..5_000 {
            let qos = [QoS::AtMostOnce, QoS::AtLeastOnce][number % 2];
            let publish = Publish { topic: "t", qos, payload: &payload, ..Publish::default() };
            let full = if number % 3 == 0 { WhenFull::DropOldestQoS0 } else { WhenFull::Queue };
            let now = it.now();
            let result = it.session.send(now, &publish, number as u64, full);
            assert!(matches!(result, Ok(_) | Err(UsageError::WouldBlock(_))), "{result:?}");
            it.session.handle_input(now, &input);
            it.events();
            most = most.max(it.session.heap_bytes());
        }
        assert!(most < 64 * 1024, "{most} bytes");
    }
    both!(case: V5, V311, V31);
}
