//! The task that owns the connection, and the handle to it.
//!
//! While one group is on its way, everything published meanwhile becomes the next (group commit).
//! One task, one connection, one statement at a time: so the order of all calls is kept.

use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Client;

use super::connection::Connection;
use super::error;
use super::outbox::{Notifications, Outbox, Publications, Segment};
use super::settings::Settings;
use super::statement;
use super::table::TableName;
use crate::error::Error;

/// How many publications are written out together at most, in number and in bytes; more wait in the
/// queue.
const MAX_GROUP: usize = 4096;
const MAX_GROUP_BYTES: usize = 1 << 20;

/// What became of publications that were handed over together.
pub(crate) struct Settled<T> {
    /// What they were handed over with.
    pub(crate) ticket: T,
    /// Those that failed, by their place among them; all others were committed.
    pub(crate) failures: Vec<(usize, Error)>,
}

enum Command<T> {
    Publish { ticket: T, publications: Box<dyn Publications> },
    Connect(oneshot::Sender<Result<(), Error>>),
    CreateTable(oneshot::Sender<Result<(), Error>>),
    Close(oneshot::Sender<()>),
}

/// A handle to the task. When the last one is gone, what was published is still sent, then the
/// connection is closed.
pub(crate) struct Publisher<T> {
    commands: mpsc::UnboundedSender<Command<T>>,
}

impl<T> Clone for Publisher<T> {
    fn clone(&self) -> Self {
        Self { commands: self.commands.clone() }
    }
}

impl<T: Send + 'static> Publisher<T> {
    /// A handle, and the task to be spawned on a runtime with I/O and time. `settle` is called once
    /// for each group.
    pub(crate) fn new(
        settings: Settings,
        table: TableName,
        settle: impl FnMut(Vec<Settled<T>>) + Send + 'static,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (commands, queue) = mpsc::unbounded_channel();
        let task = Task { queue, connection: Connection::new(settings), table, settle };
        (Self { commands }, task.run())
    }

    /// Hands publications over, to be sent after all that came before.
    ///
    /// # Errors
    /// `ERR_CLOSED`, when the publisher was closed.
    pub(crate) fn publish(
        &self,
        ticket: T,
        publications: Box<dyn Publications>,
    ) -> Result<(), Error> {
        self.commands.send(Command::Publish { ticket, publications }).map_err(|_| Error::closed())
    }

    /// Opens the connection, if it is not open.
    pub(crate) async fn connect(&self) -> Result<(), Error> {
        self.ask(Command::Connect).await?
    }

    /// Creates the attachment table, if it is not there.
    pub(crate) async fn create_table(&self) -> Result<(), Error> {
        self.ask(Command::CreateTable).await?
    }

    /// Sends what was published, then closes the connection. Twice is fine.
    pub(crate) async fn close(&self) {
        // The only failure is that it is closed already.
        let _ = self.ask(Command::Close).await;
    }

    async fn ask<R>(
        &self,
        command: impl FnOnce(oneshot::Sender<R>) -> Command<T>,
    ) -> Result<R, Error> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(command(answer)).map_err(|_| Error::closed())?;
        answered.await.map_err(|_| Error::closed())
    }
}

struct Task<T, S> {
    queue: mpsc::UnboundedReceiver<Command<T>>,
    connection: Connection,
    table: TableName,
    settle: S,
}

/// Publications taken from the queue together.
struct Group<T> {
    members: Vec<(T, Box<dyn Publications>)>,
    len: usize,
    bytes: usize,
}

impl<T> Default for Group<T> {
    fn default() -> Self {
        Self { members: Vec::new(), len: 0, bytes: 0 }
    }
}

impl<T, S: FnMut(Vec<Settled<T>>)> Task<T, S> {
    async fn run(mut self) {
        let mut next = self.queue.recv().await;
        while let Some(command) = next.take() {
            match command {
                Command::Publish { ticket, publications } => {
                    let group;
                    (group, next) = self.gather(ticket, publications);
                    self.publish(group).await;
                }
                Command::Connect(answer) => {
                    let result = self.connection.client().await.map(drop);
                    let _ = answer.send(result);
                }
                Command::CreateTable(answer) => {
                    let result = self.create_table().await;
                    let _ = answer.send(result);
                }
                Command::Close(answer) => {
                    self.queue.close();
                    self.connection.close().await;
                    let _ = answer.send(());
                    return;
                }
            }
            if next.is_none() {
                next = self.queue.recv().await;
            }
        }
        self.connection.close().await;
    }

    /// Everything that waits, up to a command of another kind, which is handed back.
    fn gather(
        &mut self,
        ticket: T,
        publications: Box<dyn Publications>,
    ) -> (Group<T>, Option<Command<T>>) {
        let mut group = Group::default();
        group.add(ticket, publications);
        while group.len < MAX_GROUP && group.bytes < MAX_GROUP_BYTES {
            match self.queue.try_recv() {
                Ok(Command::Publish { ticket, publications }) => group.add(ticket, publications),
                Ok(other) => return (group, Some(other)),
                Err(_) => break,
            }
        }
        (group, None)
    }

    async fn publish(&mut self, group: Group<T>) {
        let (tickets, outcomes) = match self.connection.client().await.err() {
            Some(error) => {
                let members = group.members.into_iter();
                let tickets = members.map(|(ticket, member)| (ticket, member.len())).collect();
                (tickets, vec![Some(error); group.len])
            }
            None => self.send(group).await,
        };
        (self.settle)(settled(tickets, outcomes));
    }

    async fn send(&mut self, group: Group<T>) -> (Vec<(T, usize)>, Vec<Option<Error>>) {
        let mut outbox = Outbox::new(self.connection.ascii_only());
        let mut tickets = Vec::with_capacity(group.members.len());
        for (ticket, publications) in group.members {
            tickets.push((ticket, publications.len()));
            publications.write(&mut outbox);
        }
        let mut outcomes = Vec::with_capacity(group.len);
        for segment in outbox.into_segments() {
            let len = segment.len();
            match self.connection.client().await {
                Ok(client) => send_segment(client, &self.table, segment, &mut outcomes).await,
                Err(error) => outcomes.extend(vec![Some(error); len]),
            }
        }
        (tickets, outcomes)
    }

    async fn create_table(&mut self) -> Result<(), Error> {
        let client = self.connection.client().await?;
        statement::create_table(client, &self.table).await.map_err(|error| error::sending(&error))
    }
}

impl<T> Group<T> {
    fn add(&mut self, ticket: T, publications: Box<dyn Publications>) {
        self.len += publications.len();
        self.bytes += publications.bytes();
        self.members.push((ticket, publications));
    }
}

/// Sends one segment, and appends an outcome for each of its publications.
async fn send_segment(
    client: &Client,
    table: &TableName,
    segment: Segment,
    outcomes: &mut Vec<Option<Error>>,
) {
    match segment {
        Segment::Notifications(notifications) => {
            send_notifications(client, notifications, outcomes).await;
        }
        Segment::Attachment { channel, attachment } => {
            let sent = statement::attach(client, table, &channel, &attachment).await;
            outcomes.push(sent.err().map(|error| error::attaching(&error)));
        }
        Segment::Refused(error) => outcomes.push(Some(error)),
    }
}

/// Sends notifications; when the server refuses one for its value, the others go again by halves, in
/// order, so that it fails alone.
async fn send_notifications(
    client: &Client,
    notifications: Notifications,
    outcomes: &mut Vec<Option<Error>>,
) {
    let mut waiting = vec![notifications];
    while let Some(mut notifications) = waiting.pop() {
        let len = notifications.payloads.len();
        match statement::notify(client, &notifications).await {
            Ok(()) => outcomes.extend(vec![None; len]),
            Err(error) if len > 1 && error::blames_a_value(&error) => {
                let second = notifications.split_half();
                waiting.push(second);
                waiting.push(notifications);
            }
            Err(error) => outcomes.extend(vec![Some(error::sending(&error)); len]),
        }
    }
}

/// Deals the outcomes, which are in order, to those that were handed over together.
fn settled<T>(tickets: Vec<(T, usize)>, outcomes: Vec<Option<Error>>) -> Vec<Settled<T>> {
    let mut outcomes = outcomes.into_iter();
    tickets
        .into_iter()
        .map(|(ticket, len)| Settled {
            ticket,
            failures: outcomes
                .by_ref()
                .take(len)
                .enumerate()
                .filter_map(|(place, outcome)| Some((place, outcome?)))
                .collect(),
        })
        .collect()
}
