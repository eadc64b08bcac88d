//! Wall time of decoding, our codec alone: every packet decoded and every value in it read.

use core::hint::black_box;
use core::time::Duration;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mqtt_benches::corpus::{Case, Protocol, sample};
use mqtt_benches::ours::decode_all;
use mqtt_benches::visit::Sum;

fn decode(criterion: &mut Criterion) {
    for protocol in Protocol::ALL {
        let mut group = criterion.benchmark_group(format!("decode/{}", protocol.name()));
        for case in Case::ALL {
            let sample = sample(protocol, case);
            group.throughput(Throughput::ElementsAndBytes {
                elements: sample.packets as u64,
                bytes: sample.bytes.len() as u64,
            });
            group.bench_function(case.name(), |bencher| {
                bencher.iter(|| {
                    let mut sum = Sum::default();
                    decode_all(black_box(&sample.bytes), protocol, &mut sum);
                    sum.0
                });
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    // The figures settle quickly, and there are fourteen of them.
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = decode
}
criterion_main!(benches);
