//! Watching channels: a connection that listens, and is opened anew when it is lost.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

use super::abort_on_drop::AbortOnDrop;
use super::listener::{Listener, ListenerEvent};
use super::table::TableName;
use crate::connect::{Backoff, Plan, error};
use crate::error::Error;
use crate::wire::Channel;

/// What a watcher tells of.
#[cfg_attr(
    not(feature = "napi"),
    expect(dead_code, reason = "the binding alone reads what the events hold")
)]
pub(crate) enum WatchEvent {
    /// It listens on all channels.
    Open,
    /// Notifications in their order: channel and payload. The first may come before [`Self::Open`].
    Notifications(Vec<(String, String)>),
    /// The connection was lost, and will be opened anew: what is notified meanwhile is missed.
    Lost(Error),
    /// There is no connection, and there will be none: the first one failed, for any reason, or the server
    /// refuses a later one by an error that is none of a server that is away.
    Refused(Error),
}

/// What is watched, and the way to it.
pub(crate) struct Watched {
    pub(crate) plan: Plan,
    /// Where attachments are.
    pub(crate) table: TableName,
    pub(crate) channels: Vec<Channel>,
}

/// A handle to a watcher's task; when it is dropped, that ends.
pub(crate) struct Watcher {
    requests: mpsc::UnboundedSender<AttachmentRequest>,
    task: AbortOnDrop,
}

type OnWatchEvent = Arc<dyn Fn(WatchEvent) + Send + Sync>;

type AttachmentPayload = Result<Option<Vec<u8>>, Error>;

/// Asks for the attachment with this id.
struct AttachmentRequest {
    id: i64,
    answer: oneshot::Sender<AttachmentPayload>,
}

type AttachmentRequests = mpsc::UnboundedReceiver<AttachmentRequest>;

impl Watcher {
    /// Connects and listens until it is closed, or refused.
    pub(crate) fn spawn(
        runtime: &Handle,
        watched: Watched,
        on_event: impl Fn(WatchEvent) + Send + Sync + 'static,
    ) -> Self {
        let (requests, asked) = mpsc::unbounded_channel();
        let task = runtime.spawn(watch(watched, asked, Arc::new(on_event)));
        Self { requests, task: AbortOnDrop::new(task) }
    }

    /// What is in an attachment's row; nothing, if the row is gone. One is read after the other.
    ///
    /// # Errors
    /// The network's, also while there is no connection; the server's; `ERR_CLOSED`, when the watcher was
    /// closed or refused.
    pub(crate) fn attachment(
        &self,
        id: i64,
    ) -> impl Future<Output = AttachmentPayload> + Send + use<> {
        let (answer, answered) = oneshot::channel();
        // A task that has ended drops the request, and with it what is waited for.
        let _ = self.requests.send(AttachmentRequest { id, answer });
        async move { answered.await.unwrap_or_else(|_| Err(Error::closed())) }
    }

    /// Ends at once, whatever it is doing: what waits for an attachment ends with `ERR_CLOSED`. Twice is fine.
    pub(crate) fn close(&self) {
        self.task.abort();
    }
}

async fn watch(watched: Watched, mut requests: AttachmentRequests, on_event: OnWatchEvent) {
    let mut backoff = Backoff::default();
    let mut was_open = false;
    loop {
        match unconnected(&mut requests, watched.open(&on_event)).await {
            Ok((listener, lost)) => {
                was_open = true;
                let begin = Instant::now();
                on_event(WatchEvent::Open);
                let cause = watched.answer(&listener, &mut requests, lost).await;
                backoff.was_open(begin.elapsed());
                on_event(WatchEvent::Lost(cause));
            }
            Err(error) if was_open && error::is_away(&error) => {}
            Err(error) => return on_event(WatchEvent::Refused(error)),
        }
        unconnected(&mut requests, sleep(backoff.next())).await;
    }
}

/// Does what is done while there is no connection that could be asked.
async fn unconnected<T>(requests: &mut AttachmentRequests, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            Some(AttachmentRequest { answer, .. }) = requests.recv() => {
                // A caller that has stopped waiting need not know.
                let _ = answer.send(Err(error::lost()));
            }
        }
    }
}

impl Watched {
    /// Opens a connection that listens, and tells when it is lost.
    async fn open(
        &self,
        on_event: &OnWatchEvent,
    ) -> Result<(Listener, oneshot::Receiver<Error>), Error> {
        let on_event = Arc::clone(on_event);
        let (tell_lost, lost) = oneshot::channel();
        let mut tell_lost = Some(tell_lost);
        let on_received = move |received| match received {
            ListenerEvent::Notifications(notifications) => {
                on_event(WatchEvent::Notifications(notifications));
            }
            ListenerEvent::Lost(cause) => {
                if let Some(tell_lost) = tell_lost.take() {
                    // A connection that never listened on all channels was not open.
                    let _ = tell_lost.send(cause);
                }
            }
        };
        let listener = Listener::open(&self.plan, on_received).await?;
        for channel in &self.channels {
            listener.listen(channel).await?;
        }
        Ok((listener, lost))
    }

    /// Reads the attachments that are asked for, until the connection is lost; gives why it was.
    async fn answer(
        &self,
        listener: &Listener,
        requests: &mut AttachmentRequests,
        mut lost: oneshot::Receiver<Error>,
    ) -> Error {
        let cause = loop {
            let AttachmentRequest { id, answer } = tokio::select! {
                biased;
                cause = &mut lost => break cause,
                Some(request) = requests.recv() => request,
            };
            tokio::select! {
                biased;
                cause = &mut lost => {
                    let _ = answer.send(Err(cause.clone().unwrap_or_else(|_| error::lost())));
                    break cause;
                }
                read = listener.attachment(&self.table, id) => {
                    let _ = answer.send(read);
                }
            }
        };
        // Untold only if the listener's task panicked.
        cause.unwrap_or_else(|_| error::lost())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::Settings;
    use tokio::net::TcpListener;

    fn watch(port: u16) -> (Watcher, mpsc::UnboundedReceiver<WatchEvent>) {
        let settings =
            Settings::builder().host("127.0.0.1").port(port).user("u").database("d").build();
        let watched = Watched {
            plan: settings.plan().unwrap(),
            table: TableName::default(),
            channels: Vec::new(),
        };
        let (tell, told) = mpsc::unbounded_channel();
        let watcher = Watcher::spawn(&Handle::current(), watched, move |event| {
            let _ = tell.send(event);
        });
        (watcher, told)
    }

    #[tokio::test]
    async fn a_first_connection_that_fails_is_told_and_ends_it() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = silent.local_addr().unwrap().port();
        drop(silent);
        let (watcher, mut told) = watch(port);
        let Some(WatchEvent::Refused(error)) = told.recv().await else { panic!("not refused") };
        assert_eq!(error.code(), "ECONNREFUSED");
        assert!(told.recv().await.is_none());
        assert_eq!(watcher.attachment(1).await.unwrap_err().code(), "ERR_CLOSED");
    }

    #[tokio::test]
    async fn it_ends_while_it_connects_and_nothing_is_waited_for() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (watcher, mut told) = watch(silent.local_addr().unwrap().port());
        let (_socket, _) = silent.accept().await.unwrap();
        assert_eq!(watcher.attachment(1).await.unwrap_err().code(), "ECONNRESET");
        watcher.close();
        assert!(told.recv().await.is_none());
        assert_eq!(watcher.attachment(1).await.unwrap_err().code(), "ERR_CLOSED");
    }
}
