//! The installation's own secret: made at the first start, kept in a file that only its owner reads. Everything that
//! must be keyed (page links, duress words, OwnTracks passwords) is derived from it.

use std::io::Write;
use std::path::Path;

/// The secret, from which keys are derived.
#[derive(Clone)]
pub struct Secrets([u8; 32]);

impl Secrets {
    /// Reads the file, or makes it.
    pub fn load_or_make(data_dir: &Path) -> std::io::Result<Self> {
        let path = data_dir.join("secret.key");
        match std::fs::read(&path) {
            Ok(bytes) => bytes.try_into().map(Self).map_err(|_| {
                std::io::Error::other(format!(
                    "{} must hold 32 bytes: restore it from a back-up",
                    path.display()
                ))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                make(data_dir, &path)?;
                Self::load_or_make(data_dir)
            }
            Err(error) => Err(error),
        }
    }

    /// The key for a purpose.
    pub fn key(&self, purpose: &str) -> [u8; 32] {
        *blake3::keyed_hash(&self.0, purpose.as_bytes()).as_bytes()
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// Makes the file whole, under its name from the first moment on: processes that start together take the same secret.
fn make(data_dir: &Path, path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::create_dir_all(data_dir)?;
    let secret: [u8; 32] = rand::random();
    let own = data_dir.join(format!("secret.{:016x}.new", rand::random::<u64>()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&own)?;
    let made = file.write_all(&secret).and_then(|()| file.sync_all());
    let named = made.and_then(|()| match std::fs::hard_link(&own, path) {
        // Another process was quicker: its secret is everybody's.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        named => named,
    });
    std::fs::remove_file(&own)?;
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_kept_private_and_gives_a_key_for_each_purpose() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a folder");
        let first = Secrets::load_or_make(dir.path()).expect("made");
        let again = Secrets::load_or_make(dir.path()).expect("read");
        assert_eq!(first.key("links"), again.key("links"));
        assert_ne!(first.key("links"), first.key("duress"));
        let mode = std::fs::metadata(dir.path().join("secret.key")).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn processes_that_start_together_take_the_same_secret() {
        let dir = tempfile::tempdir().expect("a folder");
        let keys = std::thread::scope(|scope| {
            let start = || Secrets::load_or_make(dir.path()).expect("made or read").key("links");
            let all: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            all.into_iter()
                .map(|one| one.join().expect("no panic"))
                .collect::<std::collections::BTreeSet<_>>()
        });
        assert_eq!(keys.len(), 1);
        let files: Vec<_> = std::fs::read_dir(dir.path()).expect("is there").collect();
        assert_eq!(files.len(), 1, "{files:?}");
    }
}
