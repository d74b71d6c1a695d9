//! Reports to JavaScript on its messages.

use std::sync::Arc;

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use super::failure::Failure;
use crate::cluster::Outcome;
use crate::emitter::Face;
use crate::error::Error;
use crate::transport::Settled;
use crate::wire::{Response, ResponseForm};

/// The numbers of the batches that were settled, those of their messages that failed, and the outcome of a
/// request. All in one call, for each call wakes the event loop.
pub(super) type Report = (Vec<u32>, Vec<JsFailure>, Option<JsOutcome>);

/// Sends reports to JavaScript, in the order of the calls.
pub(super) type Tell = dyn Fn(Report) + Send + Sync;

/// The face for JavaScript, which tells its messages apart by the number of their batch.
pub(super) struct Reporter(pub(super) Arc<Tell>);

impl Face<u32> for Reporter {
    fn settled(&self, settled: Vec<Settled<u32>>) {
        (self.0)(of_batches(&settled));
    }

    fn on_refused(&self) -> impl Fn(u32, &Error) + Send + Sync + 'static {
        // A weak handle, for the function may hold much of the caller's: it ends with the task.
        let tell = Arc::downgrade(&self.0);
        move |caller, error: &Error| {
            if let Some(tell) = tell.upgrade() {
                tell(of_batches(&[Settled { caller, failures: vec![(0, error.clone())] }]));
            }
        }
    }
}

/// A message of a batch that failed.
#[napi(object, object_from_js = false)]
pub struct JsFailure {
    pub batch: u32,
    /// The message's place within the batch.
    pub place: u32,
    pub error: Failure,
}

/// The outcome of a request.
#[napi(object, object_from_js = false)]
pub struct JsOutcome {
    /// The number of the request's batch.
    pub batch: u32,
    /// The answers as they came, a JSON array; `null` stands for those of `encoded` and `absent`.
    pub json: String,
    /// The answers that came as MessagePack, if there are any: an array that is empty takes its time, too.
    pub encoded: Option<Vec<JsEncoded>>,
    /// The places of answers without a value, if there are any.
    pub absent: Option<Vec<u32>>,
    /// The failure, unless it is that of the message.
    pub failure: Option<Failure>,
}

/// An answer in MessagePack, by its place.
#[napi(object, object_from_js = false)]
pub struct JsEncoded {
    pub place: u32,
    pub value: Buffer,
}

/// The report of batches that were settled.
fn of_batches(settled: &[Settled<u32>]) -> Report {
    let batches = settled.iter().map(|batch| batch.caller).collect();
    let failures = settled
        .iter()
        .flat_map(|batch| {
            batch.failures.iter().map(|(place, error)| JsFailure {
                batch: batch.caller,
                place: *place as u32,
                error: Failure::from(error),
            })
        })
        .collect();
    (batches, failures, None)
}

/// The report of a request that has ended, and of its publication, where that is not told by itself.
pub(super) fn of_request(batch: u32, is_told_alone: bool, outcome: Outcome) -> Report {
    let Outcome { responses, error, is_published } = outcome;
    let failure = error.as_ref().map(Failure::from);
    if is_told_alone {
        return (Vec::new(), Vec::new(), Some(JsOutcome::new(batch, responses, failure)));
    }
    let (unpublished, failure) = if is_published { (None, failure) } else { (failure, None) };
    let failures = unpublished.map(|error| JsFailure { batch, place: 0, error });
    let outcome = JsOutcome::new(batch, responses, failure);
    (vec![batch], failures.into_iter().collect(), Some(outcome))
}

impl JsOutcome {
    fn new(batch: u32, responses: Vec<Response>, failure: Option<Failure>) -> Self {
        let mut outcome =
            Self { batch, json: "[".to_owned(), encoded: None, absent: None, failure };
        for (place, response) in (0..).zip(responses) {
            if place > 0 {
                outcome.json.push(',');
            }
            match response.into_form() {
                ResponseForm::Json(text) => outcome.json.push_str(&text),
                ResponseForm::MessagePack(bytes) => {
                    outcome.json.push_str("null");
                    let value = bytes.into_vec().into();
                    outcome.encoded.get_or_insert_default().push(JsEncoded { place, value });
                }
                ResponseForm::Absent => {
                    outcome.json.push_str("null");
                    outcome.absent.get_or_insert_default().push(place);
                }
            }
        }
        outcome.json.push(']');
        outcome
    }
}
