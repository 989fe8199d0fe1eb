//! `homeward doctor`: looks at what Homeward stands on, one thing after another, and says of each what is wrong and what to do.
//! Each code has its page in infra/runbooks.
//!
//! It changes nothing and sends nothing: providers are asked whether they answer, journals are read, the broker is greeted. It
//! may run beside Homeward at work.

mod accounts;
mod journals;
pub(crate) mod machine;
mod outside;
mod shares;

use std::fmt;
use std::path::Path;

use jiff::Timestamp;

use crate::config::{self, Config};

/// How something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum How {
    /// As it should be.
    Well,
    /// It works, and somebody should look.
    Look,
    /// It does not work.
    Wrong,
}

/// What was found of one thing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How it is.
    pub how: How,
    /// What was looked at.
    pub of: &'static str,
    /// What was found, in a sentence.
    pub found: String,
    /// The operator's code, and what to do first, unless it is well.
    pub code: Option<(&'static str, String)>,
}

impl Finding {
    fn well(of: &'static str, found: impl Into<String>) -> Self {
        Self { how: How::Well, of, found: found.into(), code: None }
    }

    fn look(
        of: &'static str,
        code: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { how: How::Look, of, found: found.into(), code: Some((code, remedy.into())) }
    }

    fn wrong(
        of: &'static str,
        code: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { how: How::Wrong, ..Self::look(of, code, found, remedy) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.how {
            How::Well => "well ",
            How::Look => "LOOK ",
            How::Wrong => "WRONG",
        };
        write!(f, "{how}  {:14} {}", self.of, self.found)?;
        match &self.code {
            Some((code, remedy)) => write!(f, "\n       {code}: {remedy} (infra/runbooks/{code}.md)"),
            None => Ok(()),
        }
    }
}

/// An error if anything does not work.
pub fn verdict(findings: &[Finding]) -> Result<(), String> {
    let count = |how: How| findings.iter().filter(|finding| finding.how == how).count();
    match count(How::Wrong) {
        0 => Ok(()),
        wrong => Err(format!("{wrong} not in order, {} to look at", count(How::Look))),
    }
}

/// Looks at everything.
pub async fn examine(file: Option<&Path>) -> Vec<Finding> {
    let config = match config::read(file) {
        Ok(config) => config,
        Err(bad) => {
            let remedy = "mend these keys; `homeward check-config` looks again, and infra/homeward.toml documents every key";
            return vec![Finding::wrong("configuration", "HW-F1", bad.to_string(), remedy)];
        }
    };
    let mut findings = vec![Finding::well("configuration", schools(&config))];
    findings.extend(outside::proxies(&config));
    findings.extend(machine::secret(&config));
    findings.push(machine::disk(&config));
    findings.push(machine::backup(&config, Timestamp::now()));
    findings.extend(journals::look(&config).await);
    findings.push(journals::board(&config).await);
    findings.push(outside::at_work(&config).await);
    findings.extend(shares::look(&config).await);
    findings.extend(outside::broker(&config).await);
    findings.extend(outside::providers(&config).await);
    findings.extend(accounts::providers(&config).await);
    findings.push(machine::clock(&config).await);
    findings
}

fn schools(config: &Config) -> String {
    let names: Vec<_> = config.schools.iter().map(|school| school.name.as_str()).collect();
    format!("is right, for {}", names.join(", "))
}

#[cfg(test)]
mod tests;
