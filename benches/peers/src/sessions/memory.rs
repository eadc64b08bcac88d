//! Memory of the server's side of a clean session that is drained and has nothing to do.

use crate::count::count;
use mqtt_benches::corpus::Protocol;
use mqtt_benches::sessions::idle_server;
use std::hint::black_box;

/// Bytes of one session, which does nothing.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// The version of its connection.
    pub protocol: Protocol,
    /// Whether it has been told to give back what it does not need.
    pub is_shrunk: bool,
    /// The value itself.
    pub value: f64,
    /// The heap, as it says.
    pub told: f64,
    /// The heap, as the allocator counts.
    pub heap: f64,
}

impl Idle {
    /// The value and its heap.
    pub fn total(&self) -> f64 {
        self.value + self.heap
    }
}

/// Prints a line for each, by a function that tells how many bytes are in use on the heap.
pub fn print(bytes: impl Fn() -> f64) {
    // The first line takes memory for all.
    println!("value\ttold\theap");
    for protocol in Protocol::ALL {
        let before = bytes();
        let mut session = black_box(idle_server(protocol));
        for is_shrunk in [false, true] {
            if is_shrunk {
                session.shrink_to_fit();
            }
            println!("{}\t{}\t{}", size_of_val(&session), session.heap_bytes(), bytes() - before);
        }
    }
}

/// Has it counted.
pub fn idle() -> Result<Vec<Idle>, String> {
    let lines = count(&["idle"], |_| Ok(()))?;
    let sessions =
        Protocol::ALL.into_iter().flat_map(|protocol| [(protocol, false), (protocol, true)]);
    let read = |((protocol, is_shrunk), line): ((Protocol, bool), &String)| {
        let fields: Option<Vec<f64>> = line.split('\t').map(|field| field.parse().ok()).collect();
        let [value, told, heap] = fields?[..] else { return None };
        Some(Idle { protocol, is_shrunk, value, told, heap })
    };
    let idle: Option<Vec<Idle>> = sessions.zip(lines.iter().skip(1)).map(read).collect();
    idle.filter(|idle| idle.len() == 4).ok_or(format!("the program `allocs` printed {lines:?}"))
}
