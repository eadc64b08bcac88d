//! Where lines go.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWrite, AsyncWriteExt, stdout};

/// A file or standard output.
pub(crate) struct Output {
    name: String,
    to: Box<dyn AsyncWrite + Send + Unpin>,
}

impl Output {
    /// Opens a file to append to, made if there is none; standard output if no file is named.
    pub(crate) async fn open(file: Option<PathBuf>) -> Result<Self, String> {
        let Some(path) = file else {
            return Ok(Self { name: "standard output".to_owned(), to: Box::new(stdout()) });
        };
        let name = path.display().to_string();
        let file = append_to(&path).await.map_err(|error| format!("{name}: {error}"))?;
        Ok(Self { name, to: Box::new(file) })
    }

    /// Writes, and waits until the operating system has it.
    pub(crate) async fn write(&mut self, text: &[u8]) -> Result<(), String> {
        let written = async {
            self.to.write_all(text).await?;
            self.to.flush().await
        };
        written.await.map_err(|error: io::Error| format!("{}: {error}", self.name))
    }
}

async fn append_to(path: &Path) -> io::Result<File> {
    let mut file = File::options().create(true).append(true).read(true).open(path).await?;
    // A line that was cut off by a crash must not swallow the next one. Its message comes again.
    let metadata = file.metadata().await?;
    if metadata.is_file() && metadata.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1)).await?;
        file.read_exact(&mut last).await?;
        if last != *b"\n" {
            file.write_all(b"\n").await?;
        }
    }
    Ok(file)
}
