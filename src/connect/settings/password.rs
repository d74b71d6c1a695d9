//! The password: a text, or a function that is asked at every connection.

use std::fmt;
use std::sync::Arc;

use super::asked::{BoxError, CallerFuture, asked};
use crate::error::{Error, ErrorKind};

/// Where a password is for, as a password function is told.
///
/// ```
/// use socketio_postgres_emitter::{Password, PasswordTarget};
///
/// # async fn fetch_token(_: &str) -> Result<String, std::io::Error> { Ok("token".into()) }
/// let password = Password::provided_by(|PasswordTarget { host, port, user, .. }| async move {
///     Ok(fetch_token(&format!("{user}@{host}:{port}")).await?)
/// });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PasswordTarget {
    /// The host's name; of a socket, its directory; of several hosts, the first.
    pub host: String,
    /// The port of that host.
    pub port: u16,
    /// The role to log in as.
    pub user: String,
    /// The name of the database.
    pub database: String,
}

/// The password of a role. `Debug` does not show it.
///
/// ```
/// use socketio_postgres_emitter::{Password, Settings};
///
/// # async fn fetch_token() -> Result<String, std::io::Error> { Ok("token".into()) }
/// let mut settings = Settings::default();
/// settings.password = Some(Password::from("correct-horse"));
/// // Asked anew at every connection, as for tokens that expire.
/// settings.password = Some(Password::provided_by(|_| async { Ok(fetch_token().await?) }));
/// ```
#[derive(Clone)]
pub struct Password(PasswordSource);

#[derive(Clone)]
enum PasswordSource {
    Text(String),
    Provider(Arc<dyn Fn(PasswordTarget) -> CallerFuture<String> + Send + Sync>),
}

impl Password {
    /// A function that is called at every connection, and told where the password is for. Its time counts towards the connection's time limit; an
    /// error or a panic in it is `ERR_PASSWORD`, and an empty text is no password.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Password, Settings};
    /// let password = Password::provided_by(|_| async { Ok(std::env::var("DB_TOKEN")?) });
    /// let settings = Settings::builder().host("db.example.com").password(password).build();
    /// ```
    pub fn provided_by<F, A>(provider: F) -> Self
    where
        F: Fn(PasswordTarget) -> A + Send + Sync + 'static,
        A: Future<Output = Result<String, BoxError>> + Send + 'static,
    {
        Self(PasswordSource::Provider(Arc::new(move |target| Box::pin(provider(target)))))
    }

    pub(super) async fn get(&self, target: PasswordTarget) -> Result<String, Error> {
        match &self.0 {
            PasswordSource::Text(text) => Ok(text.clone()),
            PasswordSource::Provider(provider) => asked(|| provider(target)).await.map_err(failure),
        }
    }
}

fn failure(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        // An error of this crate says itself what went wrong.
        Ok(error) => *error,
        Err(error) => Error::new(
            ErrorKind::Password,
            "ERR_PASSWORD",
            format!("could not connect to PostgreSQL: the password function failed: {error}"),
        ),
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(PasswordSource::Text(text))
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}
