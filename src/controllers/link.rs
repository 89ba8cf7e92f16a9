//! The header `Link` of a list: where its next page is (RFC 8288).

use axum::http::{HeaderName, header};

use crate::models::page::Limit;

/// Gives the header that leads to the next page, if there is one; `filter` is what stands before `limit`, such as `status=failed&`.
pub(super) fn next(
    path: &str,
    filter: &str,
    limit: Limit,
    after: Option<u64>,
) -> Option<[(HeaderName, String); 1]> {
    let limit = limit.get();
    after.map(|after| [(header::LINK, format!("<{path}?{filter}limit={limit}&after={after}>; rel=\"next\""))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_ends_has_no_next_page() {
        let limit = Limit::new(5).unwrap();
        assert_eq!(next("/users", "", limit, None), None);
        let header = next("/sync/status", "status=failed&", limit, Some(9)).unwrap();
        assert_eq!(
            header,
            [(header::LINK, "</sync/status?status=failed&limit=5&after=9>; rel=\"next\"".to_owned())]
        );
    }
}
