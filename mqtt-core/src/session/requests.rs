//! Requests and their responses (5.0).

use crate::{Instant, Property, Publish};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use core::time::Duration;

/// Requests that wait for their responses: tells them apart, and which have waited for too long.
///
/// The caller subscribes to the response topic, and puts [`properties`](Self::properties) into each
/// request. `T` is what the caller wants back with a response: a channel, a number.
///
/// # Spec
/// v5 section 4.10.
///
/// # Examples
/// ```
/// use core::time::Duration;
/// use mqtt_core::{Instant, Properties, Property, Publish, Requests};
///
/// let now = Instant::default();
/// let mut requests: Requests<&str> = Requests::new("clients/7/responses", 100);
/// let correlation = requests.begin(now, Duration::from_secs(5), "what is it?").unwrap();
/// let properties = requests.properties(&correlation);
/// let publish =
///     Publish { topic: "service", properties: Properties::new(&properties), ..Publish::default() };
/// // ... which goes out. Somebody answers:
/// # assert_eq!(publish.properties.correlation_data(), Some(&correlation.0[..]));
/// let answer = [Property::CorrelationData(&correlation.0)];
/// let response = Publish {
///     topic: "clients/7/responses",
///     properties: Properties::new(&answer),
///     payload: b"it is a sensor",
///     ..Publish::default()
/// };
/// assert_eq!(requests.take(&response), Some("what is it?"));
/// assert_eq!(requests.take(&response), None);
/// ```
#[derive(Clone, Debug)]
pub struct Requests<T> {
    response_topic: String,
    max: usize,
    /// The correlation data of the next request.
    next: u64,
    open: BTreeMap<u64, (Instant, T)>,
    /// Deadlines, the first first.
    deadlines: BTreeSet<(Instant, u64)>,
}

/// What tells a request from others: its correlation data.
///
/// # Examples
/// See [`Requests`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Correlation(pub [u8; 8]);

impl<T> Requests<T> {
    /// No requests, of which as many as `max` may wait at a time. No other client may have the response
    /// topic: nothing else tells its responses from those to others.
    ///
    /// See [`Requests`] for an example.
    #[must_use]
    pub fn new(response_topic: &str, max: usize) -> Self {
        Self {
            response_topic: response_topic.into(),
            max,
            next: 0,
            open: BTreeMap::new(),
            deadlines: BTreeSet::new(),
        }
    }

    /// Begins a request. O(log n).
    ///
    /// # Errors
    /// Gives `value` back if as many requests wait as may.
    ///
    /// ```
    /// # use mqtt_core::{Instant, Requests};
    /// # use core::time::Duration;
    /// let mut requests: Requests<u32> = Requests::new("r", 1);
    /// assert!(requests.begin(Instant::default(), Duration::ZERO, 1).is_ok());
    /// assert_eq!(requests.begin(Instant::default(), Duration::ZERO, 2), Err(2));
    /// ```
    pub fn begin(&mut self, now: Instant, timeout: Duration, value: T) -> Result<Correlation, T> {
        if self.open.len() >= self.max {
            return Err(value);
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        let deadline = now.after(timeout);
        self.deadlines.insert((deadline, number));
        self.open.insert(number, (deadline, value));
        Ok(Correlation(number.to_be_bytes()))
    }

    /// The properties that make a message the request.
    ///
    /// See [`Requests`] for an example.
    #[must_use]
    pub fn properties<'a>(&'a self, correlation: &'a Correlation) -> [Property<'a>; 2] {
        [Property::ResponseTopic(&self.response_topic), Property::CorrelationData(&correlation.0)]
    }

    /// The value of the request that a message responds to; it waits no longer. `None`: the message is
    /// none of these responses, or too late. O(log n).
    ///
    /// See [`Requests`] for an example.
    pub fn take(&mut self, publish: &Publish<'_>) -> Option<T> {
        if publish.topic != self.response_topic {
            return None;
        }
        let correlation = publish.properties.correlation_data()?;
        let number = u64::from_be_bytes(correlation.try_into().ok()?);
        let (deadline, value) = self.open.remove(&number)?;
        self.deadlines.remove(&(deadline, number));
        Some(value)
    }

    /// The value of a request whose deadline has passed; it waits no longer. Call it until there is none.
    ///
    /// ```
    /// # use mqtt_core::{Instant, Requests};
    /// # use core::time::Duration;
    /// let mut requests: Requests<u32> = Requests::new("r", 10);
    /// let (start, timeout) = (Instant::default(), Duration::from_secs(5));
    /// requests.begin(start, timeout, 7).unwrap();
    /// assert_eq!(requests.expire(start), None);
    /// let due = requests.poll_timeout().unwrap();
    /// assert_eq!(requests.expire(due), Some(7));
    /// assert_eq!(requests.expire(due), None);
    /// ```
    pub fn expire(&mut self, now: Instant) -> Option<T> {
        let &(deadline, number) = self.deadlines.first()?;
        if deadline > now {
            return None;
        }
        self.deadlines.pop_first();
        self.open.remove(&number).map(|(_, value)| value)
    }

    /// When [`expire`](Self::expire) is to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(deadline, _)| deadline)
    }

    /// How many requests wait.
    ///
    /// ```
    /// assert_eq!(mqtt_core::Requests::<u32>::new("r", 1).len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// True if none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Where responses go: subscribe to it.
    #[must_use]
    pub fn response_topic(&self) -> &str {
        &self.response_topic
    }
}
