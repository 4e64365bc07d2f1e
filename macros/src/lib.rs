//! `#[wakeful::main]` and `#[wakeful::test]`.
