//! The two databases that are compared.

use crate::db::central_db::CentralDb;
use crate::db::local_db::LocalDb;

/// The two databases that are compared.
pub(in crate::services) struct Sides<'a> {
    pub(in crate::services) local: &'a mut LocalDb,
    pub(in crate::services) central: &'a mut CentralDb,
}
