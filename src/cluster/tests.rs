//! Requests, from their publication to their end: the messages of servers and the news of publications come
//! in each order that there is. Neither a server nor PostgreSQL takes part.

use std::collections::HashMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::key::SubscriptionKey;
use super::state::Session;
use super::subscription::Subscription;
use super::*;
use crate::connect::Settings;
use crate::transport::{Policy, Tables};
use crate::wire::{Kind, PayloadThreshold, Single};

const CHANNEL: &str = "socket.io#/";
const TIMEOUT: Duration = Duration::from_secs(5);

struct World {
    cluster: Cluster<()>,
    key: SubscriptionKey,
    /// It is never run: what becomes of publications is what a test says.
    _task: Pin<Box<dyn Future<Output = ()> + Send>>,
}

type Asked = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A namespace with these live servers.
fn world(uids: &[&str]) -> World {
    let settings = Settings::builder().host("127.0.0.1").port(1).user("u").database("d").build();
    let plan = Arc::new(settings.plan().unwrap());
    let policy = Policy {
        publish_timeout: Duration::from_secs(30),
        max_queue_bytes: 1 << 20,
        retry_unknown: false,
    };
    let tables = Tables { attachments: TableName::default(), outbox: Default::default() };
    let settle = |settled| settle(settled, |_| {});
    let (publisher, task) =
        Publisher::new(Arc::clone(&plan), tables, policy, settle, Box::new(|_, _| {}));
    let listening = Listening {
        discovery: DEFAULT_DISCOVERY,
        heartbeat_timeout: DEFAULT_HEARTBEAT_TIMEOUT,
        listener_idle: DEFAULT_LISTENER_IDLE,
        publish_timeout: policy.publish_timeout,
    };
    let (runtime, table) = (Handle::current(), TableName::default());
    let cluster = Cluster::new(runtime, plan, table, publisher, listening, Box::new(|_, _| {}));
    let namespace = Arc::new(Namespace::new("socket.io", "/").unwrap());
    let key = {
        let mut state = cluster.0.lock();
        let key = SubscriptionKey { namespace, number: state.next_number() };
        let mut subscription = Subscription::new(key.clone());
        subscription.is_ready = true;
        for uid in uids {
            subscription.nodes.received(uid);
        }
        state.session = Some(Session {
            number: key.number,
            listener: watch::channel(None).1,
            channels: HashMap::from([(CHANNEL.to_owned(), vec![subscription])]),
            listen_lock: Arc::default(),
            fetching: HashMap::new(),
            tasks: JoinSet::new(),
        });
        key
    };
    World { cluster, key, _task: Box::pin(task) }
}

impl World {
    fn ask(&self, kind: Kind) -> (String, Asked) {
        let id = self.cluster.new_request_id();
        let single = Single {
            namespace: Arc::clone(&self.key.namespace),
            threshold: PayloadThreshold::default(),
            kind,
            opts: String::new(),
            id: id.clone(),
            body: "[]".to_owned(),
            aside: Vec::new().into(),
        };
        let asked = self.cluster.request(Request {
            namespace: Arc::clone(&self.key.namespace),
            kind,
            id: id.clone(),
            publication: single.into(),
            caller: None,
            timeout: TIMEOUT,
        });
        (id, Box::pin(asked))
    }

    fn published(&self, id: &str, result: Result<(), Error>) {
        self.cluster.0.published(&self.key, id.to_owned(), result, TIMEOUT, true);
    }

    fn lose_listener(&self) {
        let error = Error::listener_lost(Error::outcome_unknown(None));
        self.cluster.0.end_session(self.key.number, &error);
    }

    fn notify(&self, message: &str) {
        let notification = (CHANNEL.to_owned(), message.to_owned());
        self.cluster.0.received(self.key.number, &[notification]);
    }

    fn answers(&self, uid: &str, id: &str) {
        self.notify(&format!(
            r#"{{"uid":"{uid}","nsp":"/","type":10,"data":{{"requestId":"{id}","packet":"{uid}"}}}}"#
        ));
    }
}

fn ready(asked: &mut Asked) -> Option<Outcome> {
    match asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}

/// The answers in their order, and the error's code.
fn shown(outcome: &Outcome) -> (Vec<String>, Option<&str>) {
    let answers = outcome.responses.iter().map(|response| response.parse().unwrap()).collect();
    (answers, outcome.error.as_ref().map(Error::code))
}

#[tokio::test(start_paused = true)]
async fn answers_and_the_news_of_the_publication_come_in_any_order() {
    for order in ["pab", "apb", "abp", "pba", "bpa", "bap"] {
        let world = world(&["a", "b"]);
        let (id, mut asked) = world.ask(Kind::ServerSideEmit);
        for (place, step) in order.chars().enumerate() {
            assert!(ready(&mut asked).is_none(), "{order} at {place}");
            match step {
                'p' => world.published(&id, Ok(())),
                uid => world.answers(&uid.to_string(), &id),
            }
        }
        let answers: Vec<String> =
            order.chars().filter(|step| *step != 'p').map(String::from).collect();
        assert_eq!(shown(&ready(&mut asked).unwrap()), (answers, None), "{order}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_failed_to_be_published_ends_with_that() {
    let world = world(&["a"]);
    let (id, mut asked) = world.ask(Kind::ServerSideEmit);
    world.answers("a", &id);
    world.published(&id, Err(Error::outcome_unknown(None)));
    let outcome = ready(&mut asked).unwrap();
    assert_eq!(shown(&outcome), (vec!["a".to_owned()], Some("ERR_OUTCOME_UNKNOWN")));
    assert!(!outcome.is_published);
}

#[tokio::test(start_paused = true)]
async fn its_time_counts_from_the_publication() {
    let world = world(&["a", "b"]);
    let (id, mut asked) = world.ask(Kind::ServerSideEmit);
    world.answers("a", &id);
    tokio::time::advance(10 * TIMEOUT).await;
    assert!(ready(&mut asked).is_none());
    let begin = tokio::time::Instant::now();
    world.published(&id, Ok(()));
    let outcome = asked.await;
    assert_eq!(shown(&outcome), (vec!["a".to_owned()], Some("ERR_ACK_TIMEOUT")));
    assert!(begin.elapsed() >= TIMEOUT);
    // One that comes later is of no request.
    world.answers("b", &id);
}

#[tokio::test(start_paused = true)]
async fn servers_come_and_go() {
    let world = world(&["a", "b"]);
    let (id, mut asked) = world.ask(Kind::ServerSideEmit);
    world.published(&id, Ok(()));
    world.answers("a", &id);
    // It was busy when the others were asked for a sign of life.
    world.notify(r#"{"uid":"c","nsp":"/","type":2}"#);
    world.notify(r#"{"uid":"b","nsp":"/","type":13}"#);
    assert!(ready(&mut asked).is_none());
    world.answers("c", &id);
    let answers = vec!["a".to_owned(), "c".to_owned()];
    assert_eq!(shown(&ready(&mut asked).unwrap()), (answers, None));
}

#[tokio::test(start_paused = true)]
async fn closed_while_it_is_published_it_ends_with_what_becomes_of_that() {
    for (closing, published, code, is_published) in [
        (Error::closed(), Ok(()), "ERR_CLOSED", true),
        (Error::aborted(), Ok(()), "ERR_CLOSED", true),
        (Error::aborted(), Err(Error::aborted()), "ABORT_ERR", false),
        (Error::closed(), Err(Error::closed()), "ERR_CLOSED", false),
    ] {
        let world = world(&["a"]);
        let (id, mut asked) = world.ask(Kind::ServerSideEmit);
        world.cluster.close(&closing);
        world.cluster.close(&closing);
        assert!(ready(&mut asked).is_none());
        world.published(&id, published);
        let outcome = ready(&mut asked).unwrap();
        assert_eq!(shown(&outcome).1, Some(code));
        assert_eq!(outcome.is_published, is_published);
    }
}

#[tokio::test(start_paused = true)]
async fn closed_once_it_is_published_it_keeps_the_answers_that_came() {
    let world = world(&["a", "b"]);
    let (id, mut asked) = world.ask(Kind::ServerSideEmit);
    world.published(&id, Ok(()));
    world.answers("b", &id);
    world.cluster.close(&Error::closed());
    let outcome = ready(&mut asked).unwrap();
    assert_eq!(shown(&outcome), (vec!["b".to_owned()], Some("ERR_CLOSED")));
    assert!(outcome.is_published);
    let (_, mut refused) = world.ask(Kind::ServerSideEmit);
    assert_eq!(shown(&ready(&mut refused).unwrap()).1, Some("ERR_CLOSED"));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_lost_ends_what_is_awaited() {
    let world = world(&["a", "b"]);
    let (id, mut asked) = world.ask(Kind::ServerSideEmit);
    world.published(&id, Ok(()));
    world.answers("a", &id);
    world.lose_listener();
    let outcome = ready(&mut asked).unwrap();
    assert_eq!(shown(&outcome), (vec!["a".to_owned()], Some("ERR_LISTENER_LOST")));
    assert!(outcome.is_published);
    // Late, and of another session.
    world.answers("b", &id);
}

#[tokio::test(start_paused = true)]
async fn what_was_answered_before_its_publication_was_told_has_its_answers_although_the_connection_is_lost()
 {
    let world = world(&["a"]);
    let (id, mut asked) = world.ask(Kind::ServerSideEmit);
    world.answers("a", &id);
    world.lose_listener();
    world.published(&id, Ok(()));
    assert_eq!(shown(&ready(&mut asked).unwrap()), (vec!["a".to_owned()], None));
}

#[tokio::test(start_paused = true)]
async fn what_is_being_published_when_the_connection_is_lost_ends_with_what_becomes_of_that() {
    for (published, code, is_published) in
        [(Ok(()), "ERR_LISTENER_LOST", true), (Err(Error::queue_full(1)), "ERR_QUEUE_FULL", false)]
    {
        let world = world(&["a", "b"]);
        let (id, mut asked) = world.ask(Kind::ServerSideEmit);
        world.answers("a", &id);
        world.lose_listener();
        assert!(ready(&mut asked).is_none());
        world.published(&id, published);
        let outcome = ready(&mut asked).unwrap();
        assert_eq!(shown(&outcome), (vec!["a".to_owned()], Some(code)));
        assert_eq!(outcome.is_published, is_published);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_holds_a_cluster_whose_handles_are_gone() {
    let world = world(&["a"]);
    let inner = Arc::downgrade(&world.cluster.0);
    let (id, mut asked) = world.ask(Kind::ServerSideEmit);
    world.published(&id, Ok(()));
    world.answers("a", &id);
    assert_eq!(shown(&ready(&mut asked).unwrap()), (vec!["a".to_owned()], None));
    drop((asked, world));
    // The timer of the request, which held it, has ended with it.
    tokio::task::yield_now().await;
    assert!(inner.upgrade().is_none());
}
