//! A change of the file of users.

use crate::users::{Users, invalid, name_of};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Gives a user of a file another password, or makes him; without a password he is gone. All other lines stay as
/// they are.
///
/// The file is replaced at once, so that a server never sees half of it, by one of the same owner and group. Nobody else
/// may read it, but the group if that could.
///
/// # Errors
/// Those of [`Users::line`]; there is no such user to be deleted; `FILE.new` is there, since the file is being
/// changed by another process or one that has died; the file cannot be read or written, or is another user's and cannot
/// be given to him. Then it is as it was.
///
/// # Examples
/// ```
/// use mqc_server::{Users, set_password};
/// let directory = tempfile::tempdir()?;
/// let file = directory.path().join("users");
/// set_password(&file, "anna", Some(b"secret"))?;
/// assert!(Users::read(&file)?.verify("anna", b"secret"));
/// set_password(&file, "anna", None)?;
/// assert_eq!(Users::read(&file)?.count(), 0);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn set_password(file: &Path, name: &str, password: Option<&[u8]>) -> io::Result<()> {
    let line = password.map(|password| Users::line(name, password)).transpose()?;
    // A link stays one.
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let new = NewFile::create(&file)?;
    let old = match fs::read_to_string(&file) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => String::new(),
        result => {
            new.give_to_owner_of(&fs::metadata(&file)?)?;
            result?
        }
    };
    let (mut text, mut is_done) = (String::with_capacity(old.len() + 256), false);
    for other in old.split_inclusive('\n') {
        if name_of(other) != Some(name) {
            text.push_str(other);
        } else if let Some(line) = line.as_ref().filter(|_| !is_done) {
            text.push_str(line);
            text.push('\n');
            is_done = true;
        } else {
            is_done = true;
        }
    }
    match line {
        _ if is_done => {}
        None => return Err(invalid(&format!("there is no user {name:?}"))),
        Some(line) => {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&line);
            text.push('\n');
        }
    }
    new.replace(&file, &text)
}

/// The file that is to take the place of another. It is gone if it does not.
struct NewFile {
    path: PathBuf,
    file: File,
    has_replaced: bool,
}

impl NewFile {
    fn create(beside: &Path) -> io::Result<Self> {
        let mut path = beside.as_os_str().to_owned();
        path.push(".new");
        let path = PathBuf::from(path);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(file) => Ok(Self { path, file, has_replaced: false }),
            Err(why) => Err(io::Error::new(why.kind(), format!("{}: {why}", path.display()))),
        }
    }

    /// Gives it the owner and the group of another, and lets the group read it if it may read that.
    #[cfg(unix)]
    fn give_to_owner_of(&self, other: &Metadata) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
        let own = self.file.metadata()?;
        let (user, group) = (other.uid(), other.gid());
        if (own.uid(), own.gid()) != (user, group) {
            fchown(&self.file, Some(user), Some(group)).map_err(|why| {
                let why = format!("its owner and group {user}:{group} cannot be kept: {why}");
                io::Error::other(why)
            })?;
        }
        let mode = 0o600 | other.mode() & 0o040;
        self.file.set_permissions(fs::Permissions::from_mode(mode))
    }

    #[cfg(not(unix))]
    fn give_to_owner_of(&self, _: &Metadata) -> io::Result<()> {
        Ok(())
    }

    fn replace(mut self, other: &Path, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.file.sync_all()?;
        fs::rename(&self.path, other)?;
        self.has_replaced = true;
        // The name is safe too, where directories can be synchronised.
        if let Some(directory) = other.parent().filter(|_| cfg!(unix)) {
            let here = Path::new(".");
            let directory = if directory.as_os_str().is_empty() { here } else { directory };
            File::open(directory)?.sync_all()?;
        }
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.has_replaced {
            // It is of no use, and in the way.
            let _ = fs::remove_file(&self.path);
        }
    }
}
