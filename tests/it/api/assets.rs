//! `/` and `/assets`: the files of the pages.

use reqwest::Method;

use super::site::{Answer, Site};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

#[tokio::test]
async fn a_page_comes_with_its_type_its_policy_and_a_tag_and_is_sent_once() {
    let site = Site::without_tables(&[]).await;
    for path in ["/", "/assets/dashboard/index.html"] {
        let page = site.get(path).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
        assert_eq!(page.header("content-security-policy"), POLICY, "{path}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "a form must tell where it comes from");
        assert_eq!(page.header("cache-control"), "no-cache", "{path}");
        let asked = |tag: &str| site.request(Method::GET, path).header("if-none-match", tag);
        let same = Answer::of(asked(page.header("etag")).send().await.unwrap()).await;
        assert_eq!((same.status, same.text.as_str()), (304, ""), "{path}");
        assert_eq!(same.header("etag"), page.header("etag"), "{path}");
        assert_eq!(asked("\"another\"").send().await.unwrap().status(), 200, "{path}");
        let head = Answer::of(site.request(Method::HEAD, path).send().await.unwrap()).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
        assert_eq!(head.header("content-length"), page.text.len().to_string(), "{path}");
    }
}

#[tokio::test]
async fn what_is_no_asset_is_not_found_and_nothing_leads_out_of_the_folder() {
    let site = Site::without_tables(&[]).await;
    for name in ["nothing.js", "", "..%2FCargo.toml", "dashboard/..%2F..%2FCargo.toml", "%FF", "dashboard"] {
        let answer = site.get(&format!("/assets/{name}")).await;
        assert_eq!(answer.status, 404, "{name}");
        answer.assert_problem();
    }
}

#[tokio::test]
async fn assets_are_open_and_the_page_is_not_where_a_token_is_set() {
    let site = Site::without_tables(&[("API_TOKEN", "s3cret")]).await;
    assert_eq!(site.get("/assets/sign_in.html").await.status, 200);
    assert_eq!(site.get("/").await.status, 401);
}
