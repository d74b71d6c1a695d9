//! The name that was meant by one that is unknown.

use strsim::osa_distance;

/// The shortest name that may be the beginning of a known one: a shorter one is near to too many others.
const SHORTEST_BEGINNING: usize = 4;

/// Last words that only say what a number counts.
const UNITS: &[&str] = &["millis", "milliseconds", "ms", "s", "sec", "seconds", "secs"];

/// The known name that is nearest to `name`, if one is near: a few letters apart, in another case, with
/// other separators, in another unit, or the longer form of it.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // No misspelt name is this long, and the distance takes time that grows with the square.
    if name.len() > 64 {
        return None;
    }
    let (name, stem) = (plain(name), words(name).concat());
    let length = name.chars().count();
    let limit = if length < 4 { 1 } else { 2.max(length / 4) };
    known
        .into_iter()
        .filter_map(|known| {
            let candidate = plain(known);
            let is_beginning = length >= SHORTEST_BEGINNING && candidate.starts_with(&name);
            let distance =
                osa_distance(&name, &candidate).min(osa_distance(&stem, &words(known).concat()));
            // A whole name of other letters is no misspelling.
            let is_near = distance <= limit && distance < length;
            // One wrong letter is nearer than the beginning of a name, and that is nearer than several.
            let rank = if distance <= 1 { 0 } else { 2 - u8::from(is_beginning) };
            (is_near || is_beginning).then_some(((rank, distance), known))
        })
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, known)| known)
}

/// The only known name that has the words of `name`: not for a name that could be a piece of a secret.
#[cfg_attr(not(feature = "napi"), allow(dead_code, reason = "the addon's alone"))]
pub(crate) fn only_with_words<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = words(name);
    let has_them = |known: &&str| {
        !wanted.is_empty() && words(known).windows(wanted.len()).any(|some| some == wanted)
    };
    let mut all = known.into_iter().filter(has_them);
    all.next().filter(|_| all.next().is_none())
}

/// The letters of a name without case and separators.
fn plain(name: &str) -> String {
    name.chars().filter(|next| !matches!(next, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// The words of a name without case, and without the unit at its end.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let is_capitals = !name.chars().any(char::is_lowercase);
    let mut is_new = true;
    for next in name.chars() {
        if matches!(next, '_' | '-') {
            is_new = true;
            continue;
        }
        if is_new || next.is_uppercase() && !is_capitals {
            words.push(String::new());
        }
        is_new = false;
        if let Some(word) = words.last_mut() {
            word.extend(next.to_lowercase());
        }
    }
    if words.len() > 1 && words.last().is_some_and(|last| UNITS.contains(&last.as_str())) {
        words.pop();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant() {
        let known = [
            "channelPrefix",
            "errorHandler",
            "publishTimeoutMillis",
            "port",
            "sslmode",
            "connect_timeout",
            "connectionTimeoutMillis",
        ];
        for (name, meant) in [
            ("chanelPrefix", Some("channelPrefix")),
            ("channel_prefix", Some("channelPrefix")),
            ("errorhandler", Some("errorHandler")),
            ("publishTimeout", Some("publishTimeoutMillis")),
            ("connectionTimeout", Some("connectionTimeoutMillis")),
            ("connect_timeuot", Some("connect_timeout")),
            ("prot", Some("port")),
            ("sslMode", Some("sslmode")),
            ("SSLMODE", Some("sslmode")),
            ("PUBLISH_TIMEOUT_MS", Some("publishTimeoutMillis")),
            ("publishTimeoutMs", Some("publishTimeoutMillis")),
            ("publish_timeout_seconds", Some("publishTimeoutMillis")),
            ("timeoutMillis", None),
            ("ssl", None),
            ("colour", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), meant, "{name}");
        }
        assert_eq!(nearest(&"x".repeat(1 << 20), known), None);
    }

    #[test]
    fn what_has_the_words() {
        let known = ["channelPrefix", "errorHandler", "publishTimeoutMillis", "discoveryMillis"];
        for (name, meant) in [
            ("prefix", Some("channelPrefix")),
            ("timeout_ms", Some("publishTimeoutMillis")),
            ("millis", None),
            ("hand", None),
            ("", None),
        ] {
            assert_eq!(only_with_words(name, known), meant, "{name}");
        }
    }
}
