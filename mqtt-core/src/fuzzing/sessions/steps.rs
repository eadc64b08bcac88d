//! What may happen to a world.

use super::world::World;
use crate::QoS;
use crate::fuzzing::Source;
use crate::fuzzing::input::Input;

/// Steps of one input, at most.
const MAX_STEPS: usize = 2_000;
/// Rounds until all must have come to an end.
const MAX_ROUNDS: usize = 20_000;

/// Lets happen to a client and a server what the data says. Layout: `| setup 21 bytes | step * |`, a step
/// being a byte, modulo 114, and its arguments.
pub fn check_ops(data: &[u8]) {
    let mut input = Input::new(data);
    let mut world = World::new(&mut input);
    for _ in 0..MAX_STEPS {
        if input.len() == 0 {
            break;
        }
        world.step(&mut input);
    }
    world.finish();
}

impl World {
    /// One thing happens.
    pub fn step(&mut self, source: &mut dyn Source) {
        // 3.1 cannot say that a session is lost.
        let may_lose = self.setup.version != crate::Version::V31;
        let what = source.below(114);
        match what {
            0..22 => self.publish(what % 2 == 0, qos(source), source),
            22..45 => {
                let (up, down) = (source.below(60) as usize, source.below(60) as usize);
                self.carry(up, down);
            }
            45..50 => {
                self.carry(usize::MAX, usize::MAX);
            }
            50..60 => {
                self.poll_client();
            }
            60..68 => {
                self.poll_server(1 + source.below(2) as usize);
            }
            68..72 => self.client_acknowledges(source),
            72..76 => self.server_acknowledges(source),
            76..79 => self.answer(source),
            79..82 => self.request(what < 81),
            82..87 => self.pass(u64::from(source.below(1_500))),
            87 => self.pass(u64::from(source.below(60_000))),
            88 => self.cut(true),
            89 => self.cut(false),
            90..96 => {
                let clean_start = source.below(8) == 7;
                self.connect(clean_start && may_lose);
            }
            96 => match source.below(10) {
                0 => self.disconnect(false, false),
                1 => self.disconnect(true, false),
                2 => self.server_disconnects(false),
                3 if may_lose => self.forget(),
                4 => self.shrink(),
                5 => self.disconnect(source.below(2) == 1, true),
                6 => self.server_disconnects(true),
                7 | 8 => self.restart(),
                _ => {}
            },
            97..100 => self.poll_all(),
            100..107 => self.commit(what as usize % 2, source.below(8) as usize),
            107..109 => (0..2).for_each(|side| self.commit(side, usize::MAX)),
            109..112 => self.page(what as usize % 2, 32 << source.below(4)),
            _ => self.crash(what as usize % 2),
        }
        self.judge_memory();
    }

    /// Both sides acknowledge a message, and the server answers a request.
    pub fn respond(&mut self, source: &mut dyn Source) {
        self.client_acknowledges(source);
        self.server_acknowledges(source);
        self.answer(source);
    }

    /// Lets all that is open come to its end.
    pub fn finish(&mut self) {
        let mut first = Input::new(&[]);
        for _ in 0..MAX_ROUNDS {
            self.connect(false);
            self.carry(usize::MAX, usize::MAX);
            self.poll_all();
            self.respond(&mut first);
            (0..2).for_each(|side| self.commit(side, usize::MAX));
            self.pass(0);
            if self.is_settled() {
                (0..2).for_each(|side| self.commit(side, usize::MAX));
                self.judge_disks();
                return;
            }
        }
        panic!("something is never done: {}", self.unsettled());
    }
}

fn qos(source: &mut dyn Source) -> QoS {
    [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][source.below(3) as usize]
}
