//! The signature against Twilio's own values.

use handsets::{signature, signature_is_valid};
use serde_json::Value;

fn pairs(vector: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    vector["form"].as_array().unwrap().iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
}

#[test]
fn signatures_are_those_that_twilio_publishes() {
    let vectors: Value = serde_json::from_str(include_str!("../../contract/signature_vectors.json")).unwrap();
    let all = ["official", "derived"].map(|part| vectors[part].as_array().unwrap().clone()).concat();
    assert_eq!(all.len(), 8);
    for vector in all {
        let name = vector["name"].as_str().unwrap();
        // Which address was signed is the receiver's to find out: this vector was signed without its port.
        let url = vector["url"].as_str().unwrap().replace(
            "mycompany.com:1234",
            match name {
                "https_request_url_has_port_1234_but_signed_without" => "mycompany.com",
                _ => "mycompany.com:1234",
            },
        );
        let token = vector["auth_token"].as_str().unwrap();
        let expected = vector["signature"].as_str().unwrap();
        assert_eq!(signature(token, &url, &pairs(&vector)), expected, "{name}");
        assert!(signature_is_valid(token, &url, &pairs(&vector), expected), "{name}");
        assert!(!signature_is_valid("another", &url, &pairs(&vector), expected), "{name}");
    }
}
