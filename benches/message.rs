//! `cargo bench`: the steps of a message on the Rust thread, each by itself.

#![expect(clippy::unwrap_used, reason = "a benchmark may fail by panicking; the library may not")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use socketio_postgres_emitter::bench::{
    Kind, Message, Namespace, Opts, deduplicate, envelope, to_utf8, transcode,
};

const OPTS: Opts<'_> = Opts { rooms: r#"["room-1"]"#, except: "[]", flags: "{}" };

/// What shares a transaction at most.
const NOTIFICATIONS: usize = 2048;

fn event(number: usize, size: usize) -> String {
    json!(["message", {"run": 1000, "seq": 100_000_000 + number, "text": "x".repeat(size)}])
        .to_string()
}

fn envelopes(criterion: &mut Criterion) {
    let namespace = Namespace::new("socket.io", "/").unwrap();
    let mut group = criterion.benchmark_group("envelope");
    for (name, size) in [("100 B", 55), ("1 kB", 955), ("5 kB", 4955)] {
        let body = event(0, size);
        let message = Message { kind: Kind::Broadcast, opts: OPTS, id: "", body: &body };
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(name, |bencher| {
            let mut out = Vec::with_capacity(8000);
            bencher.iter(|| {
                out.clear();
                envelope(&mut out, &namespace, black_box(&message));
                black_box(out.len())
            });
        });
    }
}

fn people(count: usize) -> Value {
    let person = |id: usize| {
        json!({
            "id": id * 7919,
            "name": "a person of some name",
            "email": format!("user{id}@example.com"),
            "score": id as f64 / 997.0,
            "active": id.is_multiple_of(3),
            "tags": ["order", "kept"],
            "seen": "2024-05-01T12:00:00.000Z",
        })
    };
    (0..count).map(person).collect()
}

fn transcoding(criterion: &mut Criterion) {
    let prose = "the order of messages is kept, déjà vu ".repeat(5_000);
    let cases = [
        ("20 kB of objects", people(125).to_string()),
        ("200 kB of objects", people(1_250).to_string()),
        ("200 kB in one string", json!([prose]).to_string()),
        ("200 kB of numbers", json!((0..29_000).collect::<Vec<_>>()).to_string()),
    ];
    let mut group = criterion.benchmark_group("transcoding");
    for (name, text) in &cases {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::new("in one pass", name), |bencher| {
            bencher.iter(|| transcode(black_box(text)).unwrap());
        });
        // The first thing that comes to mind.
        group.bench_function(BenchmarkId::new("through serde_json::Value", name), |bencher| {
            bencher.iter(|| {
                let value: Value = serde_json::from_str(black_box(text)).unwrap();
                rmp_serde::to_vec(&value).unwrap()
            });
        });
    }
}

fn utf8(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("UTF-16 to UTF-8");
    for (name, sentence) in [
        ("ASCII", "the order of messages is kept by all of them "),
        ("a few accents", "the order of messages is kept by all, déjà vu "),
        ("Chinese", "消息的顺序保持不变"),
    ] {
        let units: Vec<u16> = sentence.encode_utf16().cycle().take(65_536).collect();
        group.throughput(Throughput::Elements(units.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| to_utf8(black_box(&units))));
    }
}

fn deduplication(criterion: &mut Criterion) {
    let different = |size| (0..NOTIFICATIONS).map(move |n| event(n, size).into_bytes()).collect();
    let cases: [(&str, Vec<Vec<u8>>); 3] = [
        ("all different, 100 B", different(55)),
        ("all different, 1 kB", different(955)),
        ("all equal, 100 B", vec![event(0, 55).into_bytes(); NOTIFICATIONS]),
    ];
    let mut group = criterion.benchmark_group("deduplication");
    group.throughput(Throughput::Elements(NOTIFICATIONS as u64));
    for (name, payloads) in &cases {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| deduplicate(black_box(payloads)));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30);
    targets = envelopes, transcoding, utf8, deduplication
}
criterion_main!(benches);
