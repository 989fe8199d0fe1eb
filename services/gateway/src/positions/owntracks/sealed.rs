//! An encrypted message: `{"_type":"encrypted","data":base64(nonce ‖ box)}`, with libsodium's secretbox (XSalsa20 and
//! Poly1305) and the phone's key, filled up with zeros to 32 bytes.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use crypto_secretbox::aead::{Aead as _, KeyInit as _};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};

/// The bytes of a nonce.
const NONCE_BYTES: usize = 24;

/// Opens the `data` of an encrypted message; why not, if it can't be.
pub fn open(data: &str, key: &str) -> Result<Vec<u8>, &'static str> {
    let bytes = BASE64_STANDARD.decode(data.trim()).map_err(|_| "what is encrypted in it is no base64")?;
    let Some((nonce, sealed)) = bytes.split_at_checked(NONCE_BYTES) else {
        return Err("what is encrypted in it is too short");
    };
    cipher(key).decrypt(Nonce::from_slice(nonce), sealed).map_err(|_| "it is encrypted with another key")
}

/// Seals a message as the app does.
pub fn seal(message: &[u8], key: &str, nonce: [u8; NONCE_BYTES]) -> String {
    let sealed =
        cipher(key).encrypt(Nonce::from_slice(&nonce), message).expect("a message of ours fits into memory");
    let data = BASE64_STANDARD.encode([nonce.as_slice(), &sealed].concat());
    format!(r#"{{"_type":"encrypted","data":"{data}"}}"#)
}

fn cipher(key: &str) -> XSalsa20Poly1305 {
    let mut filled = [0; 32];
    filled.iter_mut().zip(key.bytes()).for_each(|(to, from)| *to = from);
    XSalsa20Poly1305::new(Key::from_slice(&filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "s3cr3t";

    fn data_of(sealed: &str) -> String {
        let json: serde_json::Value = serde_json::from_str(sealed).expect("JSON");
        json["data"].as_str().expect("a text").to_owned()
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_key_alone() {
        let data = data_of(&seal(b"a place", KEY, [7; 24]));
        assert_eq!(open(&data, KEY).as_deref(), Ok(b"a place".as_slice()));
        assert!(open(&data, "another").is_err());
        assert!(open("", KEY).is_err() && open("%%", KEY).is_err() && open("QUJD", KEY).is_err());
        let mut changed = BASE64_STANDARD.decode(&data).expect("base64");
        *changed.last_mut().expect("not empty") ^= 1;
        assert!(open(&BASE64_STANDARD.encode(changed), KEY).is_err(), "it was tampered with");
    }

    /// NaCl's own example of a secretbox, from its test `secretbox.c`.
    #[test]
    fn the_box_is_nacls_own() {
        let hex = |text: &str| -> Vec<u8> {
            let digits = text.as_bytes().chunks(2).map(|two| std::str::from_utf8(two).expect("hex"));
            digits.map(|two| u8::from_str_radix(two, 16).expect("hex")).collect()
        };
        let key = hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
        let nonce = hex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
        let sealed = hex(concat!(
            "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a",
            "c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae",
            "90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5"
        ));
        let cipher = XSalsa20Poly1305::new(Key::from_slice(&key));
        let opened = cipher.decrypt(Nonce::from_slice(&nonce), sealed.as_slice()).expect("opens");
        assert!(opened.starts_with(&hex("be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc")));
        assert_eq!(opened.len(), 131);
    }
}
