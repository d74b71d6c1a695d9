//! Attachments from any writer: nothing is made room for that is only announced, and what is
//! read is what another decoder reads.

#![no_main]

use libfuzzer_sys::fuzz_target;
use peak_alloc::PeakAlloc;
use rmpv::Value;
use socketio_postgres_emitter::fuzzing::receive_attachment;

#[global_allocator]
static ALLOCATIONS: PeakAlloc = PeakAlloc;

/// What a few values of a byte each take, and what the program itself has.
const PER_BYTE: usize = 400;
const SLACK: usize = 1 << 20;

fuzz_target!(|payload: &[u8]| {
    let before = ALLOCATIONS.current_usage();
    ALLOCATIONS.reset_peak_usage();
    let received = receive_attachment(payload);
    let used = ALLOCATIONS.peak_usage().saturating_sub(before);
    assert!(used <= payload.len() * PER_BYTE + SLACK, "{used} bytes for {}", payload.len());

    let Some(received) = received else { return };
    // It goes less deep than we do.
    let Ok(value) = rmpv::decode::read_value(&mut &payload[..]) else { return };
    let last = |value: &Value, name: &str| {
        let fields = value.as_map()?.iter().rev();
        fields
            .clone()
            .find(|(known, _)| known.as_str() == Some(name))
            .map(|(_, value)| value.clone())
    };
    let text = |value: Value| value.as_str().map(str::to_owned);
    assert_eq!(received.uid, last(&value, "uid").and_then(text));
    let data = last(&value, "data").expect("an answer has data");
    assert_eq!(received.request_id, last(&data, "requestId").and_then(text));
});
