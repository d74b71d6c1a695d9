//! Files that the settings name.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

/// The metadata of a file. An error for a directory, a device, or a pipe, which would be waited for without
/// end.
pub(super) fn metadata(path: &Path) -> io::Result<Metadata> {
    let metadata = fs::metadata(path)?;
    match metadata.is_file() {
        true => Ok(metadata),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")),
    }
}

/// The content of a file.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    metadata(path)?;
    fs::read(path)
}
