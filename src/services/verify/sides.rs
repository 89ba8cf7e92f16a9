//! The two databases that are compared.

use crate::db::central_db::CentralDb;
use crate::db::local_db::LocalDb;

/// The two databases that are compared.
pub(super) struct Sides<'a> {
    pub(super) local: &'a mut LocalDb,
    pub(super) central: &'a mut CentralDb,
}
