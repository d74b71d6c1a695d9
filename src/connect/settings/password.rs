//! The password: a text, or a function that is asked at every connection.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};

/// Any error, as a password function gives it.
///
/// ```
/// use socketio_postgres_emitter::{BoxError, Password};
///
/// async fn token() -> Result<String, BoxError> {
///     Ok(std::fs::read_to_string("/run/secrets/token")?)
/// }
///
/// let password = Password::provided_by(token);
/// ```
pub type BoxError = Box<dyn StdError + Send + Sync>;

type Answer = Pin<Box<dyn Future<Output = Result<String, BoxError>> + Send>>;

/// The password of a role. `Debug` does not show it.
///
/// ```
/// use socketio_postgres_emitter::{Password, Settings};
///
/// # async fn fetch_token() -> Result<String, std::io::Error> { Ok("token".into()) }
/// let mut settings = Settings::default();
/// settings.password = Some(Password::from("correct-horse"));
/// // Asked anew at every connection, as for tokens that expire.
/// settings.password = Some(Password::provided_by(|| async { Ok(fetch_token().await?) }));
/// ```
#[derive(Clone)]
pub struct Password(Source);

#[derive(Clone)]
enum Source {
    Text(String),
    Provider(Arc<dyn Fn() -> Answer + Send + Sync>),
}

impl Password {
    /// A function that is called at every connection. What it takes counts towards the connection's
    /// time limit; an error of it is `ERR_PASSWORD`, and an empty text is no password.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Password, Settings};
    /// let password = Password::provided_by(|| async { Ok(std::env::var("DB_TOKEN")?) });
    /// let settings = Settings::builder().host("db.example.com").password(password).build();
    /// ```
    pub fn provided_by<F, A>(provider: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<String, BoxError>> + Send + 'static,
    {
        Self(Source::Provider(Arc::new(move || Box::pin(provider()))))
    }

    pub(super) async fn get(&self) -> Result<String, Error> {
        match &self.0 {
            Source::Text(text) => Ok(text.clone()),
            Source::Provider(provider) => provider().await.map_err(failure),
        }
    }
}

fn failure(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        // One that says itself what went wrong.
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
        Self(Source::Text(text))
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
