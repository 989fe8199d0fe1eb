//! The school's mail server: it takes every letter. (The gateway's own tests hold it against a real one.)

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::watch::PATIENCE;

/// A mail server on this machine.
pub struct MailServer {
    port: u16,
    letters: watch::Receiver<Vec<String>>,
    task: JoinHandle<()>,
}

impl MailServer {
    /// It listens.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let (told, letters) = watch::channel(Vec::new());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, told.clone()));
            }
        });
        Self { port, letters, task }
    }

    /// The tables of the configuration in which the office gets its mail there.
    pub fn tables(&self) -> String {
        format!(
            "[providers.mail]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
             from = \"homeward@elmfield.example\"\n[schools.elmfield.mail]\noffice = [\"office@elmfield.example\"]\n",
            self.port
        )
    }

    /// Waits until a letter with these words has come.
    ///
    /// # Panics
    /// If none comes.
    pub async fn gets(&self, words: &str) {
        let mut letters = self.letters.clone();
        let come = letters.wait_for(|all| all.iter().any(|letter| letter.contains(words)));
        let come = tokio::time::timeout(PATIENCE, come).await.is_ok();
        assert!(come, "no letter with {words:?}: {:#?}", self.letters.borrow());
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// SMTP as far as a client of one letter after another needs it (RFC 5321). Whoever breaks off has sent nothing.
async fn serve(client: TcpStream, told: watch::Sender<Vec<String>>) -> Option<()> {
    let (from, mut to) = client.into_split();
    let mut lines = BufReader::new(from).lines();
    to.write_all(b"220 mail.elmfield.example\r\n").await.ok()?;
    loop {
        let line = lines.next_line().await.ok()??;
        let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        if verb == "DATA" {
            to.write_all(b"354 go on\r\n").await.ok()?;
            let mut letter = String::new();
            loop {
                let line = lines.next_line().await.ok()??;
                if line == "." {
                    break;
                }
                letter.push_str(&line);
                letter.push('\n');
            }
            told.send_modify(|letters| letters.push(letter));
        }
        let (answer, ends): (&[u8], bool) =
            if verb == "QUIT" { (b"221 bye\r\n", true) } else { (b"250 ok\r\n", false) };
        to.write_all(answer).await.ok()?;
        if ends {
            return Some(());
        }
    }
}
