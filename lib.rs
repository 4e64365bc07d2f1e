//! An async runtime that can always say why a program is stuck.
