//! Wall time of encoding, our codec alone: packets built from typed values, written into a slice.

use core::hint::black_box;
use core::time::Duration;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mqtt_benches::corpus::{Case, Protocol, sample};
use mqtt_benches::ours::{built, encode_all};

fn encode(criterion: &mut Criterion) {
    for protocol in Protocol::ALL {
        let mut group = criterion.benchmark_group(format!("encode/{}", protocol.name()));
        for case in Case::ALL {
            let sample = sample(protocol, case);
            let packets = built(&sample.bytes, protocol);
            let mut out = vec![0; sample.bytes.len()];
            group.throughput(Throughput::ElementsAndBytes {
                elements: sample.packets as u64,
                bytes: sample.bytes.len() as u64,
            });
            group.bench_function(case.name(), |bencher| {
                bencher.iter(|| encode_all(&packets, protocol, black_box(&mut out)));
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
    targets = encode
}
criterion_main!(benches);
