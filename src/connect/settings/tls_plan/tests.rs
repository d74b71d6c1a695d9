use super::super::Settings;
use super::super::parameters::Reading;
use super::*;

/// Without a look at the certificates themselves.
fn plan(settings: &Settings) -> Result<TlsPlan, Error> {
    TlsPlan::new(&Sources::new(settings, Reading::Strict)?)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Plain,
    Prefer,
    Unverified,
    Chain,
    Full,
    Refused,
}

fn outcome(string: &str, field: Option<Tls>, variables: &[(&str, &str)]) -> Outcome {
    let environment = Environment::of(
        variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
    );
    let connection_string = Some(format!("host=h user=u {string}"));
    let settings = Settings { connection_string, tls: field, environment, ..Settings::default() };
    match plan(&settings).map(|plan| (plan.usage, plan.verification)) {
        Err(error) => {
            assert_eq!(error.code(), "ERR_INVALID_ARG_VALUE");
            Outcome::Refused
        }
        Ok((Use::Never, _)) => Outcome::Plain,
        Ok((Use::Allowed | Use::Preferred, _)) => Outcome::Prefer,
        Ok((Use::Always, Verification::Nothing)) => Outcome::Unverified,
        Ok((Use::Always, Verification::Chain(_))) => Outcome::Chain,
        Ok((Use::Always, Verification::Full(_))) => Outcome::Full,
    }
}

/// `ssl` as a caller of JavaScript gives it.
fn fields() -> [Option<Tls>; 6] {
    let ca = Some(Pem::from("ca"));
    let with_ca = |mode| Some(Tls { ca: ca.clone(), ..Tls::new(mode) });
    let implied = Tls { ca: ca.clone(), is_mode_implied: true, ..Tls::new(SslMode::VerifyFull) };
    [
        None,
        Some(Tls::new(SslMode::Disable)),
        Some(Tls::new(SslMode::NoVerify)),
        with_ca(SslMode::NoVerify),
        Some(implied),
        with_ca(SslMode::VerifyFull),
    ]
}

#[test]
fn the_strictest_explicit_source_holds() {
    use Outcome::{Chain, Full, Plain, Prefer, Refused, Unverified};

    // none, false, no-verify, no-verify with a CA, a CA, a CA and rejectUnauthorized: true
    for (string, expected) in [
        ("", [Prefer, Plain, Unverified, Unverified, Full, Full]),
        ("sslcert=/c sslkey=/k", [Prefer, Plain, Unverified, Unverified, Full, Full]),
        ("sslmode=disable", [Plain, Plain, Unverified, Unverified, Refused, Refused]),
        ("sslmode=allow", [Prefer, Prefer, Unverified, Unverified, Full, Full]),
        ("sslmode=prefer", [Prefer, Prefer, Unverified, Unverified, Full, Full]),
        ("sslmode=no-verify", [Unverified, Unverified, Unverified, Unverified, Full, Full]),
        ("sslmode=require", [Unverified, Unverified, Unverified, Unverified, Full, Full]),
        ("sslmode=require sslrootcert=/ca", [Chain, Refused, Chain, Chain, Full, Full]),
        ("sslmode=verify-ca", [Full, Refused, Full, Chain, Chain, Full]),
        ("sslmode=verify-full", [Full, Refused, Full, Full, Full, Full]),
        ("sslrootcert=/ca", [Full, Refused, Full, Full, Full, Full]),
        ("sslrootcert=system", [Full, Refused, Full, Full, Full, Full]),
        ("sslmode=require sslrootcert=system", [Refused, Refused, Refused, Refused, Full, Full]),
    ] {
        for (field, expected) in fields().into_iter().zip(expected) {
            let what = format!("{string}, {field:?}");
            assert_eq!(outcome(string, field, &[]), expected, "{what}");
        }
    }
}

#[test]
fn the_environment_is_below_explicit_sources() {
    use Outcome::{Full, Plain, Prefer, Refused, Unverified};

    let verified = [("PGSSLMODE", "verify-full")];
    for (string, expected) in
        [("", [Full, Plain, Unverified]), ("sslmode=prefer", [Prefer, Prefer, Unverified])]
    {
        for (field, expected) in fields().into_iter().zip(expected) {
            assert_eq!(outcome(string, field, &verified), expected, "{string}");
        }
    }
    let disabled = [("PGSSLMODE", "disable")];
    assert_eq!(outcome("sslmode=verify-full", None, &disabled), Full);
    let system = [("PGSSLROOTCERT", "system"), ("PGSSLMODE", "require")];
    assert_eq!(outcome("", None, &system), Refused);
    assert_eq!(outcome("", None, &system[..1]), Full);
}

#[test]
fn fields_fill_what_the_string_leaves_out() -> Result<(), Error> {
    let ca = Pem::from("ca");
    for string in ["sslcert=/c sslkey=/k", "sslmode=verify-full sslcert=/c sslkey=/k"] {
        let settings = Settings {
            connection_string: Some(format!("host=h user=u {string}")),
            tls: Some(Tls { ca: Some(ca.clone()), ..Tls::new(SslMode::VerifyFull) }),
            ..Settings::default()
        };
        let plan = plan(&settings)?;
        assert_eq!(plan.verification, Verification::Full(Roots::Given(ca.clone())), "{string}");
        assert_eq!(plan.identity, Some((Pem::file("/c"), Pem::file("/k"))), "{string}");
    }
    Ok(())
}

#[test]
fn a_check_of_ones_own_takes_the_place_of_the_name() {
    use Outcome::{Chain, Full, Refused, Unverified};

    let check = Some(IdentityCheck::by(|_| async { Ok(()) }));
    let checking = |mode| Some(Tls { identity_check: check.clone(), ..Tls::new(mode) });
    for (string, mode, expected) in [
        ("", SslMode::VerifyFull, Chain),
        ("", SslMode::NoVerify, Unverified),
        ("sslmode=disable", SslMode::VerifyFull, Refused),
        ("sslmode=require", SslMode::VerifyFull, Chain),
        ("sslmode=verify-ca", SslMode::VerifyFull, Chain),
        ("sslmode=verify-ca sslrootcert=/ca", SslMode::NoVerify, Chain),
        ("sslmode=verify-full", SslMode::VerifyFull, Full),
        ("sslmode=verify-full", SslMode::NoVerify, Full),
        ("ssl=true", SslMode::VerifyFull, Full),
    ] {
        assert_eq!(outcome(string, checking(mode), &[]), expected, "{string} {mode:?}");
    }
}

#[test]
fn the_string_of_a_pool_is_never_refused() -> Result<(), Error> {
    for (string, usage) in [
        ("postgres://u@h/d?sslmode=disable", Use::Never),
        ("postgres://u@h/d?sslcert=/c&sslkey=/k", Use::Always),
        ("postgres://u@h/d?sslmode=require&sslrootcert=system", Use::Always),
    ] {
        let settings = Settings {
            connection_string: Some(string.into()),
            tls: Some(Tls::new(SslMode::VerifyFull)),
            is_lent: true,
            ..Settings::default()
        };
        assert_eq!(settings.plan()?.tls.usage, usage, "{string}");
    }
    Ok(())
}
