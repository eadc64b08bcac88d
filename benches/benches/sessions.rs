//! Wall time of our sessions alone: bytes in, every value of every event read, bytes out.

use core::hint::black_box;
use core::time::Duration;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mqtt_benches::corpus::Protocol;
use mqtt_benches::sessions::{BATCHES, Client, Engine, Exchange, Scenario, Server, WINDOW};
use mqtt_benches::visit::Sum;

fn sessions(criterion: &mut Criterion) {
    side::<Client>("client", criterion);
    side::<Server>("server", criterion);
}

fn side<S: Engine>(name: &str, criterion: &mut Criterion) {
    for protocol in Protocol::ALL {
        for batch in BATCHES {
            let name = format!("{name}/{}/{batch} in an input", protocol.name());
            let mut group = criterion.benchmark_group(name);
            group.throughput(Throughput::Elements(WINDOW as u64));
            for scenario in Scenario::ALL {
                let mut exchange = Exchange::new(protocol, scenario, batch);
                let mut session: S = exchange.open();
                group.bench_function(scenario.name(), |bencher| {
                    let (mut events, mut wire) = (Sum::default(), Sum::default());
                    bencher.iter(|| exchange.run(black_box(&mut session), &mut events, &mut wire));
                    black_box((events.0, wire.0));
                });
            }
            group.finish();
        }
    }
}

criterion_group! {
    name = benches;
    // The figures settle quickly, and there are thirty-two of them.
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = sessions
}
criterion_main!(benches);
