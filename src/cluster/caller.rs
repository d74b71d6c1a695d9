//! The callers of publications.

use tokio::sync::oneshot;

use crate::error::Error;
use crate::transport::Settled;

/// Told what became of a publication of the cluster's own, on the thread that learns of it: a task that waits
/// for it would have to be woken.
pub(super) type OnPublished = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// The caller of publications that were handed over together.
pub(crate) enum Caller<T> {
    /// The layer above, which tells its callers apart by a value of its own.
    Above(T),
    /// The cluster. Of a request whose publication is told of by itself, the layer above, too.
    Cluster(OnPublished, Option<T>),
}

impl<T> From<T> for Caller<T> {
    fn from(caller: T) -> Self {
        Self::Above(caller)
    }
}

impl<T> Caller<T> {
    /// A caller of the cluster's own, and what it is told.
    pub(super) fn answered() -> (Self, oneshot::Receiver<Result<(), Error>>) {
        let (answer, answered) = oneshot::channel();
        // When the future was dropped, the outcome is not wanted.
        let on_published = Box::new(move |published| drop(answer.send(published)));
        (Self::Cluster(on_published, None), answered)
    }

    /// The caller of the layer above.
    pub(crate) fn into_above(self) -> Option<T> {
        match self {
            Self::Above(caller) => Some(caller),
            Self::Cluster(_, caller) => caller,
        }
    }
}

/// Tells the layer above what became of its publications, all in one call of `tell`, and then the cluster of its
/// own: so a caller learns of a publication before the request that it belongs to ends.
pub(crate) fn settle<T>(settled: Vec<Settled<Caller<T>>>, tell: impl FnOnce(Vec<Settled<T>>)) {
    let mut own = Vec::new();
    let mut above = Vec::with_capacity(settled.len());
    for Settled { caller, failures } in settled {
        let caller = match caller {
            Caller::Above(caller) => Some(caller),
            Caller::Cluster(on_published, caller) => {
                let failure = failures.first().map(|(_, error)| error.clone());
                own.push((on_published, failure.map_or(Ok(()), Err)));
                caller
            }
        };
        above.extend(caller.map(|caller| Settled { caller, failures }));
    }
    if !above.is_empty() {
        tell(above);
    }
    for (on_published, published) in own {
        on_published(published);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn the_layer_above_is_told_first_and_once_for_all() {
        let (tell, told) = channel();
        let request = tell.clone();
        let on_published: OnPublished =
            Box::new(move |published| request.send(format!("request {published:?}")).unwrap());
        let (heartbeat, mut answered) = Caller::answered();
        let failures = || vec![(0, Error::closed())];
        let all = vec![
            Settled { caller: Caller::Cluster(on_published, Some(1)), failures: failures() },
            Settled { caller: heartbeat, failures: Vec::new() },
            Settled { caller: Caller::Above(2), failures: Vec::new() },
        ];
        settle(all, |settled| {
            let shown =
                settled.iter().map(|Settled { caller, failures }| (*caller, failures.len()));
            tell.send(format!("{:?}", shown.collect::<Vec<(i32, usize)>>())).unwrap();
        });
        assert_eq!(answered.try_recv().unwrap().map_err(drop), Ok(()));
        assert_eq!(told.try_recv().unwrap(), "[(1, 1), (2, 0)]");
        assert!(told.try_recv().unwrap().starts_with("request Err("));
        let (heartbeat, _) = Caller::answered();
        let own = vec![Settled::<Caller<i32>> { caller: heartbeat, failures: failures() }];
        settle(own, |_| panic!("the layer above waits for nothing"));
    }
}
