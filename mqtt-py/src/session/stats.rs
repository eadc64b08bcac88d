//! `Stats`: what a session has done, in numbers.

use crate::class::value_class;
use crate::field::Field;
use mqtt_core::Instant;
use pyo3::prelude::*;

const NO_TRAFFIC: mqtt_core::Traffic = mqtt_core::Traffic { messages: [0; 3], bytes: [0; 3] };
const NO_SPREAD: mqtt_core::Spread = mqtt_core::Spread { min: 0, max: 0, sum: 0, count: 0 };

value_class! {
    /// Messages of one direction, by QoS.
    class Traffic ["messages", "bytes"];
    text "(*, messages=(0, 0, 0), bytes=(0, 0, 0))";
    positional {}
    keyword [*] {
        messages: [u64; 3] = [0; 3];
        bytes: [u64; 3] = [0; 3];
    }
    methods {}
}

value_class! {
    /// The least, the most and the average of some numbers.
    class Spread ["min", "max", "sum", "count"];
    text "(*, min=0, max=0, sum=0, count=0)";
    positional {}
    keyword [*] {
        min: u64 = 0;
        max: u64 = 0;
        sum: u64 = 0;
        count: u64 = 0;
    }
    methods {
        /// The average; `None` if there are none.
        #[getter]
        fn average(&self) -> Option<f64> {
            mqtt_core::Spread { min: self.min, max: self.max, sum: self.sum, count: self.count }
                .average()
        }
    }
}

/// Fields of a class of values that are objects of another.
macro_rules! nested {
    ($($Core:ident as $Class:ident { $($field:ident)* })*) => {
        $(impl Field for mqtt_core::$Core {
            fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
                let given = object.cast::<$Class>()?.get();
                Ok(Self { $($field: given.$field,)* })
            }

            fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                Ok(Bound::new(py, $Class { $($field: self.$field,)* })?.into_any())
            }

            fn same(&self, other: &Self, _: Python<'_>) -> PyResult<bool> {
                Ok(self == other)
            }
        })*
    };
}

nested! {
    Traffic as Traffic { messages bytes }
    Spread as Spread { min max sum count }
}

value_class! {
    /// What a session has done since it was made or its numbers were reset.
    class Stats [];
    text "(*, sent=Traffic(), received=Traffic(), connects=0, disconnects=0, errors=0, \
          in_flight=0, queued=0, queued_bytes=0, latency=Spread(), batch=Spread(), since=0.0, \
          until=0.0)";
    positional {}
    keyword [*] {
        sent: mqtt_core::Traffic = NO_TRAFFIC;
        received: mqtt_core::Traffic = NO_TRAFFIC;
        connects: u64 = 0;
        disconnects: u64 = 0;
        errors: u64 = 0;
        in_flight: u64 = 0;
        queued: u64 = 0;
        queued_bytes: u64 = 0;
        latency: mqtt_core::Spread = NO_SPREAD;
        batch: mqtt_core::Spread = NO_SPREAD;
        since: Instant = Instant::from_millis(0);
        until: Instant = Instant::from_millis(0);
    }
    methods {
        #[getter]
        fn messages(&self) -> u64 {
            self.core().messages()
        }

        #[getter]
        fn messages_per_second(&self) -> f64 {
            self.core().messages_per_second()
        }

        #[getter]
        fn error_rate_percent(&self) -> f64 {
            self.core().error_rate_percent()
        }

        #[pyo3(signature = (labels = ""), text_signature = "($self, labels='')")]
        fn to_prometheus(&self, labels: &str) -> String {
            let mut text = String::new();
            // Writing to a string does not fail.
            let _ = self.core().write_prometheus(labels, &mut text);
            text
        }
    }
}

impl Stats {
    pub(super) const fn of(stats: &mqtt_core::Stats) -> Self {
        Self {
            sent: stats.sent,
            received: stats.received,
            connects: stats.connects,
            disconnects: stats.disconnects,
            errors: stats.errors,
            in_flight: stats.in_flight,
            queued: stats.queued,
            queued_bytes: stats.queued_bytes,
            latency: stats.latency,
            batch: stats.batch,
            since: stats.from,
            until: stats.to,
        }
    }

    const fn core(&self) -> mqtt_core::Stats {
        mqtt_core::Stats {
            sent: self.sent,
            received: self.received,
            connects: self.connects,
            disconnects: self.disconnects,
            errors: self.errors,
            in_flight: self.in_flight,
            queued: self.queued,
            queued_bytes: self.queued_bytes,
            latency: self.latency,
            batch: self.batch,
            from: self.since,
            to: self.until,
        }
    }
}
