use super::*;
use crate::wire::Kind;

fn notifications(segment: &Segment) -> &Notifications {
    match segment {
        Segment::Notifications(notifications) => notifications,
        _ => panic!("not notifications"),
    }
}

fn payloads(notifications: &Notifications) -> Vec<&str> {
    let payloads = &notifications.payloads;
    (0..payloads.len()).map(|index| str::from_utf8(payloads.get(index)).unwrap()).collect()
}

fn notify(segments: &mut Segments, channel: &Channel, payload: &str) {
    segments.notify(channel, |out| out.extend(payload.as_bytes()));
}

#[test]
fn identical_payloads_in_a_segment_differ() {
    let channel = Channel::new("a");
    let mut segments = Segments::new(false);
    for _ in 0..3 {
        notify(&mut segments, &channel, "{}");
    }
    let segments = segments.into_segments();
    assert_eq!(segments.len(), 1);
    assert_eq!(payloads(notifications(&segments[0])), ["{}", "{} ", "{}\t"]);
    assert_eq!(notifications(&segments[0]).only_channel(), Some(&channel));
}

#[test]
fn a_copy_that_would_grow_too_long_starts_a_transaction() {
    let channel = Channel::new("a");
    let mut segments = Segments::new(false);
    for text in ["{}", "x", "x", "{}", "x"] {
        let payload = text.repeat(MAX_PAYLOAD_BYTES / text.len());
        notify(&mut segments, &channel, &payload);
    }
    // The copies of 7998 bytes have room for one character more, those of 7999 have none.
    let segments = segments.into_segments();
    let lens = |segment| payloads(notifications(segment)).into_iter().map(str::len).collect();
    let lens: Vec<Vec<usize>> = segments.iter().map(lens).collect();
    assert_eq!(lens, [vec![7998, 7999], vec![7999, 7998], vec![7999]]);
}

#[test]
fn a_transaction_is_bounded_in_number_and_bytes() {
    let channel = Channel::new("a");
    let mut segments = Segments::new(false);
    for number in 0..MAX_NOTIFICATIONS * 2 + 1 {
        notify(&mut segments, &channel, &number.to_string());
    }
    let lens: Vec<usize> = segments.into_segments().iter().map(Segment::len).collect();
    assert_eq!(lens, [MAX_NOTIFICATIONS, MAX_NOTIFICATIONS, 1]);
    let mut segments = Segments::new(false);
    for number in 0..400 {
        notify(&mut segments, &channel, &format!("{number:7000}"));
    }
    let segments = segments.into_segments();
    assert_eq!(segments.len(), 3);
    let bytes = |segment| notifications(segment).payloads.bytes();
    assert!(segments.iter().all(|segment| bytes(segment) < MAX_NOTIFICATION_BYTES + 8000));
}

#[test]
fn channels_are_kept_beside_their_payloads() {
    let (a, b) = (Channel::new("a"), Channel::new("b"));
    let mut mixed = Notifications::default();
    for (channel, payload) in [(&a, b'1'), (&a, b'2'), (&b, b'3'), (&a, b'4')] {
        mixed.push(channel, |out| out.push(payload));
    }
    assert_eq!(mixed.channels, [a.clone(), a.clone(), b.clone(), a.clone()]);
    assert_eq!(mixed.only_channel(), None);
    let second = mixed.split_off(2);
    assert_eq!(payloads(&second), ["3", "4"]);
    assert_eq!(second.channels, [b, a]);
    assert_eq!(payloads(&mixed), ["1", "2"]);
}

#[test]
fn attachments_and_refused_messages_keep_their_place() {
    let channel = Channel::new("a");
    let mut segments = Segments::new(false);
    notify(&mut segments, &channel, "{}");
    segments.refuse(Error::closed());
    notify(&mut segments, &channel, "{}");
    let segments = segments.into_segments();
    assert_eq!(segments.iter().map(Segment::len).collect::<Vec<_>>(), [1, 1, 1]);
    assert!(matches!(segments[1], Segment::Refused(_)));
    assert_eq!(payloads(notifications(&segments[2])), ["{}"]);
}

#[test]
fn what_goes_into_the_outbox_shares_rows() {
    let channel = Channel::new("a");
    let mut segments = Segments::new(false);
    notify(&mut segments, &channel, "1");
    segments.set_destination(Destination::Outbox);
    notify(&mut segments, &channel, "2");
    let attachment = Attachment::new(Kind::Broadcast, vec![1]);
    let header = attachment.header_without_id();
    segments.attach(&channel, attachment);
    notify(&mut segments, &channel, "2");
    segments.set_destination(Destination::Channel);
    notify(&mut segments, &channel, "3");
    let segments = segments.into_segments();
    let [Segment::Notifications(_), Segment::Rows(rows), Segment::Notifications(_)] =
        segments.as_slice()
    else {
        panic!("other segments");
    };
    let payloads: Vec<_> = (0..rows.len()).map(|place| rows.payloads.get(place)).collect();
    assert_eq!(payloads, [b"2".as_slice(), header.as_bytes(), b"2"]);
    assert_eq!(rows.attachments, [None, Some(vec![1]), None]);
    let mut first = segments.into_iter().nth(1).unwrap();
    assert_eq!(first.split_half().map(|second| second.len()), Some(2));
    assert_eq!((first.len(), first.bytes()), (1, 1));
}

#[test]
fn what_postgresql_cannot_take_is_refused() {
    assert!(check_size(MAX_ATTACHMENT_BYTES).is_ok());
    assert_eq!(check_size(MAX_ATTACHMENT_BYTES + 1).unwrap_err().code(), "ERR_TOO_LARGE");
}
