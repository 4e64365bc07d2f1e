//! Files in a directory of their own.

use std::io::SeekFrom;
use std::path::PathBuf;

use futures::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use super::File;
use crate::runtime::Builder;

fn in_a_directory<F: Future>(name: &str, body: impl FnOnce(PathBuf) -> F) {
    let path = std::env::temp_dir().join(format!("wakeful-fs-{name}-{}", std::process::id()));
    Builder::new_current_thread().build().unwrap().block_on(async {
        super::create_dir_all(&path).await.unwrap();
        body(path.clone()).await;
        super::remove_dir_all(&path).await.unwrap();
        assert!(!super::try_exists(&path).await.unwrap());
    });
}

#[test]
fn what_is_written_is_read_again() {
    in_a_directory("whole", |path| async move {
        let (one, two) = (path.join("one"), path.join("two"));
        super::write(&one, "some text").await.unwrap();
        assert_eq!(super::read_to_string(&one).await.unwrap(), "some text");
        assert_eq!(super::copy(&one, &two).await.unwrap(), 9);
        super::rename(&two, path.join("three")).await.unwrap();
        assert!(super::read(&two).await.is_err());
        let mut entries = super::read_dir(&path).await.unwrap();
        let mut names = Vec::new();
        while let Some(entry) = entries.next_entry().await.unwrap() {
            names.push(entry.file_name().into_string().unwrap());
        }
        names.sort();
        assert_eq!(names, ["one", "three"]);
    });
}

#[test]
fn a_file_is_read_sought_and_written_in_place() {
    in_a_directory("file", |path| async move {
        let path = path.join("file");
        let mut file =
            File::options().read(true).write(true).create(true).open(&path).await.unwrap();
        file.write_all(b"0123456789").await.unwrap();
        file.sync_all().await.unwrap();
        assert_eq!(file.seek(SeekFrom::Start(2)).await.unwrap(), 2);
        let mut two = [0; 2];
        file.read_exact(&mut two).await.unwrap();
        assert_eq!(&two, b"23");
        assert_eq!(file.seek(SeekFrom::Current(-1)).await.unwrap(), 3);
        file.read_exact(&mut two).await.unwrap();
        assert_eq!(&two, b"34");
        file.write_all(b"x").await.unwrap();
        file.flush().await.unwrap();
        assert_eq!(super::read_to_string(&path).await.unwrap(), "01234x6789");
        file.set_len(3).await.unwrap();
        assert_eq!(file.metadata().await.unwrap().len(), 3);
        let mut rest = String::new();
        file.seek(SeekFrom::Start(0)).await.unwrap();
        file.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "012");
    });
}

#[test]
fn an_error_of_a_write_is_told_by_the_flush() {
    in_a_directory("error", |path| async move {
        let path = path.join("file");
        super::write(&path, "x").await.unwrap();
        let mut file = File::open(&path).await.unwrap();
        file.write_all(b"not allowed").await.unwrap();
        assert!(file.flush().await.is_err());
        assert!(file.flush().await.is_ok(), "it is told once");
    });
}
