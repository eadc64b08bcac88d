//! Each message gets to its handler, with the right captures.

use crate::{brokers, run};
use patterns::routing::{self, Options};

#[test]
fn handlers_get_what_the_wildcards_stand_for() {
    for (broker, common) in brokers() {
        let options = Options { common, count: 50, seed: 3 };
        let (summary, events) = run(async |stop, events| routing::run(options, stop, events).await);
        assert_eq!(summary.messages, 50);
        assert_eq!(events.len(), 50);
        for event in &events {
            let levels: Vec<_> = event.topic.split('/').collect();
            let (handler, about) = match levels[..] {
                ["sensors", room, "temperature"] => {
                    ("temperature", format!(" degrees in the {room}"))
                }
                ["sensors", room, "doors", door] => {
                    ("door", format!("door {door} of the {room} is open"))
                }
                ["logs", room, "heating"] => {
                    ("log", format!("{room} > heating says \"pressure is low\""))
                }
                ["jobs", job] => ("job", job.to_owned()),
                _ => ("(fallback)", "does anybody hear me?".to_owned()),
            };
            assert_eq!(event.handler, handler, "{event}");
            assert!(event.about.ends_with(&about), "{event}");
        }
        for handler in ["temperature", "door", "log", "job", "(fallback)"] {
            assert_eq!(events.iter().filter(|event| event.handler == handler).count(), 10);
        }

        let mut expected =
            ["$share/routing/jobs/+", "logs/#", "sensors/+/doors/+", "sensors/+/temperature"]
                .to_vec();
        let mut filters: Vec<_> = summary.filters.iter().map(String::as_str).collect();
        filters.sort_unstable();
        assert_eq!(filters, expected);
        // The broker has been asked for these and no others, but for the old one.
        let log = broker.log();
        let mut asked: Vec<_> = log
            .lines()
            .filter_map(|line| line.split_once(": routing 1 "))
            .map(|(_, filter)| filter)
            .collect();
        asked.sort_unstable();
        expected.push("old/#");
        expected.sort_unstable();
        assert_eq!(asked, expected, "{log}");
    }
}
