//! A page as a person sees and uses it.

use std::path::PathBuf;

use serde_json::{Value, json};
use thirtyfour::{By, WebDriver};

use crate::support::wait_for;

/// Width and height of a window on a desk, of a tall one, of a phone, and of a small one.
const DESK: (u32, u32) = (1280, 860);
const TALL_DESK: (u32, u32) = (1280, 1160);
const PHONE: (u32, u32) = (390, 844);
const SMALL_PHONE: (u32, u32) = (375, 812);

/// A browser before a site.
pub struct Visit {
    browser: WebDriver,
    base: String,
    forgiven: std::cell::RefCell<Vec<&'static str>>,
}

impl Visit {
    /// Stands before the site at this address.
    pub fn new(browser: WebDriver, base: String) -> Self {
        Self { browser, base, forgiven: std::cell::RefCell::default() }
    }

    /// Goes to an address of the site.
    pub async fn open(&self, path: &str) {
        self.browser.goto(format!("{}{path}", self.base)).await.unwrap();
    }

    /// Runs a script in the page and gives what it returns.
    pub async fn script(&self, script: &str, arguments: &[Value]) -> Value {
        let returned = self.browser.execute(script, arguments).await;
        returned.unwrap_or_else(|error| panic!("{error} in: {script:.200}")).json().clone()
    }

    /// Runs a script that hands its result to its last argument.
    pub async fn later(&self, script: &str) -> Value {
        let returned = self.browser.execute_async(script, []).await;
        returned.unwrap_or_else(|error| panic!("{error} in: {script:.200}")).json().clone()
    }

    /// Gives the text that is seen at the first place this selector names; empty when it is not there or not shown.
    pub async fn text(&self, selector: &str) -> String {
        let script = "const place = document.querySelector(arguments[0]); \
                      return place && place.checkVisibility({visibilityProperty: true}) ? place.innerText : ''";
        self.script(script, &[json!(selector)]).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a text is seen there.
    pub async fn sees(&self, selector: &str, text: &str) {
        wait_for(&format!("{selector} shows {text:?}"), async || self.text(selector).await.contains(text))
            .await;
    }

    /// Waits until the statement begins with these words.
    pub async fn is_told(&self, title: &str) {
        self.sees("#statement-title", title).await;
    }

    /// Waits until nothing is there, or nothing is seen of it.
    pub async fn sees_no(&self, selector: &str) {
        wait_for(&format!("{selector} is gone"), async || self.text(selector).await.is_empty()).await;
    }

    /// Presses the first thing this selector names, as a person with a mouse would.
    pub async fn click(&self, selector: &str) {
        let found = self.browser.find(By::Css(selector)).await;
        let element = found.unwrap_or_else(|error| panic!("{selector}: {error}"));
        element.scroll_into_view().await.unwrap();
        element.click().await.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Types into the field that this selector names.
    pub async fn types(&self, selector: &str, text: &str) {
        self.browser.find(By::Css(selector)).await.unwrap().send_keys(text).await.unwrap();
    }

    /// Presses one key.
    pub async fn presses(&self, key: thirtyfour::Key) {
        self.browser.action_chain().send_keys(key).perform().await.unwrap();
    }

    /// Tells what has the focus, as a selector of its id, or its text.
    pub async fn focus(&self) -> String {
        let script = "const it = document.activeElement; \
                      return it.id ? '#' + it.id : (it.getAttribute('aria-label') ?? it.innerText)";
        self.script(script, &[]).await.as_str().unwrap_or_default().to_owned()
    }

    /// Goes on with the tabulator until something that begins so has the focus; a hundred steps are enough for any page.
    pub async fn tabs_to(&self, what: &str) {
        let mut passed = Vec::new();
        for _ in 0..100 {
            self.presses(thirtyfour::Key::Tab).await;
            let focus = self.focus().await;
            if focus.starts_with(what) {
                return;
            }
            passed.push(focus);
        }
        panic!("the tabulator never came to {what}, but to {passed:?}");
    }

    /// Goes to an empty page, from which there is a way back.
    pub async fn leave(&self) {
        self.browser.goto("about:blank").await.unwrap();
    }

    /// Goes back, as the browser's arrow does.
    pub async fn back(&self) {
        self.browser.back().await.unwrap();
    }

    /// Sits down at a desk.
    pub async fn as_a_desk(&self) {
        self.has_size(DESK, false).await;
        self.prefers("light").await;
    }

    /// Sits before a screen that shows most of the page at once.
    pub async fn as_a_tall_desk(&self) {
        self.has_size(TALL_DESK, false).await;
    }

    /// Takes a phone instead.
    pub async fn as_a_phone(&self) {
        self.has_size(PHONE, true).await;
    }

    /// Takes one of the smallest that are still about.
    pub async fn as_a_small_phone(&self) {
        self.has_size(SMALL_PHONE, true).await;
    }

    async fn has_size(&self, (width, height): (u32, u32), mobile: bool) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile});
        self.protocol("Emulation.setDeviceMetricsOverride", size).await;
        // The chart learns its new size with the next frame.
        self.later("requestAnimationFrame(() => requestAnimationFrame(() => arguments[0](null)))").await;
    }

    /// Lets the system prefer light or dark colours; nothing moves, so that what is measured stands still.
    pub async fn prefers(&self, scheme: &str) {
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.protocol("Emulation.setEmulatedMedia", features).await;
    }

    /// Speaks the browser's own protocol.
    pub async fn protocol(&self, method: &str, parameters: Value) -> Value {
        self.browser.cdp().send_raw(method, parameters).await.unwrap()
    }

    /// Forgives complaints that hold these words: they belong to what is tested.
    pub fn forgives(&self, words: &'static str) {
        self.forgiven.borrow_mut().push(words);
    }

    /// Looks that the browser reported no error, and that nothing but this site was asked for anything.
    pub async fn has_nothing_to_complain_of(&self) {
        let forgiven = self.forgiven.borrow().clone();
        let complaints: Vec<String> = self
            .browser
            .browser_log()
            .await
            .unwrap()
            .into_iter()
            .filter(|entry| entry.level != "INFO" && entry.level != "DEBUG")
            .map(|entry| format!("{}: {}", entry.level, entry.message))
            .filter(|complaint| !forgiven.iter().any(|words| complaint.contains(words)))
            .collect();
        assert!(complaints.is_empty(), "the browser's console: {complaints:#?}");
        let slips = "const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); const found = []; \
            while (walk.nextNode()) if (/^(false|null|undefined|NaN)$|\\[object|undefined|NaN/.test(walk.currentNode.data.trim())) \
                found.push(walk.currentNode.parentNode.outerHTML); return found";
        assert_eq!(self.script(slips, &[]).await, json!([]), "the page shows what only programs understand");
        let asked = self
            .script("return performance.getEntriesByType('resource').map((entry) => entry.name)", &[])
            .await;
        let asked: Vec<&str> = asked.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let strangers: Vec<&&str> = asked.iter().filter(|address| !address.starts_with(&self.base)).collect();
        assert!(strangers.is_empty(), "other places were asked: {strangers:?}");
    }

    /// Keeps a picture of a page at whose test something went wrong.
    pub async fn tell_what_is_seen(&self) {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("test").replace("::", "-");
        let path = folder("target/screenshots/failed").join(format!("{name}.png"));
        if self.browser.screenshot(&path).await.is_ok() {
            eprintln!("what was seen at that moment: {}", path.display());
        }
        for entry in self.browser.browser_log().await.unwrap_or_default() {
            eprintln!("console: {}: {}", entry.level, entry.message);
        }
    }

    /// Gives a picture of what is seen.
    pub async fn picture(&self) -> Vec<u8> {
        self.browser.screenshot_as_png().await.unwrap()
    }
}

/// Gives a folder of the repository, which is made if it is missing.
pub fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
