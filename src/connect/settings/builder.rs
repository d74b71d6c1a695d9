//! A builder of settings.

use std::convert::identity;
use std::time::Duration;

use super::{Password, Settings, Tls};
use crate::builder::builder;

builder! {
    /// Some settings; the others are those of another builder, or come from where [`Settings`] says.
    ///
    /// ```
    /// use std::time::Duration;
    /// use socketio_postgres_emitter::{Settings, SslMode, Tls};
    ///
    /// let of_all = Settings::builder().host("db.example.com").tls(Tls::new(SslMode::VerifyFull));
    /// let of_one = Settings::builder().database("app").connect_timeout(Duration::from_secs(5));
    /// let settings = of_all.assign(of_one).build();
    /// assert_eq!(settings.host.as_deref(), Some("db.example.com"));
    /// assert_eq!(settings.database.as_deref(), Some("app"));
    /// assert_eq!(settings.port, None);
    /// ```
    SettingsBuilder for Settings;
    /// See [`Settings::connection_string`].
    connection_string: String, impl Into<String>, Into::into, r#""postgres://localhost/app""#;
    /// See [`Settings::host`].
    host: String, impl Into<String>, Into::into, r#""db.example.com""#;
    /// See [`Settings::port`].
    port: u16, u16, identity, "5432";
    /// See [`Settings::user`].
    user: String, impl Into<String>, Into::into, r#""app""#;
    /// See [`Settings::password`].
    password: Password, impl Into<Password>, Into::into, r#""correct-horse""#;
    /// See [`Settings::database`].
    database: String, impl Into<String>, Into::into, r#""app""#;
    /// See [`Settings::application_name`].
    application_name: String, impl Into<String>, Into::into, r#""worker""#;
    /// See [`Settings::options`].
    options: String, impl Into<String>, Into::into, r#""-c search_path=app""#;
    /// See [`Settings::connect_timeout`].
    connect_timeout: Duration, Duration, identity, "std::time::Duration::from_secs(5)";
    /// See [`Settings::keepalives`].
    keepalives: bool, bool, identity, "true";
    /// See [`Settings::keepalives_idle`].
    keepalives_idle: Duration, Duration, identity, "std::time::Duration::from_secs(30)";
    /// See [`Settings::tls`].
    tls: Tls, Tls, identity, "socketio_postgres_emitter::Tls::new(socketio_postgres_emitter::SslMode::VerifyFull)";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_overrides_and_what_is_not_does_not() {
        let below = Settings::builder().host("below").port(1).password("secret");
        let above = Settings::builder().host("above").user("me");
        let Settings { host, port, user, password, database, .. } = below.assign(above).build();
        assert_eq!((host.as_deref(), port, user.as_deref()), (Some("above"), Some(1), Some("me")));
        assert_eq!((password.is_some(), database), (true, None));
    }

    #[test]
    fn secrets_stay_secret() {
        let builder = Settings::builder()
            .connection_string("postgres://me:hunter2@host/db")
            .password("hunter2");
        assert!(!format!("{builder:?}").contains("hunter2"));
    }
}
