//! Wall time of the trie of subscriptions, ours alone, per topic and per filter.

use core::hint::black_box;
use core::time::Duration;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mqtt_benches::subscriptions::{Trie, insert_all, match_all, remove_all};
use mqtt_benches::topics::{Mix, Workload, size_name};
use mqtt_core::MatchScratch;
use std::hash::RandomState;

fn full(workload: &Workload) -> Trie<RandomState> {
    let mut trie = Trie::default();
    insert_all(&mut trie, &workload.filters);
    trie
}

fn subscriptions(criterion: &mut Criterion) {
    for size in [1_000, 100_000] {
        let mut group = criterion.benchmark_group(format!("subscriptions/{}", size_name(size)));
        group.sample_size(20);
        for mix in Mix::ALL {
            let workload = Workload::new(mix, size);
            let trie = full(&workload);
            let mut scratch = MatchScratch::default();
            group.throughput(Throughput::Elements(workload.topics.len() as u64));
            group.bench_function(format!("match/{}", mix.name()), |bencher| {
                bencher.iter(|| match_all(&trie, black_box(&workload.topics), &mut scratch));
            });
        }
        let workload = Workload::new(Mix::Plain, size);
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function("insert/plain", |bencher| {
            bencher.iter_with_large_drop(|| full(black_box(&workload)));
        });
        group.bench_function("remove/plain", |bencher| {
            let remove = |mut trie| {
                remove_all(&mut trie, black_box(&workload));
                trie
            };
            bencher.iter_batched(|| full(&workload), remove, BatchSize::LargeInput);
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = subscriptions
}
criterion_main!(benches);
