//! Somebody's browser: what pages say to those who read them.

use tokio::time::Instant;

use crate::process::LOOK;
use crate::watch::PATIENCE;
use crate::world::World;

/// The browser of somebody who is logged in.
pub struct Browser {
    http: reqwest::Client,
    web: String,
    cookie: String,
}

impl World {
    /// The browser of a person of the cast.
    pub async fn browser(&self, who: &str) -> Browser {
        // Whoever acts gets a log-in.
        self.as_(who).logs_in().await;
        let person = self.cast.person(who);
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let http = http.build().expect("a client can be made");
        let typed = [("login", person.to_string()), ("password", format!("of {person}"))];
        let web = self.web().to_owned();
        let asked = http.post(format!("{web}/login")).header("sec-fetch-site", "same-origin").form(&typed);
        let answer = asked.send().await.expect("the board answers");
        let cookie =
            answer.headers()["set-cookie"].to_str().expect("text").split(';').next().expect("a pair");
        Browser { web, cookie: cookie.to_owned(), http }
    }
}

impl Browser {
    /// Waits until a page has these words, or hasn't them any more, and gives it.
    ///
    /// # Panics
    /// If it isn't so in time.
    pub async fn until(&self, path: &str, words: &str, so: bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let page = self.opens(path).await;
            if page.contains(words) == so {
                return page;
            }
            assert!(Instant::now() < deadline, "{words:?}, {so}: {page}");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The cookie of its session, as a request sends it.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// What the forms of a page carry.
    ///
    /// # Panics
    /// If there is none.
    pub async fn form_token(&self, page: &str) -> String {
        let page = self.opens(page).await;
        let token = page.split("name=\"form_token\" value=\"").nth(1).expect("a form");
        token.split('"').next().expect("a token").to_owned()
    }

    /// Opens a page.
    pub async fn opens(&self, path: &str) -> String {
        let asked = self.http.get(format!("{}{path}", self.web)).header("cookie", &self.cookie);
        asked.send().await.expect("the board answers").text().await.expect("a page")
    }

    /// Sends the form of a page: status, headers and what came.
    pub async fn sends(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String, String) {
        self.sends_from(path, path, fields).await
    }

    /// Sends a file by the form of a page, with that token: the status, and what came. None if the connection was cut before an answer.
    pub async fn sends_file(&self, path: &str, token: &str, file: &str) -> Option<(u16, String)> {
        const BOUNDARY: &str = "----homeward";
        let body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n{token}\r\n\
             --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n{file}\r\n--{BOUNDARY}--\r\n"
        );
        let post = self.http.post(format!("{}{path}", self.web)).header("cookie", &self.cookie);
        let post = post.header("sec-fetch-site", "same-origin");
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let answer = post.header("content-type", kind).body(body).send().await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }

    /// Sends a form that stands on another page.
    pub async fn sends_from(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> (u16, String, String) {
        let token = self.form_token(page).await;
        let mut typed = fields.to_vec();
        typed.push(("form_token", &token));
        let post = self.http.post(format!("{}{path}", self.web)).header("cookie", &self.cookie);
        let answer = post.header("sec-fetch-site", "same-origin").form(&typed).send().await;
        let answer = answer.expect("the board answers");
        let (status, headers) = (answer.status().as_u16(), format!("{:?}", answer.headers()));
        (status, headers, answer.text().await.expect("a body"))
    }
}
