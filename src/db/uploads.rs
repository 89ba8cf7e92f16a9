//! Rows that a server asks for while it carries out `load data local`.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::future::{self, BoxFuture};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use mysql_async::prelude::GlobalHandler;
use mysql_async::{InfileData, LocalInfileError};

use super::traffic::Traffic;

/// How many bytes go to the server in one packet; it keeps room for a whole one.
const PACKET_BYTES: usize = 256 * 1024;

/// What a session gives to its server. Whatever name a server asks for, only rows that were offered are ever given to it, and
/// no file is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Uploads(Arc<Mutex<Offered>>);

#[derive(Debug, Default)]
struct Offered {
    rows: Vec<Bytes>,
    taken: Traffic,
}

impl Uploads {
    /// Offers rows in place of all before; a server asks for them by their position.
    pub fn offer(&self, rows: Vec<Vec<u8>>) {
        self.with(|offered| offered.rows = rows.into_iter().map(Bytes::from).collect());
    }

    /// Tells how many bytes are offered.
    pub fn bytes(&self) -> usize {
        self.with(|offered| offered.rows.iter().map(Bytes::len).sum())
    }

    /// Takes out how much was given since this was asked last.
    pub fn taken(&self) -> Traffic {
        self.with(|offered| std::mem::take(&mut offered.taken))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Offered) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn find(&self, name: &[u8]) -> Option<Bytes> {
        let position: usize = std::str::from_utf8(name).ok()?.parse().ok()?;
        self.with(|offered| {
            let rows = offered.rows.get(position)?.clone();
            let given = Traffic { round_trips: 1, bytes_sent: rows.len() as u64, bytes_received: 0 };
            offered.taken = offered.taken.and(given);
            Some(rows)
        })
    }
}

impl GlobalHandler for Uploads {
    fn handle(&self, name: &[u8]) -> BoxFuture<'static, Result<InfileData, LocalInfileError>> {
        let found = self.find(name).ok_or_else(|| {
            let name = String::from_utf8_lossy(name);
            LocalInfileError::other(io::Error::other(format!(
                "the server asked for {name:?}, which was not offered"
            )))
        });
        future::ready(found.map(|rows| stream::iter(packets(rows).map(Ok)).boxed())).boxed()
    }
}

fn packets(mut rows: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || (!rows.is_empty()).then(|| rows.split_to(rows.len().min(PACKET_BYTES))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uploads: &Uploads, name: &[u8]) -> Option<Vec<Bytes>> {
        let answer = uploads.handle(name).now_or_never().unwrap();
        Some(answer.ok()?.map(Result::unwrap).collect().now_or_never().unwrap())
    }

    #[test]
    fn only_what_is_offered_is_given() {
        let uploads = Uploads::default();
        assert_eq!(asked(&uploads, b"0"), None);
        uploads.offer(vec![b"a".to_vec(), vec![b'b'; PACKET_BYTES + 1]]);
        for name in ["2", "/etc/hostname", "-1", ""] {
            assert_eq!(asked(&uploads, name.as_bytes()), None, "{name}");
        }
        assert_eq!(asked(&uploads, b"0").unwrap(), ["a"]);
        let sizes: Vec<usize> = asked(&uploads, b"1").unwrap().iter().map(Bytes::len).collect();
        assert_eq!(sizes, [PACKET_BYTES, 1]);
        let bytes = PACKET_BYTES as u64 + 2;
        assert_eq!(uploads.taken(), Traffic { round_trips: 2, bytes_sent: bytes, bytes_received: 0 });
        assert_eq!(uploads.taken(), Traffic::default());
        uploads.offer(Vec::new());
        assert_eq!((asked(&uploads, b"0"), uploads.bytes()), (None, 0));
    }
}
