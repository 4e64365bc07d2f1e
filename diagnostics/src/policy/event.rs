//! Findings as events of `tracing`.

use crate::finding::Finding;

/// Emits an event of the target `wakeful::finding`, an error if it is a proof and else a warning.
#[cfg(feature = "tracing")]
pub(super) fn emit(finding: &Finding) {
    use crate::finding::Class;
    // The level of an event is a constant.
    macro_rules! emit {
        ($level:ident) => {
            tracing::event!(
                target: "wakeful::finding",
                tracing::Level::$level,
                id = finding.id.as_str(),
                kind = finding.kind.word(),
                class = finding.class.word(),
                headline = finding.headline.as_str(),
            )
        };
    }
    match finding.class {
        Class::Proof => emit!(ERROR),
        Class::Likely | Class::Hint => emit!(WARN),
    }
}

/// Nobody can subscribe.
#[cfg(not(feature = "tracing"))]
pub(super) const fn emit(_: &Finding) {}

#[cfg(all(test, feature = "tracing"))]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};
    use std::time::SystemTime;

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Level, Metadata, Subscriber};

    use crate::finding::{Class, Finding, FindingId, FindingKind};

    type Seen = Arc<Mutex<Vec<(Level, &'static str, BTreeMap<String, String>)>>>;

    struct Listener(Seen);

    struct Fields(BTreeMap<String, String>);

    impl Visit for Fields {
        fn record_str(&mut self, field: &Field, value: &str) {
            self.0.insert(field.name().to_owned(), value.to_owned());
        }

        fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
    }

    impl Subscriber for Listener {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut fields = Fields(BTreeMap::new());
            event.record(&mut fields);
            let (level, target) = (*event.metadata().level(), event.metadata().target());
            self.0.lock().expect("no panic").push((level, target, fields.0));
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn a_finding_is_an_event_with_its_words() {
        let seen = Seen::default();
        let finding = |class| Finding {
            id: FindingId::of(FindingKind::LongHold, []),
            kind: FindingKind::LongHold,
            class,
            headline: "a lock".to_owned(),
            subjects: Vec::new(),
            evidence: Vec::new(),
            fix: None,
            since: SystemTime::UNIX_EPOCH,
        };
        tracing::subscriber::with_default(Listener(Arc::clone(&seen)), || {
            super::emit(&finding(Class::Proof));
            super::emit(&finding(Class::Hint));
        });
        let seen = seen.lock().unwrap();
        let (level, target, fields) = &seen[0];
        assert_eq!((*level, *target), (Level::ERROR, "wakeful::finding"));
        let id = FindingId::of(FindingKind::LongHold, []);
        let words = [
            ("class", "proof"),
            ("headline", "a lock"),
            ("id", id.as_str()),
            ("kind", "long_hold"),
        ];
        assert!(fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).eq(words), "{fields:?}");
        assert_eq!(seen[1].0, Level::WARN);
    }
}
