//! What a load is.

use crate::client::Filter;
use crate::options::Options;
use crate::storage::Storage;
use core::time::Duration;
use mqtt_core::{QoS, Version};

/// For how long a broker keeps a session that is stored, in seconds: nobody may ever go on with it.
const EXPIRY: u32 = 60;

/// Who publishes what to whom.
///
/// # Examples
/// See [`bench`](crate::bench).
#[derive(Clone, Debug)]
pub struct Load {
    /// For all clients. The broker chooses their identifiers; in 3.1, where it cannot, they are random.
    pub options: Options,
    /// How many publish. Default 1.
    pub publishers: usize,
    /// How many subscribe. Default 1.
    pub subscribers: usize,
    /// Where publishers keep their sessions: see [`Storage::new`]. The first one there, each other one in a place of
    /// its own, whose name has its number behind it. They are `mqc-bench-0` and so on then, and begin with what is
    /// there. Default nowhere.
    pub store: Option<String>,
    /// Of messages and subscriptions. Default 0.
    pub qos: QoS,
    /// Bytes of a payload. Below 16 latency cannot be told; below 8, neither duplicates nor order. Default
    /// 256.
    pub size: usize,
    /// Messages per second of each publisher. Default `None`: as many as go.
    pub rate: Option<f64>,
    /// How many messages of QoS 1 and 2 a publisher has on the way at a time. Default 20: mosquitto takes
    /// no more of QoS 2, unless told otherwise, and before 5.0 ends the connection of a client that tries.
    pub window: usize,
    /// When a publisher has done enough. Default 10,000 messages.
    pub amount: Amount,
    /// The topic, or what topics begin with. Default one that nobody else uses.
    pub topic: String,
    /// Which publisher reaches which subscriber. Default [`Topics::Own`].
    pub topics: Topics,
    /// The run is over when nothing has come for so long after the last message was sent. Default 2 s.
    pub quiet: Duration,
}

/// When a publisher has done enough.
///
/// # Examples
/// See [`bench`](crate::bench).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// After so many messages of its own.
    Messages(u64),
    /// After so much time.
    Time(Duration),
}

/// Which publisher reaches which subscriber.
///
/// # Examples
/// ```
/// use mqc_client::bench::Topics;
/// assert_eq!(Topics::default(), Topics::Own);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Topics {
    /// Each publisher has a topic of its own, and each subscriber subscribes to all.
    #[default]
    Own,
    /// Each publisher has a topic of its own, and one subscriber: they pair up, in turn.
    Pairs,
    /// All share one topic.
    Shared,
}

impl Load {
    /// The defaults, for these clients.
    ///
    /// See [`bench`](crate::bench) for an example.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            publishers: 1,
            subscribers: 1,
            store: None,
            qos: QoS::AtMostOnce,
            size: 256,
            rate: None,
            window: 20,
            amount: Amount::Messages(10_000),
            topic: format!("mqc-bench/{:08x}", fastrand::u32(..)),
            topics: Topics::default(),
            quiet: Duration::from_secs(2),
        }
    }

    /// For one client. 3.1 has no broker choose its identifier, and takes 23 characters.
    pub(crate) fn options(&self) -> Options {
        let mut options = self.options.clone();
        if options.version == Version::V31 {
            options.client_id = format!("mqc-{:016x}", fastrand::u64(..));
        }
        options
    }

    /// For one that publishes.
    pub(crate) fn options_of(&self, publisher: usize) -> Options {
        let Some(url) = &self.store else { return self.options() };
        let has_one_name = publisher == 0 || url == "memory:";
        let url = if has_one_name { url.clone() } else { format!("{url}-{publisher}") };
        Options {
            client_id: format!("mqc-bench-{publisher}"),
            store: Some(Storage::new(url)),
            session_expiry: EXPIRY,
            ..self.options.clone()
        }
    }

    /// Where a publisher publishes.
    pub(crate) fn topic_of(&self, publisher: usize) -> String {
        match self.topics {
            Topics::Own | Topics::Pairs => format!("{}/{publisher}", self.topic),
            Topics::Shared => self.topic.clone(),
        }
    }

    /// What a subscriber subscribes to.
    pub(crate) fn filters_of(&self, subscriber: usize) -> Vec<Filter> {
        let filters = match self.topics {
            Topics::Own => vec![format!("{}/+", self.topic)],
            Topics::Pairs => self.publishers_of(subscriber).map(|one| self.topic_of(one)).collect(),
            Topics::Shared => vec![self.topic.clone()],
        };
        filters.into_iter().map(|filter| Filter::new(filter, self.qos)).collect()
    }

    /// Whose messages a subscriber gets.
    pub(crate) fn publishers_of(&self, subscriber: usize) -> impl Iterator<Item = usize> {
        // If there are more of one side, several of them pair up with one of the other.
        let pairs = self.publishers.min(self.subscribers).max(1);
        let is_for_all = self.topics != Topics::Pairs;
        (0..self.publishers)
            .filter(move |publisher| is_for_all || publisher % pairs == subscriber % pairs)
    }

    /// How many messages will have come when these have been sent by each publisher.
    pub(crate) fn expected(&self, sent: &[u64]) -> Vec<u64> {
        let of = |subscriber| {
            self.publishers_of(subscriber).filter_map(|publisher| sent.get(publisher)).sum()
        };
        (0..self.subscribers).map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(publishers: usize, subscribers: usize, topics: Topics) -> Load {
        let address = "mqtt://localhost".parse().expect("a URL");
        Load { publishers, subscribers, topics, ..Load::new(Options::new(address)) }
    }

    #[test]
    fn all_get_all_unless_they_pair_up() {
        assert_eq!(load(2, 3, Topics::Own).expected(&[5, 7]), [12, 12, 12]);
        assert_eq!(load(2, 1, Topics::Shared).expected(&[5, 7]), [12]);
        assert_eq!(load(2, 2, Topics::Pairs).expected(&[5, 7]), [5, 7]);
        assert_eq!(load(3, 2, Topics::Pairs).expected(&[5, 7, 1]), [6, 7]);
        assert_eq!(load(2, 3, Topics::Pairs).expected(&[5, 7]), [5, 7, 5]);
        assert_eq!(load(0, 1, Topics::Pairs).expected(&[]), [0]);
    }

    #[test]
    fn pairs_subscribe_to_what_is_published() {
        let load = load(3, 2, Topics::Pairs);
        let filters: Vec<_> = load.filters_of(0).into_iter().map(|filter| filter.filter).collect();
        assert_eq!(filters, [load.topic_of(0), load.topic_of(2)]);
    }
}
