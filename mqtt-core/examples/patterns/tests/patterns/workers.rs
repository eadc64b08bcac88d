//! Every job is done, also if a worker dies with one.

use crate::{block_on, brokers, run};
use core::time::Duration;
use loopback::PATIENCE;
use mqc_client::{Client, Error, Message, Status};
use patterns::workers::{self, Event, Options};

#[test]
fn every_job_is_done_and_shares_are_fair() {
    for (_broker, common) in brokers() {
        let work = Duration::from_millis(1);
        let options =
            Options { common, workers: 3, count: 30, work, die_at: 0, patience: PATIENCE };
        let (summary, events) = run(async |stop, events| workers::run(options, stop, events).await);
        // mosquitto takes turns.
        assert!(summary.shares.values().eq(&[10, 10, 10]), "{summary}");
        assert_eq!((summary.again, summary.twice, events.len()), (0, 0, 30));
    }
}

#[test]
fn another_does_the_job_of_one_that_dies() {
    for (_broker, common) in brokers() {
        let options = Options {
            common,
            workers: 3,
            count: 12,
            work: Duration::from_millis(1),
            die_at: 2,
            patience: Duration::from_secs(1),
        };
        let (summary, events) = run(async |stop, events| workers::run(options, stop, events).await);
        let mut done: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                Event::Done { job, worker, again: false } => Some((*job, worker.as_str())),
                _ => None,
            })
            .collect();
        done.sort_unstable();
        assert!(done.iter().map(|(job, _)| *job).eq(1..=12), "{events:?}");

        let dead = events.iter().find_map(|event| match event {
            Event::Died { worker, job } => Some((worker.as_str(), *job)),
            _ => None,
        });
        let (dead, its_last) = dead.expect("one dies");
        let heir = done.iter().find(|(job, _)| *job == its_last).unwrap().1;
        assert_ne!(heir, dead);
        // It did one before; on a slow machine another may have been faster with that.
        assert!(summary.shares[dead] <= 1, "{summary}");
        assert_eq!(summary.shares.values().sum::<u64>(), 12);
    }
}

/// What the death of a worker is made of.
#[test]
fn a_client_that_is_aborted_tells_everybody() {
    for (_broker, common) in brokers() {
        block_on(async {
            let (client, mut messages) = Client::connect(common.options("")).await.unwrap();
            client.abort();
            assert!(messages.next().await.is_none());
            let refused = client.publish(Message::new("a", "b")).await;
            assert!(matches!(refused, Err(Error::Closed)), "{refused:?}");
            assert!(matches!(*client.status().borrow(), Status::Ended(Some(Error::Closed))));
        });
    }
}
