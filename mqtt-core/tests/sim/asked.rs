//! What the broker asks: answered late and in any order, by a rule that both sides know.

use crate::seeds::Random;
use crate::world::World;
use mqtt_core::{Action, Admission, BrokerError, ConnAck, ConnId, ReasonCode};

/// Who may do what, from one number: a few of the clients may not do a few things.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdicts(pub(crate) u64);

impl Verdicts {
    fn denies(self, words: [&str; 3]) -> bool {
        let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
        let sum =
            bytes.fold(self.0, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        Random::new(sum).below(6) == 0
    }

    pub(crate) fn denies_publish(self, client: &str, topic: &str) -> bool {
        self.denies([client, "publish", topic])
    }

    pub(crate) fn denies_subscribe(self, client: &str, filter: &str) -> bool {
        self.denies([client, "subscribe", filter])
    }
}

/// A question that was not answered yet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question {
    /// Who is there.
    Who,
    /// Whether it may do something, and the answer.
    May(ReasonCode),
}

impl Question {
    pub(crate) fn of(verdicts: Verdicts, client: &str, action: &Action<'_>) -> Self {
        let is_denied = match action {
            Action::Publish(publish) => verdicts.denies_publish(client, publish.topic),
            Action::Subscribe { filter, .. } => verdicts.denies_subscribe(client, filter),
            other => panic!("{other:?}"),
        };
        Self::May(if is_denied { ReasonCode::NOT_AUTHORIZED } else { ReasonCode::SUCCESS })
    }
}

impl World {
    /// Any of the questions may be answered. True if one is.
    pub(crate) fn answer_one(&mut self) -> bool {
        let goes_on = !self.questions.is_empty() && (self.is_calm || self.below(3) > 0);
        if goes_on {
            let at = self.below(self.questions.len() as u32) as usize;
            let (conn, question) = self.questions.swap_remove(at);
            self.answer(conn, question);
        }
        goes_on
    }

    fn answer(&mut self, conn: ConnId, question: Question) {
        let now = self.now();
        self.answers += 1;
        self.oracle.set_asked(conn, false);
        let refuses = self.oracle.rules.refuses && !self.is_calm && self.below(4) == 0;
        let result = match question {
            Question::Who if refuses => {
                self.oracle.refuse(conn);
                let reason = ReasonCode::NOT_AUTHORIZED;
                self.broker.refuse(conn, now, &ConnAck { reason, ..ConnAck::default() })
            }
            Question::Who => self.broker.accept(conn, now, &Admission::default()),
            Question::May(reason) => self.broker.authorize(conn, now, reason),
        };
        // It may have vanished meanwhile.
        let is_fair = match result {
            Ok(()) => true,
            Err(BrokerError::Unknown | BrokerError::NotAsked) => self.oracle.is_over(conn),
            Err(_) => false,
        };
        assert!(is_fair, "{conn:?}: {question:?}: {result:?}");
        self.oracle.seen.insert(match (question, result) {
            (_, Err(_)) => "asked in vain",
            (Question::Who, _) => "asked who",
            (Question::May(ReasonCode::SUCCESS), _) => "asked, allowed",
            (Question::May(_), _) => "asked, denied",
        });
    }
}
