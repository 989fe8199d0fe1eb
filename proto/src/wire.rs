//! How commands and events stand in an envelope: the variant's name in `type`, its fields in `data`.
//!
//! Every variant of a command or event enum has named fields (none at all is `{}`), so that the wire form is an object.

use serde::Serialize;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
};
use serde_json::value::RawValue;

use crate::topics::ServiceName;

/// Takes an enum value apart: the variant's name and its fields as JSON.
///
/// # Panics
/// If `value` is not a struct variant: a bug in our own contract, which the schema test finds first.
pub fn split<T: Serialize>(value: &T) -> (String, Box<RawValue>) {
    let (name, data) = split_text(value);
    (name, RawValue::from_string(data).expect("serde_json wrote it"))
}

/// As [`split`], with the fields as the text they are.
///
/// # Panics
/// As [`split`].
pub fn split_text<T: Serialize>(value: &T) -> (String, String) {
    let text = serde_json::to_string(value).expect("commands and events have string keys only");
    let inner = text.strip_prefix("{\"").and_then(|rest| rest.strip_suffix('}'));
    let (name, data) = inner.and_then(|rest| rest.split_once("\":")).expect("every variant has named fields");
    (name.to_owned(), data.to_owned())
}

/// Puts an enum value together again from the variant's name and its fields.
pub fn join<T: DeserializeOwned>(name: &str, data: &RawValue) -> Result<T, serde_json::Error> {
    T::deserialize(Tagged { name, data })
}

/// As [`join`], naming the path of the field at fault (`form.staff[2].work_mobile`).
pub fn join_with_path<T: DeserializeOwned>(
    name: &str,
    data: &RawValue,
) -> Result<T, (Option<String>, String)> {
    let tagged = Tagged { name, data };
    serde_path_to_error::deserialize(tagged).map_err(|error| {
        let path = error.path().to_string();
        // The first step of the path is the variant itself.
        let path =
            path.strip_prefix(name).map_or(path.as_str(), |rest| rest.trim_start_matches('.')).to_owned();
        (Some(path).filter(|p| !p.is_empty() && p != "?" && p != "."), error.into_inner().to_string())
    })
}

/// `homeward.{service}.v1.{Variant}`.
pub fn kind(service: ServiceName, variant: &str) -> String {
    format!("homeward.{service}.v1.{variant}")
}

/// The variant of a `type` attribute, if it is one of that service.
pub fn variant(kind: &str, service: ServiceName) -> Option<&str> {
    kind.strip_prefix("homeward.")?.strip_prefix(service.as_str())?.strip_prefix(".v1.")
}

struct Tagged<'a> {
    name: &'a str,
    data: &'a RawValue,
}

impl<'de> de::Deserializer<'de> for Tagged<'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("only an enum stands in an envelope"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Tagged<'de> {
    type Error = serde_json::Error;
    type Variant = Fields<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Fields<'de>), Self::Error> {
        let name = seed.deserialize(IntoDeserializer::<serde_json::Error>::into_deserializer(self.name))?;
        Ok((name, Fields(self.data)))
    }
}

struct Fields<'a>(&'a RawValue);

impl<'de> VariantAccess<'de> for Fields<'de> {
    type Error = serde_json::Error;

    fn unit_variant(self) -> Result<(), Self::Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Self::Error> {
        seed.deserialize(&mut serde_json::Deserializer::from_str(self.0.get()))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Self::Error> {
        de::Deserializer::deserialize_any(&mut serde_json::Deserializer::from_str(self.0.get()), visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let mut json = serde_json::Deserializer::from_str(self.0.get());
        de::Deserializer::deserialize_struct(&mut json, "", fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, serde::Deserialize, PartialEq, Debug)]
    enum Sample {
        Counted { people: u32, note: Option<String> },
        Ended {},
    }

    #[test]
    fn a_variant_is_taken_apart_and_put_together() {
        for sample in [Sample::Counted { people: 24, note: Some("all \"here\"}".into()) }, Sample::Ended {}] {
            let (name, data) = split(&sample);
            assert_eq!(join::<Sample>(&name, &data).expect("joins"), sample);
        }
        assert_eq!(split(&Sample::Ended {}).1.get(), "{}");
    }

    #[test]
    fn an_unknown_variant_or_field_of_the_wrong_type_is_an_error_that_names_it() {
        let data = RawValue::from_string("{\"people\":\"many\"}".into()).expect("JSON");
        assert!(join::<Sample>("Vanished", &data).unwrap_err().to_string().contains("Vanished"));
        assert!(join::<Sample>("Counted", &data).unwrap_err().to_string().contains("u32"));
    }
}
