//! The providers of accounts by which staff log in: whether they answer, and say of themselves what the file says of them.

use std::time::Duration;

use serde_json::Value;

use super::Finding;
use crate::config::Config;

/// How long one may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// Each is asked for what it says of itself; nobody logs in.
pub(super) async fn providers(config: &Config) -> Vec<Finding> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut findings = Vec::new();
    for provider in &config.log_in.providers {
        let finding = match said(&provider.issuer).await {
            Ok(issuer) if issuer == provider.issuer => {
                Finding::well("accounts", format!("{} answers", provider.name))
            }
            Ok(issuer) => {
                let found = format!("{} says that its issuer is {issuer:?}", provider.name);
                Finding::wrong(
                    "accounts",
                    "HW-L1",
                    found,
                    "the issuer in the file is that, letter for letter",
                )
            }
            Err(why) => {
                let found = format!("{}: {why}", provider.name);
                let remedy = "may this machine reach it? Until then passwords open what they open";
                Finding::wrong("accounts", "HW-L1", found, remedy)
            }
        };
        findings.push(finding);
    }
    findings
}

async fn said(issuer: &str) -> Result<String, reqwest::Error> {
    let http =
        reqwest::Client::builder().timeout(ANSWER).redirect(reqwest::redirect::Policy::none()).build()?;
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let told: Value = http.get(address).send().await?.error_for_status()?.json().await?;
    Ok(told["issuer"].as_str().unwrap_or_default().to_owned())
}
