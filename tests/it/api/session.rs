//! `/session`: signing in and out with a browser; and whose requests are taken at all.

use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};

use super::site::{Answer, Site};

const FORM: &str = "application/x-www-form-urlencoded";

async fn protected() -> Site {
    let site = Site::without_tables(&[("API_TOKEN", "s3c%ret+&")]).await;
    site.load_tables().await;
    site
}

/// Sends the form of the sign-in page, and follows no redirection.
async fn sign_in(site: &Site, form: &str) -> Answer {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let request = client.post(site.url("/session")).header("content-type", FORM).body(form.to_owned());
    Answer::of(request.send().await.unwrap()).await
}

async fn with_cookie(site: &Site, method: Method, path: &str, cookie: &str) -> Answer {
    Answer::of(site.request(method, path).header("cookie", cookie).send().await.unwrap()).await
}

#[tokio::test]
async fn a_browser_without_a_session_gets_the_sign_in_page_and_a_program_a_problem() {
    let site = protected().await;
    for path in ["/", "/sync/status", "/nowhere"] {
        let request =
            site.request(Method::GET, path).header("accept", "text/html,application/xhtml+xml;q=0.9");
        let page = Answer::of(request.send().await.unwrap()).await;
        assert_eq!((page.status, page.header("content-type")), (401, "text/html; charset=utf-8"), "{path}");
        assert!(
            page.text.contains("action=\"/session\"") && page.text.contains("name=\"token\""),
            "{}",
            page.text
        );
        assert!(
            !page.text.contains("role=\"alert\"") && page.header("www-authenticate").starts_with("Bearer")
        );
        assert!(page.header("content-security-policy").contains("form-action 'self'"), "{page:?}");
        assert_eq!(
            (page.header("cache-control"), page.header("referrer-policy")),
            ("no-store", "same-origin")
        );
    }
    let posted = site.request(Method::POST, "/users").header("accept", "text/html");
    for answer in [site.get("/").await, Answer::of(posted.send().await.unwrap()).await] {
        assert_eq!(answer.status, 401);
        answer.assert_problem();
    }
}

#[tokio::test]
async fn the_token_opens_a_session_that_counts_everywhere_until_it_is_closed() {
    let site = protected().await;
    let answer = sign_in(&site, "token=s3c%25ret%2B%26").await;
    assert_eq!((answer.status, answer.header("location")), (303, "/"), "{answer:?}");
    let (cookie, attributes) = answer.header("set-cookie").split_once("; ").unwrap();
    assert!(cookie.starts_with("backhaul_session=") && !cookie.contains("ret"), "{cookie}");
    assert_eq!(attributes, "HttpOnly; SameSite=Strict; Path=/; Max-Age=43200");
    let others = format!("theme=dark; backhaul_session=1.2; {cookie}");
    for (method, path) in [(Method::GET, "/"), (Method::GET, "/users"), (Method::POST, "/sync/retry")] {
        for cookies in [cookie, &others] {
            assert_eq!(with_cookie(&site, method.clone(), path, cookies).await.status, 200, "{path}");
        }
    }
    let longer = cookie.replacen("backhaul_session=", "backhaul_session=9", 1);
    for made_up in
        [&longer, &cookie[..cookie.len() - 1], "backhaul_session=", &cookie.replace("_session", "_sessions")]
    {
        assert_eq!(with_cookie(&site, Method::GET, "/users", made_up).await.status, 401, "{made_up}");
    }
    let elsewhere = protected().await;
    assert_eq!(with_cookie(&elsewhere, Method::GET, "/users", cookie).await.status, 401, "another process");
    let closed = with_cookie(&site, Method::DELETE, "/session", cookie).await;
    assert_eq!(closed.status, 204);
    assert!(
        closed.header("set-cookie").starts_with("backhaul_session=; ")
            && closed.header("set-cookie").ends_with("Max-Age=0")
    );
}

#[tokio::test]
async fn a_wrong_token_is_told_so_late_and_holds_up_nobody_else() {
    let site = protected().await;
    for form in ["token=s3cret", "token=", "", "tokens=s3c%25ret%2B%26"] {
        let begun = backhaul::utils::clock::monotonic();
        let (wrong, other) = tokio::join!(sign_in(&site, form), async {
            let answer = site.get("/healthz").await;
            (answer.status, begun.elapsed())
        });
        assert_eq!((wrong.status, wrong.header("set-cookie")), (401, ""), "{form}");
        assert!(
            wrong.text.contains("role=\"alert\"") && wrong.text.contains("name=\"token\""),
            "{}",
            wrong.text
        );
        assert!(begun.elapsed().as_millis() >= 300, "{form}: {:?}", begun.elapsed());
        assert!(other.0 == 200 && other.1 < begun.elapsed(), "{other:?}");
    }
    let as_json = site.send(Method::POST, "/session", "{\"token\": \"s3c%ret+&\"}").await;
    assert_eq!(as_json.status, 415);
    as_json.assert_problem();
}

#[tokio::test]
async fn where_no_token_is_set_signing_in_leads_home_and_gives_nothing() {
    let site = Site::new().await;
    let answer = sign_in(&site, "token=anything").await;
    assert_eq!((answer.status, answer.header("location"), answer.header("set-cookie")), (303, "/", ""));
}

#[tokio::test]
async fn nobody_is_signed_in_or_served_on_behalf_of_another_site() {
    let site = protected().await;
    let cookie = sign_in(&site, "token=s3c%25ret%2B%26")
        .await
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    for (name, value) in [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:1"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for (method, path) in [
            (Method::POST, "/session"),
            (Method::DELETE, "/session"),
            (Method::POST, "/users"),
            (Method::PUT, "/users/1"),
            (Method::DELETE, "/orders/1"),
            (Method::POST, "/sync/retry"),
        ] {
            let request = site.request(method.clone(), path).header(name, value).header("cookie", &cookie);
            let request = request.header("content-type", FORM).body("token=s3c%25ret%2B%26");
            let answer = Answer::of(request.send().await.unwrap()).await;
            assert_eq!(
                (answer.status, answer.header("set-cookie")),
                (403, ""),
                "{method} {path} {name}: {value}"
            );
            answer.assert_problem();
        }
    }
    let own =
        site.request(Method::DELETE, "/orders/1").header("origin", site.url("")).header("cookie", &cookie);
    assert_eq!(own.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    let script = site.request(Method::DELETE, "/users/1").bearer_auth("s3c%ret+&");
    assert_eq!(script.send().await.unwrap().status(), StatusCode::NO_CONTENT, "a program sends no Origin");
}

#[tokio::test]
async fn without_a_token_only_this_machine_s_own_names_are_answered_to() {
    let site = Site::new().await;
    let port = site.url("").rsplit_once(':').unwrap().1.to_owned();
    let ask = async |method: Method, path: &str, host: &str| {
        Answer::of(site.request(method, path).header("host", host).send().await.unwrap()).await
    };
    for host in
        ["evil.example".to_owned(), format!("evil.example:{port}"), format!("127.0.0.1.evil.example:{port}")]
    {
        for (method, path) in [
            (Method::GET, "/users"),
            (Method::GET, "/"),
            (Method::POST, "/sync/retry"),
            (Method::GET, "/sync/events"),
        ] {
            let answer = ask(method, path, &host).await;
            assert_eq!(answer.status, 421, "{path} {host}");
            answer.assert_problem();
            assert!(answer.json["detail"].as_str().unwrap().contains("API_TOKEN"), "{answer:?}");
        }
        assert_eq!(ask(Method::GET, "/healthz", &host).await.status, 200);
    }
    for host in [format!("localhost:{port}"), format!("[::1]:{port}"), "127.0.0.1".to_owned()] {
        assert_eq!(ask(Method::GET, "/users", &host).await.status, 200, "{host}");
    }
    let named = protected().await;
    let request =
        named.request(Method::GET, "/users").header("host", "shop.example").bearer_auth("s3c%ret+&");
    assert_eq!(request.send().await.unwrap().status(), 200, "with a token every name will do");
}
