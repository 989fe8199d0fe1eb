//! The rules of people, told as stories.

mod authority;
mod cast;
mod evening_test;
mod holders;
mod policy;
mod register;
mod rota;
